"""One wearable of the rig: the real logic on a board of memory, and a person who presses, speaks and hears."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
import time
from typing import Any

from firmware_bridge.wearable.wearable import LINKED, Wearable

from .board import Board, Speaker, Speech
from .heard import Sounding
from .streams import Cable

_TAP_S = 0.1  # longer than a bounce (`button.py`), shorter than holding


@dataclass(frozen=True, slots=True)
class Event:
    """Something the wearable's logic told of."""

    at_s: float
    name: str
    details: dict[str, Any]


class Glasses:
    """Presses and holds its button, speaks into its microphone, and remembers everything that was heard."""

    def __init__(self, name: str, device_id: str, jpeg: bytes) -> None:
        self.name = name
        self.cable = Cable()
        self.heard: list[Sounding] = []
        self.events: list[Event] = []
        self.speaker_came_s: list[tuple[int, float]] = []
        """(answer's turn, when) for every speaker message, as it comes off the socket."""
        self.board = Board(name, device_id, jpeg, Speaker(self._began, self._wrote, self._cleared), self.cable)
        self.wearable = Wearable(self.board, self._report)
        self._speech: Speech | None = None
        self._turn = 0
        self._cue = ""
        self._changed = asyncio.Event()
        self._note_speaker_messages()

    def _note_speaker_messages(self) -> None:
        playback = self.wearable._conversation._playback
        take = playback.samples

        async def noted(pcm: memoryview) -> None:
            self.speaker_came_s.append((self._turn, time.monotonic()))
            await take(pcm)

        playback.samples = noted

    # --- what the wearable does ---------------------------------------------------------------------------------------

    def _report(self, name: str, /, **details: Any) -> None:
        self.events.append(Event(time.monotonic(), name, details))
        if name == "press" and self._speech is not None:
            self.board.microphone.begin(self._speech)  # before the wearable opens its ear: the first chunk is its
            self._speech = None
        elif name == "cue":
            self._cue = details["name"]  # it begins to sound next
        elif name == "answer" and self.heard:
            self.heard[-1].over = True
        elif name == "speak":
            self._turn = details["turn"]
        self._changed.set()

    def _began(self, turn: int | None) -> None:
        if self.heard:
            self.heard[-1].over = True
        self.heard.append(Sounding(turn, time.monotonic()))
        if turn is None:
            self.heard[-1].cue = self._cue

    def _wrote(self, pcm: bytes, starts_s: float) -> None:
        self.heard[-1].wrote(pcm, starts_s)
        self._changed.set()

    def _cleared(self) -> None:
        if self.heard:
            self.heard[-1].clear(time.monotonic())

    # --- what the person does -----------------------------------------------------------------------------------------

    def press(self, speech: Speech | None = None) -> None:
        """Press the button, and speak from then on."""
        self._speech = speech
        self.board.button.push(down=True)

    def release(self) -> None:
        """Let it go."""
        self.board.button.push(down=False)

    async def hold(self, speech: Speech | None, hold_s: float) -> None:
        """Speak while the button is held."""
        self.press(speech)
        await asyncio.sleep(hold_s)
        self.release()

    async def tap(self, speech: Speech | None = None) -> None:
        """A short press; what is spoken goes on after it."""
        began_s = time.monotonic()
        await self.hold(speech, _TAP_S)
        await self.event("release", began_s, 1)

    @property
    def linked(self) -> bool:
        """Whether it is at home."""
        return self.wearable.state == LINKED

    async def event(self, name: str, since_s: float, timeout_s: float) -> Event:
        """The first event of that name since then, waiting for it."""
        found = await self.until(lambda: self._first(name, since_s), timeout_s, f"the event {name}")
        assert found is not None
        return found

    def _first(self, name: str, since_s: float) -> Event | None:
        return next((event for event in self.events if event.name == name and event.at_s >= since_s), None)

    async def until[T](self, look: Callable[[], T], timeout_s: float, what: str) -> T:
        """Wait until `look` finds something; it is asked whenever anything happened at this wearable."""
        try:
            async with asyncio.timeout(timeout_s):
                while not (found := look()):
                    self._changed.clear()
                    await self._changed.wait()
                return found
        except TimeoutError:
            raise AssertionError(f"{self.name}: no {what} within {timeout_s:g} s; {self.story()}") from None

    def forget(self) -> None:
        """What happened so far does not matter any more: a long run must not keep everything."""
        del self.heard[:-1], self.events[:], self.speaker_came_s[:], self.board.microphone.captured[:]

    def story(self, since_s: float = 0.0) -> str:
        """What was heard and what happened, for messages of tests that fail."""
        lines = [(sound.first_s, sound.name) for sound in self.heard if sound.first_s and sound.first_s >= since_s]
        lines += [(event.at_s, f"{event.name} {event.details}") for event in self.events if event.at_s >= since_s]
        return "; ".join(f"{at_s:.2f} {text}" for at_s, text in sorted(lines)[-25:])


@asynccontextmanager
async def wearing(name: str, device_id: str, jpeg: bytes) -> AsyncIterator[Glasses]:
    """Glasses that run, and pair at once."""
    glasses = Glasses(name, device_id, jpeg)
    running = asyncio.create_task(glasses.wearable.run(pair_at_once=True), name=name)
    try:
        yield glasses
    finally:
        running.cancel()
        await asyncio.wait({running})
        if not running.cancelled() and (error := running.exception()) is not None:
            raise error  # the wearable's own logic broke: no figure of this run counts
