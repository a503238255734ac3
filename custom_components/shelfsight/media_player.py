"""The wearable's speaker: plays any media for the house while nobody talks. A press of the person always wins."""

from functools import partial
from typing import Any, override

from homeassistant.components.media_player import MediaPlayerEntity
from homeassistant.components.media_player.browse_media import BrowseMedia
from homeassistant.components.media_player.const import (
    ATTR_MEDIA_ANNOUNCE,
    ATTR_MEDIA_ENQUEUE,
    ATTR_MEDIA_EXTRA,
    MediaPlayerDeviceClass,
    MediaPlayerEnqueue,
    MediaPlayerEntityFeature,
    MediaPlayerState,
    MediaType,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .announcing import announce
from .const import DOMAIN
from .decoding import decode
from .entity import Offer, WearableEntity, add_as_able
from .link.connection import LinkClosedError
from .media import browse, ffmpeg_of, has_media_sources, resolve
from .player import Media, Player, PlayerState
from .runtime import ShelfsightConfigEntry
from .wearable import Wearable

PARALLEL_UPDATES = 0

_FEATURES = (
    MediaPlayerEntityFeature.PLAY_MEDIA
    | MediaPlayerEntityFeature.MEDIA_ANNOUNCE
    | MediaPlayerEntityFeature.MEDIA_ENQUEUE
    | MediaPlayerEntityFeature.CLEAR_PLAYLIST
    | MediaPlayerEntityFeature.STOP
)
_VOLUME = MediaPlayerEntityFeature.VOLUME_SET | MediaPlayerEntityFeature.VOLUME_STEP
_STATES = {
    PlayerState.IDLE: MediaPlayerState.IDLE,
    PlayerState.BUFFERING: MediaPlayerState.BUFFERING,
    PlayerState.PLAYING: MediaPlayerState.PLAYING,
    PlayerState.PAUSED: MediaPlayerState.PAUSED,
}


async def async_setup_entry(
    hass: HomeAssistant, entry: ShelfsightConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the speaker of a wearable that has one."""
    wearable, player = entry.runtime_data.wearable, entry.runtime_data.player
    if wearable is not None and player is not None:
        offer = Offer("speaker", lambda one: one.has_speaker, lambda: Speaker(entry, wearable, player))
        add_as_able(hass, entry, wearable, Platform.MEDIA_PLAYER, [offer], async_add_entities)


class Speaker(WearableEntity, MediaPlayerEntity):
    """The speaker of one wearable."""

    _attr_device_class = MediaPlayerDeviceClass.SPEAKER
    _attr_volume_step = 0.05

    def __init__(self, entry: ShelfsightConfigEntry, wearable: Wearable, player: Player) -> None:
        super().__init__(entry, wearable, "speaker")
        self._player = player

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the player too."""
        await super().async_added_to_hass()
        self.async_on_remove(self._player.changed.add(self.changed))

    @property
    @override
    def available(self) -> bool:
        """Not while the wearable is away, nor without a speaker."""
        return super().available and self.wearable.has_speaker

    @property
    @override
    def supported_features(self) -> MediaPlayerEntityFeature:
        """The volume only where the wearable does what this home says, browsing where the home has something to browse."""
        features = _FEATURES
        if self.wearable.sets_volume:
            features |= _VOLUME
        if has_media_sources(self.hass):
            features |= MediaPlayerEntityFeature.BROWSE_MEDIA
        return features

    @property
    @override
    def state(self) -> MediaPlayerState:
        """What the player does; paused while somebody talks."""
        return _STATES[self._player.state]

    @property
    @override
    def volume_level(self) -> float | None:
        """0 to 1 as last set; unknown until it is."""
        volume = self.wearable.settings.volume
        return volume / 100 if volume is not None else None

    @property
    @override
    def media_content_id(self) -> str | None:
        """What is played, as it was named by whoever wanted it."""
        return self._player.current.media_id if self._player.current is not None else None

    @property
    @override
    def media_content_type(self) -> str | None:
        """What kind of media that is said to be."""
        return self._player.current.media_type if self._player.current is not None else None

    @property
    @override
    def media_title(self) -> str | None:
        """What it is called, where that was told."""
        return self._player.current.title if self._player.current is not None else None

    @override
    async def async_play_media(self, media_type: MediaType | str, media_id: str, **kwargs: Any) -> None:
        """Play, or let wait, or announce."""
        url = await resolve(self.hass, media_id, self.entity_id)
        if kwargs.get(ATTR_MEDIA_ANNOUNCE):
            await announce(self.hass, self.runtime, [url])
            return
        metadata = kwargs.get(ATTR_MEDIA_EXTRA, {}).get("metadata", {})
        title = metadata.get("title") if isinstance(metadata, dict) else None
        media = Media(media_id, str(media_type), title, partial(decode, ffmpeg_of(self.hass), url))
        enqueue = kwargs.get(ATTR_MEDIA_ENQUEUE)
        waits = enqueue in (MediaPlayerEnqueue.ADD, MediaPlayerEnqueue.NEXT) and self._player.busy
        if waits:
            if not self._player.add(media, next_one=enqueue is MediaPlayerEnqueue.NEXT):
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key="too_much_media")
            return
        if enqueue in (None, MediaPlayerEnqueue.REPLACE):
            self._player.clear()
        try:
            await self._player.play(media)
        except LinkClosedError as err:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="wearable_not_connected") from err

    @override
    async def async_media_stop(self) -> None:
        """Silence, now."""
        await self._player.stop()

    @override
    async def async_clear_playlist(self) -> None:
        """Nothing waits any more; what is played goes on."""
        self._player.clear()

    @override
    async def async_set_volume_level(self, volume: float) -> None:
        """From now on, and when the wearable comes back."""
        await self.runtime.choose(volume=round(volume * 100))

    @override
    async def async_browse_media(
        self, media_content_type: MediaType | str | None = None, media_content_id: str | None = None
    ) -> BrowseMedia:
        """What can be heard of Home Assistant's media."""
        return await browse(self.hass, media_content_id)
