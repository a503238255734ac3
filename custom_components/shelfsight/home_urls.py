"""Where a wearable can dial this home."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.network import NoURLAvailableError, get_url

_LIMIT = 4


def home_urls(hass: HomeAssistant, seen_address: str | None) -> list[str]:
    """Base URLs, the likeliest first: the address that the wearable was reached from when it was paired, then what is
    configured.

    `seen_address` is this machine's own address on that connection, IPv6 in brackets; None where it is not known.
    """
    urls: list[str] = []
    if hass.config.api is not None and seen_address is not None:
        scheme = "https" if hass.config.api.use_ssl else "http"
        urls.append(f"{scheme}://{seen_address}:{hass.config.api.port}")
    for wanted in ({"allow_external": False, "allow_cloud": False}, {"allow_internal": False, "prefer_external": True}):
        try:
            urls.append(get_url(hass, **wanted))
        except NoURLAvailableError:
            continue
    return list(dict.fromkeys(urls))[:_LIMIT]
