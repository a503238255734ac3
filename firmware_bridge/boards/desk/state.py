"""What the desk keeps: its id, its key, its home's URLs, in one file only its owner may read."""

import json
import os
from pathlib import Path
import secrets

from ...wearable import drivers

_FILE = "wearable.json"


class StateError(Exception):
    """The state cannot be read or written; the text says which file and why."""


class FolderStore(drivers.Store):
    """A `Store` in a folder."""

    def __init__(self, folder: Path) -> None:
        """Reads the folder's file, or makes one with a new id.

        Raises:
            StateError: the file is damaged, or the folder cannot be used.
        """
        self._path = folder / _FILE
        self.device_id = ""
        self.key: bytes | None = None
        self.urls: list[str] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if self._path.exists():
                self._read()
            else:
                self.device_id = secrets.token_hex(8)
                self._write()
        except OSError as error:
            raise StateError(f"cannot use {self._path}: {error.strerror}") from error

    def save(self, key: bytes, urls: list[str]) -> None:
        """On the disk when it returns."""
        self.key, self.urls = key, urls
        self._write()

    def forget(self) -> None:
        """The id stays: a home that knew this wearable knows it again."""
        self.key, self.urls = None, []
        self._write()

    def _read(self) -> None:
        try:
            value = json.loads(self._path.read_text())
            self.device_id = value["id"]
            self.key = bytes.fromhex(value["key"]) if value["key"] else None
            self.urls = [str(url) for url in value["urls"]]
        except (ValueError, KeyError, TypeError) as error:
            raise StateError(f"{self._path} is damaged; delete it and pair again") from error

    def _write(self) -> None:
        text = json.dumps({"id": self.device_id, "key": self.key.hex() if self.key else None, "urls": self.urls})
        unfinished = self._path.with_suffix(".part")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, self._path)
