"""The picture of the last answer, with the place drawn into it. Kept in memory only, until the next answer."""

from typing import TYPE_CHECKING, override

from homeassistant.components.image import ImageEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .entity import ShelfsightEntity
from .runtime import ShelfsightConfigEntry

if TYPE_CHECKING:
    from .outcome import Outcome

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: ShelfsightConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the picture of an entry's last answer."""
    async_add_entities([AnswerImage(hass, entry)])


class AnswerImage(ShelfsightEntity, ImageEntity):
    """Drawn when somebody looks at it first; unknown where the last answer was about no picture, or nothing shall be kept."""

    _attr_content_type = "image/jpeg"

    def __init__(self, hass: HomeAssistant, entry: ShelfsightConfigEntry) -> None:
        ImageEntity.__init__(self, hass)
        ShelfsightEntity.__init__(self, entry, "answer")
        self._drawn: tuple[Outcome, bytes] | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the questions."""
        await super().async_added_to_hass()
        self.async_on_remove(self.runtime.listen_outcome(self._answered))

    @callback
    def _answered(self, outcome: Outcome) -> None:
        self._drawn = None
        shown = outcome.frame is not None and self.runtime.answering.options.keep_words
        self._attr_image_last_updated = dt_util.utcnow() if shown else None
        self.changed()

    @override
    async def async_image(self) -> bytes | None:
        """A JPEG; None where there is none."""
        last = self.runtime.last
        if last is None or last.frame is None or not self.runtime.answering.options.keep_words:
            return None
        if self._drawn is None or self._drawn[0] is not last:
            box = last.place.box if last.place is not None else None
            jpeg = await self.hass.async_add_executor_job(_draw, last.frame.jpeg, box, last.answer)
            self._drawn = (last, jpeg)
        return self._drawn[1]


def _draw(jpeg: bytes, box: tuple[int, ...] | None, words: str) -> bytes:
    """The room imports what draws and writes, which few look at: run it in an executor."""
    from .sight.mark import mark

    return mark(jpeg, box, words)
