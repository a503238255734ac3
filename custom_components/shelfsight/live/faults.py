"""What can go wrong with Live, sorted by what helps. The texts hold no key, no URL and nothing of the talk."""

from enum import StrEnum


class Trouble(StrEnum):
    """Named like the phrase that says it."""

    KEY_REFUSED = "key_refused"
    QUOTA = "quota"
    OVERLOADED = "overloaded"
    CERTIFICATE_CHANGED = "certificate_changed"
    NO_SERVER = "no_server"
    BAD_REQUEST = "went_wrong"
    NO_ANSWER = "no_answer"
    NOT_ADDRESSED = "not_addressed"
    """An empty answer of a model that decides for itself whether it was spoken to."""
    REJECTED = "rejected"
    """The server says that it will not answer this."""
    CUT_OFF = "cut_off"


class LiveError(Exception):
    """The session is over, or never began. `trouble` says what helps."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__(f"{trouble.name.lower()}: {detail}")
        self.trouble = trouble
