"""What is remembered of sessions that may be resumed, under the handles that were given out for them.

That is the context's size and the newest picture. Bounded: the oldest handles are forgotten. Handles do not outlive the server.
"""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import uuid4

from local_live.orders import UNKNOWN_SESSION, Ending, Poison
from local_live.refusal import INTERNAL, RefusalError
from local_live.usage import Ledger

_MAX_HANDLES: Final = 64


@dataclass(frozen=True, slots=True)
class Past:
    """What a session that is resumed begins with.

    ``picture`` is the newest frame, None if there was none. ``poison`` is how long the new session lives and how it
    ends, ``refusal`` that it is not to begin at all; both only where a test ordered so.
    """

    ledger: Ledger = field(default_factory=Ledger)
    picture: bytes | None = None
    poison: Poison | None = None
    refusal: Ending | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    owner: int
    past: Past


class Memory:
    """The handles of one server. Sessions are named by their number."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._open: set[int] = set()

    def enter(self, session: int) -> None:
        """Note that a session is open."""
        self._open.add(session)

    def leave(self, session: int) -> None:
        """Note that a session is closed: its handles may be used now."""
        self._open.discard(session)

    def keep(self, session: int, past: Past) -> str:
        """Remember a session as it is now; returns the handle."""
        handle = str(uuid4())
        self._kept[handle] = _Kept(session, replace(past, ledger=past.ledger.copy_for(0, None)))
        while len(self._kept) > _MAX_HANDLES:
            self._kept.popitem(last=False)
        return handle

    def recall(self, handle: str) -> Past:
        """Return what is behind a handle.

        Raises:
            RefusalError: 1008, no such handle; 1011, the session it belongs to is still open; as ordered.
        """
        kept = self._kept.get(handle)
        if kept is None:
            raise RefusalError(UNKNOWN_SESSION.code, UNKNOWN_SESSION.reason)
        if kept.owner in self._open:
            raise RefusalError(INTERNAL, "The session to resume is still connected.")
        if kept.past.refusal:
            raise RefusalError(kept.past.refusal.code, kept.past.refusal.reason)
        return kept.past
