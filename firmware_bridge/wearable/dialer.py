"""Stays linked: tries every URL in turn, for ever, and says once that the link is lost and once that it is back."""

import asyncio

from .codec import ProtocolError
from .link import RefusedError, open_link

FIRST_MS = 500
LONGEST_MS = 30000
_STABLE_MS = 10000  # a link that held so long was a good one: the back-off starts anew

# Reasons after which dialling again at once would do harm: the home does not want this wearable.
_UNWANTED = ("proof", "version", "replaced", "removed")
_FAILURES = (OSError, EOFError, ValueError, ProtocolError, asyncio.TimeoutError)


class Backoff:
    """How long to wait before the next round of dialling (PROTOCOL.md, section 5)."""

    def __init__(self) -> None:
        self._next_ms = FIRST_MS

    def wait_ms(self, chance: int) -> int:
        """The next wait; `chance` is a random byte, 0 to 255, and makes it half to all of the full time."""
        full_ms = self._next_ms
        self._next_ms = min(LONGEST_MS, full_ms * 2)
        return full_ms * (256 + chance) // 512

    def longest(self) -> None:
        """Waits as long as it may from now on."""
        self._next_ms = LONGEST_MS

    def reset(self) -> None:
        """All is well: the next wait is the first."""
        self._next_ms = FIRST_MS


class Tidings:
    """What the person is told about the link, each thing once."""

    def __init__(self) -> None:
        self._told = []
        self._ever = False

    def failed(self, name: str) -> str | None:
        """A round of dialling failed with `lost` or `refused`; returns what to say, if anything."""
        if name in self._told:
            return None
        self._told.append(name)
        return name

    def connected(self) -> str | None:
        """The link is up; returns `ready` the first time, `back` if the person was told that it was gone."""
        told, ever = bool(self._told), self._ever
        self._told.clear()
        self._ever = True
        if not ever:
            return "ready"
        return "back" if told else None


class Dialer:
    """Owns the link. `on_open(link, welcome, url)` and `on_end(reason)` frame each connection; `tell(name)` says tidings."""

    def __init__(self, board: object, hello: dict, outbox: object, random_bytes: object) -> None:
        self._board = board
        self._hello = hello
        self._outbox = outbox
        self._random_bytes = random_bytes
        self._hurry = asyncio.Event()
        self._over = False
        self.backoff = Backoff()
        self.tidings = Tidings()
        self.link = None
        self.on_open = None
        self.on_end = None
        self.on_failed = None
        self.tell = None

    def hurry(self) -> None:
        """Somebody pressed the button: dial now, without waiting for the back-off."""
        self._hurry.set()

    def leave(self) -> None:
        """Closes the link and ends `run`."""
        self._over = True
        self._hurry.set()
        if self.link is not None:
            self.link.end("left")

    async def run(self) -> str:
        """Until `leave` or until the home removed this wearable; returns `left` or `removed`."""
        while not self._over:
            reason = await self._round()
            if reason == "removed":
                return reason
            if self._over:
                break
            self._hurry.clear()
            wait_ms = self.backoff.wait_ms(self._random_bytes(1)[0])
            try:
                await asyncio.wait_for(self._hurry.wait(), wait_ms / 1000)
            except asyncio.TimeoutError:
                continue
        return "left"

    async def _round(self) -> str | None:
        """Tries each URL until one opens, and stays on it; returns why the link ended, None if none opened."""
        refused = None
        for url in self._board.store.urls:
            if self._over:
                return None
            try:
                link, welcome = await self._open(url)
            except RefusedError as error:
                refused = str(error)
            except _FAILURES as error:
                self.on_failed(url, repr(error))
            else:
                return await self._stay(link, welcome, url)
        if refused is None:
            self._say(self.tidings.failed("lost"), "")
        else:
            self.backoff.longest()
            self._say(self.tidings.failed("refused"), refused)
        return None

    async def _open(self, url: str) -> tuple:
        store = self._board.store
        return await open_link(
            url,
            store.device_id,
            store.key,
            self._hello,
            self._outbox,
            self._board.clock,
            self._board.open_stream,
            self._random_bytes,
        )

    async def _stay(self, link: object, welcome: object, url: str) -> str:
        began_ms = self._board.clock.ms()
        self.link = link
        self._outbox.open()
        try:
            self.on_open(link, welcome, url)
            self._say(self.tidings.connected(), "")
            reason = await link.run()
        finally:
            self.link = None
        asked = self.on_end(reason)
        if self._board.clock.ms() - began_ms >= _STABLE_MS:
            self.backoff.reset()
        if reason in _UNWANTED:
            self.backoff.longest()
        elif asked:
            self._say(self.tidings.failed("lost"), reason)
        return reason

    def _say(self, name: str | None, detail: str) -> None:
        if name is not None:
            self.tell(name, detail)
