"""The modes, each played as a person uses it, and compared with what was drawn."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
import shutil

from PIL import Image

from drawn_shelves.truth import Product, Truth

from .choosing import choose
from .house import House
from .listening import Listener, Said
from .parts import Desk, say_question
from .processes import DemoError
from .timeline import Timeline
from .views import Bay, Corner, dimmed, is_there, without, wrong

MODES = ("guide", "watch", "read", "describe", "translate")
DRAWN_ONLY = ("guide", "watch")
"""Modes in which something has to move: only what is drawn can."""

_ANSWER_S = 60.0
_SILENCE_S = 12.0
_MOST_CORRECTIONS = 25
_LOST = 3
"""After so many corrections without a direction, guiding has failed."""

_QUESTIONS = {
    "guide": ("where is the oat milk",),
    "watch": ("oat milk",),
    "read": ("how much is the tomato soup",),
    "describe": ("what is on the third shelf",),
    "translate": ("good morning", "where is the bread"),
}
_SHELF_NAMES = ("first", "second", "third", "fourth", "fifth", "sixth")


@dataclass(slots=True)
class Stage:
    """All that a mode is played with; `truth` is None for a picture from outside."""

    house: House
    wearable: Desk
    listener: Listener
    timeline: Timeline
    folder: Path
    image: Image.Image
    truth: Truth | None
    can_translate: bool
    problems: list[str] = field(default_factory=list)

    async def look(self, image: Image.Image) -> None:
        """The camera sees this from now on."""
        picture = self.folder / "view.png"  # without loss: what the camera makes of it is the only JPEG
        unfinished = picture.with_suffix(".part")
        await asyncio.to_thread(image.save, unfinished, "PNG", compress_level=1)
        unfinished.replace(picture)
        await self.wearable.do(f"look {picture}")

    async def ask(self, text: str, *, press: bool = True) -> int | None:
        """Speak into the microphone; when the press for it was, on the wearable's clock."""
        question = self.folder / "question.wav"
        await asyncio.to_thread(say_question, text, question)
        pressed_ms = await self.listener.press() if press else None
        self.timeline.step(f"{'the button is pressed, and ' if press else ''}the person says: {text!r}")
        await self.wearable.do(f"hear {question}")
        return pressed_ms

    async def silence(self, seconds: float, why: str) -> None:
        """Nothing may be heard for so long."""
        said = await self.listener.next(seconds)
        if said is not None:
            self.problems.append(f"{why}, and {said.text!r} was said")
        else:
            self.timeline.step(f"{why}: nothing was said for {seconds:g} s")

    async def answer(self, text: str) -> Said:
        """Ask, and hear the answer."""
        await self.ask(text)
        return await self.listener.answer(_ANSWER_S)

    def product(self, text: str) -> Product:
        """The drawn thing that a text names; raises DemoError."""
        thing = next((one for one in self.truth.products if one.name in text), None) if self.truth else None
        if thing is None:
            raise DemoError(f"nothing that is drawn is named in {text!r}")
        return thing


async def play_mode(mode: str, asked: tuple[str, ...], stage: Stage, output: Path) -> None:
    """Choose the mode in Home Assistant, and use it; what was wrong is in the stage's problems.

    Raises:
        DemoError: something did not happen at all.
    """
    await choose(stage.house, stage.wearable, mode=mode)
    stage.timeline.step(f"the usual mode is {mode!r} now, by Home Assistant's options; the wearable is back")
    try:
        async with stage.listener.listening():
            await _PLAYS[mode](stage, asked or _QUESTIONS[mode])
    finally:
        recording = stage.wearable.speaker / "speaker.wav"
        if recording.is_file():
            await asyncio.to_thread(shutil.copyfile, recording, output / "heard.wav")


async def _guide(stage: Stage, asked: tuple[str, ...]) -> None:
    """Ask; then do what is said until the thing is in front, and press."""
    assert stage.truth is not None
    bay, thing = Bay(stage.image, stage.truth), stage.product(asked[0])
    corner = bay.beside(thing)
    await stage.look(bay.view(corner))
    answer = await stage.answer(asked[0])
    if not answer.found:
        raise DemoError(f"{thing.name} was not found in the first picture: {answer.text!r}")
    await stage.listener.phrase("guiding", 10)
    lost = 0
    for _ in range(_MOST_CORRECTIONS):
        said = await stage.listener.answer(_ANSWER_S)
        offset = bay.offset(thing, corner)
        stage.timeline.detail("truly", f"{offset.right:+.2f} of the view to the right, {offset.down:+.2f} down")
        if mistake := wrong(said.text, offset):
            stage.problems.append(f"a correction was {mistake}")
        if is_there(said.text):
            break
        before, corner = corner, bay.turned(corner, said.text)
        lost = lost + 1 if corner == before else 0
        if lost == _LOST:
            raise DemoError("the head cannot follow what is said any further")
        await _turn(stage, bay, before, corner)
    else:
        raise DemoError(f"{thing.name} was not reached within {_MOST_CORRECTIONS} corrections")
    await stage.listener.press()
    stage.timeline.step("the button is pressed, and nobody asks anything")
    await _ended(stage, "guiding_over")


