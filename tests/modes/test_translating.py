"""Translating for real: two people talk, an interpreter between them says what each said, and nothing else.

The interpreter is a phrasebook that knows four sentences by their very sound: what it hears has to have come through the
wearable, Home Assistant and the Live session without a lost sample.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from demo.choosing import choose
from demo.modes import Stage
from local_live import wire
from local_live.brain import Answer
from local_live.espeak import Utterance, synthesise
from local_live.setup import Setup
from local_live.voice import DEFAULT_WPM, speak, write_wav

from .staging import staged

pytestmark = pytest.mark.timeout(300)

EAR_HZ = 16_000
PHRASEBOOK = {
    ("en-us", "good morning"): "Guten Morgen.",
    ("de", "wo ist das Brot"): "Where is the bread?",
    ("en-us", "on the third shelf"): "Auf dem dritten Regalbrett.",
}
NOT_UNDERSTOOD = "I could not understand that."
GERMAN = {text for (voice, _), text in PHRASEBOOK.items() if voice == "en-us"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """What one of the two says: its sound (s16le mono at 16 kHz), and a piece of it by which it is known."""

    said: str
    translation: str
    pcm: bytes

    @property
    def heart(self) -> bytes:
        """200 ms from the middle, whole samples."""
        middle = len(self.pcm) // 4 * 2
        return self.pcm[middle : middle + EAR_HZ // 5 * 2]


SENTENCES = [
    Sentence(said, translation, speak(said, voice=voice, rate_hz=EAR_HZ))
    for (voice, said), translation in PHRASEBOOK.items()
]


class Phrasebook:
    """The brain of the test."""

    def __init__(self) -> None:
        self.pictures = 0

    def look(self, jpeg: bytes) -> None:
        self.pictures += 1

    async def answer_sound(self, pcm_16k: bytes) -> Answer:
        for sentence in SENTENCES:
            if sentence.heart in pcm_16k:
                return Answer(sentence.said, sentence.translation, None)
        return Answer("", NOT_UNDERSTOOD, None)

    async def answer_text(self, question: str) -> Answer:
        return Answer(question, NOT_UNDERSTOOD, None)

    def close(self) -> None:
        pass


def two_voices(text: str) -> Utterance:
    """German in a German voice."""
    return synthesise(text, "de" if text in GERMAN else "en-us", DEFAULT_WPM)


async def say(stage: Stage, sentence: Sentence, *, press: bool) -> int | None:
    path = stage.folder / f"{sentence.said}.wav"
    await asyncio.to_thread(write_wav, path, sentence.pcm, EAR_HZ)
    pressed_ms = await stage.listener.press() if press else None
    await stage.wearable.do(f"hear {path}")
    return pressed_ms


def test_the_phrasebook_knows_its_sentences_apart() -> None:
    for one in SENTENCES:
        assert [one.heart in other.pcm for other in SENTENCES].count(True) == 1


async def test_three_turns_are_translated_without_a_press_between_them_and_a_press_ends_it(tmp_path: Path) -> None:
    came: list[wire.ClientMessage] = []
    brain = Phrasebook()
    async with staged(tmp_path, lambda: brain, came, voice=two_voices, follows_instructions=True) as stage:
        await choose(stage.house, stage.wearable, mode="translate", translate_from="en", translate_to="de")
        async with stage.listener.listening():
            for number, sentence in enumerate(SENTENCES):
                await say(stage, sentence, press=number == 0)
                said = await stage.listener.answer(30)
                assert (said.asked, said.text) == (sentence.said, sentence.translation)
                expected = two_voices(sentence.translation)
                assert abs((said.ended_ms - said.began_ms) / 1000 - expected.samples.size / expected.rate_hz) < 0.4
            # Nobody says anything for a while, longer than a follow-up question may take to come: it goes on.
            assert await stage.listener.next(10) is None
            await say(stage, SENTENCES[0], press=False)
            assert (await stage.listener.answer(30)).text == SENTENCES[0].translation
            pressed_ms = await stage.listener.press()
            over = await stage.listener.phrase("translating_over", 5)
            assert over.began_ms - pressed_ms <= 1500
            assert await stage.listener.next(3) is None
        heard = [said.text for said in stage.listener.said]
    texts = [sentence.translation for sentence in (*SENTENCES, SENTENCES[0])]
    assert heard[:-1] == texts, "each turn is the translation and nothing else"
    assert brain.pictures == 0 and not any(isinstance(one, wire.Picture) for one in came), "no picture goes up"
    setups = [one for one in came if isinstance(one, Setup)]
    assert len(setups) == 1, "all in one session"
    assert "interpreter" in setups[0].system_text
    assert all(tag in setups[0].system_text for tag in ("tag en ", "tag de,"))
    sound = b"".join(one.pcm for one in came if isinstance(one, wire.Sound))
    assert np.frombuffer(sound, "<i2").any()
