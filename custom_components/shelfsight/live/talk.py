"""A talk with a model that outlives its sessions: rotation between turns, resumption, and a fresh start with the talk as text.

| what happened | what comes next |
| --- | --- |
| the session is old, or the server said goAway | between turns: the old one is closed first, then it is resumed |
| it died, or half a question is in it | resumed with the last handle that covers whole turns only |
| a resumed one died | poisoned: the handle is forgotten, a fresh one gets the talk so far as text |
| the handle was refused, or the server forbade resuming | the same |

Sound that comes meanwhile waits in the question (`sound/utterance.py`), whose task asks for the session.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import logging
from typing import Any

from .accounts import Usage
from .faults import LiveError, Trouble
from .session import Handle, LiveSession

_LOGGER = logging.getLogger(__name__)

_EXCHANGES = 8
_EXCHANGE_LIMIT = 400
# What says nothing about the handle a session was to be opened with.
_NOT_THE_HANDLE = frozenset(
    {Trouble.KEY_REFUSED, Trouble.CERTIFICATE_CHANGED, Trouble.NO_SERVER, Trouble.QUOTA, Trouble.OVERLOADED}
)


@dataclass(frozen=True, slots=True)
class Limits:
    """When a talk is over, and how old one session of it may get."""

    seconds: float = 900.0
    tokens: int = 300_000
    rotate_after_s: float = 480.0


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
        self._began_s = now_s()
        self._handle: Handle | None = None
        self._resumed = False
        self._opening: asyncio.Task[LiveSession] | None = None
        self._exchanges: deque[tuple[str, str]] = deque(maxlen=_EXCHANGES)
        self.usage = Usage()
        self.rotations = 0

    @property
    def exhausted(self) -> bool:
        """True when the talk has reached its limit in seconds or tokens."""
        return self._now_s() - self._began_s >= self._limits.seconds or self.usage.total >= self._limits.tokens

    @property
    def history(self) -> str:
        """The talk so far, as text."""
        return "\n".join(f"Person: {asked}\nYou: {said}" for asked, said in self._exchanges)

    def prepare(self) -> None:
        """Begin to open a session, unless one is open that will do."""
        if self._opening is None or (self._opening.done() and self._is_spent(self._opening)):
            previous, self._opening = self._opening, None
            self._opening = asyncio.create_task(self._renew(previous), name="shelfsight live session")

    async def session(self) -> LiveSession:
        """A session that lives, when it is open. Whoever gives up waiting does not take it along.

        Raises:
            LiveError: it could not be opened.
        """
        self.prepare()
        if self._opening is None:
            raise LiveError(Trouble.NO_SERVER, "the session was given up")
        return await asyncio.shield(self._opening)

    def _is_spent(self, opening: asyncio.Task[LiveSession]) -> bool:
        """True when a finished opening left nothing that another turn should begin in."""
        if opening.cancelled() or opening.exception() is not None:
            return True
        session = opening.result()
        return not session.usable or self._is_old(session)

    def _is_old(self, session: LiveSession) -> bool:
        """The server's goAway is not waited for: it was seen to be missed, and the server to go silent."""
        return session.going_away or self._now_s() - session.opened_s >= self._limits.rotate_after_s

    async def _renew(self, previous: asyncio.Task[LiveSession] | None) -> LiveSession:
        """Close the old one first: a handle is refused while its session is connected. Then open."""
        if previous is not None and not previous.cancelled() and previous.exception() is None:
            session = previous.result()
            if session.usable:
                self.rotations += 1
                _LOGGER.debug("The Live session is %.0f s old and is changed", self._now_s() - session.opened_s)
            await self._close(session)
        handle, self._resumed = self._handle, False
        if handle is not None:
            try:
                resumed = await self._open_session(handle.text, "")
            except LiveError as err:
                if err.trouble in _NOT_THE_HANDLE:
                    raise
                _LOGGER.debug("The session could not be resumed (%s); a fresh one gets the talk as text", err)
                self._handle = None
            else:
                self._resumed = True
                return resumed
        return await self._open_session(None, self.history)

    async def _close(self, session: LiveSession) -> None:
        poisoned = self._resumed and not session.usable
        self._handle = None if poisoned else session.handle
        await session.close()

    def answered(self, asked: str, said: str, usage: Usage) -> None:
        """A turn is complete: remember it, and change the session if it is time."""
        self.usage += usage
        if said:
            self._exchanges.append((asked[:_EXCHANGE_LIMIT], said[:_EXCHANGE_LIMIT]))
        opening = self._opening
        if opening is not None and opening.done() and self._is_spent(opening) and not self.exhausted:
            self.prepare()

    async def drop(self) -> None:
        """Half a question is in the session, or it failed: the next question gets another one."""
        opening, self._opening = self._opening, None
        if opening is None:
            return
        if not opening.done():
            await _stop(opening)
        if not opening.cancelled() and opening.exception() is None:
            await self._close(opening.result())

    async def close(self) -> None:
        """The talk is over."""
        await self.drop()


async def _stop(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait({task})
