"""PCM as plain streams name and send it. Pure: headers and bytes in, 20 ms chunks at the ear's rate out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
import struct

from ...sound.pcm import Resampler, samples

RATES_HZ = (8_000, 48_000)
CHUNK_MS = 20
_LITTLE_ENDIAN = ("audio/pcm", "audio/x-raw", "audio/x-pcm")
# RFC 2586: 16 bits, big endian; one channel unless it says otherwise.
_BIG_ENDIAN = ("audio/l16",)
_NOTHING_SAID = ("", "application/octet-stream", "application/x-www-form-urlencoded")
_ENDLESS = 0xFFFF_FFFF


class SoundFormatError(Exception):
    """This sound is not taken. The text says what would be, and nothing of what came."""


@dataclass(frozen=True, slots=True)
class PcmFormat:
    """16 bit mono PCM."""

    rate_hz: int
    big_endian: bool = False


def pcm_format(content_type: str, query: Mapping[str, str]) -> PcmFormat:
    """What a request says of its sound: `audio/pcm;rate=R` or `audio/L16;rate=R`; or `?rate=R` where its type says nothing.

    Raises:
        SoundFormatError: it is anything else.
    """
    header = Message()
    header["Content-Type"] = content_type
    kind = header.get_content_type() if content_type else ""
    said = {name.lower(): value for name, value in header.get_params(failobj=[], header="content-type")[1:]}
    if kind in _NOTHING_SAID:
        said = {"rate": query.get("rate", "")}
    elif kind not in (*_LITTLE_ENDIAN, *_BIG_ENDIAN):
        raise SoundFormatError("send audio/pcm;rate=16000 (s16le, mono) or audio/L16;rate=16000 (big endian, mono)")
    if said.get("channels", "1") != "1":
        raise SoundFormatError("send one channel")
    return PcmFormat(rate_of(said.get("rate") or query.get("rate", "")), kind in _BIG_ENDIAN)


def rate_of(text: str) -> int:
    """A sample rate in Hz.

    Raises:
        SoundFormatError: it is none that is taken.
    """
    low, high = RATES_HZ
    if not (text.isascii() and text.isdigit() and len(text) <= 5) or not low <= int(text) <= high:
        raise SoundFormatError(f"name a rate from {low} to {high} Hz")
    return int(text)


class Chunker:
    """Cuts sound of any format into chunks of 20 ms, s16le mono at `to_hz`."""

    def __init__(self, format_: PcmFormat, to_hz: int) -> None:
        self._format = format_
        self._to_hz = to_hz
        self._resampler: Resampler | None = None
        self._chunk_bytes = to_hz * CHUNK_MS // 1000 * 2
        self._odd = b""
        self._waiting = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The chunks that are complete with `data`, which may end within a sample."""
        if self._resampler is None:
            self._resampler = Resampler(self._format.rate_hz, self._to_hz)
        chunk = samples(self._whole(data))
        if self._format.big_endian:
            chunk = chunk.byteswap()
        self._waiting += self._resampler.feed(chunk).tobytes()
        while len(self._waiting) >= self._chunk_bytes:
            yield bytes(self._waiting[: self._chunk_bytes])
            del self._waiting[: self._chunk_bytes]

    def skip(self, data: bytes) -> None:
        """Nobody listens to `data`, nor to what waited: only where its samples begin is kept."""
        self._whole(data)
        self._waiting.clear()
        self._resampler = None

    def _whole(self, data: bytes) -> bytes:
        data = self._odd + data
        whole = len(data) & ~1
        self._odd = data[whole:]
        return data[:whole]


def wav_header(rate_hz: int) -> bytes:
    """The head of a WAV file of 16 bit mono PCM that has no end: its sizes are the largest there are, as players expect."""
    form = struct.pack("<HHIIHH", 1, 1, rate_hz, rate_hz * 2, 2, 16)
    riff = struct.pack("<4sI4s4sI", b"RIFF", _ENDLESS, b"WAVE", b"fmt ", len(form))
    return riff + form + struct.pack("<4sI", b"data", _ENDLESS)