async def _turn(stage: Stage, bay: Bay, before: Corner, after: Corner) -> None:
    """The head turns: not at once, and the view is whole at every moment."""
    half = bay.within((before.left + after.left) / 2, (before.top + after.top) / 2)
    for corner in (half, after):
        await stage.look(bay.view(corner))


async def _watch(stage: Stage, asked: tuple[str, ...]) -> None:
    """Press; a thing is taken away and put back; press again."""
    thing = stage.product(asked[0])
    await stage.look(stage.image)
    await stage.listener.press()
    stage.timeline.step("the button is pressed")
    await stage.listener.phrase("watching", 10)
    await stage.listener.answer(_ANSWER_S)
    await stage.silence(_SILENCE_S, "the picture stands still")
    await stage.look(dimmed(stage.image))
    await stage.silence(_SILENCE_S, "the light is less, and nothing came or went")
    await stage.look(stage.image)
    await stage.silence(_SILENCE_S, "the light is as it was")
    for doing, image in (("taken away", without(stage.image, thing)), ("put back", stage.image)):
        await stage.look(image)
        stage.timeline.step(f"the {thing.name} is {doing}")
        said = await stage.listener.answer(_ANSWER_S)
        if thing.name not in said.text.lower():
            stage.problems.append(f"the {thing.name} was {doing}, and what was said is {said.text!r}")
    await stage.silence(_SILENCE_S, "the picture stands still again")
    await stage.listener.press()
    stage.timeline.step("the button is pressed")
    await _ended(stage, "watching_over")


async def _read(stage: Stage, asked: tuple[str, ...]) -> None:
    """One question, whose answer is on a price tag."""
    await stage.look(stage.image)
    for text in asked:
        said = await stage.answer(text)
        if stage.truth is not None and (price := stage.product(text).price) not in said.text:
            stage.problems.append(f"{text!r}: the tag says {price}, the answer is {said.text!r}")


async def _describe(stage: Stage, asked: tuple[str, ...]) -> None:
    """One question about a shelf: most of what stands there has to be named, and nothing that stands elsewhere."""
    await stage.look(stage.image)
    for text in asked:
        said = await stage.answer(text)
        shelf = next((number for number, name in enumerate(_SHELF_NAMES, 1) if name in text), None)
        if stage.truth is None or shelf is None:
            continue
        there = {one.name for one in stage.truth.products if one.shelf == shelf}
        named = {one.name for one in stage.truth.products if one.name in said.text.lower()}
        if named - there or 2 * len(named) < len(there):
            stage.problems.append(f"{text!r}: drawn there are {sorted(there)}, the answer is {said.text!r}")


async def _translate(stage: Stage, asked: tuple[str, ...]) -> None:
    """Sentences without a press between them; where who answers follows no instructions, a spoken refusal."""
    if not stage.can_translate:
        pressed_ms = await stage.listener.press()
        stage.timeline.step("the button is pressed")
        refusal = await stage.listener.phrase("mode_unsupported", 5)
        stage.timeline.detail(
            "which is", "right: a shelf reader cannot translate; Gemini, or a server with a model, can"
        )
        stage.timeline.detail("first", f"{refusal.began_ms - pressed_ms} ms from the press to its first sound")
        return
    for number, text in enumerate(asked):
        await stage.ask(text, press=number == 0)
        await stage.listener.answer(_ANSWER_S)
    await stage.listener.press()
    stage.timeline.step("the button is pressed")
    await _ended(stage, "translating_over")


async def _ended(stage: Stage, phrase: str) -> None:
    """After a press: what was being said is cut off, the end is said, and then nothing more."""
    while (said := await stage.listener.next(20)) is not None and said.phrase is None:
        pass
    if said is None or said.phrase != phrase:
        raise DemoError(f"the end should be said ({phrase}), not {said and said.text!r}")
    await stage.silence(5, "it is over")


_PLAYS: dict[str, Callable[[Stage, tuple[str, ...]], Awaitable[None]]] = {
    "guide": _guide,
    "watch": _watch,
    "read": _read,
    "describe": _describe,
    "translate": _translate,
}
