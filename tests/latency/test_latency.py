"""How long the integration holds up sound, measured between the bytes on both sides of it, on one clock.

One wearable, pictures of a drawn shelf at 1600 x 1200 once a second. All times are `time.monotonic` of this process, in
which the wearable and the Live server run; Home Assistant is a process of its own.

| row    | from                                                    | to                                                      |
| ------ | ------------------------------------------------------- | ------------------------------------------------------- |
| up     | a microphone message is handed to the wearable's socket | the Live server's session has taken the message with it apart |
| down   | the Live server's session makes the answer's first sound message | the first speaker message of the answer is read off the wearable's socket |
| tapped | the last voiced sample was over, and 600 ms of silence after it | the server has the end marker                        |
| held   | the button was let go                                   | the server has the end marker                            |

Not added by us and not counted: the 20 ms in which the wearable fills a chunk (up begins when it is full), and what is held back
on purpose until it is sure that somebody speaks and the session is open (up counts from the first chunk after the
server has the start marker; the chunks before that are told of in a row of their own, without a limit).
Both TLS and WebSocket of both links, and this process's own turn at the event loop, are in the figures.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
import io
import time

import pytest
import pytest_asyncio

from drawn_shelves import draw
from local_live import wire
from tests.rig.board import Speech
from tests.rig.coded_sound import chunks_in
from tests.rig.figures import percentile, spread_ms
from tests.rig.glasses import Glasses
from tests.rig.live import LiveLog
from tests.rig.whole import Rig, rig

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]

QUESTIONS = 36
SILENCE_S = 0.6
UP_P95_S, DOWN_P95_S, END_S = 0.010, 0.010, 0.050


@dataclass(slots=True)
class Figures:
    """Seconds, one each chunk or question."""

    up: list[float] = field(default_factory=list)
    up_held_back: list[float] = field(default_factory=list)
    down: list[float] = field(default_factory=list)
    tapped: list[float] = field(default_factory=list)
    held: list[float] = field(default_factory=list)
    press_to_cue: list[float] = field(default_factory=list)

    def table(self) -> str:
        rows = [f"{'':22}  number     p50     p95     max  (ms)"]
        for name, values in (
            ("up", self.up),
            ("up, held back", self.up_held_back),
            ("down", self.down),
            ("end marker, tapped", self.tapped),
            ("end marker, held", self.held),
            ("press to cue", self.press_to_cue),
        ):
            rows.append(f"{name:22} {spread_ms(values)}")
        return "\n".join(rows)


class Asking:
    """Asks questions one after the other and collects the figures."""

    def __init__(self, whole: Rig) -> None:
        self.figures = Figures()
        self._glasses: Glasses = whole.glasses[0]
        self._log: LiveLog = whole.lives[0].log
        self._sent: dict[tuple[int, int], float] = {}
        self._glasses.cable.on_sound = self._note_sent

    def _note_sent(self, pcm: bytes, at_s: float) -> None:
        for chunk in chunks_in(pcm):
            self._sent[chunk.question, chunk.number] = at_s

    async def ask(self, number: int, *, held: bool) -> None:
        """One question; the person waits until the answer was heard."""
        glasses = self._glasses
        self._log.forget()
        self._sent.clear()
        began_s = time.monotonic()
        speech = Speech(number, before_ms=100, voiced_ms=1200)
        if held:
            await glasses.hold(speech, 1.5)
        else:
            await glasses.tap(speech)
        answer = await glasses.event("answer", began_s, 15)
        sound = next(sound for sound in glasses.heard if sound.turn == answer.details["turn"])
        assert sound.answers == [number], f"question {number} was answered by {sound.name}; {glasses.story(began_s)}"
        self._collect(number, answer.details["turn"], began_s, held=held)

    def _collect(self, number: int, turn: int, began_s: float, *, held: bool) -> None:
        figures, log = self.figures, self._log
        start_s = log.markers(wire.ActivityStart, began_s)[0]
        end_s = log.markers(wire.ActivityEnd, began_s)[0]
        for code, seen_s in log.seen_chunks().items():
            took = figures.up if self._sent[code] > start_s else figures.up_held_back
            took.append(seen_s - self._sent[code])
        came_s = next(at_s for of, at_s in self._glasses.speaker_came_s if of == turn)
        figures.down.append(came_s - log.first_sound_s(began_s))
        if held:
            released_s = next(e.at_s for e in self._glasses.events if e.name == "release" and e.at_s >= began_s)
            figures.held.append(end_s - released_s)
        else:
            captured = self._glasses.board.microphone.captured
            last_s = max(c.at_s for c in captured if c.chunk.question == number and c.chunk.voiced)
            figures.tapped.append(end_s - last_s - SILENCE_S)
        cue = next(s for s in self._glasses.heard if s.cue == "listening" and s.began_s >= began_s)
        figures.press_to_cue.append((cue.first_s or cue.began_s) - began_s)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def figures(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Figures]:
    """All questions asked once; every test looks at its figure."""
    shelf = io.BytesIO()
    draw()[0].save(shelf, "JPEG", quality=80)
    async with rig(tmp_path_factory.mktemp("latency"), shelf.getvalue()) as whole:
        asking = Asking(whole)
        for number in range(1, QUESTIONS + 1):
            await asking.ask(number, held=number % 2 == 0)
            await asyncio.sleep(0.2)
        print(f"\n{asking.figures.table()}")  # noqa: T201  # the suite's result
        yield asking.figures


async def test_sound_goes_up_within_10_ms(figures: Figures) -> None:
    assert len(figures.up) > 1000
    assert percentile(figures.up, 95) <= UP_P95_S, figures.table()


async def test_an_answer_comes_down_within_10_ms(figures: Figures) -> None:
    assert len(figures.down) >= 30
    assert percentile(figures.down, 95) <= DOWN_P95_S, figures.table()


async def test_the_end_marker_follows_the_silence_that_decides_it_within_50_ms(figures: Figures) -> None:
    assert len(figures.tapped) >= 15
    assert max(figures.tapped) <= END_S, figures.table()


async def test_the_end_marker_follows_the_button_that_is_let_go_within_50_ms(figures: Figures) -> None:
    assert len(figures.held) >= 15
    assert max(figures.held) <= END_S, figures.table()
