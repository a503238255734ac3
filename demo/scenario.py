"""The demo's story, from an empty folder to three answers; and whether they are right."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
import shutil
from typing import Any

from PIL import Image

from custom_components.shelfsight.sight.mark import mark
from drawn_shelves import draw
from drawn_shelves.truth import Truth

from .asking import Asked, ask_aloud, ask_in_writing
from .house import USERNAME, House, house
from .listening import Listener, Said
from .modes import Stage, play_mode
from .pairing import Gemini, pair
from .parts import Desk, LiveServer, desk, live_server
from .processes import DemoError
from .timeline import Timeline

BUILT_IN_QUESTIONS = ("where is the gluten free bread", "where is the tomato soup")
BUILT_IN_ACTION = "where is the oat milk"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person at the terminal asked for."""

    output: Path
    picture: Path | None = None
    questions: tuple[str, ...] = ()
    gemini_key: str | None = None
    live_server: LiveServer | None = None
    stay: bool = False
    mode: str | None = None


@dataclass(slots=True)
class Result:
    """What the demo saw, for --json; and what was wrong."""

    discovered: bool = False
    paired: bool = False
    live_sessions: int | None = None
    questions: list[Asked] = field(default_factory=list)
    action: dict[str, Any] | None = None
    mode: str | None = None
    said: list[Said] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def as_data(self, elapsed_s: float) -> dict[str, Any]:
        """For --json."""
        return {
            "discovered": self.discovered,
            "paired": self.paired,
            "live_sessions": self.live_sessions,
            "questions": [asked.as_data() for asked in self.questions],
            "action": self.action,
            **({"mode": self.mode, "said": [said.as_data() for said in self.said]} if self.mode else {}),
            "elapsed_s": round(elapsed_s, 1),
        }


async def play(wish: Wish, folder: Path, result: Result, timeline: Timeline) -> None:
    """Run the story in `folder`; everything that was started is gone afterwards.

    Raises:
        DemoError: a step failed and the story cannot go on.
    """
    wish.output.mkdir(parents=True, exist_ok=True)
    picture, truth = await asyncio.to_thread(_picture, wish, folder)
    async with AsyncExitStack() as stack:
        answerer, home = await _both(_answerer(wish, folder, stack, timeline), _home(folder, stack, timeline))
        wearable = await stack.enter_async_context(desk(folder, picture))
        timeline.step("the wearable on the desk is on, in pairing mode")
        await pair(home, wearable, answerer, timeline)
        result.discovered = result.paired = True
        if wish.mode is not None:
            stage = await _stage(wish, home, wearable, answerer, picture, truth, folder, result, timeline)
            await play_mode(wish.mode, wish.questions, stage, wish.output)
        else:
            await _find(wish, home, wearable, picture, truth, folder, result, timeline)
        result.live_sessions = await _live_sessions(home)
        if wish.stay:
            await _stay(home, wearable, timeline)


async def _both[A, B](one: Coroutine[Any, Any, A], other: Coroutine[Any, Any, B]) -> tuple[A, B]:
    """Both at once; where one fails the other is given up."""
    try:
        async with asyncio.TaskGroup() as group:
            first, second = group.create_task(one), group.create_task(other)
    except* DemoError as errors:
        raise errors.exceptions[0] from None
    return first.result(), second.result()


async def _answerer(wish: Wish, folder: Path, stack: AsyncExitStack, timeline: Timeline) -> LiveServer | Gemini:
    """Who answers."""
    if wish.gemini_key:
        timeline.step("Gemini answers (GEMINI_API_KEY is set)")
        return Gemini(wish.gemini_key)
    if wish.live_server is not None:
        timeline.step(f"the Live server at {wish.live_server.host}:{wish.live_server.port} answers")
        return wish.live_server
    server, _ = await stack.enter_async_context(live_server(folder))
    timeline.step(f"the local Live server listens on port {server.port}")
    return server


async def _home(folder: Path, stack: AsyncExitStack, timeline: Timeline) -> House:
    home = await stack.enter_async_context(house(folder / "house"))
    timeline.step(f"Home Assistant is up and onboarded: {home.url}")
    return home


async def _find(
    wish: Wish,
    home: House,
    wearable: Desk,
    picture: Path,
    truth: Truth | None,
    folder: Path,
    result: Result,
    timeline: Timeline,
) -> None:
    """The usual mode: two questions aloud and one in writing."""
    questions = wish.questions or BUILT_IN_QUESTIONS
    for number, text in enumerate(questions, 1):
        # The second question shows that a follow-up needs no press; the others are pressed for.
        asked = await ask_aloud(home, wearable, text, folder, number, timeline, press=number != 2)
        result.questions.append(asked)
        await asyncio.to_thread(_keep, wish.output, number, asked, picture)
        result.problems += _judge(asked, truth, text)
    result.action = await ask_in_writing(home, questions[-1] if wish.questions else BUILT_IN_ACTION, timeline)
    result.problems += _judge_action(result.action, truth, wish)


