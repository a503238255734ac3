"""Runs an evaluation: every question of every picture, in their order, one at a time."""

from collections.abc import Callable, Iterable
from pathlib import Path
import re
import time

from custom_components.shelfsight.live.faults import LiveError
from custom_components.shelfsight.sight.mark import mark
from evaluation.asking import Answered, Asker, as_sent
from evaluation.cases import Case, Picture
from evaluation.reporting import Result
from evaluation.scoring import score
from evaluation.speaking import aloud, manner
from local_live.reading.asking import understand
from local_live.reading.finding import telling
from local_live.reading.ocr import Reader
from local_live.reading.picture import open_frame
from local_live.reading.words import stem

type Progress = Callable[[Result], None]


class Run:
    """One run. ``marked`` is where pictures with the answers drawn in are saved, None for nowhere.

    With ``measures`` one OCR pass of every picture is timed first, in this process, to compare the answers' times with.
    """

    def __init__(self, asker: Asker, progress: Progress, *, spoken: bool, marked: Path | None, measures: bool) -> None:
        self._asker = asker
        self._progress = progress
        self._spoken = spoken
        self._marked = marked
        self._reader: Reader | None = Reader() if measures else None
        self._number = 0

    async def ask_all(
        self, pictures: Iterable[Picture], difficulty: str = "", level: float | None = None
    ) -> list[Result]:
        """Ask about all of the pictures; each is a view of its own."""
        results: list[Result] = []
        for picture in pictures:
            results += await self._ask_about(picture, difficulty, level)
        return results

    async def _ask_about(self, picture: Picture, difficulty: str, level: float | None) -> list[Result]:
        jpeg = as_sent(picture.data)
        ocr_ms = self._ocr_pass_ms(jpeg)
        results: list[Result] = []
        waiting = list(picture.cases)
        while waiting:
            is_first = True
            try:
                async with self._asker.view(jpeg) as view:
                    while waiting and view.usable:
                        case = waiting.pop(0)
                        answered = await (
                            view.ask_aloud(aloud(case.ask, manner(self._number)))
                            if self._spoken
                            else view.ask(case.ask)
                        )
                        self._number += 1
                        results.append(self._result(picture, case, answered, is_first, ocr_ms, difficulty, level))
                        is_first = False
            except LiveError as error:
                if is_first:  # not even a session: no other will do better
                    failed = Answered("", "", None, None, str(error))
                    results += [
                        self._result(picture, case, failed, False, ocr_ms, difficulty, level) for case in waiting
                    ]
                    waiting.clear()
        return results

    def _result(
        self,
        picture: Picture,
        case: Case,
        answered: Answered,
        is_first: bool,
        ocr_ms: int | None,
        difficulty: str,
        level: float | None,
    ) -> Result:
        place = answered.place
        scored = score(
            case, answered.text, place.box if place else None, place.found if place else None, picture.shelf_count
        )
        understood = same_thing(case.ask, answered.heard) if self._spoken else None
        result = Result(picture, case, answered, scored, is_first, understood, ocr_ms, difficulty, level)
        if self._marked:
            drawn = mark(picture.data, place.box if place else None, f"{case.ask}? {answered.text}")
            name = re.sub(r"[^\w]+", "-", f"{Path(picture.name).stem}-{case.ask}").strip("-")
            (
                self._marked / f"{'wrong' if scored.wrong_claim else 'right' if scored.right else 'open'}-{name}.jpg"
            ).write_bytes(drawn)
        self._progress(result)
        return result

    def _ocr_pass_ms(self, jpeg: bytes) -> int | None:
        if self._reader is None:
            return None
        rgb = open_frame(jpeg).rgb
        self._reader.load()
        begun_s = time.perf_counter()
        self._reader.read(rgb)
        return round((time.perf_counter() - begun_s) * 1000)


def same_thing(asked: str, heard: str) -> bool:
    """Whether the thing that was asked about is the one that was understood; articles and plurals make no difference."""
    one, other = understand(asked), understand(heard)
    return one.kind is other.kind and {stem(word) for word in telling(one.thing)} == {
        stem(word) for word in telling(other.thing)
    }
