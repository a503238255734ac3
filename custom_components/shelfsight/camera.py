"""What the wearable sees. It streams only while somebody watches."""

import asyncio
import logging
from typing import override

from aiohttp import web

from homeassistant.components.camera import Camera
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .entity import WearableEntity
from .link.connection import LinkClosedError
from .runtime import ShelfsightConfigEntry
from .sight.intake import Seen
from .wearable import Wearable

_LOGGER = logging.getLogger(__name__)

PARALLEL_UPDATES = 0

_STILL_TIMEOUT_S = 5.0
_BOUNDARY = "frame"
# How soon a viewer is let go after the wearable has left.
_LEFT_CHECK_S = 5.0


async def async_setup_entry(
    hass: HomeAssistant, entry: ShelfsightConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the camera of a wearable."""
    if (wearable := entry.runtime_data.wearable) is not None:
        async_add_entities([WearableCamera(entry, wearable)])


class WearableCamera(WearableEntity, Camera):
    """The wearable's camera. Pictures are passed on and kept nowhere."""

    def __init__(self, entry: ShelfsightConfigEntry, wearable: Wearable) -> None:
        Camera.__init__(self)
        WearableEntity.__init__(self, entry, wearable, "camera")

    @property
    @override
    def available(self) -> bool:
        """Not while the wearable is away, or has no camera."""
        return self.wearable.connected and self.wearable.has_camera

    @property
    @override
    def is_on(self) -> bool:
        """Off while its person, or this home, wants nothing captured."""
        return not self.wearable.private

    @override
    async def async_camera_image(self, width: int | None = None, height: int | None = None) -> bytes | None:
        """One picture taken now, as JPEG; None when none came in time."""
        try:
            seen = await self.wearable.still(_STILL_TIMEOUT_S)
        except LinkClosedError as err:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="wearable_not_connected") from err
        return seen.frame.jpeg if seen is not None and seen.frame is not None else None

    @override
    async def handle_async_mjpeg_stream(self, request: web.Request) -> web.StreamResponse:
        """Pass pictures on to one viewer for as long as the viewer stays."""
        response = web.StreamResponse(headers={"Content-Type": f"multipart/x-mixed-replace;boundary={_BOUNDARY}"})
        await response.prepare(request)
        newest: asyncio.Queue[bytes] = asyncio.Queue(1)

        def take(seen: Seen) -> None:
            if seen.frame is None:
                return
            if newest.full():
                newest.get_nowait()  # a slow viewer misses pictures; it never makes them wait
            newest.put_nowait(seen.frame.jpeg)

        try:
            with self.wearable.watch(take):
                async with self.wearable.look():
                    while self.wearable.connected:
                        try:
                            async with asyncio.timeout(_LEFT_CHECK_S):
                                jpeg = await newest.get()
                        except TimeoutError:
                            continue
                        await response.write(_part(jpeg))
        except LinkClosedError, ConnectionError:
            _LOGGER.debug("A camera stream ended because one of its ends left")
        return response


def _part(jpeg: bytes) -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + b"\r\n"