async def _stage(
    wish: Wish,
    home: House,
    wearable: Desk,
    answerer: LiveServer | Gemini,
    picture: Path,
    truth: Truth | None,
    folder: Path,
    result: Result,
    timeline: Timeline,
) -> Stage:
    """What another mode is played with; what is heard and what is wrong go into the result."""
    listener = Listener(home, wearable, wish.output, timeline)
    result.mode, result.said = wish.mode, listener.said
    return Stage(
        house=home,
        wearable=wearable,
        listener=listener,
        timeline=timeline,
        folder=folder,
        image=await asyncio.to_thread(_open, picture),
        truth=truth,
        can_translate=isinstance(answerer, Gemini) or answerer.follows_instructions,
        problems=result.problems,
    )


def _open(picture: Path) -> Image.Image:
    return Image.open(picture).convert("RGB")


def _picture(wish: Wish, folder: Path) -> tuple[Path, Truth | None]:
    """The picture to look at: the person's own, or the built-in shelf with the truth about it."""
    if wish.picture is not None:
        return wish.picture, None
    image, truth = draw()
    path = folder / "shelf.jpg"
    image.save(path, "JPEG", quality=92)
    return path, truth


def _keep(output: Path, number: int, asked: Asked, picture: Path) -> None:
    """Copy the answer's sound, and draw the found place into the picture."""
    wav = output / f"answer-{number}.wav"
    shutil.copyfile(asked.wav or "", wav)
    asked.wav = str(wav)
    marked = output / f"answer-{number}.jpg"
    box = tuple(asked.box) if asked.box is not None and asked.found else None
    marked.write_bytes(mark(picture.read_bytes(), box, asked.answer or ""))
    asked.picture = str(marked)


def _judge(asked: Asked, truth: Truth | None, text: str) -> list[str]:
    """What is wrong with an answer."""
    if asked.reason is not None or not asked.answer:
        return [f"{text!r} was not answered: {asked.answer}"]
    return _compare(text, truth, asked.found, asked.shelf, asked.shelf_count, asked.side)


def _judge_action(response: dict[str, Any], truth: Truth | None, wish: Wish) -> list[str]:
    return _compare(
        wish.questions[-1] if wish.questions else BUILT_IN_ACTION,
        truth,
        response["found"],
        response["shelf"],
        response["shelf_count"],
        response["side"],
    )


def _compare(
    text: str, truth: Truth | None, found: bool | None, shelf: int | None, shelf_count: int | None, side: str | None
) -> list[str]:
    """The answer against what was drawn; nothing to compare with for a picture from outside."""
    if truth is None:
        return []
    thing = next((product for product in truth.products if product.name in text), None)
    if thing is None:
        return [f"{text!r}: {found} although it was not drawn"] if found else []
    wrong = []
    if not found:
        wrong.append("not found")
    if (shelf, shelf_count) != (thing.shelf, truth.shelf_count):
        wrong.append(f"shelf {shelf} of {shelf_count} instead of {thing.shelf} of {truth.shelf_count}")
    if side is None or not any(_side_fits(side, span) for span in thing.spans):
        wrong.append(f"side {side!r} instead of {thing.spans}")
    return [f"{text!r}: {', '.join(wrong)}"] if wrong else []


_SIDES = {
    "far left": (0.0, 0.2),
    "left": (0.2, 0.4),
    "middle": (0.4, 0.6),
    "right": (0.6, 0.8),
    "far right": (0.8, 1.0),
}
_LEEWAY = 0.06


def _side_fits(side: str, span: tuple[float, float]) -> bool:
    """True when the fifth of the width that the side names meets the thing, within the rule's leeway."""
    low, high = _SIDES[side]
    return low - _LEEWAY <= span[1] and span[0] <= high + _LEEWAY


async def _live_sessions(home: House) -> int | None:
    """How many Live sessions the spoken questions took, from Home Assistant's diagnostics."""
    entries = await home.get("/api/config/config_entries/entry?domain=shelfsight")
    diagnostics = await home.get(f"/api/diagnostics/config_entry/{entries[0]['entry_id']}")
    sessions: int | None = diagnostics["data"]["live_sessions"]
    return sessions


async def _stay(home: House, wearable: Desk, timeline: Timeline) -> None:
    """Keep everything up until the person ends it."""
    timeline.step("everything stays up; end it with Ctrl-C")
    timeline.detail("browser", home.url)
    timeline.detail("login", f"{USERNAME} / {home.password}")
    ends = {asyncio.create_task(program.ended()) for program in (home.program, wearable.program)}
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()
    raise DemoError("one of the programs ended by itself")
