"""Whatever the SDK raises is sorted by what helps, and no secret comes along."""

import ssl

from google.genai import errors
import pytest
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError, InvalidHandshake, InvalidStatus
from websockets.frames import Close
from websockets.http11 import Response

from custom_components.shelfsight.live.faults import LiveError, Trouble
from custom_components.shelfsight.live.sdk_errors import RAISED_BY_SDK, sort

KEY = "AIzaSySecret"


def ended(code: int, reason: str = "") -> errors.APIError:
    """What the SDK makes of a closed WebSocket."""
    with pytest.raises(errors.APIError) as caught:
        errors.APIError.raise_error(code, reason, None)
    return caught.value


def over_http(code: int, message: str = "", status: str = "") -> errors.APIError:
    """What the SDK makes of an HTTP error's JSON."""
    return errors.APIError(code, {"error": {"message": message, "status": status}})


def status(code: int) -> InvalidStatus:
    return InvalidStatus(Response(code, f"no, {KEY}", Headers()))


def closed(code: int | None, reason: str = "") -> ConnectionClosedError:
    return ConnectionClosedError(None if code is None else Close(code, reason), None)


SORTED = {
    "a wrong key": (ended(1007, "API key not valid. Please pass a valid API key."), Trouble.KEY_REFUSED),
    "no key": (ended(1008, "Please use API Key or other form"), Trouble.KEY_REFUSED),
    "a key without permission": (
        ended(1008, "PERMISSION_DENIED: caller does not have permission"),
        Trouble.KEY_REFUSED,
    ),
    "a key without access": (
        ended(1008, "Your project has been denied access. Please contact support."),
        Trouble.KEY_REFUSED,
    ),
    "forbidden over HTTP": (over_http(403, "", "PERMISSION_DENIED"), Trouble.KEY_REFUSED),
    "forbidden at the upgrade": (status(403), Trouble.KEY_REFUSED),
    "unauthorised at the upgrade": (status(401), Trouble.KEY_REFUSED),
    "no more quota": (ended(1011, "You exceeded your current quota"), Trouble.QUOTA),
    "resource exhausted": (over_http(429, "", "RESOURCE_EXHAUSTED"), Trouble.QUOTA),
    "overloaded": (ended(1011, "The model is overloaded"), Trouble.OVERLOADED),
    "too many at the upgrade": (status(429), Trouble.QUOTA),
    "unavailable at the upgrade": (status(503), Trouble.OVERLOADED),
    "try again later": (ended(1013), Trouble.OVERLOADED),
    "an invalid argument": (ended(1007, "Request contains an invalid argument."), Trouble.BAD_REQUEST),
    "an unknown model": (ended(1008, "models/x is not found for API version v1beta"), Trouble.BAD_REQUEST),
    "a message too big": (ended(1009), Trouble.BAD_REQUEST),
    "an internal error": (ended(1011, "Internal error encountered."), Trouble.NO_SERVER),
    "a dropped socket": (ended(1006), Trouble.NO_SERVER),
    "a clean end": (ended(1000), Trouble.NO_SERVER),
    "not there at the upgrade": (status(404), Trouble.NO_SERVER),
    "a bad request over HTTP": (over_http(400, "Invalid value"), Trouble.BAD_REQUEST),
    "an expired key over HTTP": (over_http(400, "API key expired"), Trouble.KEY_REFUSED),
    "sent after the end": (closed(1011), Trouble.NO_SERVER),
    "sent after the quota was gone": (closed(1011, "You exceeded your current quota"), Trouble.QUOTA),
    "sent after a refusal": (closed(1007, "Request contains an invalid argument."), Trouble.BAD_REQUEST),
    "sent after a drop": (closed(None), Trouble.NO_SERVER),
    "another certificate": (ssl.SSLCertVerificationError("self-signed"), Trouble.CERTIFICATE_CHANGED),
    "broken TLS": (ssl.SSLError("wrong version"), Trouble.NO_SERVER),
    "nobody there": (ConnectionRefusedError(KEY), Trouble.NO_SERVER),
    "no name": (OSError(-2, KEY), Trouble.NO_SERVER),
    "no time": (TimeoutError(), Trouble.NO_SERVER),
    "no handshake": (InvalidHandshake(KEY), Trouble.NO_SERVER),
    "an error frame": (TypeError(KEY), Trouble.BAD_REQUEST),
    "a frame that is not JSON": (ValueError(KEY), Trouble.BAD_REQUEST),
}


@pytest.mark.parametrize(("err", "trouble"), SORTED.values(), ids=SORTED)
def test_every_error_is_sorted_by_what_helps(err: Exception, trouble: Trouble) -> None:
    assert isinstance(err, RAISED_BY_SDK), "the session catches it"
    assert sort(err).trouble is trouble


@pytest.mark.parametrize("err", [err for err, _ in SORTED.values()], ids=SORTED)
def test_no_error_tells_a_key(err: Exception) -> None:
    sorted_error = sort(err)
    assert KEY not in str(sorted_error)
    assert len(str(sorted_error)) < 120


def test_what_a_server_says_does_not_get_into_the_log() -> None:
    said = f"API key {KEY} expired"
    assert KEY not in str(sort(ended(1007, said)))
    assert KEY not in str(sort(closed(1007, said)))


def test_an_error_is_named_like_its_trouble() -> None:
    assert str(LiveError(Trouble.NO_SERVER, "nobody")) == "no_server: nobody"
