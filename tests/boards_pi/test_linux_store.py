"""What a wearable keeps, on real disks: full ones and read-only ones are small file systems made for the test."""

from collections.abc import Iterator
import json
import os
from pathlib import Path
import subprocess
from typing import Any

import pytest
from wearable_processes import missing

from firmware_bridge.boards.linux.store import FolderStore, StateError, decode, encode, id_of
from firmware_bridge.wearable.drivers import DriverError

KEY = bytes(range(32))
URLS = ["http://192.0.2.1:8123", "https://home.example.org"]


class Told:
    def __init__(self) -> None:
        self.events: list[str] = []

    def __call__(self, event: str, **_details: Any) -> None:
        self.events.append(event)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        missing("small file systems cannot be mounted here (it needs root)")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_key_and_urls_are_there_after_power_off_and_nobody_else_can_read_them(tmp_path: Path) -> None:
    told = Told()
    store = FolderStore(tmp_path / "state", told, "10000000abcdef01")
    store.save(KEY, URLS)
    store.save_urls(URLS[:1])
    again = FolderStore(tmp_path / "state", told, "10000000abcdef01")
    assert (again.device_id, again.key, again.urls) == (store.device_id, KEY, URLS[:1])
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "state").iterdir()] == [0o600]
    again.forget()
    assert (again.key, again.urls, again.device_id) == (None, [], store.device_id)
    assert FolderStore(tmp_path / "state", told).device_id == store.device_id
    assert told.events == []


def test_files_that_others_could_read_are_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / "wearable.json").write_text(json.dumps({"id": "00c0ffee12345678", "key": KEY.hex(), "urls": URLS}))
    (tmp_path / "wearable.json").chmod(0o644)
    tmp_path.chmod(0o755)
    assert FolderStore(tmp_path, Told()).key == KEY
    assert (tmp_path / "wearable.json").stat().st_mode & 0o777 == 0o600
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_the_id_is_of_the_hardware_and_a_copied_card_has_another_one_and_no_key(tmp_path: Path) -> None:
    first = FolderStore(tmp_path, Told(), "10000000abcdef01")
    first.save(KEY, URLS)
    assert first.device_id == id_of("10000000abcdef01") and "abcdef01" not in first.device_id
    told = Told()
    other = FolderStore(tmp_path, told, "10000000abcdef02")
    assert told.events == ["store_of_other_hardware"]
    assert other.device_id == id_of("10000000abcdef02") != first.device_id
    assert other.key is None and other.urls == []
    assert FolderStore(tmp_path, Told(), "10000000abcdef02").key is None, "it is gone from the card as well"


GOOD = {"id": "00c0ffee12345678", "key": KEY.hex(), "urls": URLS}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\x00" * 4096,
        b"\xff\xfe nonsense",
        b"[" * 100_000,
        json.dumps(GOOD)[:-20].encode(),
        json.dumps({**GOOD, "id": "short"}).encode(),
        json.dumps({**GOOD, "key": "00"}).encode(),
        json.dumps({**GOOD, "key": 7}).encode(),
        json.dumps({**GOOD, "urls": "http://home"}).encode(),
        json.dumps({**GOOD, "urls": [1]}).encode(),
        b'"text"',
        b"null",
    ],
    ids=range(13),
)
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "wearable.json").write_bytes(content)
    told = Told()
    store = FolderStore(tmp_path, told)
    assert told.events == ["store_damaged"] and store.trouble is not None
    assert store.key is None
    assert (tmp_path / "wearable.json.damaged").read_bytes() == content
    store.save(KEY, URLS)
    again = FolderStore(tmp_path, told)
    assert (again.key, again.trouble) == (KEY, None) and told.events == ["store_damaged"]


def test_what_is_written_is_what_is_read() -> None:
    state = decode(json.dumps(GOOD))
    assert decode(encode(state)) == state


def test_a_full_disk_is_said_and_what_was_stored_stays(disk: Path) -> None:
    store = FolderStore(disk / "state", Told(), "serial")
    store.save(KEY, URLS)
    try:
        (disk / "filler").write_bytes(bytes(1 << 20))
    except OSError:
        assert os.statvfs(disk).f_bavail == 0
    for change in (lambda: store.save(bytes(32), ["http://other"]), lambda: store.save_urls(["http://other"])):
        with pytest.raises(DriverError, match="storage full"):
            change()
        assert (store.key, store.urls) == (KEY, URLS)
    again = FolderStore(disk / "state", Told(), "serial")
    assert (again.key, again.urls, again.trouble) == (KEY, URLS, None)
    (disk / "filler").unlink()
    again.save_urls(URLS[:1])
    assert FolderStore(disk / "state", Told(), "serial").urls == URLS[:1]


def test_a_read_only_disk_is_no_reason_not_to_start(disk: Path) -> None:
    FolderStore(disk, Told(), "serial").save(KEY, URLS)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    told = Told()
    store = FolderStore(disk, told, "serial")
    assert (store.key, told.events) == (KEY, [])
    with pytest.raises(DriverError, match="read-only"):
        store.save_urls([])
    with pytest.raises(DriverError):
        store.forget()
    assert store.key is None, "forgotten until power off at least"
    told = Told()
    other = FolderStore(disk, told, "other")
    assert other.device_id == id_of("other") and other.key is None
    assert "store_not_written" in told.events and other.trouble == "storage is read-only"


def test_without_a_disk_and_without_a_number_of_its_own_it_has_no_id(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StateError, match="cannot use"):
        FolderStore(tmp_path / "file", Told())
    told = Told()
    assert FolderStore(tmp_path / "file", told, "serial").device_id == id_of("serial")
    assert "store_not_read" in told.events
