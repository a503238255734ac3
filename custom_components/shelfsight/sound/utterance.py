"""What a person says in one question, kept while it is sent: nothing from the press on is lost while a session opens."""

import asyncio
from collections.abc import Awaitable, Callable

# 15 s of speech, the silence around it and the wait for a session: 16 kHz s16le.
LIMIT_BYTES = 40 * 32_000


class Utterance:
    """s16le mono 16 kHz PCM that grows at one end and is read at its own pace from the other."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._size_bytes = 0
        self._changed = asyncio.Event()
        self._at_once: Callable[[bytes], bool] | None = None
        self._sent = 0
        self.over = False

    def add(self, pcm: bytes) -> None:
        """More of it. Beyond 40 s nothing more is taken."""
        if self._size_bytes + len(pcm) > LIMIT_BYTES:
            return
        self._chunks.append(pcm)
        self._size_bytes += len(pcm)
        if self._at_once is not None and self._at_once(pcm):
            self._sent += 1
            return
        self._at_once = None
        self._changed.set()

    def end(self) -> None:
        """No more will come."""
        self.over = True
        self._changed.set()

    async def send(
        self, send: Callable[[bytes], Awaitable[None]], at_once: Callable[[bytes], bool], at_most: int
    ) -> None:
        """All of it in order, up to `at_most` chunks at a time, until it is over. For one at a time.

        What comes while nothing waits is given to `at_once` from within `add`, which saves a task's turn for each chunk;
        where that cannot take it (False), `send` gets it, and may wait.
        """
        self._sent = 0
        try:
            while True:
                pcm, self._sent = await self.piece(self._sent, at_most)
                if not pcm:
                    return
                await send(pcm)
                while self._sent >= len(self._chunks) and not self.over:
                    self._at_once = at_once
                    self._changed.clear()
                    await self._changed.wait()
        finally:
            self._at_once = None

    async def piece(self, position: int, at_most: int) -> tuple[bytes, int]:
        """The next up to `at_most` chunks joined, from chunk number `position`, and the next position.

        Empty bytes mean that it is over and all was read.
        """
        while position >= len(self._chunks) and not self.over:
            self._changed.clear()
            await self._changed.wait()
        chunks = self._chunks[position : position + at_most]
        return b"".join(chunks), position + len(chunks)
