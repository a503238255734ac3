"""Who may come in: wearables that are set up, those that soon will be, and those that are to hear a goodbye."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
import logging
import secrets
from typing import Protocol

from .connection import Connection
from .messages import Hello
from .proof import KEY_BYTES

_LOGGER = logging.getLogger(__name__)

# A wearable that was just paired dials before its entry is set up; so does one that finds Home Assistant starting.
_EXPECTED_WAIT_S = 10
# Somebody who removes more wearables than that, without any of them dialling, may leave some that think they are paired.
_FAREWELLS = 64


class LinkedWearable(Protocol):
    """What the door needs of a wearable that belongs to this home."""

    link_key: bytes

    def welcome_settings(self, hello: Hello) -> dict[str, object]:
        """What to tell the wearable in `welcome`."""

    async def serve(self, connection: Connection) -> None:
        """Live with the connection until it ends."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """The proof holds: `wearable` is who dialled, or None when it was removed and hears so."""

    key: bytes = field(repr=False)
    wearable: LinkedWearable | None


@dataclass(frozen=True, slots=True)
class NotReady:
    """A wearable of this home that is not set up yet."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Nobody who is known here, or somebody who cannot prove it."""


@dataclass(slots=True)
class Doorbook:
    """Keeps them. `expected` are ids that will be admitted, perhaps with a new key."""

    wearables: dict[str, LinkedWearable] = field(default_factory=dict)
    expected: set[str] = field(default_factory=set)
    _farewells: dict[str, bytes] = field(default_factory=dict, repr=False)
    _changed: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def admit(self, wearable_id: str, wearable: LinkedWearable) -> None:
        """This wearable may dial from now on."""
        self.wearables[wearable_id] = wearable
        self.expected.discard(wearable_id)
        self._farewells.pop(wearable_id, None)
        self._announce()

    def dismiss(self, wearable_id: str) -> None:
        """It may not any more."""
        self.wearables.pop(wearable_id, None)
        self._announce()

    def remove(self, wearable_id: str, key: bytes) -> None:
        """It was removed from this home: when it dials once more it hears so, and forgets its key as this home does."""
        self.expected.discard(wearable_id)
        self.dismiss(wearable_id)
        self._farewells[wearable_id] = key
        if len(self._farewells) > _FAREWELLS:
            del self._farewells[next(iter(self._farewells))]

    def parted(self, wearable_id: str, key: bytes) -> None:
        """It has heard the goodbye."""
        if self._farewells.get(wearable_id) == key:
            del self._farewells[wearable_id]

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def find(self, wearable_id: str, proves: Callable[[bytes], bool]) -> Welcome | NotReady | Stranger:
        """Who dials, if `proves(key)` holds for a key they may have; somebody who is expected is waited for.

        A wearable that is paired again dials with its new key while the old one may still be known here.
        """
        try:
            async with asyncio.timeout(_EXPECTED_WAIT_S):
                while True:
                    changed = self._changed
                    found = self._look_up(wearable_id, proves)
                    if found is not None or wearable_id not in self.expected:
                        return found or Stranger()
                    await changed.wait()
        except TimeoutError:
            _LOGGER.debug("A wearable that is expected was not set up in time")
        return Stranger() if wearable_id in self.wearables else NotReady()

    def _look_up(self, wearable_id: str, proves: Callable[[bytes], bool]) -> Welcome | None:
        """Exactly one key is tried for everybody, so that the time of an answer does not tell who is known."""
        wearable = self.wearables.get(wearable_id)
        if wearable is not None:
            return Welcome(wearable.link_key, wearable) if proves(wearable.link_key) else None
        farewell = self._farewells.get(wearable_id)
        key = farewell or secrets.token_bytes(KEY_BYTES)
        return Welcome(key, None) if proves(key) and farewell is not None else None
