"""A talk with a model that outlives its sessions: rotation between turns, resumption, and a fresh start with the talk as text.

| what happened | what comes next |
| --- | --- |
| the session is old, or the server said goAway | between turns: the old one is closed first, then it is resumed |
| it died, or half a question is in it | resumed with the last handle that covers whole turns only |
| a resumed one died | poisoned: the handle is forgotten, a fresh one gets the talk so far as text |
| the handle was refused, or the server forbade resuming | the same |
| resuming failed twice for no reason that is known | the same |

A turn that a handle does not cover, or that was answered in another way, is told to the next session as text.
Sound that comes meanwhile waits in the question (`sound/utterance.py`), whose task asks for the session.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
import logging
from typing import TYPE_CHECKING

from ..tasks import stop
from .accounts import Usage
from .faults import LiveError, Trouble

if TYPE_CHECKING:
    from .session import Handle, LiveSession

_LOGGER = logging.getLogger(__name__)

_EXCHANGES = 8
_EXCHANGE_LIMIT = 400
# What says nothing about the handle a session was to be opened with.
_NOT_THE_HANDLE = frozenset({Trouble.KEY_REFUSED, Trouble.CERTIFICATE_CHANGED, Trouble.QUOTA, Trouble.OVERLOADED})


@dataclass(frozen=True, slots=True)
class Limits:
    """When a talk is over, and how old one session of it may get."""

    seconds: float = 900.0
    tokens: int = 300_000
    rotate_after_s: float = 480.0


@dataclass(frozen=True, slots=True)
class _Exchange:
    """A question and its answer."""

    asked: str
    said: str
    turn: int | None
    """Its number in the session that is open, 0 if that was resumed with it; None where a session can only be told of it."""


class Talk:
    """Owns the session. Not for more than one question at a time."""

    def __init__(
        self,
        open_session: Callable[[str | None, str], Awaitable[LiveSession]],
        limits: Limits,
        now_s: Callable[[], float],
    ) -> None:
        self._open_session = open_session
        self._limits = limits
        self._now_s = now_s
        self._began_s = self._opened_s = now_s()
        self._handle: Handle | None = None
        self._resumed = False
        self._failed_to_resume = False
        self._opening: asyncio.Task[LiveSession] | None = None
        self._retired: list[LiveSession] = []
        self._exchanges: deque[_Exchange] = deque(maxlen=_EXCHANGES)
        self._unclaimed = Usage()
        self.usage = Usage()
        self.rotations = 0

    @property
    def exhausted(self) -> bool:
        """True when the talk has reached its limit in seconds or tokens."""
        return self._now_s() - self._began_s >= self._limits.seconds or self.usage.total >= self._limits.tokens

    @property
    def history(self) -> str:
        """The talk so far, as text."""
        return _as_text(self._exchanges)

    def prepare(self) -> None:
        """Begin to open a session, unless one is open that will do."""
        if self._opening is not None and not self._is_spent(self._opening):
            return
        session = _opened(self._opening)
        if session is not None:
            if session.usable:
                self.rotations += 1
                _LOGGER.debug("The Live session is %.0f s old and is changed", self._now_s() - self._opened_s)
            self._retire(session)
        self._opening = asyncio.create_task(self._renew(), name="shelfsight live session")

    async def session(self) -> LiveSession:
        """A session that lives, when it is open. Whoever gives up waiting does not take it along.

        Raises:
            LiveError: it could not be opened, or the talk was dropped meanwhile.
        """
        self.prepare()
        opening = self._opening
        if opening is not None:
            await asyncio.wait({opening})
        if opening is None or opening.cancelled():
            raise LiveError(Trouble.NO_SERVER, "the session was given up")
        return opening.result()

    def _is_spent(self, opening: asyncio.Task[LiveSession]) -> bool:
        """True when an opening is finished and left nothing that another turn should begin in."""
        session = _opened(opening)
        return opening.done() and (session is None or not session.usable or self._is_old(session))

    def _is_old(self, session: LiveSession) -> bool:
        """The server's goAway is not waited for: it was seen to be missed, and the server to go silent."""
        return session.going_away or self._now_s() - self._opened_s >= self._limits.rotate_after_s

    async def _renew(self) -> LiveSession:
        """Close the old one first: a handle is refused while its session is connected. Then open."""
        await self._close_retired()
        session = await self._open()
        self._opened_s = self._now_s()
        return session

    async def _open(self) -> LiveSession:
        handle, self._resumed = self._handle, False
        if handle is not None:
            try:
                resumed = await self._open_session(
                    handle.text, _as_text(one for one in self._exchanges if one.turn is None)
                )
            except LiveError as err:
                if self._may_keep_handle(err.trouble):
                    raise
                _LOGGER.debug("The session could not be resumed (%s); a fresh one gets the talk as text", err)
                self._keep(None)
            else:
                self._resumed, self._failed_to_resume = True, False
                return resumed
        return await self._open_session(None, self.history)

    def _may_keep_handle(self, trouble: Trouble) -> bool:
        """Whether resuming failed for another reason than the handle.

        What closes with an internal error may be the network, a server that still holds the old socket, or a handle that is
        spoilt: one more try tells.
        """
        if trouble in _NOT_THE_HANDLE:
            return True
        failed_before, self._failed_to_resume = self._failed_to_resume, True
        return trouble is Trouble.NO_SERVER and not failed_before

    def _retire(self, session: LiveSession) -> None:
        """No other turn begins in it. It stays here until it is closed, whoever is cancelled meanwhile."""
        poisoned = self._resumed and not session.usable
        self._keep(None if poisoned else session.handle)
        self._retired.append(session)

    async def _close_retired(self) -> None:
        for session in list(self._retired):
            await session.close()
            self._unclaimed += session.unclaimed()
            self._retired.remove(session)

    def _keep(self, handle: Handle | None) -> None:
        """The next session gets this handle, and as text what it does not cover."""
        covered = handle.turns if handle is not None else -1
        self._handle, self._failed_to_resume = handle, False
        for number, one in enumerate(self._exchanges):
            is_covered = one.turn is not None and one.turn <= covered
            self._exchanges[number] = replace(one, turn=0 if is_covered else None)

    def answered(self, asked: str, said: str, usage: Usage) -> None:
        """A turn is complete: remember it, and change the session if it is time."""
        self.usage += usage
        session = _opened(self._opening)
        if said:
            turn = session.turns_begun if session is not None else None
            self._exchanges.append(_Exchange(asked[:_EXCHANGE_LIMIT], said[:_EXCHANGE_LIMIT], turn))
        if self._opening is not None and self._is_spent(self._opening) and not self.exhausted:
            self.prepare()

    async def drop(self) -> None:
        """Half a question is in the session, or it failed: the next question gets another one."""
        opening, self._opening = self._opening, None
        if opening is not None and not opening.done():
            await stop(opening)
        session = _opened(opening)
        if session is not None:
            self._retire(session)
        await self._close_retired()

    async def close(self, patience_s: float = 0.0) -> Usage:
        """The talk is over. What is returned was counted in it, and no question was told of it.

        The end of the last turn, which brings its bill, is waited for `patience_s`; whoever is cancelled meanwhile still closes.
        """
        try:
            session = _opened(self._opening)
            if session is not None:
                await session.settle(patience_s)
        finally:
            await self.drop()
        unclaimed, self._unclaimed = self._unclaimed, Usage()
        return unclaimed


def _opened(opening: asyncio.Task[LiveSession] | None) -> LiveSession | None:
    """What an opening gave; None while it is not finished, and when it failed."""
    if opening is None or not opening.done() or opening.cancelled() or opening.exception() is not None:
        return None
    return opening.result()


def _as_text(exchanges: Iterable[_Exchange]) -> str:
    return "\n".join(f"Person: {one.asked}\nYou: {one.said}" for one in exchanges)
