"""The talk of one conversation: one at a time, in the mode in which is asked; and what is left to do for those that are over."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from .answering import Answering
from .live.accounts import Usage
from .live.talk import Talk
from .modes import Running
from .tasks import stop

# Gemini ends a turn when it thinks that the listener has heard all of it; that was seen to be seconds after its last sound.
_LAST_BILL_S = 5.0


class TalksThatAreOver:
    """Closes talks, each when its last bill has come or does not come: nobody waits for that. One for an entry.

    `begin` makes a task, `pay` is told what talks took that no question was told of.
    """

    def __init__(
        self, begin: Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]], pay: Callable[[Usage], None]
    ) -> None:
        self._begin = begin
        self._pay = pay
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, talk: Talk) -> None:
        """This talk is over."""
        task = self._begin(self._settle(talk), "shelfsight live last bill")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _settle(self, talk: Talk) -> None:
        self._pay(await talk.close(_LAST_BILL_S))

    async def close(self) -> None:
        """Wait no longer."""
        for task in list(self._tasks):
            await stop(task)


class Talks:
    """Owns the talk that goes on, if one does; hands it to `over` when it is."""

    def __init__(self, answering: Answering, over: Callable[[Talk], None]) -> None:
        self._answering = answering
        self._over = over
        self._talk: Talk | None = None
        self._mode_key = ""

    @property
    def exhausted(self) -> bool:
        """True when the talk that goes on has reached its limit in seconds or tokens."""
        return self._talk is not None and self._talk.exhausted

    def choose(self, mode: Running) -> Talk:
        """The talk in this mode: another mode has other instructions, and so another talk."""
        if self._talk is None or self._mode_key != mode.key or self._talk.exhausted:
            self.end()
            self._talk, self._mode_key = self._answering.talk(mode), mode.key
        return self._talk

    async def drop(self) -> None:
        """Half a question is in the session, or it failed: the next question of the talk gets another one."""
        if self._talk is not None:
            await self._talk.drop()

    def end(self) -> None:
        """Nobody asks any more, or in another talk."""
        talk, self._talk = self._talk, None
        if talk is not None:
            self._over(talk)
