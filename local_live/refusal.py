"""How a session is refused: a WebSocket close code and a reason, as Gemini gives them.

Codes seen from Gemini Live: 1007 for a message it cannot accept, 1008 for a model or a caller it does not know, 1011 for
a fault or a deadline of its own.
"""

from typing import Final

INVALID: Final = 1007
POLICY: Final = 1008
INTERNAL: Final = 1011

REASON_MAX_BYTES: Final = 123  # RFC 6455, 5.5: a close frame carries at most 125 bytes, two of them the code


class RefusalError(Exception):
    """The session ends: ``code`` is the close code, ``reason`` fits into a close frame."""

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        self.reason = reason.encode(errors="replace")[:REASON_MAX_BYTES].decode(errors="ignore")
        super().__init__(f"{code} {self.reason}")


def invalid(reason: str) -> RefusalError:
    """Make the refusal of a message that cannot be accepted."""
    return RefusalError(INVALID, reason)
