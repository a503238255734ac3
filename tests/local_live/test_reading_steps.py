"""Steps without a picture: which turns are steps, and which correction belongs to which offset."""

import pytest

from local_live.reading.correcting import MOST_WORDS, Amount, Correction, Direction, Offset, correct, out_of_view
from local_live.reading.steps import GUIDE_STEP, WATCH_STEP, GuideStep, WatchStep, parse_step

SHELVES = (None, 0.18, 0.3)


@pytest.mark.parametrize("item", ["gluten free bread", "Müsli, 500 g", "{item}", "bread or <nothing>"])
def test_a_turn_to_be_guided_names_its_item(item: str) -> None:
    assert parse_step(GUIDE_STEP.format(item=item)) == GuideStep(item)
    assert parse_step(f"  {GUIDE_STEP.format(item=item)}\n") == GuideStep(item)


def test_a_turn_to_watch_is_known() -> None:
    assert parse_step(WATCH_STEP) == WatchStep()


@pytest.mark.parametrize(
    "text",
    [
        "", "where is the bread", "guide me to the bread", "watch", GUIDE_STEP.format(item=" "), GUIDE_STEP[:40],
        f"Please: {WATCH_STEP}", "what is new in the newest picture",
    ],
)  # fmt: skip
def test_what_a_person_asks_is_no_step(text: str) -> None:
    assert parse_step(text) is None


def offsets() -> list[Offset]:
    parts = [part / 40 for part in range(-20, 21)]
    return [Offset(x, y, 0.75, shelf) for x in parts for y in parts for shelf in SHELVES]


def test_a_correction_goes_the_way_of_the_offset_and_the_larger_one_first() -> None:
    for offset in offsets():
        said = correct(offset)
        across, along = abs(offset.right), abs(offset.down) * offset.aspect
        assert 0 < len(said.text.split()) <= MOST_WORDS
        if said.direction in {Direction.LEFT, Direction.RIGHT}:
            assert (offset.right > 0) == (said.direction is Direction.RIGHT)
            assert across >= along or (offset.shelf and abs(offset.down) <= 0.4 * offset.shelf)
        elif said.direction is Direction.AHEAD:
            assert across <= 0.07
            assert abs(offset.down) <= max(0.09, 0.4 * (offset.shelf or 0))
        else:
            assert (offset.down > 0) == (said.direction is Direction.DOWN)
            assert along >= across or across <= 0.07


def test_shelves_are_counted_only_where_their_height_is_known() -> None:
    for offset in offsets():
        said = correct(offset)
        if offset.shelf is None:
            assert "shel" not in said.text
        elif said.shelves:
            assert abs(said.shelves - abs(offset.down) / offset.shelf) <= 0.5


def test_no_correction_claims_a_length_that_a_picture_does_not_know() -> None:
    texts = {correct(offset).text for offset in offsets()}
    assert not any(word in text for text in texts for word in ("cm", "centim", "inch", "hand", "step", "o'clock"))


def test_what_was_said_last_holds_against_a_trembling_head_but_not_against_a_move() -> None:
    for bound in (0.06, 0.15, 0.3):
        below, above = (correct(Offset(bound + by, 0.0, 0.75)) for by in (-0.035, 0.035))
        assert below != above
        for last in (below, above):
            for trembling in (-0.02, 0.0, 0.02):
                assert correct(Offset(bound + trembling, 0.0, 0.75), last) == last
        assert correct(Offset(bound + 0.035, 0.0, 0.75), below) == above
    assert correct(Offset(-0.4, 0.0, 0.75), Correction(Direction.RIGHT, Amount.FAR)).direction is Direction.LEFT


def test_a_thing_out_of_view_is_one_slow_turn_away() -> None:
    for direction in (Direction.LEFT, Direction.RIGHT, Direction.UP, Direction.DOWN):
        text = out_of_view(direction)
        assert direction.value in text and "slowly" in text and "head" in text
        assert len(text.split()) <= MOST_WORDS
