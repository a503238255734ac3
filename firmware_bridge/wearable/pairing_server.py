"""Pairing over TCP: takes one home at a time through `pairing.Attempt` (PROTOCOL.md, section 6).

| now | what happens | then |
| --- | --- | --- |
| FREE | a connection's first byte | UNDER WAY |
| UNDER WAY | a first byte from another address | UNDER WAY; the other one is told `busy` |
| UNDER WAY | a first byte from the same address | that one UNDER WAY; the older failed: it was a ghost |
| UNDER WAY | anything against the rules, silence, `pair_failed`, full storage | FREE, after the third time OVER |
| UNDER WAY | the key is stored | OVER |
| any | the time is up | OVER |
"""

import asyncio

from .faults import DriverError
from .pairing import Attempt, PairingError, read_line
from .pairing_lines import Lines
from .tasks import cancel, first_of

MAX_FAILURES = 3
# A press so soon after other digits than before cannot be an answer to these: it was meant for those before.
NEW_DIGITS_MS = 3000
_LINE_S = 10  # for each line but those that a person has to act for
_MAX_SILENT = 4  # connections that have not yet said anything
_LAST_WORDS_S = 3

PAIRED, FAILED, TIME = "paired", "failed", "time"

# MicroPython needs the parentheses that the formatter takes away from an `except`.
_UNSTORED = (DriverError, OSError)
_SILENCE = (OSError, asyncio.TimeoutError)


