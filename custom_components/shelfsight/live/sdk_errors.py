"""What the SDK and its WebSocket library raise, sorted by what helps. Imports the SDK."""

import ssl

from google.genai import errors
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from .faults import LiveError, Trouble

# What the SDK and its WebSocket library raise (live-api.md, "Errors"); TypeError is a JSON error frame inside the SDK,
# ValueError a frame that is not JSON.
RAISED_BY_SDK = (errors.APIError, ConnectionClosed, InvalidHandshake, OSError, TimeoutError, TypeError, ValueError)


def sort(err: BaseException) -> LiveError:
    """The trouble behind an exception of the SDK."""
    detail = type(err).__name__
    if isinstance(err, ssl.SSLCertVerificationError):
        return LiveError(Trouble.CERTIFICATE_CHANGED, "the server's certificate is not the pinned one")
    if isinstance(err, InvalidStatus):
        return LiveError(_by_status(err.response.status_code), f"HTTP {err.response.status_code} at the upgrade")
    if isinstance(err, errors.APIError):
        # Of a closed WebSocket the SDK keeps the reason as `details`, a text; over HTTP that is the JSON it took apart.
        reason = err.details if isinstance(err.details, str) else f"{err.message or ''} {err.status or ''}"
        return LiveError(_by_code(err.code, reason), f"closed with {err.code}")
    if isinstance(err, ConnectionClosed):
        code, reason = (err.rcvd.code, err.rcvd.reason) if err.rcvd else (1006, "")
        return LiveError(_by_code(code, reason), f"closed with {code}")
    if isinstance(err, TypeError | ValueError):
        return LiveError(Trouble.BAD_REQUEST, f"{detail} in the SDK")
    return LiveError(Trouble.NO_SERVER, detail)


def _by_status(status: int) -> Trouble:
    if status in (401, 403):
        return Trouble.KEY_REFUSED
    if status == 503:
        return Trouble.OVERLOADED
    return Trouble.QUOTA if status == 429 else Trouble.NO_SERVER


def _by_code(code: int, reason: str) -> Trouble:
    """A close code, or an HTTP status where the error came over HTTP; and what was said with it."""
    text = reason.lower()
    if any(word in text for word in ("api key", "api_key", "permission", "denied")) or code in (401, 403):
        return Trouble.KEY_REFUSED
    if "overloaded" in text or "unavailable" in text or code in (503, 1013):
        return Trouble.OVERLOADED
    if "quota" in text or "resource_exhausted" in text or code == 429:
        return Trouble.QUOTA
    if code in (400, 404, 1002, 1003, 1007, 1008, 1009):
        return Trouble.BAD_REQUEST
    return Trouble.NO_SERVER
