"""Keeping a session's microphone sound in a file, for tests and only when asked."""

from pathlib import Path
from types import TracebackType
from typing import Self


class SoundFile:
    """Appends to one raw file, s16le mono at 16 kHz; keeps nothing where there is no path.

    Writes go to the operating system's cache in chunks of a few KiB, which is why they happen in the event loop.
    """

    def __init__(self, path: Path | None) -> None:
        """Open the file.

        Raises:
            OSError: it cannot be written.
        """
        self._file = path.open("wb", buffering=0) if path else None

    def write(self, pcm: bytes) -> None:
        """Append sound."""
        if self._file:
            self._file.write(pcm)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()
