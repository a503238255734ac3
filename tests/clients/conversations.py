"""What is asked: two drawn shelves with their truth, and conversations about them for each kind of client."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from drawn_shelves import Product, Scene, Truth, Wanted, draw
from local_live.voice import speak, write_wav
from tests.clients.errand import Asked
from tests.local_live.reading_parts import as_camera_sends

_ORDINALS: Final = ("First", "Second", "Third", "Fourth", "Fifth")
_NUMBERS: Final = ("one", "two", "three", "four", "five")

SCENES: Final = {
    "bay": Scene(
        seed=11, shelves=3, width_px=1024, height_px=768,
        wanted=(Wanted("gluten free bread", 2, "right"), Wanted("oat milk", 1), Wanted("tomato soup", 3)),
    ),
    "aisle": Scene(
        seed=5, shelves=4, width_px=1280, height_px=960,
        wanted=(Wanted("gluten free bread", 4, "left"), Wanted("tomato soup", 1), Wanted("strawberry jam", 2)),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """One turn: a thing that is asked for, aloud or in writing; ``shows`` is the scene whose picture goes with it."""

    thing: str
    aloud: bool
    shows: str | None

    @property
    def text(self) -> str:
        return f"where is the {self.thing}"

    def asked(self, folder: Path) -> Asked:
        """The turn as a client is told of it; sound and picture are made in ``folder``."""
        sound, picture = folder / f"{self.text}.wav", folder / f"{self.shows}.jpg"
        if self.aloud and not sound.exists():
            write_wav(sound, speak(self.text, rate_hz=16_000), 16_000)
        if self.shows and not picture.exists():
            picture.write_bytes(as_camera_sends(draw(SCENES[self.shows])[0]))
        return Asked(self.text, str(sound) if self.aloud else None, str(picture) if self.shows else None)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is true of a question: where the thing stands in the view that was shown last."""

    product: Product
    truth: Truth

    @property
    def place(self) -> str:
        """The words an answer begins with."""
        return f"{_ORDINALS[self.product.shelf - 1]} shelf of {_NUMBERS[self.truth.shelf_count - 1]} from the top"


@dataclass(frozen=True, slots=True)
class Conversation:
    """The turns of one session, of which the first shows a scene."""

    by_markers: bool
    with_function: bool
    questions: tuple[Question, ...]

    def expected(self) -> tuple[Expected, ...]:
        """The truth for each question."""
        found, scene = [], ""
        for question in self.questions:
            scene = question.shows or scene
            truth = truth_of(scene)
            product = truth.named(question.thing)
            assert product, f"{question.thing} is not in {scene}"
            found.append(Expected(product, truth))
        return tuple(found)


@cache
def truth_of(scene: str) -> Truth:
    return draw(SCENES[scene])[1]


SPOKEN_BREAD: Final = Question("gluten free bread", aloud=True, shows="bay")
TYPED_JAM: Final = Question("strawberry jam", aloud=False, shows="aisle")
SPOKEN_SOUP: Final = Question("tomato soup", aloud=True, shows="aisle")
TWO_MORE: Final = (
    Question("tomato soup", aloud=True, shows=None),
    Question("gluten free bread", aloud=False, shows=None),
)

# The server finds the ends of turns; the view changes in the middle of the session.
BY_SILENCE: Final = Conversation(by_markers=False, with_function=False, questions=(SPOKEN_BREAD, TYPED_JAM, *TWO_MORE))
# The client marks its turns, and the model reports each place through a function whose response it waits for.
BY_MARKERS: Final = Conversation(
    by_markers=True,
    with_function=True,
    questions=(
        SPOKEN_SOUP,
        Question("gluten free bread", aloud=False, shows="bay"),
        Question("oat milk", aloud=True, shows=None),
    ),
)
# Pipecat sends a written turn with a picture only as its opening, and text between markers only with the next words.
PIPECAT_BY_SILENCE: Final = Conversation(
    by_markers=False, with_function=False, questions=(TYPED_JAM, SPOKEN_BREAD, *TWO_MORE)
)
PIPECAT_BY_MARKERS: Final = Conversation(
    by_markers=True,
    with_function=True,
    questions=(SPOKEN_SOUP, SPOKEN_BREAD, Question("oat milk", aloud=True, shows=None)),
)
