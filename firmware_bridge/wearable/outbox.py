"""What waits to be sent, and in which order: control, text, sound, and only then the next part of a picture.

A released button ends a question: it goes after the sound that was taken before it, or the last word would be lost.
"""

import asyncio
import json

from .codec import (
    HEADER_BYTES,
    MAX_BINARY_BYTES,
    MAX_PART_BYTES,
    MAX_PICTURE_BYTES,
    MICROPHONE,
    PART_HEADER_BYTES,
    write_header,
    write_part_header,
)
from .faults import DriverError
from .ring import Ring

TEXT, BINARY, PING, PONG = 1, 2, 9, 10  # RFC 6455 opcodes
_FRAME_HEAD_BYTES = 8  # `websocket.HEAD_BYTES`
_ALONE = 5  # after so many parts without sound between them there is none, or the link is quick
_MAX_TEXTS = 32  # a connection on which so many wait is stuck


class Outbox:
    """Filled by the wearable, emptied by one sender.

    `chunk_bytes` is 20 ms of microphone sound; `chunks` of them wait at most, then the oldest are dropped and counted.
    """

    def __init__(self, chunk_bytes: int, chunks: int) -> None:
        self._chunk_bytes = chunk_bytes
        self._sound = Ring(chunk_bytes * chunks)
        self._sound_times_ms = []  # of the first sample of each chunk that waits
        self._sound_sequence = 0
        self._chunks_gone = 0  # sent or dropped, since the wearable was switched on
        self._texts = []
        self._pong = None
        self._picture = None
        self._offset = 0
        self._picture_failure = None
        self._picture_sequence = 0
        self._picture_over = asyncio.Event()
        self._filled = asyncio.Event()
        self._first = True
        # All the memory of a connection is made here, once: later there might be no piece so large in the heap.
        self.frame = memoryview(bytearray(_FRAME_HEAD_BYTES + PART_HEADER_BYTES + MAX_PART_BYTES))
        self.incoming = bytearray(MAX_BINARY_BYTES)
        self._message = self.frame[_FRAME_HEAD_BYTES:]
        self._sound_place = self._message[HEADER_BYTES : HEADER_BYTES + chunk_bytes]
        self._part_place = self._message[PART_HEADER_BYTES:]
        self._half_place = self._part_place[: MAX_PART_BYTES // 2]
        self._parts_in_a_row = _ALONE
        self._ping = None
        self.on_first_sound = None
        self.dropped_chunks = 0
        self.overflowed = False

    def open(self) -> None:
        """A connection begins: nothing of an older one is sent on it, and sequences start at 0."""
        self.drop_sound()
        self._texts.clear()
        self._pong = None
        self._ping = None
        self.abandon_picture()
        self._sound_sequence = self._picture_sequence = 0
        self.dropped_chunks = 0
        self.overflowed = False

    def text(self, message: dict, after_sound: bool = False) -> None:
        """Queues a text message; with `after_sound` it goes after the sound that waits now, else before it."""
        if len(self._texts) >= _MAX_TEXTS:
            self.overflowed = True
        else:
            after = self._chunks_gone + len(self._sound_times_ms) if after_sound else 0
            self._texts.append((after, json.dumps(message).encode()))
        self._filled.set()

    def pong(self, payload: bytes) -> None:
        """Answers a ping; of several unanswered ones only the newest counts (RFC 6455, section 5.5.3)."""
        self._pong = payload
        self._filled.set()

    def ping(self, payload: bytes) -> None:
        """Asks the home for a sign of life, which carries the same bytes; only the newest ping that waits is sent."""
        self._ping = payload
        self._filled.set()

    def sound(self, chunk: memoryview, time_ms: int) -> None:
        """Queues one microphone chunk whose first sample is of `time_ms`; drops the oldest when full."""
        if self._sound.count + len(chunk) > self._sound.capacity:
            self._sound.drop(self._chunk_bytes)
            self._sound_times_ms.pop(0)
            self._chunks_gone += 1
            self.dropped_chunks += 1
        self._sound.write(chunk)
        self._sound_times_ms.append(time_ms)
        self._filled.set()

    def drop_sound(self) -> None:
        """Forgets sound that waits: a new press has begun, and new sound will come in a moment."""
        self._chunks_gone += len(self._sound_times_ms)
        self._sound.clear()
        self._sound_times_ms.clear()
        self._first = True
        self._parts_in_a_row = 0  # the first chunk too is not to wait behind long parts

    async def picture(self, frame: object) -> bool:
        """Sends a picture (`drivers.Frame`), part by part; False if it was abandoned before its last part.

        Raises:
            DriverError: the picture could not be read to its end.
        """
        self._picture, self._offset, self._picture_failure = frame, 0, None
        self._picture_over.clear()
        self._filled.set()
        await self._picture_over.wait()
        if self._picture_failure is not None:
            raise self._picture_failure
        return self._offset >= frame.size

    def abandon_picture(self) -> None:
        """Sends no further part of the picture that is under way."""
        if self._picture is not None:
            self._picture = None
            self._picture_sequence += 1
            self._picture_over.set()

    def next_message(self) -> tuple | None:
        """Puts the next message into `frame`, behind the room for its head; returns (opcode, bytes), None if none waits."""
        target = self._message
        if self._pong is not None:
            payload, self._pong = self._pong, None
            target[: len(payload)] = payload
            return PONG, len(payload)
        if self._ping is not None:
            payload, self._ping = self._ping, None
            target[: len(payload)] = payload
            return PING, len(payload)
        if self._texts and self._texts[0][0] <= self._chunks_gone:
            _after, text = self._texts.pop(0)
            target[: len(text)] = text
            return TEXT, len(text)
        if self._sound.count:
            write_header(target, MICROPHONE, self._sound_sequence, self._sound_times_ms.pop(0))
            count = self._sound.read_into(self._sound_place)
            self._sound_sequence += 1
            self._chunks_gone += 1
            self._parts_in_a_row = 0
            if self._first and self.on_first_sound is not None:
                self.on_first_sound()
            self._first = False
            return BINARY, HEADER_BYTES + count
        return self._next_part()

    @property
    def in_picture(self) -> bool:
        """Whether so much of a picture has been sent that others wait behind it, and it goes on."""
        return self._picture is not None and self._offset >= 4 * MAX_PART_BYTES

    async def wait(self) -> None:
        """Waits until something is queued."""
        self._filled.clear()
        waiting = self._pong is not None or self._ping is not None or self._texts or self._sound.count
        if not waiting and self._picture is None:
            await self._filled.wait()

    def _next_part(self) -> tuple | None:
        frame = self._picture
        if frame is None:
            return None
        # A part that has gone cannot be overtaken: where the link is slow, parts beside sound are short.
        self._parts_in_a_row = min(self._parts_in_a_row + 1, _ALONE)
        place = self._part_place if self._parts_in_a_row == _ALONE else self._half_place
        count = min(len(place), frame.size - self._offset)
        write_part_header(self._message, self._picture_sequence, frame.taken_ms, self._offset, frame.size)
        try:
            frame.read_into(self._offset, place if count == len(place) else place[:count])
        except DriverError as error:
            self._picture_failure = error
            self.abandon_picture()
            return None
        self._offset += count
        if self._offset >= frame.size:
            self.abandon_picture()
        return BINARY, PART_HEADER_BYTES + count


def fits(frame: object) -> bool:
    """Whether a picture may be sent at all."""
    return 0 < frame.size <= MAX_PICTURE_BYTES
