"""An answer on its way to a wearable's speaker: never more than the speaker's buffer ahead of real time.

So a flush is heard at once: all that can still sound after it is what the wearable already holds, and it throws that away.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

from .pcm import Resampler, samples

# 40 ms a message: at most 50 ms may pass from a flush to silence, and fewer messages cost less than smaller ones save.
CHUNK_MS = 40


class SpeakerLink(Protocol):
    """Where an answer goes; implemented by the link."""

    async def speak(self, turn: int, rate_hz: int) -> None:
        """An answer begins."""

    async def sound(self, position_ms: int, pcm: bytes) -> None:
        """A part of it."""

    async def spoken(self, turn: int) -> None:
        """All was sent."""


async def play(
    link: SpeakerLink,
    turn: int,
    pcm: AsyncIterator[bytes],
    *,
    source_hz: int,
    speaker_hz: int,
    buffer_ms: int,
    now_s: Callable[[], float] = lambda: asyncio.get_running_loop().time(),
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    started: Callable[[], None] = lambda: None,
) -> int:
    """Send an answer in real time; returns its length in ms. Cancel it to stop; the caller then sends the flush.

    `pcm` gives s16le mono of `source_hz` in pieces of any even length. `started` is called with the first sound.
    """
    resampler = Resampler(source_hz, speaker_hz)
    chunk_bytes = speaker_hz * CHUNK_MS // 1000 * 2
    waiting = bytearray()
    sent_bytes = 0
    start_s: float | None = None

    async def send(piece: bytes) -> None:
        nonlocal sent_bytes, start_s
        position_ms = sent_bytes * 500 // speaker_hz
        if start_s is None:
            await link.speak(turn, speaker_hz)
            start_s = now_s()
            started()
        ahead_s = start_s + position_ms / 1000 - now_s()
        if ahead_s < 0:
            start_s -= ahead_s  # the source was late: the speaker ran dry, real time starts anew from now
        elif ahead_s > (buffer_ms - CHUNK_MS) / 1000:
            await sleep(ahead_s - (buffer_ms - CHUNK_MS) / 1000)
        await link.sound(position_ms, piece)
        sent_bytes += len(piece)

    # A phrase comes whole: all of it brought to another rate at once would hold up everybody's sound.
    step_bytes = source_hz * CHUNK_MS // 1000 * 2
    async for piece in pcm:
        for start in range(0, len(piece), step_bytes):
            waiting += resampler.feed(samples(piece[start : start + step_bytes])).tobytes()
            while len(waiting) >= chunk_bytes:
                await send(bytes(waiting[:chunk_bytes]))
                del waiting[:chunk_bytes]
    waiting += resampler.flush().tobytes()
    while waiting:
        await send(bytes(waiting[:chunk_bytes]))
        del waiting[:chunk_bytes]
    if start_s is not None:
        await link.spoken(turn)
    return sent_bytes * 500 // speaker_hz
