"""Log lines that somebody outside can cause cannot fill a disk."""

from custom_components.shelfsight.seldom import Seldom


def test_one_line_a_minute_for_each_cause_tells_how_often_it_happened() -> None:
    lines = Seldom()
    assert lines.due("a", 0.0) == ("a", 1)
    assert [lines.due("a", at_s) for at_s in (1.0, 30.0, 59.9)] == [None, None, None]
    assert lines.due("b", 59.9) == ("b", 1)
    assert lines.due("a", 60.0) == ("a", 4)
    assert lines.due("a", 60.1) is None


def test_however_many_causes_there_are_the_lines_of_a_minute_are_few() -> None:
    lines = Seldom()
    due = [lines.due(f"{number}", number / 1000) for number in range(50_000)]
    assert sum(line is not None for line in due) == 65
    assert len(lines._told) == 65
    assert lines.due("0", 120.0) == ("0", 1)
    assert lines.due("others", 130.0) == ("others", 50_000 - 64)
