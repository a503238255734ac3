"""What waits to be sent, and in which order: control, text, sound, and only then the next part of a picture.

A released button ends a question: it goes after the sound that was taken before it, or the last word would be lost.
"""

import asyncio
import json

from .codec import (
    HEADER_BYTES,
    MAX_PART_BYTES,
    MAX_PICTURE_BYTES,
    MICROPHONE,
    PART_HEADER_BYTES,
    write_header,
    write_part_header,
)
from .faults import DriverError
from .ring import Ring

TEXT, BINARY, PONG = 1, 2, 10  # RFC 6455 opcodes
MESSAGE_BYTES = PART_HEADER_BYTES + MAX_PART_BYTES
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
        self._target = self._sound_target = self._part_target = None
        self.on_first_sound = None
        self.dropped_chunks = 0
        self.overflowed = False

    def open(self) -> None:
        """A connection begins: nothing of an older one is sent on it, and sequences start at 0."""
        self.drop_sound()
        self._texts.clear()
        self._pong = None
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
        """Forgets sound that waits: a new press has begun."""
        self._chunks_gone += len(self._sound_times_ms)
        self._sound.clear()
        self._sound_times_ms.clear()
        self._first = True

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

    def next_into(self, target: memoryview) -> tuple | None:
        """Puts the next message into `target` (MESSAGE_BYTES); returns (opcode, bytes), or None if nothing waits."""
        if target is not self._target:
            # One sender always gives the same memory: views of it are made once, not for every message.
            self._target = target
            self._sound_target = target[HEADER_BYTES : HEADER_BYTES + self._chunk_bytes]
            self._part_target = target[PART_HEADER_BYTES : PART_HEADER_BYTES + MAX_PART_BYTES]
        if self._pong is not None:
            payload, self._pong = self._pong, None
            target[: len(payload)] = payload
            return PONG, len(payload)
        if self._texts and self._texts[0][0] <= self._chunks_gone:
            _after, text = self._texts.pop(0)
            target[: len(text)] = text
            return TEXT, len(text)
        if self._sound.count:
            write_header(target, MICROPHONE, self._sound_sequence, self._sound_times_ms.pop(0))
            count = self._sound.read_into(self._sound_target)
            self._sound_sequence += 1
            self._chunks_gone += 1
            if self._first and self.on_first_sound is not None:
                self.on_first_sound()
            self._first = False
            return BINARY, HEADER_BYTES + count
        return self._next_part(target)

    async def wait(self) -> None:
        """Waits until something is queued."""
        self._filled.clear()
        if self._pong is None and not self._texts and not self._sound.count and self._picture is None:
            await self._filled.wait()

    def _next_part(self, target: memoryview) -> tuple | None:
        frame = self._picture
        if frame is None:
            return None
        count = min(MAX_PART_BYTES, frame.size - self._offset)
        write_part_header(target, self._picture_sequence, frame.taken_ms, self._offset, frame.size)
        try:
            frame.read_into(self._offset, self._part_target if count == MAX_PART_BYTES else self._part_target[:count])
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
