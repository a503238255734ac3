"""Asking: aloud through the wearable, and in writing as an automation does; what came of it, as data."""

import asyncio
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .house import House
from .parts import Desk, say_question
from .processes import DemoError
from .timeline import Timeline

_ANSWER_TIMEOUT_S = 60


@dataclass(slots=True)
class Asked:
    """One spoken question and its answer; what is unknown is None."""

    asked: str
    heard: str | None = None
    answer: str | None = None
    found: bool | None = None
    shelf: int | None = None
    shelf_count: int | None = None
    side: str | None = None
    confidence: float | None = None
    first_audio_ms: int | None = None
    speech_s: float | None = None
    frames_sent: int | None = None
    frame_bytes_sent: int | None = None
    source: str | None = None
    wav: str | None = None
    picture: str | None = None
    box: list[int] | None = None
    reason: str | None = None

    def as_data(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self)


_FROM_ATTRIBUTES = (
    "found",
    "shelf",
    "shelf_count",
    "side",
    "confidence",
    "first_audio_ms",
    "speech_s",
    "frames_sent",
    "frame_bytes_sent",
    "source",
    "box",
    "reason",
)


async def ask_aloud(
    house: House, wearable: Desk, text: str, folder: Path, number: int, timeline: Timeline, *, press: bool
) -> Asked:
    """Speak a question into the microphone: after a press, or in the follow-up time without one."""
    question = folder / f"question-{number}.wav"
    await asyncio.to_thread(say_question, text, question)
    last_answer = await house.entity("last_answer")
    before = (await house.states())[last_answer]["last_updated"]
    if press:
        await wearable.do("tap")
        await wearable.event("press", timeout_s=5)
        timeline.step(f"question {number}: the button is pressed, and the person asks: {text!r}")
    else:
        timeline.step(f"question {number}: without a press, the person asks: {text!r}")
    await wearable.do(f"hear {question}")
    await wearable.event("first_sound", timeout_s=_ANSWER_TIMEOUT_S)
    timeline.step("the answer begins to sound")
    spoken = await wearable.event("answer", timeout_s=_ANSWER_TIMEOUT_S)
    state = await _changed(house, last_answer, before)
    attributes = state["attributes"]
    result = Asked(asked=text, heard=attributes["asked"] or None, answer=attributes["full_answer"] or None)
    for name in _FROM_ATTRIBUTES:
        setattr(result, name, attributes.get(name))
    result.wav = str(spoken["wav"])
    timeline.step(f"answer {number}")
    timeline.detail("heard", result.heard)
    timeline.detail("found", _place(result))
    timeline.detail("said", result.answer)
    timeline.detail("first", f"{result.first_audio_ms} ms from the end of speech to the first sound")
    timeline.detail("sent", f"{result.frames_sent} pictures, {result.frame_bytes_sent} bytes, to {result.source}")
    return result


async def _changed(house: House, entity: str, before: str) -> dict[str, Any]:
    """The entity's state once it is newer."""
    deadline = asyncio.get_running_loop().time() + 10
    while asyncio.get_running_loop().time() < deadline:
        state = (await house.states())[entity]
        if state["last_updated"] != before:
            return state
        await asyncio.sleep(0.05)
    raise DemoError(f"{entity} did not tell of the answer")


def _place(result: Asked) -> str:
    if not result.found:
        return "not there" if result.found is False else "no place was reported"
    return f"shelf {result.shelf} of {result.shelf_count}, {result.side} (confidence {result.confidence})"


async def ask_in_writing(house: House, text: str, timeline: Timeline) -> dict[str, Any]:
    """`shelfsight.ask`, as an automation calls it; its response."""
    timeline.step(f"the action shelfsight.ask: {text!r}")
    answer = await house.post(
        "/api/services/shelfsight/ask?return_response", {"question": text, "timeout": 60}, timeout_s=90
    )
    response: dict[str, Any] = answer["service_response"]
    timeline.detail("found", f"shelf {response['shelf']} of {response['shelf_count']}, {response['side']}")
    timeline.detail("said", response["answer"])
    return response
