"""Modes that go on by themselves: a turn of a picture and a fixed sentence, again and again, until somebody stops them."""

import asyncio
from collections.abc import Callable
import logging

import numpy as np

from .answer import Ending
from .answering import Answering
from .asking import Asking
from .company import Company
from .live.faults import LiveError
from .live.talk import Talk
from .modes import Running
from .outcome import Outcome
from .question import QuestionError, WrittenQuestion, picture_now
from .sight.frame import Frame
from .sight.intake import RunsInExecutor, Seen
from .spatial import GUIDE_STEP, WATCH_STEP
from .wearable import Wearable, WearableState

_LOGGER = logging.getLogger(__name__)

GUIDE_EVERY_S = 1.0
# A hand finds a thing within a minute or two, or not in this way.
_GUIDE_LIMIT_S = 180.0
_QUIET_STEPS = 30
# A step takes about a second, and silence within it says that nothing is new; longer than this it would be taken for the end.
_GUIDE_SILENCE_S = 3.0
WATCH_EVERY_S = 5.0
# Grey levels of mean difference in one sixteenth of the view: sensor noise stays under 1, a dark pack that is taken off a dark
# shelf is above 5. Over the whole view most packs that come or go are below a head that trembles.
_CHANGED = 5.0
_PARTS = 4
# Who relies on being told must not think that nothing happens, when it is the camera that sends nothing.
_NO_PICTURE_S = 5.0


class _Steps:
    """What both modes have in common."""

    def __init__(
        self,
        wearable: Wearable,
        answering: Answering,
        mode: Running,
        talk: Talk,
        in_executor: RunsInExecutor,
        company: Company,
        finished: Callable[[Outcome], None],
    ) -> None:
        self._wearable = wearable
        self._answering = answering
        self._mode = mode
        self._talk = talk
        self._in_executor = in_executor
        self._company = company
        self._finished = finished

    async def _step(self, text: str, frame: Frame) -> Ending | None:
        """One turn; what was said is an outcome like any other. `<nothing>`, and what failed or was stopped, is only paid for.

        Raises:
            LiveError: no answer came, or only half of one.
        """
        outcome = self._answering.new_outcome(self._mode)
        outcome.asked, outcome.silent = text, True
        question = WrittenQuestion(text, frame, self._in_executor, outcome)
        asking = Asking(question, self._mode, self._answering, self._wearable, self._company, goes_on_by_itself=True)
        try:
            ending = await asking.run(self._talk)
            outcome.silent = ending is Ending.NOTHING
        finally:
            self._company.hush()
            self._finished(outcome)
        return ending


class Guide(_Steps):
    """A still about every second, and one short correction to it."""

    async def run(self, item: str) -> str | None:
        """Until the time is over or nothing is new for long; the phrase that says why it ended, where it is a fault."""
        loop = asyncio.get_running_loop()
        ends_s = loop.time() + _GUIDE_LIMIT_S
        quiet = 0
        while loop.time() < ends_s and quiet < _QUIET_STEPS:
            if self._talk.exhausted:
                return "session_limit"
            next_s = loop.time() + GUIDE_EVERY_S
            self._company.begin_late(_GUIDE_SILENCE_S)
            try:
                frame = await picture_now(self._wearable)
                self._wearable.set_state(WearableState.THINKING)
                ending = await self._step(GUIDE_STEP.format(item=item), frame)
            except QuestionError as err:
                return err.phrase
            except LiveError as err:
                return err.trouble.value
            quiet = quiet + 1 if ending is Ending.NOTHING else 0
            await asyncio.sleep(max(0.0, next_s - loop.time()))
        return None


class Watch(_Steps):
    """A picture when the view has changed, at most one in 5 s."""

    async def run(self) -> str | None:
        """Until the talk's limit, or no picture comes any more; the phrase that says why it ended."""
        loop = asyncio.get_running_loop()
        newest: asyncio.Queue[Frame | None] = asyncio.Queue(1)
        fault = "no_picture"

        def offer(frame: Frame | None) -> None:
            if newest.full():
                newest.get_nowait()
            newest.put_nowait(frame)

        def see(seen: Seen) -> None:
            nonlocal fault
            if seen.frame is None:
                fault = "picture_damaged"
            else:
                offer(seen.frame)

        self._company.hush()  # nobody waits for a word while a model only watches
        told: Frame | None = None
        asked_s = float("-inf")
        with self._wearable.watch(see, blind=lambda: offer(None)):
            async with self._wearable.look():
                while not self._talk.exhausted:
                    try:
                        async with asyncio.timeout(_NO_PICTURE_S):
                            frame = await newest.get()
                    except TimeoutError:
                        return fault
                    if frame is None:
                        return "no_picture"  # and none will come
                    changed = told is None or _most_changed(frame, told) >= _CHANGED
                    if not changed or loop.time() - asked_s < WATCH_EVERY_S:
                        continue
                    told, asked_s = frame, loop.time()
                    try:
                        await self._step(WATCH_STEP, frame)
                    except LiveError as err:
                        return err.trouble.value
                    self._wearable.set_state(WearableState.WATCHING)
        return "session_limit"


def _most_changed(frame: Frame, before: Frame) -> float:
    """How much the part of the view changed that changed most: mean difference in grey levels, each view freed of its mean."""
    mine, its = (one.thumbnail - one.thumbnail.mean() for one in (frame, before))
    rows = np.array_split(np.abs(mine - its), _PARTS, axis=0)
    return max(float(part.mean()) for row in rows for part in np.array_split(row, _PARTS, axis=1))
