"""What Shelfsight says itself: phrases, and sound that came whole."""

import asyncio
from collections.abc import AsyncIterator, Mapping

from .company import Company
from .outcome import Outcome
from .sound.phrases import PHRASES_HZ, Phrase
from .wearable import Wearable, WearableState


async def _once(pcm: bytes) -> AsyncIterator[bytes]:
    yield pcm


class Telling:
    """Says things into a wearable between the model's answers; into nothing where there is none to hear it."""

    def __init__(self, wearable: Wearable | None, company: Company, phrases: Mapping[str, Phrase]) -> None:
        self._wearable = wearable
        self._company = company
        self._phrases = phrases

    async def phrase(self, name: str, outcome: Outcome | None = None) -> None:
        """Say a phrase; with `outcome` it is the question's answer.

        Raises:
            LinkClosedError: the wearable left.
        """
        await self.sound(self._phrases[name].pcm, PHRASES_HZ, outcome)

    async def sound(self, pcm: bytes, rate_hz: int, outcome: Outcome | None = None) -> None:
        """Say s16le mono PCM; with `outcome` it is the question's answer.

        Raises:
            LinkClosedError: the wearable left.
        """
        wearable = self._wearable
        loop = asyncio.get_running_loop()

        def started() -> None:
            self._company.hush()
            if outcome is not None and outcome.first_sound_s is None:
                outcome.first_sound_s = loop.time()
            if outcome is not None and wearable is not None:
                wearable.set_state(WearableState.ANSWERING)

        if wearable is None or not wearable.has_speaker:
            started()
            return
        await wearable.say(_once(pcm), rate_hz, started)
        if outcome is None:
            self._company.begin()
