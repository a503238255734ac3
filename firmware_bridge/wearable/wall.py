"""The wall between the logic and a board: whatever a driver raises, a `DriverError` is all that comes through.

A wearable cannot be rebooted by a blind person in a shop, so a mistake in a driver must not end it. The wall stands here,
around every single call into a board, and nowhere else; behind it the logic knows two kinds of calls:

| calls | DriverError | any other exception |
| --- | --- | --- |
| that may fail | comes out | reported as `fault`, comes out as a DriverError (of `open_stream` as an OSError) |
| quiet ones, which nobody could do anything about | reported as `fault`, the call gives None | the same |

What the logic does with a DriverError is in `capture.py`, `playback.py` and `wearable.py`: the part is stopped, the
person hears of it, and it is started again at the next press (or, what nobody presses for, a second later). A second wall,
`tasks.Keeper`, is for mistakes of the logic itself.
"""

from .faults import DriverError, trace_of

_SAME_AGAIN = 20  # of a call that fails and fails, one in so many is reported
_STREAM_FAILURES = (OSError, EOFError, ValueError)

# Which calls of which part may fail, the same of those that are awaited, and which are quiet.
_CALLS = {
    "store": (" save save_urls forget ", "", ""),
    "microphone": (" start ", " read_into ", " stop "),
    "camera": (" start ", " take ", " stop "),
    "frame": (" read_into ", "", " release "),
    "speaker": (" begin ", " write ", " queued_ms clear end set_volume "),
    "button": ("", " edge ", ""),
    "led": ("", "", " set "),
    "privacy": ("", " changed ", ""),
    "network": ("", " changed ", " trouble "),
    "phrases": ("", " pieces ", " set_language "),
    "advertiser": ("", " start stop ", ""),
    "board": ("", "", " state rest alive "),
}


class Wall:
    """Tells of faults; `report(event, **details)` is the board's, which may fail too (a full disk under its log)."""

    def __init__(self, report: object) -> None:
        self._report = report
        self._counts = {}

    def report(self, event: str, **details: object) -> None:
        """Reports, if that can be done."""
        try:
            self._report(event, **details)
        except Exception:  # noqa: BLE001 -- the wall; and there is nobody left to tell
            return

    def fault(self, what: str, error: Exception) -> str:
        """Reports something a driver must not raise; returns the reason for whom it concerns."""
        reason = repr(error)[:200]
        count = self._counts.get(what, 0)
        self._counts[what] = count + 1
        if count % _SAME_AGAIN == 0:
            self.report("fault", what=what, reason=reason, trace=trace_of(error))
        return reason

    def fallible(self, what: str, function: object) -> object:
        """`function`, raising nothing but DriverError."""

        def call(*arguments: object) -> object:
            try:
                return function(*arguments)
            except DriverError:
                raise
            except Exception as error:  # noqa: BLE001 -- the wall
                reason = self.fault(what, error)
            raise DriverError(reason)

        return call

    def awaited(self, what: str, function: object) -> object:
        """The same for a coroutine function."""

        async def call(*arguments: object) -> object:
            try:
                return await function(*arguments)
            except DriverError:
                raise
            except Exception as error:  # noqa: BLE001 -- the wall
                reason = self.fault(what, error)
            raise DriverError(reason)

        return call

    def quiet(self, what: str, function: object) -> object:
        """`function`, raising nothing; None where it failed."""

        def call(*arguments: object) -> object:
            try:
                return function(*arguments)
            except Exception as error:  # noqa: BLE001 -- the wall
                self.fault(what, error)
                return None

        return call


class Part:
    """One driver behind the wall; what is no call of _CALLS is the driver's own.

    A guarded call is made when it is asked for: who calls often keeps it. All of them together would be 6 KiB.
    """

    def __init__(self, what: str, driver: object, wall: Wall) -> None:
        self._what = what
        self._driver = driver
        self._wall = wall

    def __getattr__(self, name: str) -> object:
        member = getattr(self._driver, name)
        fallible, awaited, quiet = _CALLS[self._what]
        word = " " + name + " "
        if word in fallible:
            return self._wall.fallible(self._what, member)
        if word in awaited:
            return self._wall.awaited(self._what, member)
        if word in quiet:
            return self._wall.quiet(self._what, member)
        return member


class Walled:
    """A board (`drivers.Board`) behind the wall."""

    def __init__(self, board: object, report: object) -> None:
        wall = Wall(report)
        self._board = board
        self._wall = wall
        self.report = wall.report
        self.about, self.clock, self.pairing_port = board.about, board.clock, board.pairing_port
        for what in _CALLS:
            driver = getattr(board, what, None)
            setattr(self, what, None if driver is None else Part(what, driver, wall))
        self._switch = wall.quiet("privacy", lambda: bool(board.privacy.on))
        self._private = False
        itself = Part("board", board, wall)
        self.rest, self.alive, self._state = itself.rest, itself.alive, itself.state
        if self.camera is not None:
            self._take, self.camera.take = self.camera.take, self._picture
        if self.phrases is not None:
            self._pieces, self.phrases.pieces = self.phrases.pieces, self._phrase

    def state(self) -> dict:
        """Empty where it cannot be known."""
        return self._state() or {}

    def private(self) -> bool:
        """Whether the privacy switch is on; one that cannot be read stays as it was."""
        on = self._switch() if self.privacy is not None else False
        if on is not None:
            self._private = on
        return self._private

    async def open_stream(self, host: str, port: int, tls: bool) -> tuple:
        """Raises what networks raise, and OSError instead of anything else."""
        try:
            return await self._board.open_stream(host, port, tls)
        except _STREAM_FAILURES:
            raise
        except Exception as error:  # noqa: BLE001 -- the wall
            reason = self._wall.fault("network", error)
        raise OSError(reason)

    async def _picture(self, width: int, height: int, quality: int) -> Part:
        return Part("frame", await self._take(width, height, quality), self._wall)

    async def _phrase(self, name: str, detail: str, rate_hz: int) -> object | None:
        pieces = await self._pieces(name, detail, rate_hz)
        return None if pieces is None else self._each(pieces)

    def _each(self, pieces: object) -> object:
        """The pieces of a phrase; one that fails while it is being said ends there."""
        following = self._wall.quiet("phrases", next)
        pieces = iter(pieces)
        while (piece := following(pieces, None)) is not None:
            yield piece
