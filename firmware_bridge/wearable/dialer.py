"""Stays linked: tries every URL in turn, for ever, and says once why the link is lost and once that it is back."""

import asyncio

from .codec import ProtocolError
from .link import RefusedError, open_link
from .transport import not_yet_valid

FIRST_MS = 500
LONGEST_MS = 30000
_QUICK_MS = 4000  # the longest wait in the first minute after a link was lost: most outages are short
_QUICK_FOR_MS = 60000
_STABLE_MS = 10000  # a link that held so long was a good one: the back-off starts anew
# How long a URL may take to open in that minute. The system asks again after 1 s and 3 s, so that even where two URLs
# are tried in turn there is a try of each at least every 4 s.
_QUICK_OPEN_S = 3.5
_CHANGES_MS = 1000  # networks change in bursts; of those only the first breaks off a dialling that has begun

# Reasons for which dialling again at once would do harm, because the home does not want this wearable, and what is said.
_UNWANTED = {"version": "old_version", "replaced": "replaced", "proof": "refused", "removed": "removed"}
_FAILURES = (OSError, EOFError, ValueError, ProtocolError, MemoryError, asyncio.TimeoutError)


class Backoff:
    """How long to wait from one round of dialling to the next (PROTOCOL.md, section 5)."""

    def __init__(self) -> None:
        self._next_ms = FIRST_MS
        self._quick_until_ms = 0

    def wait_ms(self, chance: int, now_ms: int) -> int:
        """The next wait; `chance` is a random byte, 0 to 255, and makes it half to all of the full time."""
        full_ms = self._next_ms
        if self.quick(now_ms):
            full_ms = min(_QUICK_MS, full_ms)
        self._next_ms = min(LONGEST_MS, full_ms * 2)
        return full_ms * (256 + chance) // 512

    def quick(self, now_ms: int) -> bool:
        """Whether a link was lost less than a minute ago."""
        return now_ms < self._quick_until_ms

    def lost(self, stable: bool, now_ms: int) -> None:
        """A link that was up is gone; `stable` if it had held for a while."""
        self._quick_until_ms = now_ms + _QUICK_FOR_MS
        if stable:
            self._next_ms = FIRST_MS

    def soon(self) -> None:
        """Something has changed: the waits begin anew."""
        self._next_ms = FIRST_MS

    def longest(self) -> None:
        """Waits as long as it may from now on."""
        self._next_ms = LONGEST_MS
        self._quick_until_ms = 0


