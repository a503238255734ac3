"""In which mode a press asks, and in which of Gemini's voices the answers are said: from the next talk on."""

from typing import override

from homeassistant.components.select import SelectEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import ShelfsightEntity
from .live.models import VOICES
from .options import Options
from .runtime import ShelfsightConfigEntry

PARALLEL_UPDATES = 0

_OWN_VOICE = "default"


async def async_setup_entry(
    hass: HomeAssistant, entry: ShelfsightConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the choices of a wearable; a server of this network speaks in a voice of its own."""
    runtime = entry.runtime_data
    if runtime.wearable is None:
        return
    async_add_entities([ModeSelect(entry, "mode")])
    if not runtime.answering.answerer.is_local:
        async_add_entities([VoiceSelect(entry, "voice")])


class ModeSelect(ShelfsightEntity, SelectEntity):
    """The modes that who answers can do: built-in ones by their keys, the person's own by their names."""

    @property
    def _keys(self) -> dict[str, str]:
        """Keys of modes by what they are called here."""
        answering = self.runtime.answering
        options: Options = answering.options
        names = {mode.key: mode.name for mode in options.own_modes}
        return {names.get(key, key): key for key in options.mode_keys if answering.can(answering.mode(key))}

    @property
    @override
    def options(self) -> list[str]:
        """What can be chosen."""
        return list(self._keys)

    @property
    @override
    def current_option(self) -> str | None:
        """What is chosen; None where who answers cannot do that, as a press will say."""
        chosen = self.runtime.answering.options.mode
        return next((name for name, key in self._keys.items() if key == chosen), None)

    @override
    async def async_select_option(self, option: str) -> None:
        """From the next press on."""
        await self.runtime.choose(mode=self._keys[option])
        self.changed()


class VoiceSelect(ShelfsightEntity, SelectEntity):
    """The model's own voice, or one of the prebuilt ones by its name, which is the same in all languages."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_options = [_OWN_VOICE, *VOICES]

    @property
    @override
    def current_option(self) -> str:
        """What is chosen."""
        return self.runtime.answering.options.voice or _OWN_VOICE

    @override
    async def async_select_option(self, option: str) -> None:
        """From the next talk on."""
        await self.runtime.choose(voice="" if option == _OWN_VOICE else option)
        self.changed()
