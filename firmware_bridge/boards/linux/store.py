"""What the board keeps: its id, its key, its home's URLs, in one file only its owner may read."""

from collections.abc import Callable, Sequence
import contextlib
from dataclasses import dataclass
import errno
import hashlib
import json
import os
from pathlib import Path
import re
import secrets

from ...wearable import drivers
from ...wearable.drivers import DriverError

_FILE = "wearable.json"
_ID = re.compile(r"[0-9a-f]{16}")
_KEY = re.compile(r"[0-9a-f]{64}")
_MAX_FILE_BYTES = 16384
_MAX_URLS = 4
_IN_WORDS = {
    errno.ENOSPC: "storage full",
    errno.EDQUOT: "storage full",
    errno.EROFS: "storage is read-only",
}


class StateError(Exception):
    """The state cannot be read or written; the text says which file and why."""


class DamagedError(Exception):
    """What is stored is no state."""


@dataclass(frozen=True, slots=True)
class State:
    """What is stored: `device_id` 16 hex digits, `key` 32 bytes or None, `urls` of the home."""

    device_id: str
    key: bytes | None = None
    urls: tuple[str, ...] = ()


def encode(state: State) -> str:
    """The file's text."""
    return json.dumps({"id": state.device_id, "key": state.key.hex() if state.key else None, "urls": list(state.urls)})


def decode(text: str) -> State:
    """What the file's text says.

    Raises:
        DamagedError: it is no state: cut off, overwritten, or of another program.
    """
    try:
        value = json.loads(text)
        device_id, key, urls = value["id"], value["key"], value["urls"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedError("it is not the JSON that was written") from error
    if not isinstance(device_id, str) or not _ID.fullmatch(device_id):
        raise DamagedError("its id is none")
    if key is not None and (not isinstance(key, str) or not _KEY.fullmatch(key)):
        raise DamagedError("its key is none")
    if not isinstance(urls, list) or len(urls) > _MAX_URLS or not all(isinstance(url, str) for url in urls):
        raise DamagedError("its URLs are none")
    return State(device_id, bytes.fromhex(key) if key else None, tuple(urls))


def id_of(serial: str) -> str:
    """The id of a wearable whose hardware has the unique number `serial`; the number itself is not told to anybody."""
    return hashlib.sha256(b"shelfsight wearable id" + serial.encode()).hexdigest()[:16]


class FolderStore(drivers.Store):
    """A `Store` in a folder of mode 0700, the file 0600. What is wrong with it is told, and it goes on as well as it can.

    A damaged file is set aside (`wearable.json.damaged`) and a new one begun. A file made on other hardware (a copied
    card) loses its key, so that two wearables never share one. A disk that is full or read-only is no reason not to
    start when the id comes from the hardware: what is stored can still be read.
    """

    def __init__(self, folder: Path, report: Callable[..., None], serial: str | None = None) -> None:
        """Reads the folder's file, or makes one. `report(event, **details)` is told what is wrong.

        Args:
            folder: is made if it is not there.
            report: told `store_damaged`, `store_of_other_hardware` and `store_not_written`.
            serial: the hardware's unique number; without one the id is random.

        Raises:
            StateError: the folder cannot be used, and without it this wearable has no id.
        """
        self._path = folder / _FILE
        self._report = report
        self.trouble: str | None = None
        fixed_id = None if serial is None else id_of(serial)
        try:
            _make_private(folder)
            stored = self._read()
        except OSError as error:
            if fixed_id is None:
                raise StateError(f"cannot use {self._path}: {error.strerror}") from error
            stored = None
            self._complain("store_not_read", str(error.strerror))
        if stored is not None and fixed_id is not None and stored.device_id != fixed_id:
            report("store_of_other_hardware", id=stored.device_id)
            stored = None
        if stored is None:
            self._state = State(fixed_id or secrets.token_hex(8))
            try:
                self._write(self._state)
            except OSError as error:
                if fixed_id is None:
                    raise StateError(f"cannot use {self._path}: {error.strerror}") from error
                self._complain("store_not_written", _in_words(error))
        else:
            self._state = stored

    @property
    def device_id(self) -> str:
        """16 hex digits."""
        return self._state.device_id

    @property
    def key(self) -> bytes | None:
        """32 bytes, or None while unpaired."""
        return self._state.key

    @property
    def urls(self) -> list[str]:
        """The home's URLs, in the order they are tried."""
        return list(self._state.urls)

    def save(self, key: bytes, urls: Sequence[str]) -> None:
        """On the disk when it returns."""
        self._keep(State(self.device_id, bytes(key), tuple(urls)))

    def save_urls(self, urls: Sequence[str]) -> None:
        """The key stays."""
        self._keep(State(self.device_id, self.key, tuple(urls)))

    def forget(self) -> None:
        """The id stays: a home that knew this wearable knows it again. Without a disk it is forgotten until power off."""
        forgotten = State(self.device_id)
        try:
            self._keep(forgotten)
        finally:
            self._state = forgotten

    def _keep(self, state: State) -> None:
        try:
            self._write(state)
        except OSError as error:
            raise DriverError(_in_words(error)) from error
        self._state = state

    def _read(self) -> State | None:
        """What is stored; None if nothing is, or if it was damaged and has been set aside."""
        try:
            with self._path.open("rb") as file:
                content = file.read(_MAX_FILE_BYTES)
            state = decode(content.decode())
        except FileNotFoundError:
            return None
        except (DamagedError, UnicodeDecodeError) as error:
            aside = self._path.with_suffix(".json.damaged")
            os.replace(self._path, aside)
            self._complain("store_damaged", f"{error}; set aside as {aside.name}")
            return None
        _keep_from_others(self._path, 0o600)
        return state

    def _complain(self, event: str, reason: str) -> None:
        self.trouble = reason
        self._report(event, file=str(self._path), reason=reason)

    def _write(self, state: State) -> None:
        """Whole or not at all, and on the disk: power is cut without warning when a battery is empty."""
        unfinished = self._path.with_suffix(".part")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(encode(state) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _keep_from_others(folder, 0o700)


def _keep_from_others(path: Path, mode: int) -> None:
    if path.stat().st_mode & 0o077:
        with contextlib.suppress(OSError):  # of another user, or on a read-only disk: it is used all the same
            path.chmod(mode)


def _in_words(error: OSError) -> str:
    return _IN_WORDS.get(error.errno or 0, error.strerror or repr(error))
