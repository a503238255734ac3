"""`<nothing>` is never spoken: steps go up while the picture stands still, and what comes back is not heard.

The shelf reader and the Live server run in this process, so that every step and every answer to one can be counted.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from custom_components.shelfsight.spatial import GUIDE_STEP, WATCH_STEP
from demo.choosing import choose
from demo.views import Bay, dimmed
from local_live import wire
from local_live.brain import Answer, Brain
from local_live.reading.brain import make_shelf_brains

from .staging import staged

pytestmark = pytest.mark.timeout(400)

NOTHING = "<nothing>"
THING = "oat milk"


@dataclass(slots=True)
class Noted:
    """A brain that keeps what its shelf reader says to steps."""

    reader: Brain
    steps: list[tuple[str, str]] = field(default_factory=list)
    """(the step, what was said to it)"""

    def look(self, jpeg: bytes) -> None:
        self.reader.look(jpeg)

    async def answer_sound(self, pcm_16k: bytes) -> Answer:
        return await self.reader.answer_sound(pcm_16k)

    async def answer_text(self, question: str) -> Answer:
        answer = await self.reader.answer_text(question)
        self.steps.append((question, answer.text))
        return answer

    def close(self) -> None:
        self.reader.close()


async def test_while_the_picture_stands_still_most_steps_of_guiding_are_silent(tmp_path: Path) -> None:
    came: list[wire.ClientMessage] = []
    with ThreadPoolExecutor(2) as executor:
        make = make_shelf_brains(executor)
        steps: list[tuple[str, str]] = []
        async with staged(tmp_path, lambda: Noted(make(), steps), came, executor=executor) as stage:
            await choose(stage.house, stage.wearable, mode="guide")
            bay, thing = Bay(stage.image, stage.truth), stage.product(THING)  # type: ignore[arg-type]
            await stage.look(bay.view(bay.beside(thing)))
            async with stage.listener.listening():
                await stage.answer(f"where is the {THING}")
                await stage.listener.phrase("guiding", 20)
                first, again = [await stage.listener.answer(60) for _ in range(2)]
            said = stage.listener.said
    assert {text for text, _ in steps} == {GUIDE_STEP.format(item=THING)}
    assert [answer for _, answer in steps][:4] == [first.text, NOTHING, NOTHING, again.text]
    assert first.text == again.text and again.began_ms - first.ended_ms > 2000
    assert len(said) == 4, "the answer, the phrase, and the correction twice"


async def test_a_step_of_watching_that_finds_nothing_new_is_not_heard(tmp_path: Path) -> None:
    came: list[wire.ClientMessage] = []
    with ThreadPoolExecutor(2) as executor:
        make = make_shelf_brains(executor)
        steps: list[tuple[str, str]] = []
        async with staged(tmp_path, lambda: Noted(make(), steps), came, executor=executor) as stage:
            await choose(stage.house, stage.wearable, mode="watch")
            async with stage.listener.listening():
                await stage.listener.press()
                await stage.listener.phrase("watching", 10)
                first = await stage.listener.answer(60)
                asked = len(steps)
                assert await stage.listener.next(8) is None
                assert len(steps) == asked, "a picture that stands still is not asked about at all"
                for image in (dimmed(stage.image), stage.image, dimmed(stage.image)):
                    await stage.look(image)
                    assert await stage.listener.next(10) is None
                await stage.listener.press()
                await stage.listener.phrase("watching_over", 10)
            heard = [said.text for said in stage.listener.said if said.phrase is None]
    assert heard == [first.text]
    assert {text for text, _ in steps} == {WATCH_STEP}
    assert len(steps) >= 3 and [answer for _, answer in steps[1:]] == [NOTHING] * (len(steps) - 1), steps
    assert not any(isinstance(one, wire.Sound) for one in came), "nobody listens while it watches"
