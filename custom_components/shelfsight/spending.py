"""What was used: tokens and an estimate of their price, today and in total, kept over restarts.

They are kept by Home Assistant's own restoring of states, which writes them with everybody else's: nothing of ours writes to a
disk. What was used between two of its writings is lost with a power cut; Google's bill is what counts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import EntityCategory
from homeassistant.core import callback
from homeassistant.helpers.event import async_track_time_change
from homeassistant.helpers.restore_state import ExtraStoredData, RestoreEntity
from homeassistant.util import dt as dt_util

from .accounts import Accounts
from .entity import ShelfsightEntity
from .runtime import ShelfsightConfigEntry

_TOKENS = "tokens"
_DOLLARS = "USD"
# A token costs a few millionths of a dollar: sums of floats are cut there, not shown as 0.30000000000000004.
_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class Spending(SensorEntityDescription):
    """Something of the accounts that is added up: since the beginning, or each day anew."""

    used: Callable[[Accounts], float]
    daily: bool


def _tokens(accounts: Accounts) -> float:
    return accounts.usage.total


def _dollars(accounts: Accounts) -> float:
    return accounts.cost_usd


SPENDINGS = (
    Spending(
        key="tokens_today",
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=_TOKENS,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        used=_tokens,
        daily=True,
    ),
    Spending(
        key="tokens_total",
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=_TOKENS,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        used=_tokens,
        daily=False,
    ),
    Spending(
        key="cost_today",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=_DOLLARS,
        suggested_display_precision=3,
        entity_category=EntityCategory.DIAGNOSTIC,
        used=_dollars,
        daily=True,
    ),
    Spending(
        key="cost_total",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=_DOLLARS,
        suggested_display_precision=2,
        entity_category=EntityCategory.DIAGNOSTIC,
        used=_dollars,
        daily=False,
    ),
)


@dataclass(frozen=True, slots=True)
class Spent:
    """A sum, and the local day on which it was last right."""

    amount: float
    day: date

    def on(self, day: date, *, daily: bool) -> Spent:
        """The sum as it stands on a day: what is counted daily begins at 0 with each."""
        return Spent(0.0 if daily and day != self.day else self.amount, day)

    def plus(self, amount: float) -> Spent:
        """So much more."""
        return Spent(self.amount + amount, self.day)

    @classmethod
    def stored(cls, stored: dict[str, Any]) -> Self | None:
        """What was kept; None where that makes no sense."""
        amount, day = stored.get("amount"), stored.get("day")
        if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 <= amount < float("inf"):
            return None
        try:
            return cls(float(amount), date.fromisoformat(day)) if isinstance(day, str) else None
        except ValueError:
            return None


class KeptSpent(ExtraStoredData):
    """A sum as Home Assistant keeps it."""

    def __init__(self, spent: Spent) -> None:
        self._spent = spent

    @override
    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"amount": self._spent.amount, "day": self._spent.day.isoformat()}


class SpendingSensor(ShelfsightEntity, RestoreEntity, SensorEntity):
    """Goes on from what was kept with what the entry's accounts say since then."""

    entity_description: Spending

    def __init__(self, entry: ShelfsightConfigEntry, description: Spending) -> None:
        super().__init__(entry, description.key)
        self.entity_description = description
        self._seen = 0.0
        self._spent = Spent(0.0, _today())

    @override
    async def async_added_to_hass(self) -> None:
        """Go on from what was kept, follow the accounts, and begin anew at midnight what is counted daily."""
        await super().async_added_to_hass()
        kept = await self.async_get_last_extra_data()
        if kept is not None and (spent := Spent.stored(kept.as_dict())) is not None:
            self._spent = spent
        self._count()
        self.async_on_remove(self.runtime.listen_paid(self._paid))
        if self.entity_description.daily:
            self.async_on_remove(async_track_time_change(self.hass, self._midnight, hour=0, minute=0, second=0))

    @callback
    def _paid(self) -> None:
        self._count()
        self.changed()

    @callback
    def _midnight(self, _now: datetime) -> None:
        self._paid()

    def _count(self) -> None:
        used = self.entity_description.used(self.runtime.accounts)
        self._spent = self._spent.on(_today(), daily=self.entity_description.daily).plus(used - self._seen)
        self._seen = used

    @property
    @override
    def native_value(self) -> float:
        """The sum."""
        amount = round(self._spent.amount, _DIGITS)
        return int(amount) if self.entity_description.native_unit_of_measurement == _TOKENS else amount

    @property
    @override
    def last_reset(self) -> datetime | None:
        """The midnight with which the sum began, for the statistics."""
        return dt_util.start_of_local_day(self._spent.day) if self.entity_description.daily else None

    @property
    @override
    def extra_restore_state_data(self) -> ExtraStoredData:
        """What to go on from."""
        return KeptSpent(self._spent)


def _today() -> date:
    return dt_util.now().date()
