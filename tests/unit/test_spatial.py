"""What the model is told, and what is kept of the report it gives."""

from dataclasses import fields
from typing import Any

import pytest

from custom_components.shelfsight.spatial import (
    PLACE_KEYS,
    REPORT_TOOL,
    Mode,
    PlaceReport,
    Verbosity,
    instructions,
    is_nothing,
    may_be_nothing,
    own_instructions,
    parse_report,
    report_schema,
    translating,
)

BREAD: dict[str, Any] = {
    "found": True, "item": "bread", "shelf": 3, "shelf_count": 5, "counted_from": "top", "side": "far right",
    "read_text": "Gluten Free", "price": "3.49", "confidence": 0.9, "box": [400, 800, 600, 990],
}  # fmt: skip


def test_a_whole_report_is_kept_whole() -> None:
    assert parse_report(BREAD).as_dict() == BREAD


def test_numbers_of_a_model_may_come_as_floats() -> None:
    report = parse_report({**BREAD, "shelf": 3.0, "box": [400.0, 800.0, 600.0, 990.0]})
    assert (report.shelf, report.box) == (3, (400, 800, 600, 990))
    assert all(isinstance(side, int) for side in report.box or ())


@pytest.mark.parametrize("missing", [{}, {"found": True}, {"item": "bread"}, {"found": "yes", "item": "bread"},
                                     {"found": 1, "item": "bread"}, {"found": True, "item": ["bread"]}])  # fmt: skip
def test_a_report_of_nothing_is_an_error_the_model_can_read(missing: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"found .* and item"):
        parse_report(missing)


NONSENSE: dict[str, tuple[dict[str, Any], str, object]] = {
    "a shelf below the lowest": ({"shelf": 6}, "shelf", None),
    "shelf nought": ({"shelf": 0}, "shelf", None),
    "half a shelf": ({"shelf": 2.5}, "shelf", None),
    "a shelf that is true": ({"shelf": True}, "shelf", None),
    "a shelf that is no number": ({"shelf": float("nan")}, "shelf", None),
    "a shelf that is a word": ({"shelf": "third"}, "shelf", None),
    "more shelves than there are": ({"shelf_count": 51}, "shelf_count", None),
    "counted from the side": ({"counted_from": "left"}, "counted_from", "top"),
    "counted from the bottom": ({"counted_from": "bottom"}, "counted_from", "bottom"),
    "another side": ({"side": "over there"}, "side", None),
    "a side that is a list": ({"side": ["left"]}, "side", None),
    "text that is a number": ({"read_text": 7}, "read_text", ""),
    "text without end": ({"read_text": "x" * 600}, "read_text", "x" * 500),
    "an empty price": ({"price": ""}, "price", None),
    "a price without end": ({"price": "9" * 60}, "price", "9" * 40),
    "a name without end": ({"item": "b" * 300}, "item", "b" * 200),
    "more than sure": ({"confidence": 7}, "confidence", 1.0),
    "less than unsure": ({"confidence": -0.5}, "confidence", 0.0),
    "sure": ({"confidence": True}, "confidence", None),
    "quite sure": ({"confidence": "quite"}, "confidence", None),
    "a box upside down": ({"box": [600, 800, 400, 990]}, "box", None),
    "a box without width": ({"box": [400, 800, 600, 800]}, "box", None),
    "a box of three": ({"box": [400, 800, 600]}, "box", None),
    "a box beyond the picture": ({"box": [400, 800, 600, 1001]}, "box", None),
    "a box of words": ({"box": ["a", "b", "c", "d"]}, "box", None),
    "a box that is an object": ({"box": {"ymin": 1}}, "box", None),
}


@pytest.mark.parametrize(("change", "name", "value"), NONSENSE.values(), ids=NONSENSE)
def test_what_makes_no_sense_in_a_report_is_left_out_and_the_rest_kept(
    change: dict[str, Any], name: str, value: object
) -> None:
    report = parse_report({**BREAD, **change})
    assert getattr(report, name) == value
    kept = {key: kept for key, kept in report.as_dict().items() if key not in (name, "shelf")}
    assert kept == {key: BREAD[key] for key in kept}


def test_what_a_report_does_not_say_is_unknown() -> None:
    assert parse_report({"found": False, "item": "milk"}) == PlaceReport(found=False, item="milk")


def test_the_tool_asks_for_exactly_what_is_reported() -> None:
    schema = report_schema()
    assert set(schema["properties"]) == set(PLACE_KEYS) == {field.name for field in fields(PlaceReport)}
    assert REPORT_TOOL == "report_place"


LOOKING = [mode for mode in Mode if mode is not Mode.TRANSLATE]


@pytest.mark.parametrize("mode", LOOKING)
def test_the_instructions_hold_the_rules_and_the_language(mode: Mode) -> None:
    text = instructions(mode, "de-CH")
    assert text.endswith("Speak the language with the tag de-CH.")
    for rule in ("at most 35 words", "Count shelves from the top", "the label says", "If you are not sure, say so"):
        assert rule in text
    assert len({instructions(other, "de-CH") for other in LOOKING}) == len(LOOKING)


@pytest.mark.parametrize("mode", LOOKING)
def test_the_instructions_ask_for_the_length_and_the_units_that_were_chosen(mode: Mode) -> None:
    usual = instructions(mode, "en")
    assert "at most 35 words" in usual and "centimetres and metres" in usual and "inches" not in usual
    short = instructions(mode, "en", Verbosity.SHORT, imperial=True)
    assert "at most 15 words" in short and "inches and feet" in short and "metres" not in short
    full = instructions(mode, "en", Verbosity.FULL)
    assert "at most 80 words" in full
    assert all("the place first" in text and "{" not in text for text in (usual, short, full))


def test_a_description_is_as_long_as_was_chosen() -> None:
    lengths = {words: instructions(Mode.DESCRIBE, "en", words) for words in Verbosity}
    assert "at most 25 words" in lengths[Verbosity.SHORT] and "at most 50 words" in lengths[Verbosity.NORMAL]
    assert "at most 120 words" in lengths[Verbosity.FULL]


def test_whatever_stands_in_a_mode_of_ones_own_is_left_as_it_is() -> None:
    text = own_instructions("Say {length} and {0}.", "en", Verbosity.SHORT, imperial=True)
    assert "Say {length} and {0}." in text and "at most 15 words" in text and "inches and feet" in text


def test_an_interpreter_is_told_its_two_languages_and_to_say_nothing_else() -> None:
    text = translating("en", "nl-BE")
    assert "tag en " in text and "tag nl-BE," in text and "nothing else" in text


def test_a_mode_of_ones_own_keeps_the_rules() -> None:
    text = own_instructions("Say only the colours.", "en")
    assert "Say only the colours." in text and "at most 35 words" in text


@pytest.mark.parametrize(("words", "nothing", "maybe"), [
    ("", False, True), ("<noth", False, True), ("<nothing>", True, True), ("Nothing.", True, True),
    ("Nothing new", False, False), ("There is", False, False),
])  # fmt: skip
def test_nothing_is_known_however_it_is_spelt(words: str, nothing: bool, maybe: bool) -> None:
    assert (is_nothing(words), may_be_nothing(words)) == (nothing, maybe)
