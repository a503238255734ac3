"""What is asked and what would be right: folders of photos with their truth. Pure but for the reading of files.

A folder holds pictures and a ``truth.json``::

    {"photos": {"bay.jpg": {"shelf_count": 6, "questions": [
        {"ask": "find the leak guard", "present": true, "places": [{"shelf": 2, "spans": [[0.05, 0.12], [0.32, 0.37]]}]},
        {"ask": "find the dog food", "present": false}]}}}

Shelves are counted from the top, the first is 1; spans are [xmin, xmax] of where the thing stands, 0 to 1 of the picture's width.
"""

from collections.abc import Mapping
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any


class CasesError(ValueError):
    """A folder is not in the form above; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class There:
    """A shelf on which the thing stands, and from where to where (0 to 1 of the picture's width)."""

    shelf: int
    spans: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One question about one picture.

    ``places`` is empty where the thing is not there. ``price``, ``label`` (the words printed on the pack) and ``colour`` are ""
    where the truth does not tell; ``kind`` groups questions in reports.
    """

    ask: str
    places: tuple[There, ...]
    kind: str = "there"
    price: str = ""
    label: str = ""
    colour: str = ""

    @property
    def present(self) -> bool:
        """Whether the thing is there."""
        return bool(self.places)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with its questions; ``data`` is in any format Pillow reads."""

    name: str
    data: bytes
    shelf_count: int
    cases: tuple[Case, ...]


def read_folder(folder: Path) -> list[Picture]:
    """The pictures of a folder.

    Raises:
        CasesError: there is no ``truth.json``, it has another form, or a picture is missing.
    """
    path = folder / "truth.json"
    try:
        photos = json.loads(path.read_text())["photos"]
        return [
            Picture(name, (folder / name).read_bytes(), int(truth["shelf_count"]), _cases(truth))
            for name, truth in photos.items()
        ]
    except OSError as error:
        raise CasesError(f"{error.filename} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CasesError(f"{path} is not in the form that is needed: {error!r}") from error


def _cases(truth: Mapping[str, Any]) -> tuple[Case, ...]:
    return tuple(
        Case(
            str(question["ask"]),
            _places(question) if question["present"] else (),
            str(question.get("kind", "there" if question["present"] else "absent")),
            str(question.get("price", "")),
            str(question.get("label", "")),
            str(question.get("colour", "")),
        )
        for question in truth["questions"]
    )


def _places(question: Mapping[str, Any]) -> tuple[There, ...]:
    places = tuple(
        There(int(place["shelf"]), tuple((float(left), float(right)) for left, right in place["spans"]))
        for place in question["places"]
    )
    if not places:
        raise ValueError(f"{question['ask']!r} is present, but nowhere")
    return places
