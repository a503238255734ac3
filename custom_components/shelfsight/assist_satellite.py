"""The wearable as a satellite of Assist: what it announces, and what it asks, listens to and answers by Assist's own pipeline.

The button of the wearable asks Gemini and not Assist; a satellite is what automations speak through. So its speech to text, its
agent and its voice are those of Assist's preferred pipeline, and whatever is missing there is told.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import logging
from typing import Any, override

from homeassistant.components.assist_pipeline import PipelineEvent, PipelineEventType
from homeassistant.components.assist_satellite import (
    AssistSatelliteAnnouncement,
    AssistSatelliteConfiguration,
    AssistSatelliteEntity,
    AssistSatelliteEntityFeature,
)
from homeassistant.components.media_player.browse_media import async_process_play_media_url
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .announcing import announce, say
from .company import Company
from .const import DOMAIN
from .ear import Ear, Refusal
from .entity import Offer, WearableEntity, add_as_able
from .floor import QuestionStoppedError
from .link.connection import LinkClosedError
from .runtime import ShelfsightConfigEntry
from .tasks import owned_tasks
from .telling import Telling
from .wearable import Wearable, WearableState

_LOGGER = logging.getLogger(__name__)

PARALLEL_UPDATES = 0

# Assist's code for somebody who said nothing that could be understood: a person's matter, no fault of the house.
_NOTHING_HEARD = "stt-no-text-recognized"


async def async_setup_entry(
    hass: HomeAssistant, entry: ShelfsightConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the satellite of a wearable that can be heard through."""
    if (wearable := entry.runtime_data.wearable) is not None:
        offer = Offer("satellite", lambda one: one.has_speaker, lambda: Satellite(entry, wearable, "satellite"))
        add_as_able(hass, entry, wearable, Platform.ASSIST_SATELLITE, [offer], async_add_entities)


class Satellite(WearableEntity, AssistSatelliteEntity):
    """One wearable's satellite."""

    def __init__(self, entry: ShelfsightConfigEntry, wearable: Wearable, key: str) -> None:
        super().__init__(entry, wearable, key)
        self._company = Company(None)
        self._answer_url: str | None = None
        self._goes_on = False
        self._failure: dict[str, Any] | None = None

    @property
    @override
    def available(self) -> bool:
        """Not while the wearable is away, nor without a speaker."""
        return super().available and self.wearable.has_speaker

    @property
    @override
    def supported_features(self) -> AssistSatelliteEntityFeature:
        """To announce takes a speaker; to talk with, and to be asked by, a microphone too."""
        features = AssistSatelliteEntityFeature(0)
        if self.wearable.has_speaker:
            features |= AssistSatelliteEntityFeature.ANNOUNCE
            if self.wearable.has_microphone:
                features |= AssistSatelliteEntityFeature.START_CONVERSATION
        return features

    @callback
    @override
    def async_get_configuration(self) -> AssistSatelliteConfiguration:
        """There are no wake words: a wearable listens when its person wants it to."""
        return AssistSatelliteConfiguration(available_wake_words=[], active_wake_words=[], max_active_wake_words=0)

    @override
    async def async_set_configuration(self, config: AssistSatelliteConfiguration) -> None:
        """There is nothing to configure, and whoever wants no wake words has it."""
        if config.active_wake_words:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="no_wake_words")

    @override
    async def async_announce(self, announcement: AssistSatelliteAnnouncement) -> None:
        """Say it; returns when it was heard, or ended by a press."""
        await announce(self.hass, self.runtime, _urls(announcement))

    @override
    async def async_start_conversation(self, start_announcement: AssistSatelliteAnnouncement) -> None:
        """Say it, listen, and answer, for as long as Assist wants to go on. Where only a text is wanted, it ends with that."""
        if self.wearable.private:
            raise _error("wearable_private")
        try:
            async with self.runtime.floor() as wearable, self._keeping_company(wearable):
                for url in _urls(start_announcement):
                    await say(self.hass, wearable, url)
                while await self._turn(wearable):
                    pass
        except QuestionStoppedError as err:
            raise _error("stopped") from err
        except LinkClosedError as err:
            raise _error("wearable_not_connected") from err

    @asynccontextmanager
    async def _keeping_company(self, wearable: Wearable) -> AsyncIterator[None]:
        """Cues while Assist thinks."""
        self._company = Company(wearable)
        async with owned_tasks() as tasks:
            keeping = tasks.create_task(self._company.run())
            try:
                yield
            finally:
                keeping.cancel()
                wearable.set_state(WearableState.IDLE)

    async def _turn(self, wearable: Wearable) -> bool:
        """Listen to one thing and answer it; True when Assist wants to hear more.

        Raises:
            HomeAssistantError: Assist's pipeline cannot do that.
            LinkClosedError: the wearable left.
        """
        self._answer_url, self._goes_on, self._failure = None, False, None
        await wearable.cue("listening")
        ear = await wearable.open_ear()
        if ear is None:
            raise _error("wearable_private")  # became so just now
        wearable.set_state(WearableState.LISTENING)
        try:
            await self.async_accept_pipeline_from_satellite(_sound(ear))
        finally:
            await wearable.close_ear(ear)
        if self._failure is not None:
            await self._tell_failure(wearable, self._failure)
            return False
        if self._answer_url is not None:
            wearable.set_state(WearableState.ANSWERING)
            self._company.hush()
            await say(self.hass, wearable, async_process_play_media_url(self.hass, self._answer_url))
            self.tts_response_finished()
        self._company.hush()
        return self._goes_on

    async def _tell_failure(self, wearable: Wearable, failure: dict[str, Any]) -> None:
        """The person hears that nothing comes of it; whoever asked for it is told why, if that is not the person's matter."""
        self._company.hush()
        if failure["code"] == _NOTHING_HEARD:
            await wearable.cue("done")
            return
        await wearable.cue("error")
        await Telling(wearable, self._company, self.runtime.answering.phrases).phrase("went_wrong")
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="assist_failed",
            translation_placeholders={"reason": failure["message"]},
        )

    @callback
    @override
    def on_pipeline_event(self, event: PipelineEvent) -> None:
        """Keep what the turn needs to know."""
        data = event.data or {}
        match event.type:
            case PipelineEventType.STT_VAD_END | PipelineEventType.STT_END:
                self.wearable.set_state(WearableState.THINKING)
                self._company.begin()
            case PipelineEventType.INTENT_END:
                self._goes_on = bool(data.get("intent_output", {}).get("continue_conversation"))
            case PipelineEventType.TTS_END:
                self._answer_url = data.get("tts_output", {}).get("url")
            case PipelineEventType.ERROR:
                self._failure = data
            case _:
                pass  # what else happens in a pipeline is no matter of the wearable


def _urls(announcement: AssistSatelliteAnnouncement) -> list[str]:
    """The cue before it, if one is wanted, and the announcement."""
    return [url for url in (announcement.preannounce_media_id, announcement.media_id) if url]


async def _sound(ear: Ear) -> AsyncIterator[bytes]:
    """What is heard, until the pipeline has heard enough, or no more comes."""
    while not isinstance(heard := await ear.next_chunk(), Refusal):
        if isinstance(heard, bytes):
            yield heard


def _error(key: str) -> HomeAssistantError:
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=key)
