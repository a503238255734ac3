"""What the wearable is doing, and what was answered last."""

from dataclasses import asdict
from typing import Any, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.const import MAX_LENGTH_STATE_STATE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import ShelfsightEntity, WearableEntity
from .outcome import Outcome
from .runtime import ShelfsightConfigEntry
from .wearable import WearableState

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: ShelfsightConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the state of a wearable and the last answer."""
    entities: list[SensorEntity] = [LastAnswer(entry, "last_answer")]
    if (wearable := entry.runtime_data.wearable) is not None:
        entities.append(StateSensor(entry, wearable, "state"))
    async_add_entities(entities)


class StateSensor(WearableEntity, SensorEntity):
    """Idle, listening, thinking or answering."""

    _attr_device_class = SensorDeviceClass.ENUM
    _attr_options = [state.value for state in WearableState]

    @property
    @override
    def native_value(self) -> str:
        """The state."""
        return self.wearable.state.value


class LastAnswer(ShelfsightEntity, SensorEntity):
    """What was said last, with what was asked and what was found."""

    # The details are for automations and for the page; the history needs the words only.
    _unrecorded_attributes = frozenset(
        {
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

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the questions."""
        self.async_on_remove(self.runtime.listen_outcome(self._answered))

    @callback
    def _answered(self, _outcome: Outcome) -> None:
        self.async_write_ha_state()

    @property
    @override
    def native_value(self) -> str | None:
        """The words that were said; cut where a state would be too long, whole in `full_answer`."""
        last = self.runtime.last
        return last.answer[:MAX_LENGTH_STATE_STATE] if last is not None else None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """What was asked, and what is known of the answer."""
        last = self.runtime.last
        if last is None:
            return {}
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
