"""Who may come in: the key of a request, wherever a client puts it."""

from dataclasses import dataclass
from enum import Enum, auto
import hmac

from aiohttp import web

from local_live.refusal import INVALID, POLICY, RefusalError


class Shown(Enum):
    """What a caller showed."""

    RIGHT_KEY = auto()
    WRONG_KEY = auto()
    NO_KEY = auto()


NO_KEY_REASON = (
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form"
)
WRONG_KEY_REASON = "API key not valid. Please pass a valid API key."


@dataclass(frozen=True, slots=True)
class Door:
    """Who may come in, and how many at a time. ``key`` None lets everybody in who knows the address."""

    key: str | None
    max_sessions: int


def shown_key(request: web.BaseRequest, key: str | None) -> Shown:
    """Check a request's key: ``x-goog-api-key``, ``?key=``, ``?access_token=`` or ``Authorization: Token``."""
    if key is None:
        return Shown.RIGHT_KEY
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    given = [request.headers.get("x-goog-api-key")]
    given += [value for name in ("key", "access_token") for value in request.query.getall(name, ())]
    given.append(token if scheme.lower() in {"token", "bearer"} else None)
    shown = [candidate for candidate in given if candidate]
    if not shown:
        return Shown.NO_KEY
    right = any(hmac.compare_digest(candidate.encode(), key.encode()) for candidate in shown)
    return Shown.RIGHT_KEY if right else Shown.WRONG_KEY


def live_refusal(shown: Shown) -> RefusalError | None:
    """Say how a Live session ends whose caller showed this."""
    match shown:
        case Shown.RIGHT_KEY:
            return None
        case Shown.WRONG_KEY:
            return RefusalError(INVALID, WRONG_KEY_REASON)
        case Shown.NO_KEY:
            return RefusalError(POLICY, NO_KEY_REASON)
