"""Fields of the actions: what is typed into them is checked, and what is wrong is told in the person's language, at its field.

Home Assistant has them from its start on; what the actions do is in `action_ask.py` and `action_find_next_item.py`.
"""

from collections.abc import Callable
from typing import Any, Final

import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv

from .const import DOMAIN
from .spatial import Mode

ATTR_CAMERA: Final = "camera"
ATTR_GO_ON: Final = "go_on"
ATTR_LIST: Final = "list"
ATTR_MODE: Final = "mode"
ATTR_QUESTION: Final = "question"
ATTR_SPEAK: Final = "speak"
ATTR_TIMEOUT: Final = "timeout"
ATTR_WAIT: Final = "wait"
TODO: Final = "todo"

QUESTION_LIMIT: Final = 500
_LONGEST_NAME: Final = 255

type Check = Callable[[Any], Any]


def invalid(key: str, **placeholders: str) -> ServiceValidationError:
    """What was asked for cannot be; `key` is that of a translated text."""
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders)


def checked(check: Check, key: str, **placeholders: str) -> Check:
    """A check whose refusal is a translated text instead of Home Assistant's own English one."""
    schema = vol.Schema(check)

    def checking(value: Any) -> Any:
        try:
            return schema(value)
        except vol.Invalid as err:
            raise invalid(key, **placeholders) from err

    return checking


def _text(value: Any) -> str:
    """Text only: a number, a list or nothing is a mistake of the automation, and not what somebody wants to ask."""
    if not isinstance(value, str):
        raise vol.Invalid("no text")
    return value.strip()


def _whole(value: Any) -> int:
    """A whole number; the frontend sends floats, templates send text, and yes is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise vol.Invalid("no number")
    try:
        number = float(value)
        return int(number)
    except (ValueError, OverflowError) as err:
        raise vol.Invalid("no number") from err


def seconds(field: str, low: int, high: int) -> Check:
    """A field of whole seconds within bounds."""
    return checked(vol.All(_whole, vol.Range(low, high)), "bad_seconds", field=field, low=str(low), high=str(high))


def yes_or_no(field: str) -> Check:
    """A field that is on or off."""
    return checked(cv.boolean, "bad_yes_or_no", field=field)


def entity_of(domain: str, key: str) -> Check:
    """One entity of a domain."""
    return checked(vol.All(_text, cv.entity_domain(domain)), key)


QUESTION: Final = checked(
    vol.All(_text, vol.Length(min=1, max=QUESTION_LIMIT)), "bad_question", limit=str(QUESTION_LIMIT)
)
DEVICE: Final = checked(vol.All(_text, vol.Length(min=1, max=_LONGEST_NAME)), "unknown_wearable")
MODE: Final = checked(vol.All(_text, vol.Length(min=1, max=_LONGEST_NAME)), "bad_mode")

# A question that is missing is told like one that is empty.
ASK: Final = vol.Schema(
    {
        vol.Required(ATTR_QUESTION, default=""): QUESTION,
        vol.Optional(ATTR_DEVICE_ID): DEVICE,
        vol.Optional(ATTR_CAMERA): entity_of("camera", "bad_camera"),
        vol.Optional(ATTR_MODE, default=Mode.FIND.value): MODE,
        vol.Optional(ATTR_SPEAK, default=True): yes_or_no(ATTR_SPEAK),
        vol.Optional(ATTR_TIMEOUT, default=30): seconds(ATTR_TIMEOUT, 5, 120),
    }
)
FIND_NEXT_ITEM: Final = vol.Schema(
    {
        vol.Optional(ATTR_LIST): entity_of(TODO, "bad_list"),
        vol.Optional(ATTR_DEVICE_ID): DEVICE,
        vol.Optional(ATTR_WAIT, default=60): seconds(ATTR_WAIT, 5, 600),
        vol.Optional(ATTR_GO_ON, default=False): yes_or_no(ATTR_GO_ON),
        vol.Optional(ATTR_TIMEOUT, default=30): seconds(ATTR_TIMEOUT, 5, 120),
    }
)
