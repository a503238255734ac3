"""What the person hears, in order: the sound that the wearable played, with the words that belong to it.

A phrase of the integration's own is known by its sound, which is kept with it; the words of an answer come from Home
Assistant's sensor, which tells them when the answer was heard. An answer that a press cut off has no words there.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
import math
from pathlib import Path
import shutil
import time
from typing import Any
import wave

import numpy as np
from numpy.typing import NDArray

from custom_components.shelfsight.sound.phrases import PHRASES_HZ, Phrase, load

from .house import House
from .parts import Desk
from .processes import DemoError
from .timeline import Timeline

_TOLD_WITHIN_S = 5.0
_STEP_MS = 20
_FEWEST = 15
"""Steps: what is shorter cannot be told from anything else."""

_SAME = 0.97
"""So alike (-1 to 1) is the loudness of a phrase to that of its own sound; of any two phrases it is below 0.9."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was heard. `phrase` is its name in the integration's phrases, None for words of who answers.

    `began_ms` and `ended_ms` are of the wearable's clock, as the times of its presses.
    """

    text: str
    phrase: str | None
    asked: str | None
    found: bool | None
    began_ms: int
    ended_ms: int
    wav: str

    def as_data(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self)


class Listener:
    """Follows one wearable and the sensor of its last answer; `said` is all that was heard so far."""

    def __init__(self, house: House, wearable: Desk, output: Path, timeline: Timeline) -> None:
        self._house = house
        self._wearable = wearable
        self._output = output
        self._timeline = timeline
        self._phrases: dict[str, Phrase] = {}
        self._told: list[tuple[float, dict[str, Any]]] = []  # when, and the sensor's attributes; not yet used
        self._changed = asyncio.Event()
        self.said: list[Said] = []

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen while this lasts."""
        self._phrases = await asyncio.to_thread(load, "en")
        async with self._house.following(await self._house.entity("last_answer"), self._note):
            yield

    def _note(self, state: dict[str, Any]) -> None:
        if state["attributes"].get("full_answer") and state["attributes"].get("reason") is None:
            self._told.append((time.monotonic(), state["attributes"]))
            self._changed.set()

    async def press(self) -> int:
        """A short press; when it was, in ms of the wearable's clock."""
        await self._wearable.do("tap")
        return int((await self._wearable.event("press", timeout_s=5))["time_ms"])

    async def next(self, timeout_s: float) -> Said | None:
        """What is heard next, once it was heard to its end; None where nothing begins within `timeout_s`."""
        try:
            began = await self._wearable.event("first_sound", timeout_s=timeout_s)
        except DemoError:
            if self._wearable.program.running:
                return None
            raise
        ended = await self._wearable.event("answer", timeout_s=120)
        wav = self._output / f"said-{len(self.said) + 1}.wav"
        await asyncio.to_thread(shutil.copyfile, str(ended["wav"]), wav)
        name = await asyncio.to_thread(phrase_in, wav, self._phrases)
        told = {} if name else await self._told_since(began["time_ms"] / 1000)
        text = self._phrases[name].text if name else told.get("full_answer", "")
        said = Said(
            text, name, told.get("asked"), told.get("found"), int(began["time_ms"]), int(ended["time_ms"]), str(wav)
        )
        self.said.append(said)
        self._timeline.step(f"heard: {text or '(cut off)'}")
        return said

    async def phrase(self, name: str, timeout_s: float) -> Said:
        """What is heard next has to be this phrase.

        Raises:
            DemoError: it is something else, or nothing.
        """
        said = await self.next(timeout_s)
        if said is None or said.phrase != name:
            raise DemoError(f"{self._phrases[name].text!r} should be heard, not {said and said.text!r}")
        return said

    async def answer(self, timeout_s: float) -> Said:
        """What is heard next has to be an answer.

        Raises:
            DemoError: it is a phrase, or nothing.
        """
        said = await self.next(timeout_s)
        if said is None or said.phrase is not None:
            raise DemoError(f"an answer should be heard, not {said and said.text!r}")
        return said

    async def _told_since(self, began_s: float) -> dict[str, Any]:
        """What Home Assistant tells of an answer that began then; nothing where it was cut off.

        The wearable on a desk has this computer's monotonic clock.
        """
        try:
            async with asyncio.timeout(_TOLD_WITHIN_S):
                while True:
                    self._told = [told for told in self._told if told[0] >= began_s]
                    if self._told:
                        return self._told.pop(0)[1]
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return {}


def phrase_in(wav: Path, phrases: dict[str, Phrase]) -> str | None:
    """The name of the phrase that a recording holds, None where it holds something else.

    Of phrases that begin alike, what was cut off within that beginning may be any.
    """
    with wave.open(str(wav), "rb") as file:
        heard = loudness(file.readframes(file.getnframes()), file.getframerate())
    if heard.size < _FEWEST:
        return None
    likeness = {name: alike(heard, loudness(phrase.pcm, PHRASES_HZ)) for name, phrase in phrases.items()}
    best = max(likeness, key=lambda name: likeness[name])
    return best if likeness[best] >= _SAME else None


def loudness(pcm: bytes, rate_hz: int) -> NDArray[np.float64]:
    """The course of a sound's loudness: its root mean square in every 20 ms. `pcm` is s16le mono."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    step = rate_hz * _STEP_MS // 1000
    whole = samples[: samples.size // step * step].reshape(-1, step)
    return np.sqrt((whole * whole).mean(axis=1))


def alike(heard: NDArray[np.float64], sound: NDArray[np.float64]) -> float:
    """How alike the courses of two sounds are (-1 to 1), from the beginning on; something heard longer is another."""
    if heard.size > sound.size + 2:
        return 0.0
    length = min(heard.size, sound.size)
    mine, its = heard[:length] - heard[:length].mean(), sound[:length] - sound[:length].mean()
    scale = math.sqrt(float((mine * mine).sum() * (its * its).sum()))
    return float((mine * its).sum()) / scale if scale else 0.0
