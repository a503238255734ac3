"""Any media as sound for a wearable: what ffmpeg reads, as PCM of the speaker's rate, in pieces."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from homeassistant.exceptions import HomeAssistantError

from .const import DOMAIN

# A fifth of a second of 16-bit sound at 24 kHz.
_PIECE_BYTES: Final = 9600
# A cloud voice, or a radio station far away, takes a few seconds to begin; nobody waits longer for a sound.
_FIRST_SOUND_S: Final = 15.0
# What ffmpeg may open: a playlist must not make it read files of this machine, or talk to whatever else it can talk to.
_PROTOCOLS: Final = "http,https,tcp,tls,crypto,httpproxy"


class MediaError(HomeAssistantError):
    """The media cannot be played; translated."""

    def __init__(self, key: str, **placeholders: str) -> None:
        super().__init__(translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders)


class Decoded:
    """The sound of a media: s16le mono PCM. Whoever stops taking pieces can go on later: ffmpeg waits for so long.

    An iterator rather than a generator, because a generator ends when whoever waits for its next piece is cancelled.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        self._process = process
        self._stdout = process.stdout
        self._rest = b""
        self._first = b""

    async def begin(self) -> None:
        """Wait for the first sound.

        Raises:
            MediaError: there is none.
        """
        try:
            async with asyncio.timeout(_FIRST_SOUND_S):
                self._first = await self._read()
        except TimeoutError as err:
            raise MediaError("media_silent", seconds=f"{_FIRST_SOUND_S:g}") from err
        if not self._first:
            raise MediaError("media_failed")

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        """The next piece, of whole samples."""
        piece, self._first = self._first, b""
        if not piece and not (piece := await self._read()):
            raise StopAsyncIteration
        return piece

    async def _read(self) -> bytes:
        while True:
            got = await self._stdout.read(_PIECE_BYTES)
            whole, self._rest = _even(self._rest + got)
            if whole or not got:
                return whole

    async def close(self) -> None:
        """Ffmpeg is needed no more."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


def _even(pcm: bytes) -> tuple[bytes, bytes]:
    """Whole samples, and the byte that is left."""
    size = len(pcm) - len(pcm) % 2
    return pcm[:size], pcm[size:]


async def decode(binary: str, url: str, rate_hz: int) -> Decoded:
    """Begin to decode; the caller closes what comes of it.

    Raises:
        MediaError: there is no ffmpeg, or no sound in what it found.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *(binary, "-nostdin", "-loglevel", "quiet", "-protocol_whitelist", _PROTOCOLS, "-i", url),
            *("-map", "0:a:0", "-ac", "1", "-ar", str(rate_hz), "-f", "s16le", "pipe:1"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # it tells the address, which may hold a token
        )
    except OSError as err:
        raise MediaError("no_ffmpeg") from err
    decoded = Decoded(process)
    try:
        await decoded.begin()
    except BaseException:
        await decoded.close()
        raise
    return decoded


@asynccontextmanager
async def decoded(binary: str, url: str, rate_hz: int) -> AsyncIterator[Decoded]:
    """`decode` for as long as the context lasts."""
    sound = await decode(binary, url, rate_hz)
    try:
        yield sound
    finally:
        await sound.close()