class Tidings:
    """What the person is told about the link, each thing once."""

    def __init__(self) -> None:
        self._told = []
        self._ever = False

    def failed(self, name: str) -> str | None:
        """A round of dialling failed, or the link ended: `lost`, `refused`, ...; returns what to say, if anything."""
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

    def __init__(self, board: object, hello: object, outbox: object, random_bytes: object) -> None:
        """`hello()` is what is told of this board at each opening."""
        self._board = board
        self._hello = hello
        self._outbox = outbox
        self._random_bytes = random_bytes
        self._hurry = asyncio.Event()
        self._opening = None
        self._changed_ms = None
        self._broken_off = False
        self._over = False
        self._last_url = None
        self._why = "lost"
        self.backoff = Backoff()
        self.tidings = Tidings()
        self.dialling = False
        self.link = None
        self.on_open = None
        self.on_end = None
        self.on_failed = None
        self.tell = None

    def why(self) -> str:
        """The phrase that says why there is no link now."""
        trouble = self._board.network.trouble() if self._board.network is not None else None
        return trouble or self._why

    def hurry(self) -> None:
        """Somebody pressed the button: dial now, without waiting for the back-off."""
        self._hurry.set()

    def network_changed(self) -> None:
        """Dial now, and anew: what was begun over the network of before may come to nothing."""
        now_ms = self._board.clock.ms()
        first = self._changed_ms is None or now_ms - self._changed_ms >= _CHANGES_MS
        self._changed_ms = now_ms
        if self._why not in _UNWANTED.values():
            self.backoff.soon()
        self._hurry.set()
        if first:
            self._break_off()
        if self.link is not None:
            self.link.probe()

    def leave(self) -> None:
        """Closes the link and ends `run`."""
        self._over = True
        self._hurry.set()
        self._break_off()
        if self.link is not None:
            self.link.end("left")

    async def run(self) -> str:
        """Until `leave` or until the home removed this wearable; returns `left` or `removed`."""
        while not self._over:
            began_ms = self._board.clock.ms()
            self._hurry.clear()
            self.dialling = True
            try:
                reason = await self._round()
            finally:
                self.dialling = False
            if reason == "removed":
                return reason
            now_ms = self._board.clock.ms()
            wait_ms = self.backoff.wait_ms(self._random_bytes(1)[0], now_ms)
            if reason is None:
                wait_ms -= now_ms - began_ms  # a round that took long has been a part of the wait
            if wait_ms > 0 and not self._over:
                await _wait(self._hurry, wait_ms)
        return "left"

    async def _round(self) -> str | None:
        """Tries each URL until one opens, and stays on it; returns why the link ended, None if none opened."""
        refused, why = None, "lost"
        for url in self._urls():
            if self._over:
                return None
            try:
                link, welcome = await self._open(url)
            except RefusedError as error:
                refused = str(error)
            except _FAILURES as error:
                if not_yet_valid(error):
                    why = "clock"
                self.on_failed(url, repr(error))
            else:
                return await self._stay(link, welcome, url)
            if self._broken_off:
                return None  # the next round begins with the first URL
        if refused is not None:
            why = _UNWANTED.get(refused, "refused")
            self.backoff.longest()
        self._why = why
        self._say(why if refused is not None else self.why(), refused or "")
        return None

    def _urls(self) -> list:
        """The URL that worked last goes first."""
        urls = list(self._board.store.urls)
        if self._last_url in urls:
            urls.remove(self._last_url)
            urls.insert(0, self._last_url)
        return urls

    async def _open(self, url: str) -> tuple:
        store = self._board.store
        run = open_link(
            url,
            store.device_id,
            store.key,
            self._hello(),
            self._outbox,
            self._board.clock,
            self._open_stream,
            self._random_bytes,
        )
        self._broken_off = False
        self._opening = asyncio.create_task(run)
        try:
            return await self._opening
        except asyncio.CancelledError:
            if not self._broken_off:
                raise
        finally:
            self._opening = None
        raise OSError("broken off")

    def _break_off(self) -> None:
        if self._opening is not None:
            self._broken_off = True
            self._opening.cancel()

    async def _open_stream(self, host: str, port: int, tls: bool) -> tuple:
        opening = self._board.open_stream(host, port, tls)
        if self.backoff.quick(self._board.clock.ms()):
            return await asyncio.wait_for(opening, _QUICK_OPEN_S)
        return await opening

    async def _stay(self, link: object, welcome: object, url: str) -> str:
        began_ms = self._board.clock.ms()
        self.link = link
        self.dialling = False
        self._last_url = url
        self._why = "lost"
        self._outbox.open()
        reason = "fault"
        try:
            self.on_open(link, welcome, url)
            self._tell(self.tidings.connected(), "")
            reason = await link.run()
        finally:
            self.link = None
            used = self.on_end(reason)
        now_ms = self._board.clock.ms()
        self.backoff.lost(now_ms - began_ms >= _STABLE_MS, now_ms)
        if reason in _UNWANTED:
            self._why = _UNWANTED[reason]
            self.backoff.longest()
            if reason != "removed":
                self._say(self._why, reason)
        elif used:
            self._say(self.why(), reason)
        return reason

    def _say(self, name: str, detail: str) -> None:
        self._tell(self.tidings.failed(name), detail)

    def _tell(self, name: str | None, detail: str) -> None:
        if name is not None:
            self.tell(name, detail)


async def _wait(event: asyncio.Event, timeout_ms: int) -> None:
    try:
        await asyncio.wait_for(event.wait(), timeout_ms / 1000)
    except asyncio.TimeoutError:
        return
