"""Turns that no person asks: a client in guide or watch mode writes one of two texts with every fresh picture."""

from dataclasses import dataclass
import re
from typing import Final

GUIDE_STEP: Final = (
    "Guide: one short correction from the newest picture towards {item}, or <nothing> if nothing changed."
)
"""What a client writes about once a second to be led to ``item``."""

WATCH_STEP: Final = "Watch: say in one sentence what is new in the newest picture, or <nothing>."
"""What a client writes when its view may have changed."""

NOTHING: Final = "<nothing>"
"""The answer of a step that has nothing to say; the client does not speak it."""

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class GuideStep:
    """Lead to ``item``, in the words of the question or of the place that was reported."""

    item: str


@dataclass(frozen=True, slots=True)
class WatchStep:
    """Say what is new."""


Step = GuideStep | WatchStep


def parse_step(text: str) -> Step | None:
    """The step that a typed turn asks for, or None where a person asks. Case and white space do not matter."""
    text = _SPACE.sub(" ", text).strip()
    if text.casefold() == WATCH_STEP.casefold():
        return WatchStep()
    before, after = GUIDE_STEP.casefold().split("{item}")
    if not (text.casefold().startswith(before) and text.casefold().endswith(after)):
        return None
    item = text[len(before) : len(text) - len(after)].strip()
    return GuideStep(item) if item else None
