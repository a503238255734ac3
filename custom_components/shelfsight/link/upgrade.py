"""Whether a request may become a link, before the web server looks at it closer. Pure: headers in, a refusal out.

aiohttp's own check writes what it does not like into the log (the subprotocols a client offers) and breaks at headers that
are no text: what a stranger sends belongs in no log.
"""

from collections.abc import Mapping
from dataclasses import dataclass
import re

_KEY = re.compile(r"[A-Za-z0-9+/]{22}==")  # 16 bytes as base64 (RFC 6455, section 4.1)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer without an upgrade."""

    status: int
    text: str


NO_WEBSOCKET = Refusal(426, "This address speaks the Shelfsight link, over WebSocket version 13.\n")
_BROWSER = Refusal(403, "Of pages in a browser only those of this Home Assistant have business here.\n")
_SUBPROTOCOL = Refusal(400, "The Shelfsight link has no WebSocket subprotocol.\n")


def refusal(headers: Mapping[str, str], own_host: str | None = None) -> Refusal | None:
    """Why these headers (looked up whatever their case) open no link; None when they do.

    `own_host` is what the client called this home, with its port where it named one. A browser says which page asks (RFC 6454,
    section 7): one that came from here may, because it is the phone's. Any other could make its reader try keys, and be banned.
    """
    connection = headers.get("Connection", "")
    if not connection.isascii() or "upgrade" not in [word.strip().lower() for word in connection.split(",")]:
        return NO_WEBSOCKET
    if headers.get("Upgrade", "").strip().lower() != "websocket" or headers.get("Sec-WebSocket-Version") != "13":
        return NO_WEBSOCKET
    if not _KEY.fullmatch(headers.get("Sec-WebSocket-Key", "")):
        return NO_WEBSOCKET
    if "Origin" in headers and not _came_from(headers["Origin"], own_host):
        return _BROWSER
    if "Sec-WebSocket-Protocol" in headers:
        return _SUBPROTOCOL
    return None


def _came_from(origin: str, own_host: str | None) -> bool:
    """Whether a page with this origin came from a host. Browsers leave the usual port out of both."""
    scheme, separator, host = origin.partition("://")
    if not own_host or not separator or scheme not in ("http", "https"):
        return False
    return host.lower() == own_host.lower()
