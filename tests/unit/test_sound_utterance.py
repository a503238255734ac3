"""What a person says is kept from the press on, and read at its own pace."""

import asyncio

from custom_components.shelfsight.sound.utterance import LIMIT_BYTES, Utterance


async def test_what_was_said_before_anybody_read_is_read_in_order() -> None:
    utterance = Utterance()
    for chunk in (b"aa", b"bb", b"cc"):
        utterance.add(chunk)
    assert await utterance.piece(0, 2) == (b"aabb", 2)
    assert await utterance.piece(2, 2) == (b"cc", 3)


async def test_a_reader_waits_for_more_and_is_told_of_the_end() -> None:
    utterance = Utterance()
    reading = asyncio.create_task(utterance.piece(0, 5))
    await asyncio.sleep(0)
    assert not reading.done()
    utterance.add(b"aa")
    assert await reading == (b"aa", 1)
    reading = asyncio.create_task(utterance.piece(1, 5))
    await asyncio.sleep(0)
    utterance.end()
    assert await reading == (b"", 1)


async def test_what_came_before_the_end_is_read_before_the_end_is_told() -> None:
    utterance = Utterance()
    utterance.add(b"aa")
    utterance.end()
    assert await utterance.piece(0, 5) == (b"aa", 1)
    assert await utterance.piece(1, 5) == (b"", 1)


async def test_it_does_not_grow_without_end() -> None:
    utterance = Utterance()
    for _ in range(LIMIT_BYTES // 640 + 100):
        utterance.add(bytes(640))
    whole, _ = await utterance.piece(0, 1_000_000)
    assert len(whole) <= LIMIT_BYTES
