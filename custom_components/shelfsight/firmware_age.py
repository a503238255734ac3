"""Whether a wearable's software is one this home goes well with: an issue while it is not. What it can do is told by `hello`.

Only wearables with software of ours are judged by their version: what somebody else's means by a number, nobody here knows.
"""

import re
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from . import issues
from .link.limits import OLDEST_PROTOCOL, PROTOCOL
from .link.messages import Hello
from .wearable import Wearable

# The oldest that is known to be sound: raise it when one before it is found to lose questions, or to endanger anybody.
OLDEST_SOUND: Final = "0.1.0"
# What our boards call themselves (firmware_bridge/boards): the desk, the Pi, and the two with an ESP32.
OUR_MODELS: Final = frozenset({"desk", "freenove_esp32s3_cam", "pi", "xiao_esp32s3_sense"})
_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?![\d.])")

type Version = tuple[int, int, int]


def version_of(firmware: str) -> Version | None:
    """The three numbers a version begins with, the last of which may be missing; None where it does not begin so."""
    found = _VERSION.match(firmware)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found is not None else None


def is_too_old(model: str, firmware: str, oldest: str) -> bool:
    """True for software of ours that is older than `oldest`; never for what cannot be told."""
    has, needs = version_of(firmware), version_of(oldest)
    return model in OUR_MODELS and has is not None and needs is not None and has < needs


def follow(hass: HomeAssistant, entry: ConfigEntry[Any], wearable: Wearable) -> None:
    """Judge a wearable whenever another one has dialled in, until its entry is unloaded."""
    judged: Hello | None = None

    @callback
    def judge() -> None:
        nonlocal judged
        if not wearable.connected or wearable.hello is judged:
            return
        judged = wearable.hello
        if judged is not None and is_too_old(judged.model, judged.firmware, OLDEST_SOUND):
            issues.report_misfit(hass, entry, issues.Misfit.FIRMWARE_TOO_OLD, judged.firmware, OLDEST_SOUND)
        else:
            issues.clear_misfit(hass, entry)

    entry.async_on_unload(wearable.listen_changed(judge))


@callback
def report_protocol(hass: HomeAssistant, entry: ConfigEntry[Any], protocol: int) -> None:
    """A wearable of this home was sent away, because it speaks no version of the protocol that is spoken here."""
    if protocol < OLDEST_PROTOCOL:
        issues.report_misfit(
            hass, entry, issues.Misfit.FIRMWARE_TOO_OLD, f"protocol {protocol}", f"protocol {OLDEST_PROTOCOL}"
        )
    else:
        issues.report_misfit(hass, entry, issues.Misfit.HOME_TOO_OLD, f"protocol {PROTOCOL}", f"protocol {protocol}")
