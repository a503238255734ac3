"""The queue of what was ordered, and what a test sees of it."""

import asyncio
from typing import Final

MAX_PLANS: Final = 1_000


class Plan[T]:
    """The orders for one session or call."""

    def __init__(self, orders: tuple[T, ...] = ()) -> None:
        self.orders = orders
        self.taken = asyncio.Event()
        """Its session, or call, has begun."""
        self.acted = asyncio.Event()
        """At least one of its orders was carried out."""
        self.acted_at_s: list[float] = []
        """When each was, by the event loop's clock."""

    def note(self) -> None:
        """Note that an order is carried out now."""
        self.acted_at_s.append(asyncio.get_running_loop().time())
        self.acted.set()

    def find[O](self, kind: type[O]) -> O | None:
        """Find the first order of a kind."""
        return next((order for order in self.orders if isinstance(order, kind)), None)


class Plans[T]:
    """Plans that wait; where there is none, nothing is out of the ordinary."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Plan[T]] = asyncio.Queue(MAX_PLANS)

    def add(self, orders: tuple[T, ...]) -> Plan[T]:
        """Put a plan at the end of the queue.

        Raises:
            asyncio.QueueFull: a thousand wait already.
        """
        plan = Plan(orders)
        self._waiting.put_nowait(plan)
        return plan

    def take(self) -> Plan[T]:
        """Take the next plan."""
        plan = Plan[T]() if self._waiting.empty() else self._waiting.get_nowait()
        plan.taken.set()
        return plan
