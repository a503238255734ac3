"""What the wearable says by itself: phrases where the board can speak, else cues; cues the home asks for."""

import asyncio

from . import cues
from .faults import DriverError
from .playback import Playback

_MAX_WAITING = 4
# What a board without a voice plays for a phrase; any other is a failure.
_CUE_FOR_PHRASE = {
    "lost": "lost",
    "no_wifi": "lost",
    "no_address": "lost",
    "back": "back",
    "ready": "back",
    "refused": "refused",
    "wifi_refused": "refused",
    "old_version": "refused",
    "replaced": "refused",
    "privacy": "refused",
    "privacy_on": "refused",
    "privacy_off": "done",
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

    @property
    def busy(self) -> bool:
        """Whether something waits to be said."""
        return bool(self._waiting)

    def cue(self, name: str) -> None:
        """Plays a built-in sound."""
        if self.optional_cues or name not in _OPTIONAL:
            self._play(name)

    def say(self, name: str, detail: str = "") -> None:
        """Speaks a phrase (`lost`, `digits` with the six digits as detail, ...), or plays what stands for it."""
        if self._phrases is None:
            self._beep(name, detail)
            return
        if len(self._waiting) >= _MAX_WAITING:
            self._waiting.pop(0)
        self._waiting.append((name, detail))
        self._asked.set()

    def set_language(self, tag: str) -> None:
        """What the home speaks, as a BCP 47 tag."""
        if self._phrases is not None:
            self._phrases.set_language(tag)

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
                asked = self._waiting[0]
                pieces = await self._pieces(*asked)
                if not self._waiting or self._waiting[0] is not asked:
                    continue  # hushed meanwhile
                self._waiting.pop(0)
                if pieces is None:
                    self._beep(*asked)
                else:
                    self._playback.cue(asked[0], pieces)

    async def _pieces(self, name: str, detail: str) -> object | None:
        if self._speaker is None:
            return None
        try:
            return await self._phrases.pieces(name, detail, self._speaker.rate_hz)
        except DriverError:
            return None

    def _beep(self, name: str, detail: str) -> None:
        if name == "digits" and self._speaker is not None:
            self._playback.cue(name, cues.pieces(cues.digits_as_notes(detail), self._speaker.rate_hz))
        else:
            self._play(_CUE_FOR_PHRASE.get(name, "error"))

    def _play(self, name: str) -> None:
        if self._speaker is not None:
            self._playback.cue(name, cues.pieces(cues.notes_of(name), self._speaker.rate_hz))
