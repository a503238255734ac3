"""What a wearable is doing, and in which condition; what was asked and answered last, how soon, and at what price."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import (
    MAX_LENGTH_STATE_STATE,
    PERCENTAGE,
    SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
    EntityCategory,
    Platform,
    UnitOfTime,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .entity import Offer, ShelfsightEntity, WearableEntity, add_as_able
from .runtime import ShelfsightConfigEntry
from .spending import SPENDINGS, SpendingSensor
from .wearable import Wearable, WearableState

if TYPE_CHECKING:
    from .outcome import Outcome

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class WearableReading(SensorEntityDescription):
    """A sensor of a wearable; `has` says which wearables know it, `value` is None while it is not known."""

    value: Callable[[Wearable], StateType]
    has: Callable[[Wearable], bool] = lambda _wearable: True


READINGS = (
    WearableReading(
        key="state",
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in WearableState],
        value=lambda wearable: wearable.state.value,
    ),
    WearableReading(
        key="battery",
        device_class=SensorDeviceClass.BATTERY,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=PERCENTAGE,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda wearable: wearable.condition.battery_percent,
        has=lambda wearable: wearable.hello is not None and wearable.hello.battery,
    ),
    WearableReading(
        key="signal",
        device_class=SensorDeviceClass.SIGNAL_STRENGTH,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda wearable: wearable.condition.rssi_dbm,
        has=lambda wearable: wearable.condition.rssi_dbm is not None,
    ),
)


@dataclass(frozen=True, kw_only=True)
class LastReading(SensorEntityDescription):
    """A sensor of the last question that was not silent."""

    value: Callable[[Outcome], StateType]
    details: Callable[[Outcome], dict[str, Any]] = lambda _outcome: {}
    tells_words: bool = False
    """Tells what was said, which the person may not want to be kept."""


def _details_of_answer(last: Outcome) -> dict[str, Any]:
    return {
        "asked": last.asked,
        "full_answer": last.answer,
        **last.as_response(),
        "speech_s": last.speech_ms / 1000 if last.speech_ms is not None else None,
        "frames_sent": last.frames_sent,
        "frame_bytes_sent": last.frame_bytes_sent,
        "reason": last.phrase,
        "mode": last.mode,
        "tries": last.tries,
        "cost_usd": last.cost_usd,
        "tokens_by_kind": asdict(last.usage),
    }


LAST_READINGS = (
    LastReading(
        key="last_question",
        # A state may be 255 characters long; the whole question is in the attributes.
        value=lambda last: last.asked[:MAX_LENGTH_STATE_STATE] or None,
        details=lambda last: {"full_question": last.asked, "mode": last.mode},
        tells_words=True,
    ),
    LastReading(
        key="last_answer",
        value=lambda last: last.answer[:MAX_LENGTH_STATE_STATE],
        details=_details_of_answer,
        tells_words=True,
    ),
    LastReading(
        key="first_audio",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda last: last.first_audio_ms,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: ShelfsightConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add what is told of every entry, and of its wearable, if it has one."""
    async_add_entities(
        [
            *(LastSensor(entry, description) for description in LAST_READINGS),
            *(SpendingSensor(entry, description) for description in SPENDINGS),
        ]
    )
    if (wearable := entry.runtime_data.wearable) is not None:
        offers = [
            Offer(reading.key, reading.has, partial(ReadingSensor, entry, wearable, reading)) for reading in READINGS
        ]
        add_as_able(hass, entry, wearable, Platform.SENSOR, offers, async_add_entities)


class ReadingSensor(WearableEntity, SensorEntity):
    """What a wearable tells."""

    entity_description: WearableReading

    def __init__(self, entry: ShelfsightConfigEntry, wearable: Wearable, description: WearableReading) -> None:
        super().__init__(entry, wearable, description.key)
        self.entity_description = description

    @property
    @override
    def available(self) -> bool:
        """Not while the wearable is away, nor where it tells this no more."""
        return super().available and self.entity_description.has(self.wearable)

    @property
    @override
    def native_value(self) -> StateType:
        """As last told."""
        return self.entity_description.value(self.wearable)


class LastSensor(ShelfsightEntity, SensorEntity):
    """What is told of the last question; unknown until one was asked."""

    entity_description: LastReading

    # The details are for automations and for the page; the history needs the words only.
    _unrecorded_attributes = frozenset(
        {
            "full_question",
            "full_answer",
            "box",
            "first_audio_ms",
            "speech_s",
            "frames_sent",
            "frame_bytes_sent",
            "source",
            "tokens",
            "tries",
            "cost_usd",
            "tokens_by_kind",
        }
    )

    def __init__(self, entry: ShelfsightConfigEntry, description: LastReading) -> None:
        super().__init__(entry, description.key)
        self.entity_description = description

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the questions."""
        await super().async_added_to_hass()
        self.async_on_remove(self.runtime.listen_outcome(self._answered))

    @callback
    def _answered(self, _outcome: Outcome) -> None:
        self.changed()

    @property
    def _last(self) -> Outcome | None:
        """The last question, if this may be told of it."""
        if self.entity_description.tells_words and not self.runtime.answering.options.keep_words:
            return None
        return self.runtime.last

    @property
    @override
    def native_value(self) -> StateType:
        """What is told of it."""
        last = self._last
        return self.entity_description.value(last) if last is not None else None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """What is known beside it."""
        last = self._last
        return self.entity_description.details(last) if last is not None else {}