class _Visit:
    """One home on its way through pairing."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.ended = asyncio.Event()
        self.gone = asyncio.Event()
        self.reason = None
        self.stored = False

    def end(self, reason: str) -> None:
        """Ends it from outside, unless its key is stored already."""
        if not self.stored:
            self.reason = self.reason or reason
            self.ended.set()


class PairingServer:
    """Listens until a home is paired, three attempts have failed, or time is up.

    `say_digits(digits)` and `on_failed(reason)` are told what happens; `keep(key, urls)` has to store the key before it
    returns, and raises DriverError if it cannot.
    """

    def __init__(
        self, board: object, random_bytes: object, say_digits: object, on_failed: object, keep: object
    ) -> None:
        self._board = board
        self._random_bytes = random_bytes
        self._say_digits = say_digits
        self._on_failed = on_failed
        self._keep = keep
        self._visit = None
        self._silent = 0
        self._failures = 0
        self._said_digits = False
        self._from_ms = None  # since when a press confirms; None: there is nothing to confirm
        self._pressed = asyncio.Event()
        self._over = asyncio.Event()
        self._outcome = None
        self._server = None
        self.home = ""
        self.port = 0

    def press(self) -> bool:
        """The person pressed the button; True if that confirmed the digits they had heard."""
        if self._from_ms is None or self._board.clock.ms() < self._from_ms:
            return False
        self._pressed.set()
        return True

    async def listen(self, port: int) -> int:
        """Listens on `port` (0: a free one, where the platform can say which); returns the port."""
        self._server = await asyncio.start_server(self._serve, "0.0.0.0", port)  # noqa: S104 -- homes are other machines
        sockets = getattr(self._server, "sockets", None)
        self.port = sockets[0].getsockname()[1] if sockets else port
        return self.port

    async def wait(self, limit_s: float) -> str:
        """Until it is over; returns PAIRED, FAILED (three times) or TIME. Then it no longer listens, and all have left."""
        try:
            await asyncio.wait_for(self._over.wait(), limit_s)
        except asyncio.TimeoutError:
            pass  # the usual end, if nobody comes
        finally:
            self._end(TIME)
            self._server.close()
        await self._see_off()
        return self._outcome

    def _end(self, outcome: str) -> None:
        """No further attempt; the one under way ends, but for one whose key is being stored."""
        self._outcome = self._outcome or outcome
        self._over.set()
        if self._visit is not None:
            self._visit.end("time")

    async def _see_off(self) -> None:
        """Lets the last visitor hear how it ended; a key that is stored meanwhile counts."""
        visit = self._visit
        if visit is None:
            return
        try:
            await asyncio.wait_for(visit.gone.wait(), _LAST_WORDS_S)
        except asyncio.TimeoutError:
            return

    async def _serve(self, reader: object, writer: object) -> None:
        lines = Lines(reader, writer)
        last = _failure("busy")
        if self._silent < _MAX_SILENT and not self._over.is_set():
            if not await self._begins(lines):
                last = None
            elif await self._has_room(lines.address):
                await self._receive(_Visit(lines))
                return
        await lines.part(last)

    async def _begins(self, lines: Lines) -> bool:
        """Waits a while for the first byte: who says nothing takes nobody's place and has not failed."""
        self._silent += 1
        try:
            return await asyncio.wait_for(lines.began(), _LINE_S)
        except _SILENCE:
            return False
        finally:
            self._silent -= 1

    async def _has_room(self, address: str) -> bool:
        """True if nobody is under way, or only an older connection of the same machine, which then is over."""
        while self._visit is not None and self._visit.lines.address == address:
            ghost = self._visit
            ghost.end("replaced")
            await ghost.gone.wait()
        return self._visit is None and not self._over.is_set()

    async def _receive(self, visit: _Visit) -> None:
        self._visit = visit
        reason, word = await self._try(visit)
        self._from_ms = None
        if reason is None:
            self._outcome = PAIRED
        elif not self._over.is_set():
            self._failed(reason)
        await visit.lines.part(word)
        self._visit = None
        visit.gone.set()
        if reason is None:
            self._end(PAIRED)

    async def _try(self, visit: _Visit) -> tuple:
        """Takes it as far as it goes; returns why it failed (None: it is paired), and the last message to the home."""
        try:
            await first_of(self._attempt(visit), visit.ended.wait())
        except PairingError as error:
            return error.reason, None if error.told else _failure(error.reason)
        except asyncio.TimeoutError:
            return "time", _failure("time")
        except OSError:
            return "gone", None
        if visit.stored:
            return None, {"type": "pair_stored"}
        return visit.reason, _failure("busy" if visit.reason == "replaced" else visit.reason)

    def _failed(self, reason: str) -> None:
        self._failures += 1
        self._on_failed(reason)
        if self._failures >= MAX_FAILURES:
            self._end(FAILED)

    async def _attempt(self, visit: _Visit) -> None:
        about, lines = self._board.about, visit.lines
        secret, nonce = self._random_bytes(32), self._random_bytes(16)
        attempt = Attempt(self._board.store.device_id, about.name, about.model, secret, nonce)
        message = read_line(await asyncio.wait_for(lines.next(), _LINE_S), "pair_begin")
        await lines.send(attempt.begin(message))
        digits = attempt.reveal(read_line(await asyncio.wait_for(lines.next(), _LINE_S), "pair_reveal"))
        self._show(digits)
        await self._press_or_line(lines)
        self._from_ms = None
        await lines.send(attempt.confirm())
        key, urls = attempt.finish(read_line(await lines.next(), "pair_done"))
        if not self._stored(key, urls):
            raise PairingError("storage")
        visit.stored = True
        self.home = attempt.home

    def _stored(self, key: bytes, urls: list) -> bool:
        try:
            self._keep(key, urls)
        except _UNSTORED:
            return False
        return True

    def _show(self, digits: str) -> None:
        self._pressed.clear()
        self._from_ms = self._board.clock.ms() + (NEW_DIGITS_MS if self._said_digits else 0)
        self._said_digits = True
        self._say_digits(digits)

    async def _press_or_line(self, lines: Lines) -> None:
        """Returns at the press; a line before that is a failure, whatever it says."""
        watching = asyncio.create_task(self._watch(lines))
        try:
            await self._pressed.wait()
        finally:
            await cancel(watching)

    async def _watch(self, lines: Lines) -> None:
        try:
            read_line(await lines.next(), "pair_failed")
            raise PairingError("protocol")
        finally:
            self._pressed.set()


def _failure(reason: str) -> dict:
    return {"type": "pair_failed", "reason": reason}
