"""One cut of the network and what came of it. Pure: what was seen in, complaints and a table out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from .figures import spread
from .namespaces import Cut

BACK_WITHIN_S = 5.0


class Middle(Enum):
    """What the cut came into the middle of."""

    QUESTION = "question"
    ANSWER = "answer"
    PAIRING = "pairing"


@dataclass(slots=True)
class Case:
    """A cut. Times are in seconds from the moment at which the network was there again; None: never."""

    middle: Middle
    cut: Cut
    who: str
    noticed_s: float | None = None
    """From the cut until the person was told (of a question or an answer)."""
    back_s: float | None = None
    """Until the link was up again; of pairing: until Home Assistant offered it (again), or the old attempt went on."""
    told_s: float | None = None
    """Until it said so; of pairing: until it was paired."""
    heard: bool = False
    """Whether there was sound then."""
    answered: bool = False
    """Whether the next question was answered, with its own answer."""
    remarks: list[str] = field(default_factory=list)
    """Other complaints, and what the wearable told of last."""

    def complaints(self) -> list[str]:
        """What was not as it should be."""
        found = list(self.remarks)
        if self.middle is not Middle.PAIRING and self.noticed_s is None:
            found.append("the person was not told that the link was lost")
        if self.back_s is None or self.back_s > BACK_WITHIN_S:
            found.append(f"back after {_said(self.back_s)}")
        if self.told_s is None or (self.middle is not Middle.PAIRING and self.told_s > BACK_WITHIN_S):
            found.append(f"{'paired' if self.middle is Middle.PAIRING else 'told'} after {_said(self.told_s)}")
        if self.told_s is not None and not self.heard:
            found.append("nothing was heard then")
        if not self.answered:
            found.append("the next question was not answered")
        return found


def _said(wait_s: float | None) -> str:
    return "never" if wait_s is None else f"{wait_s:.1f} s"


def table(cases: Sequence[Case]) -> str:
    """By what was cut and how: counts, and how long everything took after the network's return."""
    lines = []
    for middle in Middle:
        for cut in Cut:
            of_both = [case for case in cases if (case.middle, case.cut) == (middle, cut)]
            if not of_both:
                continue
            good = sum(not case.complaints() for case in of_both)
            lines.append(
                f"in the middle of a {middle.value if middle is not Middle.ANSWER else 'n answer'}, {cut.value}:"
            )
            lines[-1] = lines[-1].replace("a n answer", "an answer").replace("of a pairing", "of pairing")
            lines.append(f"    {len(of_both)} cuts, {good} as they should be")
            if middle is not Middle.PAIRING:
                lines.append(f"    told of the loss, from the cut   {_spread(case.noticed_s for case in of_both)}")
            what = "found again, or went on" if middle is Middle.PAIRING else "link up again"
            lines.append(f"    {what:33}{_spread(case.back_s for case in of_both)}")
            what = "paired" if middle is Middle.PAIRING else "said aloud"
            lines.append(f"    {what:33}{_spread(case.told_s for case in of_both)}")
    return "\n".join(lines)


def _spread(waits: Iterable[float | None]) -> str:
    values = list(waits)
    known = [value for value in values if value is not None]
    never = f"; {len(values) - len(known)} never" if len(known) < len(values) else ""
    return spread(known, "s") + never
