"""Accuracy against each difficulty, as a table and as plots (SVG). Pure."""

from collections.abc import Sequence
from typing import Final

from drawn_shelves.difficulty import KNOBS
from evaluation.reporting import Result, interval

_WIDTH, _HEIGHT = 420, 230
_LEFT, _TOP, _RIGHT, _BOTTOM = 46, 30, 16, 46
_RIGHT_COLOUR, _WRONG_COLOUR = "#1a7f4b", "#c62828"
_FONT: Final = 'font-family="system-ui, sans-serif" font-size="12"'


def levels(results: Sequence[Result]) -> str:
    """A line for each setting of each difficulty."""
    lines = []
    for name, knob in KNOBS.items():
        for number, value in enumerate(knob.settings):
            some = _at(results, name, number)
            right, wrong = sum(one.score.right for one in some), sum(one.score.wrong_claim for one in some)
            if some:
                lines.append(
                    f"{name:<10} {value:>5g}  {right:>4} of {len(some):<4} right ({100 * right / len(some):5.1f} %), {wrong} wrong claims"
                )
    return "\n".join(lines)


def _at(results: Sequence[Result], name: str, number: int) -> list[Result]:
    return [one for one in results if one.difficulty == name and one.level == number]


def plot(name: str, results: Sequence[Result]) -> str:
    """The curve of one difficulty: the share of right answers with its 95 % interval, and that of wrong claims."""
    knob = KNOBS[name]
    inner_width, inner_height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def x(number: int) -> float:
        return _LEFT + inner_width * (number + 0.5) / len(knob.settings)

    def y(share: float) -> float:
        return _TOP + inner_height * (1 - share)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>Right answers and wrong claims against: {knob.unit}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
    ]
    for percent in (0, 25, 50, 75, 100):
        level = y(percent / 100)
        parts.append(f'<line x1="{_LEFT}" y1="{level:.1f}" x2="{_WIDTH - _RIGHT}" y2="{level:.1f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{level + 4:.1f}" text-anchor="end" {_FONT}>{percent} %</text>')
    right: list[tuple[float, float]] = []
    wrong: list[tuple[float, float]] = []
    for number, value in enumerate(knob.settings):
        some = _at(results, name, number)
        parts.append(f'<text x="{x(number):.1f}" y="{_HEIGHT - 26}" text-anchor="middle" {_FONT}>{value:g}</text>')
        if not some:
            continue
        count = sum(one.score.right for one in some)
        low, high = interval(count, len(some))
        parts.append(
            f'<line x1="{x(number):.1f}" y1="{y(low):.1f}" x2="{x(number):.1f}" y2="{y(high):.1f}" stroke="{_RIGHT_COLOUR}" stroke-opacity="0.4" stroke-width="3"/>'
        )
        right.append((x(number), y(count / len(some))))
        wrong.append((x(number), y(sum(one.score.wrong_claim for one in some) / len(some))))
    for points, colour in ((right, _RIGHT_COLOUR), (wrong, _WRONG_COLOUR)):
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{colour}"/>' for a, b in points]
    parts += [
        f'<text x="{_LEFT}" y="18" fill="{_RIGHT_COLOUR}" {_FONT}>right answers</text>',
        f'<text x="{_LEFT + 100}" y="18" fill="{_WRONG_COLOUR}" {_FONT}>wrong claims</text>',
        f'<text x="{_LEFT + inner_width / 2}" y="{_HEIGHT - 8}" text-anchor="middle" {_FONT}>{knob.unit}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
