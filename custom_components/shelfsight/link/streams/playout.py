"""What a plain player shall play next. A player tells nothing back: the home keeps what is not played yet, and counts.

Sound waits here until its time comes, and goes out in real time: so a flush is heard at once, but for what the player holds.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

PLAYOUT_HZ = 24_000
PIECE_MS = 20
PIECE_BYTES = PLAYOUT_HZ * PIECE_MS // 1000 * 2
# An answer is sent at most `SPEAKER_BUFFER_MS` ahead (Hello.speaker), cues are shorter than a second: this is never reached.
_LIMIT_BYTES = 4 * PLAYOUT_HZ * 2


@dataclass(frozen=True, slots=True)
class End:
    """All of an answer stands before this."""

    turn: int


class Playout:
    """A queue of s16le mono PCM at `PLAYOUT_HZ`. `ended(turn)` is called when the last of an answer has been taken out."""

    def __init__(self, ended: Callable[[int], None]) -> None:
        self._ended = ended
        self._queue: deque[bytes | End] = deque()
        self._waiting_bytes = 0
        self._came = asyncio.Event()

    def put(self, pcm: bytes) -> None:
        """Play this after all that waits; what is over the limit is dropped."""
        if self._waiting_bytes + len(pcm) <= _LIMIT_BYTES:
            self._queue.append(pcm)
            self._waiting_bytes += len(pcm)
            self._came.set()

    def end(self, turn: int) -> None:
        """All of this answer was put."""
        self._queue.append(End(turn))
        self._came.set()

    def clear(self) -> None:
        """Nothing that waits is played, nor told as ended."""
        self._queue.clear()
        self._waiting_bytes = 0

    def take(self) -> bytes:
        """The next piece of at most `PIECE_MS`; empty when nothing waits."""
        piece = bytearray()
        while self._queue and len(piece) < PIECE_BYTES:
            first = self._queue.popleft()
            if isinstance(first, End):
                self._ended(first.turn)
                continue
            room = PIECE_BYTES - len(piece)
            piece += first[:room]
            if len(first) > room:
                self._queue.appendleft(first[room:])
        self._waiting_bytes -= len(piece)
        return bytes(piece)

    async def something(self) -> None:
        """Wait until something is to be played."""
        while not self._queue:
            self._came.clear()
            await self._came.wait()


class Pace:
    """When the next piece is due, for a player that consumes in real time. Pure; the time comes in.

    `lead_s` is how much the player holds against a network that is late at times. Silence goes out a little slower than real
    time: a player whose clock is slow empties its buffer meanwhile, instead of falling behind by seconds within a day.
    """

    _SILENCE = 1.001  # no sound card's clock is wrong by more than a tenth of that

    def __init__(self, lead_s: float) -> None:
        self._lead_s = lead_s
        self._due_s: float | None = None

    def wait_s(self, now_s: float) -> float:
        """How long to wait before the next piece goes out."""
        earliest_s = now_s - self._lead_s
        if self._due_s is None or self._due_s < earliest_s:
            self._due_s = earliest_s  # it begins, or was late: real time starts anew from now
        return max(0.0, self._due_s - now_s)

    def went(self, piece_ms: float, *, silent: bool) -> None:
        """A piece of so many milliseconds went out."""
        if self._due_s is not None:
            self._due_s += piece_ms / 1000 * (self._SILENCE if silent else 1.0)
