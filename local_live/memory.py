"""What is remembered of sessions that may be resumed: the context, under the handle that was given out for it.

Bounded: the oldest handles are forgotten. Handles do not outlive the server.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from local_live.refusal import INTERNAL, POLICY, RefusalError
from local_live.usage import Ledger

_MAX_HANDLES: Final = 64


@dataclass(frozen=True, slots=True)
class _Kept:
    owner: int
    ledger: Ledger


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

    def keep(self, session: int, ledger: Ledger) -> str:
        """Remember a session's context as it is now; returns the handle."""
        handle = str(uuid4())
        self._kept[handle] = _Kept(session, ledger.copy_for(0, None))
        while len(self._kept) > _MAX_HANDLES:
            self._kept.popitem(last=False)
        return handle

    def recall(self, handle: str) -> Ledger:
        """Return the context behind a handle.

        Raises:
            RefusalError: 1008, no such handle; 1011, the session it belongs to is still open.
        """
        kept = self._kept.get(handle)
        if kept is None:
            raise RefusalError(POLICY, "BidiGenerateContent session not found")
        if kept.owner in self._open:
            raise RefusalError(INTERNAL, "The session to resume is still connected.")
        return kept.ledger
