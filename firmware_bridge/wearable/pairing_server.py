"""Pairing over TCP: listens for one home at a time and takes it through `pairing.Attempt` (PROTOCOL.md, section 6)."""

import asyncio

from .pairing import MAX_LINE_BYTES, Attempt, PairingError, read_line, write_line
from .tasks import cancel
from .transport import close_stream

_LINE_S = 10  # for each line but the ones a person has to act for
_PERSON_S = 120


class Lines:
    """Lines of at most MAX_LINE_BYTES from a stream; safe to cancel."""

    def __init__(self, reader: object) -> None:
        self._reader = reader
        self._held = b""

    async def next(self) -> bytes:
        """The next line without its end.

        Raises:
            PairingError: a line that is too long, or the other side has gone.
        """
        while b"\n" not in self._held:
            if len(self._held) > MAX_LINE_BYTES:
                raise PairingError("protocol")
            more = await self._reader.read(256)
            if not more:
                raise PairingError("gone", told=True)
            self._held += more
        line, _, self._held = self._held.partition(b"\n")
        if len(line) > MAX_LINE_BYTES:
            raise PairingError("protocol")
        return line


class PairingServer:
    """Listens until a home is paired or time is up.

    `say_digits(digits)` and `on_failed(reason)` are told what happens; `keep(key, urls)` has to store the key before it
    returns.
    """

    def __init__(
        self, board: object, random_bytes: object, say_digits: object, on_failed: object, keep: object
    ) -> None:
        self._board = board
        self._random_bytes = random_bytes
        self._say_digits = say_digits
        self._on_failed = on_failed
        self._keep = keep
        self._busy = False
        self._waiting = False
        self._pressed = asyncio.Event()
        self._paired = asyncio.Event()
        self._server = None
        self.home = ""
        self.port = 0

    def press(self) -> bool:
        """The person pressed the button; True if that confirmed the digits they had heard."""
        if self._waiting:
            self._pressed.set()
        return self._waiting

    async def listen(self, port: int) -> int:
        """Listens on `port` (0: a free one, where the platform can say which); returns the port."""
        self._server = await asyncio.start_server(self._serve, "0.0.0.0", port)  # noqa: S104 -- homes are other machines
        sockets = getattr(self._server, "sockets", None)
        self.port = sockets[0].getsockname()[1] if sockets else port
        return self.port

    async def wait(self, limit_s: float) -> bool:
        """Until paired (True) or the limit (False); then it no longer listens."""
        try:
            await asyncio.wait_for(self._paired.wait(), limit_s)
        except asyncio.TimeoutError:
            return False
        finally:
            self._server.close()
        return True

    async def _serve(self, reader: object, writer: object) -> None:
        if self._busy or self._paired.is_set():
            await self._end(writer, {"type": "pair_failed", "reason": "busy"})
            return
        self._busy = True
        last = None
        try:
            await self._attempt(Lines(reader), writer)
            last = {"type": "pair_stored"}
        except PairingError as error:
            self._on_failed(error.reason)
            if not error.told:
                last = {"type": "pair_failed", "reason": error.reason}
        except asyncio.TimeoutError:
            self._on_failed("time")
            last = {"type": "pair_failed", "reason": "time"}
        except OSError:
            self._on_failed("gone")
        finally:
            self._busy = self._waiting = False
        await self._end(writer, last)
        if last is not None and last["type"] == "pair_stored":
            self._paired.set()

    async def _attempt(self, lines: Lines, writer: object) -> None:
        about, random_bytes = self._board.about, self._random_bytes
        attempt = Attempt(self._board.store.device_id, about.name, about.model, random_bytes(32), random_bytes(16))
        message = read_line(await asyncio.wait_for(lines.next(), _LINE_S), "pair_begin")
        await _send(writer, attempt.begin(message))
        digits = attempt.reveal(read_line(await asyncio.wait_for(lines.next(), _LINE_S), "pair_reveal"))
        self._pressed.clear()
        self._waiting = True
        self._say_digits(digits)
        await asyncio.wait_for(self._press_or_line(lines), _PERSON_S)
        self._waiting = False
        await _send(writer, attempt.confirm())
        key, urls = attempt.finish(read_line(await asyncio.wait_for(lines.next(), _PERSON_S), "pair_done"))
        self.home = attempt.home
        self._keep(key, urls)

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

    async def _end(self, writer: object, message: dict | None) -> None:
        try:
            if message is not None:
                await _send(writer, message)
            writer.close()
            await writer.wait_closed()
        except OSError:
            await close_stream(writer)


async def _send(writer: object, message: dict) -> None:
    writer.write(write_line(message))
    await writer.drain()
