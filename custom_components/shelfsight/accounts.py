"""What an entry has used since Home Assistant started: questions, tokens, and an estimate of their price."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .live.accounts import Usage, cost_usd

if TYPE_CHECKING:
    from .outcome import Outcome


@dataclass(slots=True)
class Accounts:
    """Of one entry; added up, and never taken back."""

    questions: int = 0
    answered: int = 0
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0

    def add(self, outcome: Outcome) -> None:
        """One more question; what was silent is paid for, and is none."""
        if not outcome.silent:
            self.questions += 1
            self.answered += outcome.phrase is None
        for model, usage in outcome.bills.items():
            self.pay(model, usage)

    def pay(self, model: str | None, usage: Usage) -> None:
        """Tokens that a model took; None for one that costs nothing. Without a price they are only counted."""
        self.usage += usage
        if model is not None:
            self.cost_usd += cost_usd(model, usage, datetime.now(UTC).date()) or 0.0
