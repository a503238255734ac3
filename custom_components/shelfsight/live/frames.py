"""WebSocket text frames as a client sends them (RFC 6455, section 5): masked, in one piece. Bytes in, bytes out.

websockets makes them with an object, a buffer and a system call for the mask of each, inside a context manager: for what goes up
fifty times a second for everybody who speaks, that is as much work as the encryption.
"""

from collections.abc import Callable
import os
import struct
from typing import Final

try:
    from websockets.speedups import apply_mask
except ImportError:  # built without its part in C
    from websockets.utils import apply_mask

_FINAL_TEXT: Final = 0x81
_MASKED: Final = 0x80
_SHORT, _MIDDLE = struct.Struct("!BB"), struct.Struct("!BBH")
_LONG = struct.Struct("!BBQ")
_MASK_BYTES: Final = 4
_MASKS_AT_ONCE: Final = 256


class Masks:
    """Masks that nobody can guess, each given once; the system is asked for many at a time."""

    def __init__(self, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        self._random_bytes = random_bytes
        self._bytes = b""
        self._at = 0

    def __call__(self) -> bytes:
        """The next one."""
        if self._at >= len(self._bytes):
            self._bytes, self._at = self._random_bytes(_MASK_BYTES * _MASKS_AT_ONCE), 0
        mask = self._bytes[self._at : self._at + _MASK_BYTES]
        self._at += _MASK_BYTES
        return mask


def text_frame(payload: bytes, mask: bytes) -> bytes:
    """UTF-8 as a whole text message."""
    size = len(payload)
    if size < 126:
        head = _SHORT.pack(_FINAL_TEXT, _MASKED | size)
    elif size < 65536:
        head = _MIDDLE.pack(_FINAL_TEXT, _MASKED | 126, size)
    else:
        head = _LONG.pack(_FINAL_TEXT, _MASKED | 127, size)
    return b"".join((head, mask, apply_mask(payload, mask)))
