"""An answer on its way from its turn to the person's ear, and what to make of one that is empty, written or cut off."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from enum import Enum, auto
import logging
from typing import TYPE_CHECKING

from .company import Company
from .live.events import OUTPUT_HZ, Interrupted, Reported, Said, Sound, SoundOver, TurnEvent, TurnOver
from .live.faults import LiveError, Trouble
from .live.models import Proactive, Profile
from .outcome import Outcome
from .spatial import may_be_nothing
from .tasks import owned_tasks
from .wearable import Wearable, WearableState

if TYPE_CHECKING:
    from .live.session import Turn

_LOGGER = logging.getLogger(__name__)

# An answer of 90 s is no answer to a question at a shelf; what follows is dropped.
_ANSWER_LIMIT_BYTES = 90 * OUTPUT_HZ * 2
_LATE_EVENTS_GRACE_S = 0.5
# A source that is dry for so long ends what is being said for now: the wearable plays no cue within an answer.
_GAP_S = 0.9


class Ending(Enum):
    """How a turn ended that was not a failure."""

    SAID = auto()
    WRITTEN = auto()
    """There are words, and no sound of them."""
    NOTHING = auto()
    """The model had nothing to say, and said so (watch, guide)."""


class AnswerSound:
    """The answer's sound between the session, which is faster than real time, and the mouth."""

    def __init__(self) -> None:
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._next: bytes | None = None
        self._over = False
        self.size_bytes = 0

    def add(self, pcm: bytes) -> None:
        """More sound; beyond 90 s it is dropped, which bounds the queue."""
        if self.size_bytes + len(pcm) <= _ANSWER_LIMIT_BYTES:
            self.size_bytes += len(pcm)
            self._pieces.put_nowait(pcm)

    def end(self) -> None:
        """No more will come."""
        self._pieces.put_nowait(None)

    @property
    def over(self) -> bool:
        """True when all that will come was taken."""
        return self._over

    async def wait(self) -> bool:
        """Wait for sound that was not yet taken; False when there will be none."""
        if self._next is None and not self._over:
            self._next = await self._pieces.get()
            self._over = self._next is None
        return not self._over

    async def run_of_pieces(self) -> AsyncGenerator[bytes]:
        """The sound as it comes, up to its end or a gap that would be heard as silence."""
        while True:
            try:
                async with asyncio.timeout(_GAP_S):
                    more = await self.wait()
            except TimeoutError:
                return
            if not more or self._next is None:
                return  # the end was seen: `over` is true from now on
            piece, self._next = self._next, None
            yield piece


class Mouth:
    """Says one answer into a wearable, run by run, and keeps the person company in the gaps."""

    def __init__(self, wearable: Wearable | None, company: Company, started: Callable[[], None]) -> None:
        self._wearable = wearable if wearable is not None and wearable.has_speaker else None
        self._company = company
        self._started = started

    async def say(self, sound: AnswerSound) -> None:
        """Until all of it was heard."""
        while await sound.wait():
            if self._wearable is None:
                self._started()
                async for _piece in sound.run_of_pieces():
                    pass  # nobody listens; the words are what counts
                continue
            async with aclosing(sound.run_of_pieces()) as pieces:
                await self._wearable.say(pieces, OUTPUT_HZ, self._begin)
            if not sound.over:
                self._company.begin()
                self._company.fault()  # it was silent for a second already

    def _begin(self) -> None:
        self._company.hush()
        self._started()


async def take_answer(
    turn: Turn,
    outcome: Outcome,
    wearable: Wearable | None,
    company: Company,
    profile: Profile,
    billed_to: str | None,
    patience_s: float,
    *,
    answering: Callable[[], None] = lambda: None,
    words_known: Callable[[], None] = lambda: None,
    may_say_nothing: bool = False,
) -> Ending:
    """Take the answer from its turn, and say it where there is a wearable to hear it.

    `billed_to` is the model whose prices hold, None where it costs nothing; `patience_s` is how long nothing may come; `answering` is told when the server begins to answer, `words_known` when all
    words have come. With `may_say_nothing` sound is held back until the words cannot be `<nothing>` any more.

    Raises:
        LiveError: no answer came, or only half of one.
        LinkClosedError: the wearable left.
    """
    incoming = _Incoming(outcome, billed_to, may_say_nothing=may_say_nothing)

    def started() -> None:
        if outcome.first_sound_s is None:
            outcome.first_sound_s = asyncio.get_running_loop().time()
        if wearable is not None:
            wearable.set_state(WearableState.ANSWERING)

    async with owned_tasks() as tasks:
        mouth = tasks.create_task(Mouth(wearable, company, started).say(incoming.sound))
        async for event in turn.events(patience_s):
            incoming.take(event)
            if isinstance(event, Sound | Said | Reported):
                answering()
            if isinstance(event, SoundOver):
                break  # the turn's formal end may come seconds later
            if isinstance(event, Interrupted) and mouth.cancel() and wearable is not None:
                await wearable.flush()
                company.begin()
        answering()
        incoming.end()
        words_known()
        await asyncio.wait({mouth})
        if not mouth.cancelled():
            mouth.result()
        async for event in turn.late_events(_LATE_EVENTS_GRACE_S):
            incoming.take(event)
    outcome.asked, outcome.answer = outcome.asked.strip(), outcome.answer.strip()
    return incoming.ending(profile)


class _Incoming:
    """What has come of an answer: its words in the outcome, its sound on its way to the mouth."""

    def __init__(self, outcome: Outcome, billed_to: str | None, *, may_say_nothing: bool) -> None:
        self.sound = AnswerSound()
        self._outcome = outcome
        self._billed_to = billed_to
        self._may_say_nothing = may_say_nothing
        self._held: list[bytes] = []
        self._cut_off = False
        self._ended = False
        self._reason: str | None = None

    def take(self, event: TurnEvent) -> None:
        """The next event of the turn."""
        self._outcome.note(event, self._billed_to)
        match event:
            case Sound(pcm) if not self._ended:
                self._held.append(pcm)
            case Interrupted():
                self._cut_off = True
            case TurnOver(reason=reason):
                self._reason = reason
            case _:
                pass
        if self._held and not (self._may_say_nothing and may_be_nothing(self._outcome.answer)):
            self._let_go()

    def _let_go(self) -> None:
        for pcm in self._held:
            self.sound.add(pcm)
        self._held.clear()

    def end(self) -> None:
        """All sound has come."""
        if not (self._may_say_nothing and self._outcome.is_nothing):
            self._let_go()
        self._held.clear()
        self._ended = True
        self.sound.end()

    def ending(self, profile: Profile) -> Ending:
        """What the turn came to; raises LiveError where it came to no answer."""
        outcome = self._outcome
        if self._may_say_nothing and outcome.is_nothing:
            return Ending.NOTHING
        if self._cut_off:
            raise LiveError(Trouble.CUT_OFF, "the server interrupted the answer")
        if self.sound.size_bytes:
            return Ending.SAID
        if self._reason is not None and "REJECT" in self._reason:
            raise LiveError(Trouble.REJECTED, f"the turn ended with {self._reason}")
        if outcome.written or outcome.answer:
            outcome.answer = (outcome.written or outcome.answer).strip()
            return Ending.WRITTEN
        if profile.proactive is Proactive.ALWAYS:
            raise LiveError(Trouble.NOT_ADDRESSED, "the turn ended without an answer")
        raise LiveError(Trouble.NO_ANSWER, "the turn ended without sound")
