"""Interrupting by voice: while an answer is heard, a wearable that cancels its own echo goes on listening."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from .ear import EAR_HZ, Ear
from .link.connection import LinkClosedError
from .sound.pcm import samples
from .sound.speech_end import SpeechEnd
from .tasks import owned_tasks
from .wearable import Wearable, WearableState

# Kept from before the voice was sure: 0.8 s.
_PRE_ROLL_CHUNKS = 40
_FOR_EVER_MS = 3_600_000


@asynccontextmanager
async def barging_in(wearable: Wearable, spoken: Callable[[Ear], None]) -> AsyncIterator[None]:
    """While the context lasts, a voice during an answer is told once, with an ear that has heard all of it."""
    if not wearable.cancels_echo:
        yield
        return
    async with owned_tasks() as tasks:
        listening = tasks.create_task(BargeIn(wearable, spoken).run())
        yield
        listening.cancel()


class BargeIn:
    """Listens while an answer is heard. `run` is its task."""

    def __init__(self, wearable: Wearable, spoken: Callable[[Ear], None]) -> None:
        self._wearable = wearable
        self._spoken = spoken

    async def run(self) -> None:
        """Until somebody speaks, or cancelled; then the microphone is off again."""
        await self._until_answering()
        ear: Ear | None = None
        handed_over = False
        try:
            ear = await self._wearable.open_ear()
            if ear is None:
                return
            ear.put_back(await self._until_voice(ear))
            handed_over = True
            self._spoken(ear)
        except LinkClosedError:
            return  # whoever says the answer finds out by itself
        finally:
            if ear is not None and not handed_over and self._wearable.connected:
                await self._wearable.close_ear(ear)

    async def _until_answering(self) -> None:
        changed = asyncio.Event()
        stop = self._wearable.listen_changed(changed.set)
        try:
            while self._wearable.state is not WearableState.ANSWERING:
                changed.clear()
                await changed.wait()
        finally:
            stop()

    async def _until_voice(self, ear: Ear) -> list[bytes]:
        speech = SpeechEnd(EAR_HZ, wait_ms=_FOR_EVER_MS)
        kept: deque[bytes] = deque(maxlen=_PRE_ROLL_CHUNKS)
        while not speech.surely_speech:
            chunk = await ear.next_chunk()
            if isinstance(chunk, bytes):
                speech.feed(samples(chunk))
                kept.append(chunk)
        return list(kept)
