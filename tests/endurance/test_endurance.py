"""500 questions in one conversation, whose session the server ends after every 10: none is lost, nothing grows.

The button is held for 0.55 s (from half a second on its release ends the question), 300 ms of it are voice; the answer takes
300 ms; the next press comes when it was heard, within the follow-up time. The number of the question is in its sound and
in the tones of its answer (`tests/rig/coded_sound.py`). A sample counts as lost when its chunk of 20 ms was full before the
button was let go and it is not in the turn that the server heard. `ENDURANCE_TURNS` sets another number of questions.

Memory is the resident set of Home Assistant's process. The C library is told to give back what is free (as it is, glibc keeps
more and more of it in one arena for each thread, which hides whether anything is held): what is measured is what is in use.
"""

from dataclasses import dataclass
import os
import time

import pytest

from local_live.orders import GoAway, Moment
from local_live.setup import Setup
from tests import pictures
from tests.rig.board import Speech
from tests.rig.coded_sound import CHUNK_BYTES, question_chunk
from tests.rig.whole import Rig, rig

TURNS = int(os.environ.get("ENDURANCE_TURNS", "500"))
ROTATION_TURNS = 10
NOTICE_S = 5.0
# mallopt(3): setting the thresholds also ends their growth.
GIVES_BACK = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "65536", "MALLOC_MMAP_THRESHOLD_": "65536"}
HELD_S = 0.55
ANSWER_LIMIT_S = 15
SETTLED_AFTER = 50
GROWTH_BYTES = 5 * 1024 * 1024

pytestmark = pytest.mark.timeout(120 + 4 * TURNS)


@dataclass(slots=True)
class Run:
    """What came of all turns."""

    sessions: int = 0
    wrong: int = 0
    lost_bytes: int = 0
    slowest_s: float = 0.0

    def line(self, turn: int, memory_bytes: int) -> str:
        """How it stands after a turn."""
        return (
            f"turn {turn:4d}: {self.sessions:3d} sessions, {self.wrong} wrong answers, {self.lost_bytes} bytes lost, "
            f"slowest {self.slowest_s:.2f} s, Home Assistant {memory_bytes / 1e6:.1f} MB"
        )


async def turn(whole: Rig, number: int, run: Run) -> None:
    """One question, from the press to the last sample of its answer."""
    glasses, log = whole.glasses[0], whole.lives[0].log
    glasses.forget()
    log.forget()
    began_s = time.monotonic()
    await glasses.hold(Speech(number, before_ms=60, voiced_ms=300), HELD_S)
    heard = await glasses.until(
        lambda: next(
            (sound for sound in glasses.heard if sound.began_s >= began_s and sound.over and sound.answers), None
        ),
        ANSWER_LIMIT_S,
        f"answer to question {number}",
    )
    run.wrong += heard.answers != [number]
    await glasses.event("answer", began_s, 5)
    run.slowest_s = max(run.slowest_s, time.monotonic() - began_s)
    run.sessions += sum(isinstance(came.message, Setup) for came in log.came)
    run.lost_bytes += lost_bytes(whole, number, began_s)


def lost_bytes(whole: Rig, number: int, began_s: float) -> int:
    """How much of what the microphone gave between press and release is not in the turn that the server heard."""
    glasses, log = whole.glasses[0], whole.lives[0].log
    released_s = next(event.at_s for event in glasses.events if event.name == "release" and event.at_s >= began_s)
    captured = glasses.board.microphone.captured
    given = [each.chunk for each in captured if each.chunk.question == number and each.at_s < released_s]
    assert len(given) * CHUNK_BYTES > HELD_S * 0.8 * 32_000, "the microphone itself was slow"
    expected = b"".join(question_chunk(chunk) for chunk in given)
    received = b"".join(pcm for _, pcm in log.turns)
    assert len(log.turns) == 1, f"question {number} came as {len(log.turns)} turns"
    return 0 if received.startswith(expected) else len(expected) - _same(received, expected)


def _same(one: bytes, other: bytes) -> int:
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


async def test_every_question_of_a_long_conversation_is_answered_and_nothing_grows(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in GIVES_BACK.items():
        monkeypatch.setenv(name, value)
    run, settled_bytes, memory_bytes = Run(), 0, 0
    async with rig(tmp_path_factory.mktemp("endurance"), pictures.jpeg()) as whole:
        # The talk's own limits in seconds and tokens are for people who forget it.
        await whole.choose(whole.glasses[0].name, session_limit_s=14_400, session_limit_tokens=10_000_000)
        for _ in range(TURNS // ROTATION_TURNS + 1):
            whole.lives[0].server.order(GoAway(at=Moment.AFTER_TURN, turn=ROTATION_TURNS, left_s=NOTICE_S))
        for number in range(1, TURNS + 1):
            await turn(whole, number, run)
            if number % 50 == 0 or number == TURNS:
                memory_bytes = whole.memory_bytes()
                print(f"\n{run.line(number, memory_bytes)}", end="")  # noqa: T201  # the suite's result
            if number == min(SETTLED_AFTER, TURNS):
                settled_bytes = memory_bytes
        log = whole.home_log()
    assert run.wrong == 0
    assert run.lost_bytes == 0
    assert run.sessions == 1 + (TURNS - 1) // ROTATION_TURNS
    assert memory_bytes - settled_bytes <= GROWTH_BYTES
    assert "Traceback" not in log
