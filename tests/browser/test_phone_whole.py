"""A spoken question about a filmed shelf, answered by what is really seen and heard: nobody in this test knows the answer beforehand."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from demo.house import House
from drawn_shelves import DEFAULT, draw
from local_live.reading.brain import make_shelf_brains
from local_live.voice import synthesise
from tests.end_to_end.hearing import ordinal, read, words

from .phone_senses import QUESTION
from .phone_stage import LIGHTS, OFF, STATE, PhoneStage, tell, usual_voice

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]


async def test_the_answer_is_right_in_writing_and_in_the_sound_that_comes_out_of_the_page(phones: PhoneStage) -> None:
    _picture, truth = draw(DEFAULT)
    bread = next(product for product in truth.products if product.name == "gluten free bread")
    usual = phones.mind.brain
    answered = []
    with ThreadPoolExecutor(2) as executor:
        phones.mind.brain = make_shelf_brains(executor)
        warm = phones.mind.brain()  # as a server that has run for a while: its models are loaded
        warm.look(await asyncio.to_thread((phones.folder / "shelf.jpg").read_bytes))
        await warm.answer_text(QUESTION)
        warm.close()
        phones.mind.voice = lambda text: synthesise(text, "en-us", 160)
        try:
            async with phones.showing() as phone:
                await phone.ready()
                for number in range(2):
                    asked_s = await phone.ask()
                    # On a slow machine the house says meanwhile that it takes a moment, and that is no answer.
                    await phone.until("phone()._talk.turns.length === count", 120, count=number + 1)
                    await phone.until(f"{STATE} === 'Ready' && {LIGHTS} === off", 60, off=OFF)
                    speaker = phones.relay.since(asked_s, "speaker")
                    heard = (await phone.heard(asked_s)).since(speaker[0].at_s)
                    heard.save(phones.folder / f"answer-{number}.wav")
                    last = await last_answer(phones.home)
                    assert (last.get("shelf"), last.get("shelf_count")) == (bread.shelf, truth.shelf_count), last
                    await phone.until(f"told('.said') === text && {LIGHTS} === off", text=last["full_answer"], off=OFF)
                    answered.append(last)
        finally:
            phones.mind.brain, phones.mind.voice = usual, usual_voice
    # Only now: a recogniser keeps everything else waiting.
    for number, last in enumerate(answered):
        said = words(read(phones.folder / f"answer-{number}.wav"))
        assert "shelf" in said and ordinal(bread.shelf) in said, (said, last)
        tell(f"asked aloud: {last['asked']!r}; answered: {last['full_answer']!r}; heard in it: {' '.join(said)!r}")


async def last_answer(home: House) -> dict[str, object]:
    """What Home Assistant shows of the last answer."""
    states = await home.states()
    attributes: dict[str, object] = states["sensor.my_phone_last_answer"]["attributes"]
    return attributes
