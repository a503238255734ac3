"""One question with one fault, and what the person must have heard of it. Pure: what happened in, complaints out."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.rig.heard import Sounding, heard_after_s

TIMES = 4
"""So often an answer says its number: 1.2 s, long enough to be cut in the middle."""
HEARD_WITHIN_S = 1.5
ENDED_WITHIN_S = 45.0
_SILENT_WITHIN_S = 0.05
# A fault in the last moment of an answer that is heard to its end changes nothing any more.
_AT_THE_END_S = 0.3
# What is said on the way; every other phrase ends the question.
_ON_THE_WAY = {
    "answering",
    "asking_another_way",
    "asking_local",
    "back",
    "battery_low",
    "listening",
    "lost",
    "ready",
    "thinking",
    "trying_again",
}
# What a wearable without a voice plays by itself for "I have lost your home"; then nobody is left to answer.
_LOST = "lost"


@dataclass(slots=True)
class Case:
    """A question, the presses that belong to it, when a fault struck, and what was heard from the first press on."""

    number: int
    kind: str
    glasses: str
    pressed: list[float] = field(default_factory=list)
    struck: list[float] = field(default_factory=list)
    harmless: bool = False
    """The fault changes nothing that anybody could notice while they speak: it counts from the end of their words."""
    spoken_s: float = 0.0
    """When the person's last word was over, or the button was let go."""
    heard: list[Sounding] = field(default_factory=list)
    ended_s: float | None = None
    story: str = ""
    remarks: list[str] = field(default_factory=list)
    """Other complaints about it."""

    def look(self) -> str | None:
        """How the question ended so far: "answer", "phrase ...", "cue lost", or None while it has not.

        Only what has been heard to its end is looked at.

        What counts comes after the last press of the case.
        """
        for sounding in self.heard:
            if not sounding.over or not self.pressed or sounding.began_s < self.pressed[-1]:
                continue
            if sounding.turn is None:
                if sounding.cue == _LOST:
                    return f"cue {_LOST}"
                continue
            if sounding.answers == [self.number] * TIMES:
                return "answer"
            if sounding.phrase is not None and sounding.phrase not in _ON_THE_WAY:
                return f"phrase {sounding.phrase}"
        return None

    def _wait_s(self, at_s: float) -> float | None:
        return heard_after_s(self.heard, at_s)

    @property
    def press_waits(self) -> list[float | None]:
        """After each press, how long until something was heard; None for never."""
        return [self._wait_s(at_s) for at_s in self.pressed]

    @property
    def fault_waits(self) -> list[float | None]:
        """After each fault that struck while the question was under way, how long until something was heard."""
        first_s = self.pressed[0] if self.pressed else 0.0
        last_s = self.ended_s - _AT_THE_END_S if self.ended_s is not None else float("inf")
        under_way = [at_s for at_s in self.struck if first_s <= at_s < last_s]
        return [self._wait_s(max(at_s, self.spoken_s) if self.harmless else at_s) for at_s in under_way]

    @property
    def silence_s(self) -> float:
        """The longest silence between the end of the person's words and the end of the question."""
        if self.ended_s is None:
            return 0.0
        at_s, longest_s = self.spoken_s, 0.0
        for from_s, to_s in sorted(stretch for sounding in self.heard for stretch in sounding.audible):
            if to_s > at_s:
                longest_s = max(longest_s, min(from_s, self.ended_s) - at_s)
                at_s = to_s
        return longest_s

    def complaints(self) -> list[str]:
        """What the person had to bear; empty if all was as it should be."""
        found = list(self.remarks)
        found += [f"nothing heard for {_said(wait)} after a press" for wait in self.press_waits if _too_long(wait)]
        found += [f"nothing heard for {_said(wait)} after the fault" for wait in self.fault_waits if _too_long(wait)]
        last_s = self.pressed[-1] if self.pressed else 0.0
        after = [sounding for sounding in self.heard if sounding.began_s >= last_s]
        wrong = {number for sounding in after for number in sounding.answers} - {self.number}
        if wrong:
            found.append(f"heard the answer to {sorted(wrong)}")
        before = [
            to_s for each in self.heard if each.began_s < last_s and each.turn is not None for _, to_s in each.audible
        ]
        if before and max(before) > last_s + _SILENT_WITHIN_S:
            found.append(f"what was said before went on for {max(before) - last_s:.2f} s after the press")
        if self.look() is None:
            found.append(f"no end within {ENDED_WITHIN_S:g} s")
        return found


def _too_long(wait_s: float | None) -> bool:
    return wait_s is None or wait_s > HEARD_WITHIN_S


def _said(wait_s: float | None) -> str:
    return "ever" if wait_s is None else f"{wait_s:.2f} s"


def table(cases: Sequence[Case]) -> str:
    """By kind of fault: how many, the longest waits for something to be heard after presses and faults, the longest
    silence after the person's words, the longest time to the end, and how they ended.
    """
    by_kind: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_kind[case.kind].append(case)
    rows = [f"{'fault':34} cases struck  press s  fault s silent s   end s  bad  how it ended"]
    for kind, of_kind in sorted(by_kind.items()):
        ends = Counter(case.look() or "no end" for case in of_kind)
        took = [case.ended_s - case.pressed[-1] for case in of_kind if case.ended_s is not None]
        rows.append(
            f"{kind:34} {len(of_kind):5d} {sum(bool(case.struck) for case in of_kind):6d}"
            f" {_worst([wait for case in of_kind for wait in case.press_waits]):>8}"
            f" {_worst([wait for case in of_kind for wait in case.fault_waits]):>8}"
            f" {max(case.silence_s for case in of_kind):8.2f} {max(took, default=0.0):7.1f} {sum(bool(case.complaints()) for case in of_kind):4d}"
            f"  {', '.join(f'{count} {end}' for end, count in ends.most_common())}"
        )
    return "\n".join(rows)


def _worst(waits: Sequence[float | None]) -> str:
    if not waits:
        return "-"
    return "never" if None in waits else f"{max(wait for wait in waits if wait is not None):.2f}"
