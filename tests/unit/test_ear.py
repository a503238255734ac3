"""The ear: whoever listens gets all that was heard, in order, and nobody else has their trouble."""

import asyncio

import pytest

from custom_components.shelfsight.ear import EAR_HZ, Ear, Heard, Refusal, Release
from custom_components.shelfsight.link.messages import RefusalCode

ONE, TWO, THREE = (bytes([number]) * 640 for number in (1, 2, 3))


async def test_each_gives_what_waited_and_then_what_comes_from_within_put() -> None:
    ear, taken = Ear(EAR_HZ), []

    def take(heard: Heard) -> bool:
        taken.append(heard)
        return isinstance(heard, Release)

    ear.put(ONE)
    listening = asyncio.create_task(ear.each(take))
    await asyncio.sleep(0)
    assert taken == [ONE]
    ear.put(TWO)
    assert taken == [ONE, TWO], "no turn of a task in between"
    ear.put_release(Release(0.7))
    ear.put(THREE)
    await listening
    assert taken == [ONE, TWO, Release(0.7)], "it had enough"
    assert await ear.next_chunk() == THREE, "what came after that is whoever's that listens next"


async def test_each_has_enough_of_what_waited_already() -> None:
    ear = Ear(EAR_HZ)
    ear.put(ONE)
    ear.put_refusal(Refusal(RefusalCode.FAILED))
    taken: list[Heard] = []

    def take(heard: Heard) -> bool:
        taken.append(heard)
        return True

    await ear.each(take)
    assert taken == [ONE]
    await ear.each(take)
    assert taken[1:] == [Refusal(RefusalCode.FAILED)]


async def test_what_goes_wrong_while_it_is_taken_is_the_listeners_and_not_the_links() -> None:
    ear = Ear(EAR_HZ)

    def take(_heard: Heard) -> bool:
        raise ValueError("not this one")

    listening = asyncio.create_task(ear.each(take))
    await asyncio.sleep(0)
    ear.put(ONE)
    with pytest.raises(ValueError, match="not this one"):
        await listening
    ear.put(TWO)
    assert await ear.next_chunk() == TWO


async def test_whoever_stops_listening_is_given_nothing_more() -> None:
    ear, taken = Ear(EAR_HZ), []

    def take(heard: Heard) -> bool:
        taken.append(heard)
        return False

    listening = asyncio.create_task(ear.each(take))
    await asyncio.sleep(0)
    listening.cancel()
    await asyncio.wait({listening})
    ear.put(ONE)
    assert taken == []
    assert await ear.next_chunk() == ONE


async def test_sound_at_another_rate_comes_at_the_ears() -> None:
    ear = Ear(48_000)
    for _ in range(10):
        ear.put(bytes(1920))
    heard = [await ear.next_chunk() for _ in range(10)]
    assert abs(sum(len(chunk) for chunk in heard if isinstance(chunk, bytes)) - 6400) < 100
