"""Where the sound of a media is found, and the program that reads it."""

from urllib.parse import urlsplit

from homeassistant.components.media_player.browse_media import BrowseMedia, async_process_play_media_url
from homeassistant.core import HomeAssistant

from .decoding import MediaError


def has_media_sources(hass: HomeAssistant) -> bool:
    """Whether Home Assistant has its media room set up. It is imported only then: it brings the whole frontend along."""
    return "media_source" in hass.config.components


async def browse(hass: HomeAssistant, media_id: str | None) -> BrowseMedia:
    """What can be heard of Home Assistant's media, where it has that room."""
    from homeassistant.components import media_source

    return await media_source.async_browse_media(
        hass, media_id, content_filter=lambda item: item.media_content_type.startswith("audio/")
    )


async def resolve(hass: HomeAssistant, media_id: str, entity_id: str | None) -> str:
    """The address of a media, of Home Assistant's media sources or anybody's.

    Raises:
        HomeAssistantError: there is no such media, or its address is none that may be played.
    """
    if has_media_sources(hass):
        from homeassistant.components import media_source

        if media_source.is_media_source_id(media_id):
            media_id = (await media_source.async_resolve_media(hass, media_id, entity_id)).url
    url = async_process_play_media_url(hass, media_id)
    if urlsplit(url).scheme not in ("http", "https"):
        raise MediaError("media_address")
    return url


def ffmpeg_of(hass: HomeAssistant) -> str:
    """The program that Home Assistant is told to use, where it is told of one."""
    if "ffmpeg" not in hass.config.components:
        return "ffmpeg"
    from homeassistant.components.ffmpeg import get_ffmpeg_manager

    return get_ffmpeg_manager(hass).binary
