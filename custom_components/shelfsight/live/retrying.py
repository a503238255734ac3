"""Whether a question that failed is tried again, and when. Pure: time and chance come in as parameters.

| trouble | what helps | tries again |
| --- | --- | --- |
| key refused, other certificate | a person | never |
| quota, overloaded | time | after 0.5, 1 and 2 s at the most: 3 times |
| bad request (1007) | a fresh session | once, at once |
| network | another connection | after 0.5, 1, 2, 4 s, as long as the question's time lasts |
| cut off before anything was heard | a fresh session | once, at once |
| no answer, not addressed, rejected | asking in another way | never: the next step is the fallback |

Each delay is multiplied by a random factor of 0.5 to 1, so that wearables which lost the same server do not all return at once.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from .faults import Trouble

_DELAYS_S = (0.5, 1.0, 2.0, 4.0)
_MOST_TRIES = {
    Trouble.QUOTA: 3,
    Trouble.OVERLOADED: 3,
    Trouble.BAD_REQUEST: 1,
    Trouble.CUT_OFF: 1,
    Trouble.NO_SERVER: len(_DELAYS_S),
}
_AT_ONCE = frozenset({Trouble.BAD_REQUEST, Trouble.CUT_OFF})
# Nobody waits in front of a shelf for longer than this before something else is tried.
QUESTION_TIME_S = 10.0


@dataclass(slots=True)
class Tries:
    """The tries of one question. `chance` gives numbers from 0 to 1."""

    chance: Callable[[], float]
    made: Counter[Trouble] = field(default_factory=Counter)

    def next_delay_s(self, trouble: Trouble, waited_s: float) -> float | None:
        """How long to wait before trying again; None when trying again does not help, or no longer.

        `waited_s` is how long the person has waited since they finished; 0 while they still speak.
        """
        made = self.made[trouble]
        if made >= _MOST_TRIES.get(trouble, 0):
            return None
        delay_s = 0.0 if trouble in _AT_ONCE else _DELAYS_S[made] * (0.5 + 0.5 * self.chance())
        if waited_s + delay_s > QUESTION_TIME_S:
            return None
        self.made[trouble] += 1
        return delay_s
