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


class Road:
    """Where an utterance is sent: notes what came and how; takes nothing at once while it is `blocked`."""

    def __init__(self) -> None:
        self.came: list[tuple[str, bytes]] = []
        self.blocked = False
        self.held = asyncio.Event()
        self.held.set()

    async def send(self, pcm: bytes) -> None:
        await self.held.wait()
        self.came.append(("waited", pcm))

    def at_once(self, pcm: bytes) -> bool:
        if not self.blocked:
            self.came.append(("at once", pcm))
        return not self.blocked


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_what_comes_while_nothing_waits_is_sent_from_within_its_coming() -> None:
    utterance, road = Utterance(), Road()
    sending = asyncio.create_task(utterance.send(road.send, road.at_once, 5))
    utterance.add(b"aa")
    await turns()
    utterance.add(b"bb")
    assert road.came == [("waited", b"aa"), ("at once", b"bb")]
    utterance.end()
    await sending
    utterance.add(b"cc")
    assert len(road.came) == 2, "whoever sent does not listen any more"


async def test_nothing_overtakes_what_could_not_be_sent_at_once() -> None:
    utterance, road = Utterance(), Road()
    sending = asyncio.create_task(utterance.send(road.send, road.at_once, 5))
    utterance.add(b"aa")
    await turns()
    road.blocked = True
    road.held.clear()
    utterance.add(b"bb")
    road.blocked = False
    utterance.add(b"cc")
    await turns()
    utterance.add(b"dd")
    assert road.came == [("waited", b"aa")]
    road.held.set()
    await turns()
    utterance.add(b"ee")
    utterance.end()
    await sending
    assert road.came == [("waited", b"aa"), ("waited", b"bbcc"), ("waited", b"dd"), ("at once", b"ee")]


async def test_it_is_sent_from_its_beginning_again_to_somebody_else() -> None:
    utterance, first, second = Utterance(), Road(), Road()
    sending = asyncio.create_task(utterance.send(first.send, first.at_once, 5))
    utterance.add(b"aa")
    await turns()
    utterance.add(b"bb")
    sending.cancel()
    await asyncio.wait({sending})
    utterance.add(b"cc")
    again = asyncio.create_task(utterance.send(second.send, second.at_once, 2))
    await turns()
    utterance.end()
    await again
    assert second.came == [("waited", b"aabb"), ("waited", b"cc")]
    assert b"".join(pcm for _, pcm in first.came) == b"aabb"
    assert (await utterance.piece(0, 5))[0] == b"aabbcc"
