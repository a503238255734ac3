"""What the wearable says by itself: phrases where the board can speak, else cues; cues the home asks for."""

import asyncio

from . import cues
from .playback import Playback

_MAX_WAITING = 4
# What a board without a voice plays for a phrase; any other is a failure.
_CUE_FOR_PHRASE = {
    "lost": "lost",
    "back": "back",
    "ready": "back",
    "refused": "refused",
    "paired": "done",
    "pairing": "thinking",
}
# With the setting `cues` off these are not played; that something went wrong is heard all the same.
_OPTIONAL = ("listening", "thinking", "done")


class Voice:
    """Hands cues and phrases to the playback, in the order they were asked for."""

    def __init__(self, playback: Playback, speaker: object, phrases: object) -> None:
        """`phrases` is a `drivers.Phrases`, or None."""
        self._playback = playback
        self._speaker = speaker
        self._phrases = phrases
        self._waiting = []
        self._asked = asyncio.Event()
        self.optional_cues = True

    def cue(self, name: str) -> None:
        """Plays a built-in sound."""
        if self._speaker is not None and (self.optional_cues or name not in _OPTIONAL):
            self._playback.cue(name, cues.pieces(cues.notes_of(name), self._speaker.rate_hz))

    def say(self, name: str, detail: str = "") -> None:
        """Speaks a phrase (`lost`, `digits` with the six digits as detail, ...), or plays what stands for it."""
        if self._phrases is None:
            self._beep(name, detail)
            return
        if len(self._waiting) >= _MAX_WAITING:
            self._waiting.pop(0)
        self._waiting.append((name, detail))
        self._asked.set()

    def hush(self) -> None:
        """Silence, now: what is being said, what waits to be, and an answer that plays."""
        self._waiting.clear()
        self._playback.stop()

    async def run(self) -> None:
        """For ever."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            while self._waiting:
                name, detail = self._waiting[0]
                pieces = await self._phrases.pieces(name, detail, self._speaker.rate_hz) if self._speaker else None
                if not self._waiting or self._waiting[0] != (name, detail):
                    continue  # hushed meanwhile
                self._waiting.pop(0)
                if pieces is None:
                    self._beep(name, detail)
                else:
                    self._playback.cue(name, pieces)

    def _beep(self, name: str, detail: str) -> None:
        if self._speaker is None:
            return
        if name == "digits":
            self._playback.cue(name, cues.pieces(cues.digits_as_notes(detail), self._speaker.rate_hz))
        else:
            self.cue(_CUE_FOR_PHRASE.get(name, "error"))
