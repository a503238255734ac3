"""Lets few through at each turn of the event loop, so that many who come at once do not hold up everything else.

A web server takes in more than a hundred connections at one turn of the loop when they wait; what is done for each of them
would be done within that turn, one after the other, while nothing else in the house moves.
"""

import asyncio
from collections import deque

# Each costs a quarter of a millisecond of a small server, with the one that it pushes off the porch.
_AT_A_TURN = 24
_WAITING = 512


class Turnstile:
    """First come, first served; nobody waits behind more than `waiting` others."""

    def __init__(self, at_a_turn: int = _AT_A_TURN, waiting: int = _WAITING) -> None:
        self._at_a_turn = at_a_turn
        self._most_waiting = waiting
        self._left = at_a_turn
        self._turning = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def through(self) -> bool:
        """Go through when it is one's turn; False at once when too many wait already."""
        loop = asyncio.get_running_loop()
        if not self._turning:
            self._turning = True
            loop.call_soon(self._turn)
        if self._left and not self._waiting:
            self._left -= 1
            return True
        if len(self._waiting) >= self._most_waiting:
            return False
        mine: asyncio.Future[None] = loop.create_future()
        self._waiting.append(mine)
        await mine
        return True

    def _turn(self) -> None:
        self._left = self._at_a_turn
        while self._left and self._waiting:
            first = self._waiting.popleft()
            if not first.done():  # whoever hung up meanwhile is passed over
                first.set_result(None)
                self._left -= 1
        if self._waiting or self._left < self._at_a_turn:
            asyncio.get_running_loop().call_soon(self._turn)
        else:
            self._turning = False
