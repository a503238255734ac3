"""Says something of the house into a wearable: it waits for who talks, silences what is played, and a press ends it."""

from collections.abc import Iterable
import logging

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .const import DOMAIN
from .decoding import decoded
from .floor import QuestionStoppedError
from .link.connection import LinkClosedError
from .media import ffmpeg_of
from .runtime import Runtime
from .wearable import Wearable

_LOGGER = logging.getLogger(__name__)


async def announce(hass: HomeAssistant, runtime: Runtime, urls: Iterable[str]) -> None:
    """Say these media, one after the other, and return when they were heard, or the person did not want to hear them.

    Raises:
        HomeAssistantError: translated; the wearable is away, busy for long or without a speaker, or a media cannot be played.
    """
    try:
        async with runtime.floor() as wearable:
            for url in urls:
                await say(hass, wearable, url)
    except QuestionStoppedError:
        _LOGGER.debug("An announcement was ended by a press, or because the wearable left")
    except LinkClosedError as err:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="wearable_not_connected") from err


async def say(hass: HomeAssistant, wearable: Wearable, url: str) -> None:
    """Say a media, for whoever has the floor.

    Raises:
        MediaError: it cannot be played.
        LinkClosedError: the wearable has no speaker, or left.
    """
    if wearable.hello is None or wearable.hello.speaker is None:
        raise LinkClosedError("the wearable has no speaker")
    rate_hz = wearable.hello.speaker.rate_hz
    async with decoded(ffmpeg_of(hass), url, rate_hz) as sound:
        await wearable.say(sound, rate_hz, lambda: None)
