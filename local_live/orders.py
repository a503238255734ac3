"""What a test can order for the next session or call: faults, and habits that Gemini has only now and then.

``server.order(Drop(at=Moment.SPEAKING, after_ms=300))`` is for the next session, ``server.order_generate(...)`` for the
next ``generateContent``. Several orders in one call belong together; a call without any orders a plain session in
between. What models always do stands in ``profiles.py``, not here.

| moment     | when it is reached                                      | ``after_ms`` counts       |
| ---------- | ------------------------------------------------------- | ------------------------- |
| UPGRADE    | the WebSocket is open, nothing has come yet             | from then on              |
| SETUP      | the setup has been read, ``setupComplete`` is not sent  | from then on              |
| QUESTION   | the person begins the turn, or writes it                | from then on              |
| THINKING   | the turn is over, nothing of the answer has been sent   | from then on              |
| SPEAKING   | speech goes out                                         | the speech that went out  |
| AFTER_TURN | ``turnComplete`` has been sent                          | from then on              |

``turn`` counts a session's turns from 1, broken off ones too; None is every turn. Orders at the same moment are carried
out as they stand. Times are the world's, whatever the server's ``speed``, but for the speech that went out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import Final

from local_live.refusal import INTERNAL, INVALID, POLICY

NORMAL_CODE: Final = 1000
_SENDABLE_CODES: Final = frozenset({1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013})  # RFC 6455, 7.4.1


class Moment(Enum):
    """When something happens in a session."""

    UPGRADE = auto()
    SETUP = auto()
    QUESTION = auto()
    THINKING = auto()
    SPEAKING = auto()
    AFTER_TURN = auto()


class Then(Enum):
    """How a session ends after its ``goAway``."""

    CLOSE = auto()
    SILENCE = auto()
    DROP = auto()


@dataclass(frozen=True, slots=True)
class Ending:
    """A close frame: code and reason. 1006 cannot be sent: `Drop` makes it."""

    code: int
    reason: str = ""

    def __post_init__(self) -> None:
        if self.code not in _SENDABLE_CODES:
            raise ValueError(f"{self.code} is no close code that can be sent; a lost connection is ordered with Drop")


NORMAL: Final = Ending(NORMAL_CODE)
QUOTA: Final = Ending(INTERNAL, "You exceeded your current quota, please check your plan and billing details.")
OVERLOADED: Final = Ending(INTERNAL, "The model is overloaded. Please try again later.")
INTERNAL_ERROR: Final = Ending(INTERNAL, "Internal error encountered.")
DEADLINE: Final = Ending(INTERNAL, "Deadline expired before operation could complete.")
KEEPALIVE: Final = Ending(INTERNAL, "keepalive ping timeout")
INVALID_ARGUMENT: Final = Ending(INVALID, "Request contains an invalid argument.")
WRONG_KEY: Final = Ending(INVALID, "API key not valid. Please pass a valid API key.")
NO_ACCESS: Final = Ending(POLICY, "Your project has been denied access. Please contact support.")
UNKNOWN_SESSION: Final = Ending(POLICY, "BidiGenerateContent session not found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """Something that happens at a moment."""

    at: Moment = Moment.SPEAKING
    turn: int | None = 1
    after_ms: int = 0


# Before the setup.


@dataclass(frozen=True, slots=True)
class RefuseUpgrade:
    """The upgrade is answered with an HTTP status: 401, 403, 429, 503."""

    status: HTTPStatus


@dataclass(frozen=True, slots=True)
class LateUpgrade:
    """The upgrade is answered late."""

    by_s: float


@dataclass(frozen=True, slots=True)
class LateSetup:
    """``setupComplete`` comes late, or, with None, never."""

    by_s: float | None


@dataclass(frozen=True, slots=True)
class SlowPongs:
    """Every ping of the session is answered late; people saw 8 to 30 s."""

    by_s: float


# Ends.


@dataclass(frozen=True, slots=True)
class Close(Timed):
    """The session is closed with a code and a reason."""

    ending: Ending


@dataclass(frozen=True, slots=True)
class Drop(Timed):
    """The TCP connection breaks, without a close frame; clients see a 1006."""


@dataclass(frozen=True, slots=True)
class GoSilent(Timed):
    """The socket stays open and nothing more is sent; ``pongs`` says whether pings are still answered."""

    pongs: bool = True


@dataclass(frozen=True, slots=True)
class GoAway(Timed):
    """``goAway`` is sent; ``left_s`` later the session ends."""

    left_s: float
    then: Then = Then.CLOSE


# Resumption.


@dataclass(frozen=True, slots=True)
class Unresumable:
    """That turn says ``resumable: false`` where it would have given out a handle; ``for_good``: later ones as well."""

    turn: int = 1
    for_good: bool = True


@dataclass(frozen=True, slots=True)
class LoseHandles:
    """The handles that this session gives out are refused."""

    ending: Ending = UNKNOWN_SESSION


@dataclass(frozen=True, slots=True)
class RefuseResume:
    """This session is refused if it brings a handle."""

    ending: Ending = UNKNOWN_SESSION


@dataclass(frozen=True, slots=True)
class Poison:
    """Every session resumed from this one, and from those again, dies that long after its setup."""

    after_s: float
    ending: Ending = INTERNAL_ERROR


# Answers that are none, or are not whole. One a turn; the first that fits counts.


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped:
    """Changes the answer of one turn."""

    turn: int | None = 1


@dataclass(frozen=True, slots=True)
class EmptyAnswer(Shaped):
    """``generationComplete`` and ``turnComplete`` without sound."""


@dataclass(frozen=True, slots=True)
class NotAddressed(Shaped):
    """The model thinks that it was not spoken to: what was heard, then ``turnComplete``, nothing else."""


@dataclass(frozen=True, slots=True)
class Rejected(Shaped):
    """``turnComplete`` with a ``turnCompleteReason``, without sound."""

    reason: str = "RESPONSE_REJECTED"


@dataclass(frozen=True, slots=True)
class TranscriptOnly(Shaped):
    """The words of the answer as output transcription, and no sound."""


@dataclass(frozen=True, slots=True)
class TextOnly(Shaped):
    """The answer as a text part, and no sound."""


@dataclass(frozen=True, slots=True)
class Phantom(Shaped):
    """``interrupted`` and ``turnComplete`` after so much speech, though nobody spoke."""

    after_ms: int = 300


# Additions to an answer.


@dataclass(frozen=True, slots=True)
class Thoughts:
    """A thought part that nobody asked for, before the answer."""

    text: str = "**Considering**\n\nThe person wants to know where something is.\n\n"
    turn: int | None = 1


@dataclass(frozen=True, slots=True)
class LateTurnComplete:
    """``turnComplete`` comes late after ``generationComplete``."""

    by_s: float
    turn: int | None = 1


@dataclass(frozen=True, slots=True)
class CallTool(Timed):
    """A function is called, declared or not. At THINKING and SPEAKING the answer waits for a declared one's response
    as the model's profile says.
    """

    name: str
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CancelledCall(Timed):
    """A function is called, and so much later, unless it has been answered, the call is cancelled."""

    name: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    cancel_after_ms: int = 0


# Frames that should not be. ``count`` of them at once.


@dataclass(frozen=True, slots=True, kw_only=True)
class OddFrames(Timed):
    """Frames that should not be, among those that should."""

    count: int = 1


@dataclass(frozen=True, slots=True)
class EmptyFrames(OddFrames):
    """``serverContent: {}``."""


@dataclass(frozen=True, slots=True)
class UnknownFields(OddFrames):
    """Fields that nobody knows, on every level."""


@dataclass(frozen=True, slots=True)
class WrongBase64(OddFrames):
    """Sound that is no base64."""


@dataclass(frozen=True, slots=True)
class OddBytes(OddFrames):
    """Sound that ends within a sample."""


@dataclass(frozen=True, slots=True)
class OtherRate(OddFrames):
    """Sound at a rate that was not asked for."""

    rate_hz: int = 8_000


@dataclass(frozen=True, slots=True)
class LongText(OddFrames):
    """An output transcription of this length."""

    characters: int = 1_048_576


@dataclass(frozen=True, slots=True)
class NotJson(OddFrames):
    """A frame that is not JSON."""


@dataclass(frozen=True, slots=True)
class ErrorFrame(OddFrames):
    """``{"error": {...}}`` in a frame of its own."""

    code: int = 500
    message: str = "Internal error encountered."
    status: str = "INTERNAL"


type Order = (
    RefuseUpgrade | LateUpgrade | LateSetup | SlowPongs
    | Close | Drop | GoSilent | GoAway
    | Unresumable | LoseHandles | RefuseResume | Poison
    | EmptyAnswer | NotAddressed | Rejected | TranscriptOnly | TextOnly | Phantom
    | Thoughts | LateTurnComplete | CallTool | CancelledCall
    | EmptyFrames | UnknownFields | WrongBase64 | OddBytes | OtherRate | LongText | NotJson | ErrorFrame
)  # fmt: skip


# For generateContent.


@dataclass(frozen=True, slots=True)
class FailGenerate:
    """The call is answered with an HTTP status and Gemini's error JSON; "" is what Gemini says with that status."""

    status: HTTPStatus
    message: str = ""


@dataclass(frozen=True, slots=True)
class SlowGenerate:
    """The answer comes late."""

    by_s: float


@dataclass(frozen=True, slots=True)
class DropGenerate:
    """The TCP connection breaks instead of an answer."""


@dataclass(frozen=True, slots=True)
class NoCandidates:
    """The answer holds no candidates."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """One candidate without content."""

    finish_reason: str = "SAFETY"


@dataclass(frozen=True, slots=True)
class BrokenText:
    """The text breaks off in the middle, so that it is no JSON where JSON was asked for."""


type GenerateOrder = FailGenerate | SlowGenerate | DropGenerate | NoCandidates | Blocked | BrokenText
