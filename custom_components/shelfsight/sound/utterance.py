"""What a person says in one question, kept while it is sent: nothing from the press on is lost while a session opens."""

import asyncio

# 15 s of speech, the silence around it and the wait for a session: 16 kHz s16le.
LIMIT_BYTES = 40 * 32_000


class Utterance:
    """s16le mono 16 kHz PCM that grows at one end and is read at its own pace from the other."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._size_bytes = 0
        self._changed = asyncio.Event()
        self.over = False

    def add(self, pcm: bytes) -> None:
        """More of it. Beyond 40 s nothing more is taken."""
        if self._size_bytes + len(pcm) > LIMIT_BYTES:
            return
        self._chunks.append(pcm)
        self._size_bytes += len(pcm)
        self._changed.set()

    def end(self) -> None:
        """No more will come."""
        self.over = True
        self._changed.set()

    async def piece(self, position: int, at_most: int) -> tuple[bytes, int]:
        """The next up to `at_most` chunks joined, from chunk number `position`, and the next position.

        Empty bytes mean that it is over and all was read.
        """
        while position >= len(self._chunks) and not self.over:
            self._changed.clear()
            await self._changed.wait()
        chunks = self._chunks[position : position + at_most]
        return b"".join(chunks), position + len(chunks)
