"""What begins a question, and which of the things that wait comes next."""

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

from .ear import Ear, HomePress, Press
from .modes import Running
from .outcome import Outcome
from .sight.frame import Frame

_WAITING_QUESTIONS = 4


@dataclass(slots=True)
class Written:
    """A question in writing. `frame` is None where the wearable shall look; `done` gets the outcome.

    `listens_on`: its answer is for somebody who waits for it, and may be followed up aloud, without a press.
    """

    question: str
    mode: Running
    speak: bool
    frame: Frame | None
    done: asyncio.Future[Outcome]
    listens_on: bool = False

    def fail(self, err: Exception) -> None:
        """Whoever asked gets an error, unless they have an outcome or do not wait any more."""
        if not self.done.done():
            self.done.set_exception(err)


@dataclass(frozen=True, slots=True)
class Lease:
    """The wearable's mouth and ear, for something of the house: an announcement, a conversation of Assist.

    `granted` when it is its turn, `revoked` when somebody else needs them, or it will never be its turn. `over` is set by
    whoever holds it, at the end: only then anybody else begins.
    """

    granted: asyncio.Event = field(default_factory=asyncio.Event)
    revoked: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def fail(self, _err: Exception) -> None:
        """It is not its turn, or no more."""
        self.revoked.set()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Listen for a question that needs no press, for `wait_s`; `ear` listens already where somebody spoke into an answer."""

    mode: Running
    wait_s: float
    ear: Ear | None = None


type Question = Press | HomePress | Written | FollowUp
type Trigger = Question | Lease


def is_heard(question: Question) -> bool:
    """Whether anybody hears what comes of it."""
    return not isinstance(question, Written) or question.speak


class Triggers:
    """What waits: a press comes before a voice, a voice before what is written. Of the first two only the newest counts."""

    def __init__(self) -> None:
        self._presses: deque[Press | HomePress] = deque(maxlen=1)
        self._voices: deque[FollowUp] = deque(maxlen=1)
        self._written: deque[Written | Lease] = deque()
        self._arrived = asyncio.Event()

    def __bool__(self) -> bool:
        """True when anything waits."""
        return bool(self._presses or self._voices or self._written)

    @property
    def pressed(self) -> bool:
        """True when a press waits."""
        return bool(self._presses)

    @property
    def aloud(self) -> bool:
        """True when a person waits who is there: a press, or a voice."""
        return bool(self._presses or self._voices)

    @property
    def written(self) -> bool:
        """True when a written question, or something else of the house, waits."""
        return bool(self._written)

    def press(self, press: Press | HomePress) -> None:
        """The person pressed."""
        self._voices.clear()
        self._presses.append(press)
        self._arrived.set()

    def voice(self, voice: FollowUp) -> None:
        """Somebody speaks into the answer."""
        self._voices.append(voice)
        self._arrived.set()

    def write(self, written: Written | Lease) -> bool:
        """A written question, or something else of the house; False when too many wait already."""
        if len(self._written) >= _WAITING_QUESTIONS:
            return False
        self._written.append(written)
        self._arrived.set()
        return True

    def arrival(self) -> Coroutine[Any, Any, bool]:
        """To be awaited: something that comes from this call on, not only from when it is awaited."""
        self._arrived.clear()
        return self._arrived.wait()

    async def next(self) -> Trigger:
        """Whatever comes next, when it is there."""
        while not self:
            await self.arrival()
        if self._presses:
            return self._presses.popleft()
        return self._voices.popleft() if self._voices else self._written.popleft()

    def left_over(self) -> Iterator[Written | Lease]:
        """What the house wanted and nobody takes any more."""
        while self._written:
            yield self._written.popleft()
