"""Lets few through at each turn of the event loop, so that many who come at once do not hold up everything else.

A web server takes in more than a hundred connections at one turn of the loop when they wait; what is done for each of them
would be done within that turn, one after the other, while nothing else in the house moves. Sending somebody away is work as well, so
that of those who are too many only some are told at each turn.
"""

import asyncio
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """How many go through at a turn, and how many may wait for it; of those beyond that `told` at a turn are told to go.

    Nobody at all waits beyond `most`: that they are too many is told at once. On a small server one who goes through, and pushes another
    one off the porch, costs about a millisecond, and one who is told to go a fifth of that.
    """

    through: int = 4
    waiting: int = 128
    told: int = 16
    most: int = 1024


class Turnstile:
    """First come, first served; the last who came are the first who are told to go."""

    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = pace or Pace()
        self._left = self._pace.through
        self._turning = False
        self._waiting: deque[asyncio.Future[bool]] = deque()

    async def through(self) -> bool:
        """Go through when it is one's turn; False where too many wait already."""
        loop = asyncio.get_running_loop()
        if not self._turning:
            self._turning = True
            loop.call_soon(self._turn)
        if self._left and not self._waiting:
            self._left -= 1
            return True
        if len(self._waiting) >= self._pace.most:
            return False
        mine: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(mine)
        return await mine

    def _turn(self) -> None:
        self._left = self._pace.through
        while self._left and self._waiting:
            self._left -= _tell(self._waiting.popleft(), through=True)
        left = self._pace.told
        while left and len(self._waiting) > self._pace.waiting:
            left -= _tell(self._waiting.pop(), through=False)
        if self._waiting or self._left < self._pace.through:
            asyncio.get_running_loop().call_soon(self._turn)
        else:
            self._turning = False


def _tell(waiting: asyncio.Future[bool], *, through: bool) -> bool:
    """Whether they were still there: who hung up meanwhile is passed over."""
    if waiting.done():
        return False
    waiting.set_result(through)
    return True
