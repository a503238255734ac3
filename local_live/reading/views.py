"""What was seen before the head turned: frames of the last minute widen the map beyond the edge of the newest one."""

from collections import deque

from local_live.brain import Answer, Place
from local_live.reading.asking import Asked
from local_live.reading.finding import Run, find
from local_live.reading.looking import Seen
from local_live.reading.moving import Move, moved
from local_live.reading.placing import is_on_tag, place, read_out
from local_live.reading.wording import MOST_WORDS, capital, shelf_word, short

_KEPT = 4
"""Views; a turn of the head along one bay."""

_FRESH_S = 60.0
"""So long it is likely that the person still stands at the same place."""


class Views:
    """The views that were read before the newest one, the last few of them, each with when it was left (seconds)."""

    def __init__(self) -> None:
        self._views: deque[tuple[float, Seen]] = deque(maxlen=_KEPT)

    def add(self, seen: Seen, now_s: float) -> None:
        """Keep a view that the head has turned away from; what is a minute older than it is forgotten."""
        self._views.append((now_s, seen))
        while self._views[0][0] < now_s - _FRESH_S:
            self._views.popleft()

    def newest_first(self) -> list[Seen]:
        """The views that are kept."""
        return [seen for _, seen in reversed(self._views)]


def elsewhere(views: Views, seen: Seen, asked: Asked, heard: str) -> Answer | None:
    """The answer where a thing was read in a view before this one, and not in this one; None where it was not. Blocks.

    Where both views show a part of the same, it is known to which side the head has to turn back.
    """
    for view in views.newest_first():
        runs = [run for run in find(view.shelf_map, asked.thing) if not is_on_tag(view.shelf_map, run.hit.label)]
        if not runs:
            continue
        move = moved(view.frame, seen.frame)
        if move and _inside(runs[0], view, move):
            return None  # its place is in view, and it was not read there: what was read before may be gone
        back = _way_back(runs[0], view, move)
        turn = f"Turn your head {back} and hold" if back else "Turn your head back and hold"
        label = runs[0].hit.label
        shelf = shelf_word(label.shelf, view.shelf_map.count_at(label), cut=view.shelf_map.is_cut)
        text = [
            f"Out of view now. {turn}.",
            f"Before you turned it was on the {shelf}; the label says {read_out(view.shelf_map, runs[0], asked)}.",
        ]
        there = place(view.shelf_map, runs[0], asked, found=False)
        return Answer(heard, short([capital(part) for part in text], MOST_WORDS), _without_box(there))
    return None


def _without_box(there: Place) -> Place:
    """A place that is not in the newest frame has no box in it, and no side."""
    return Place(
        False, there.item, there.shelf, there.shelf_count, there.counted_from, None, there.read_text, None, there.confidence, None
    )  # fmt: skip


def _center(run: Run, view: Seen, move: Move) -> tuple[float, float]:
    height, width = view.frame.rgb.shape[:2]
    left, top, right, bottom = move.box((run.left, run.top, run.right, run.bottom), width, height)
    return (left + right) / 2 / width, (top + bottom) / 2 / height


def _inside(run: Run, view: Seen, move: Move) -> bool:
    x, y = _center(run, view, move)
    return 0.0 <= x <= 1.0 and 0.0 <= y <= 1.0


def _way_back(run: Run, view: Seen, move: Move | None) -> str:
    """To which side the thing is from the newest view, on one axis; "" where that cannot be said."""
    if move is None:
        return ""
    x, y = _center(run, view, move)
    if abs(x - 0.5) >= abs(y - 0.5):
        return "slightly left" if x < 0.5 else "slightly right"
    return "slightly up" if y < 0.5 else "slightly down"
