"""Speech before and beside the wearable's logic: for start-up and for setting up Wi-Fi. Never at the same time as it."""

import asyncio

from wearable import cues
from wearable.drivers import DriverError

_AHEAD_MS = 60


class Announcer:
    """Speaks phrases, or plays their cues where there is no recording."""

    def __init__(self, speaker: object, phrases: object) -> None:
        """`speaker` is a `drivers.Speaker` or None, `phrases` a `drivers.Phrases` or None."""
        self._speaker = speaker
        self._phrases = phrases

    async def phrase(self, name: str, cue: str) -> None:
        """Speaks a phrase, else plays the cue."""
        pieces = None
        if self._speaker is not None and self._phrases is not None:
            pieces = await self._phrases.pieces(name, "", self._speaker.rate_hz)
        if pieces is None:
            await self.cue(cue)
        else:
            await self._play(pieces)

    async def digits(self, digits: str) -> None:
        """Speaks digits one by one, or counts them in beeps."""
        for digit in digits:
            pieces = None
            if self._speaker is not None and self._phrases is not None:
                pieces = await self._phrases.pieces("digit_" + digit, "", self._speaker.rate_hz)
            if pieces is None and self._speaker is not None:
                pieces = cues.pieces(cues.digits_as_notes(digit), self._speaker.rate_hz)
            await self._play(pieces or ())

    async def cue(self, name: str) -> None:
        """Plays a built-in sound."""
        if self._speaker is not None:
            await self._play(cues.pieces(cues.notes_of(name), self._speaker.rate_hz))

    async def _play(self, pieces: object) -> None:
        speaker = self._speaker
        if speaker is None:
            return
        try:
            speaker.begin(None)
            for piece in pieces:
                await asyncio.sleep(max(0, speaker.queued_ms() - _AHEAD_MS) / 1000)
                await speaker.write(memoryview(piece))
            await asyncio.sleep(speaker.queued_ms() / 1000)
        except DriverError:
            return  # a speaker that fails cannot say so
        finally:
            speaker.end()
