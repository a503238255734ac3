"""How ``generateContent`` refuses: an HTTP status, and Google's error JSON."""

from http import HTTPStatus
from typing import Final

from local_live.replies import Reply

WRONG_KEY: Final = "API key not valid. Please pass a valid API key."
_NAMES: Final = {
    HTTPStatus.BAD_REQUEST: "INVALID_ARGUMENT",
    HTTPStatus.UNAUTHORIZED: "UNAUTHENTICATED",
    HTTPStatus.FORBIDDEN: "PERMISSION_DENIED",
    HTTPStatus.NOT_FOUND: "NOT_FOUND",
    HTTPStatus.TOO_MANY_REQUESTS: "RESOURCE_EXHAUSTED",
    HTTPStatus.INTERNAL_SERVER_ERROR: "INTERNAL",
    HTTPStatus.SERVICE_UNAVAILABLE: "UNAVAILABLE",
    HTTPStatus.GATEWAY_TIMEOUT: "DEADLINE_EXCEEDED",
}
_MESSAGES: Final = {
    HTTPStatus.BAD_REQUEST: "Request contains an invalid argument.",
    HTTPStatus.UNAUTHORIZED: "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
    "cookie or other valid authentication credential.",
    HTTPStatus.FORBIDDEN: "The caller does not have permission",
    HTTPStatus.NOT_FOUND: "Requested entity was not found.",
    HTTPStatus.TOO_MANY_REQUESTS: "You exceeded your current quota, please check your plan and billing details.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "An internal error has occurred. Please retry or report in "
    "https://developers.generativeai.google/guide/troubleshooting",
    HTTPStatus.SERVICE_UNAVAILABLE: "The model is overloaded. Please try again later.",
    HTTPStatus.GATEWAY_TIMEOUT: "Deadline expired before operation could complete.",
}


class ApiError(Exception):
    """A call is refused. ``message`` "" is what Gemini says with that status."""

    def __init__(self, status: HTTPStatus, message: str = "") -> None:
        self.status = status
        self.message = message or _MESSAGES.get(status, status.phrase)
        super().__init__(f"{status.value} {self.message}")


def invalid(message: str) -> ApiError:
    """Make the refusal of a request that cannot be accepted."""
    return ApiError(HTTPStatus.BAD_REQUEST, message)


def error_body(error: ApiError) -> Reply:
    """Make the JSON."""
    content: Reply = {
        "code": error.status.value,
        "message": error.message,
        "status": _NAMES.get(error.status, "UNKNOWN"),
    }
    if error.message == WRONG_KEY:
        content["details"] = [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "API_KEY_INVALID",
                "domain": "googleapis.com",
            }
        ]
    return {"error": content}
