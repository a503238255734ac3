"""Carries out what was ordered for one session, when its moment comes."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
import math
from typing import Final

from local_live import replies
from local_live.calls import OpenCalls, await_response, find_function
from local_live.connection import Connection, GoneError
from local_live.odd_frames import odd_frame
from local_live.orders import (
    DEADLINE,
    CallTool,
    CancelledCall,
    Close,
    Drop,
    Ending,
    GoAway,
    GoSilent,
    LateTurnComplete,
    Moment,
    OddFrames,
    Order,
    Shaped,
    SlowPongs,
    Then,
    Thoughts,
    Timed,
    Unresumable,
)
from local_live.plans import Plan
from local_live.profiles import Profile, waits_for_response
from local_live.refusal import RefusalError
from local_live.setup import Function

ALL_OF_IT_MS: Final = math.inf  # as spoken_ms: all of the speech went out


class Conduct:
    """The orders of one session. ``tasks`` owns what happens later."""

    def __init__(self, plan: Plan[Order], connection: Connection, tasks: asyncio.TaskGroup) -> None:
        self._plan = plan
        self._connection = connection
        self._tasks = tasks
        self._timed = [order for order in plan.orders if isinstance(order, Timed)]
        self._done: set[tuple[int, int]] = set()  # place among the timed ones, turn
        self._calls: OpenCalls | None = None
        self._profile: Profile | None = None
        self._functions: tuple[Function, ...] = ()
        self._unresumable = False
        if slow := plan.find(SlowPongs):
            plan.note()
            connection.slow_pongs(slow.by_s)

    def learn(self, calls: OpenCalls, profile: Profile, functions: tuple[Function, ...]) -> None:
        """Take what is known from the setup on."""
        self._calls, self._profile, self._functions = calls, profile, functions

    async def reach(self, moment: Moment, turn: int = 0, spoken_ms: float = 0.0) -> None:
        """Carry out what is due.

        Raises:
            RefusalError: the session is to be closed.
            GoneError: the connection was dropped.
        """
        for place, order in enumerate(self._timed):
            in_turn = order.turn in {None, turn} or moment in {Moment.UPGRADE, Moment.SETUP}
            if order.at is not moment or not in_turn or (place, turn) in self._done:
                continue
            if moment is Moment.SPEAKING and spoken_ms < order.after_ms:
                continue
            self._done.add((place, turn))
            if order.after_ms and moment is not Moment.SPEAKING:
                self._tasks.create_task(self._later(order))
            else:
                await self._act(order)

    def shape(self, turn: int) -> Shaped | None:
        """Say what is ordered in place of that turn's answer."""
        return self._of_turn(Shaped, turn)

    def thought(self, turn: int) -> str:
        """Return the thought that precedes that turn's answer, "" for none."""
        order = self._of_turn(Thoughts, turn)
        return order.text if order else ""

    def turn_complete_delay_s(self, turn: int) -> float:
        """Say by how much that turn's end is late."""
        order = self._of_turn(LateTurnComplete, turn)
        return order.by_s if order else 0.0

    def is_unresumable(self, turn: int) -> bool:
        """Say whether that turn gives no handle."""
        order = self._plan.find(Unresumable)
        if order is None or not (turn == order.turn or (order.for_good and turn > order.turn)):
            return False
        self._plan.note()
        return True

    def _of_turn[T: (Shaped, Thoughts, LateTurnComplete)](self, kind: type[T], turn: int) -> T | None:
        for order in self._plan.orders:
            if isinstance(order, kind) and order.turn in {None, turn}:
                self._plan.note()
                return order
        return None

    async def _later(self, order: Timed) -> None:
        await asyncio.sleep(order.after_ms / 1000)
        await self._act(order)

    async def _act(self, order: Timed) -> None:
        self._plan.note()
        match order:
            case Close(ending=ending):
                raise refused(ending)
            case Drop():
                self._connection.drop()
                raise GoneError
            case GoSilent(pongs=pongs):
                self._connection.mute(pongs=pongs)
            case GoAway(left_s=left_s):
                await self._send(replies.go_away(left_s))
                self._tasks.create_task(self._leave(order))
            case CallTool(name=name, arguments=arguments):
                await self._call(name, arguments, waits=order.at in {Moment.THINKING, Moment.SPEAKING})
            case CancelledCall():
                self._tasks.create_task(self._call_and_cancel(order))
            case OddFrames(count=count):
                frame = odd_frame(order)
                for _ in range(count):
                    await self._connection.send(frame)
            case _:
                raise TypeError(f"{order} cannot be carried out")

    async def _leave(self, order: GoAway) -> None:
        await asyncio.sleep(order.left_s)
        match order.then:
            case Then.CLOSE:
                raise refused(DEADLINE)
            case Then.SILENCE:
                self._connection.mute(pongs=True)
            case Then.DROP:
                self._connection.drop()
                raise GoneError

    async def _call(self, name: str, arguments: Mapping[str, object], *, waits: bool) -> None:
        if self._calls is None or self._profile is None:
            raise TypeError("a function can be called only after the setup")
        function = find_function(self._functions, name)
        call_id, responded = self._calls.open("function-call-")
        await self._send(replies.tool_call(call_id, name, arguments))
        if waits and function is not None and waits_for_response(self._profile, function.behavior):
            await await_response(self._calls, call_id, responded, self._send)

    async def _call_and_cancel(self, order: CancelledCall) -> None:
        if self._calls is None:
            raise TypeError("a function can be called only after the setup")
        call_id, responded = self._calls.open("function-call-")
        await self._send(replies.tool_call(call_id, order.name, order.arguments))
        with suppress(TimeoutError):
            async with asyncio.timeout(order.cancel_after_ms / 1000):
                await responded.wait()
                return
        if self._calls.forget(call_id):
            await self._send(replies.tool_call_cancellation([call_id]))

    async def _send(self, reply: replies.Reply) -> None:
        await self._connection.send(replies.encode(reply))


def refused(ending: Ending) -> RefusalError:
    """Make the end of a session from what was ordered."""
    return RefusalError(ending.code, ending.reason)
