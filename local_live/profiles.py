"""The models this server can behave as: what differs between them, as data.

The facts come from Gemini's documentation, from recorded sessions and from people's bug reports. Where a model was
never recorded (3.8), the value of its predecessor stands and the field says so.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from local_live.refusal import POLICY, RefusalError, invalid
from local_live.setup import Coverage, Setup


class Thinking(Enum):
    """What a model takes as ``thinkingLevel``."""

    REJECTED = auto()
    REQUIRED = auto()
    OPTIONAL = auto()


class Calls(Enum):
    """Whether the answer waits for a function's response."""

    NON_BLOCKING = auto()  # unless declared BLOCKING
    NON_BLOCKING_ONLY = auto()  # and responses carry no scheduling
    BLOCKING = auto()  # unless declared NON_BLOCKING
    BLOCKING_ONLY = auto()


class Proactivity(Enum):
    """What a model takes as ``proactiveAudio``."""

    ALWAYS_ON = auto()  # false is refused
    UNSUPPORTED = auto()
    OPTIONAL = auto()


@dataclass(frozen=True, slots=True)
class Profile:
    """How one model behaves on the wire."""

    name: str
    thinking: Thinking
    calls: Calls
    proactivity: Proactivity
    coverage: Coverage  # where the setup names none
    pictures_in_content: bool  # False: a picture in clientContent closes the session
    stream_end_ends_turn: bool  # False: audioStreamEnd does nothing, silence must be sent
    words_with_speech: bool  # transcript and audio in one frame, else in frames of their own
    empty_frames: bool  # serverContent: {} before a turn
    thoughts: bool  # thought parts that nobody asked for
    handles_unasked: bool  # sessionResumptionUpdate without sessionResumption in the setup
    aliases: tuple[str, ...] = ()


DEFAULT_NAME: Final = "gemini-3.8-live"

PROFILES: Final = (
    Profile(
        name=DEFAULT_NAME,
        thinking=Thinking.REJECTED,
        calls=Calls.NON_BLOCKING,
        proactivity=Proactivity.ALWAYS_ON,
        coverage=Coverage.ACTIVITY_AND_ALL_VIDEO,
        pictures_in_content=True,
        stream_end_ends_turn=False,
        words_with_speech=True,  # as 3.1
        empty_frames=False,  # as documented; 3.1's are thought a fault
        thoughts=False,
        handles_unasked=False,
    ),
    Profile(
        name="gemini-3.8-live-extended-thinking",
        thinking=Thinking.REQUIRED,
        calls=Calls.NON_BLOCKING_ONLY,
        proactivity=Proactivity.OPTIONAL,  # nothing is documented: nothing is refused
        coverage=Coverage.ACTIVITY_AND_ALL_VIDEO,
        pictures_in_content=True,
        stream_end_ends_turn=False,  # as 3.8
        words_with_speech=True,  # as 3.1
        empty_frames=False,
        thoughts=False,
        handles_unasked=False,
    ),
    Profile(
        name="gemini-3.1-flash-live-preview",
        thinking=Thinking.OPTIONAL,
        calls=Calls.BLOCKING_ONLY,
        proactivity=Proactivity.UNSUPPORTED,
        coverage=Coverage.ACTIVITY_AND_ALL_VIDEO,
        pictures_in_content=False,
        stream_end_ends_turn=True,
        words_with_speech=True,
        empty_frames=True,
        thoughts=False,
        handles_unasked=True,
    ),
    Profile(
        name="gemini-2.5-flash-native-audio-preview-12-2025",
        thinking=Thinking.REJECTED,  # it takes a budget instead
        calls=Calls.BLOCKING,
        proactivity=Proactivity.OPTIONAL,
        coverage=Coverage.ACTIVITY,
        pictures_in_content=True,
        stream_end_ends_turn=True,
        words_with_speech=False,
        empty_frames=False,
        thoughts=True,
        handles_unasked=False,
        aliases=("gemini-2.5-flash-native-audio-preview-09-2025", "gemini-2.5-flash-native-audio-latest"),
    ),
)

_BY_NAME: Final = {name: profile for profile in PROFILES for name in (profile.name, *profile.aliases)}


def profile_names() -> tuple[str, ...]:
    """Return the names of all profiles, the default first."""
    return tuple(profile.name for profile in PROFILES)


def find(model: str, version: str) -> Profile:
    """Find the profile of a model by its name, without ``models/``.

    Raises:
        RefusalError: 1008, in Gemini's words.
    """
    profile = _BY_NAME.get(model)
    if profile is None:
        reason = (
            f"models/{model[:40]} is not found for API version {version}, or is not supported for bidiGenerateContent."
        )
        raise RefusalError(POLICY, reason)
    return profile


def check(profile: Profile, setup: Setup) -> None:
    """Refuse what this model does not take in its setup.

    Raises:
        RefusalError: 1007.
    """
    if any(modality != "AUDIO" for modality in setup.modalities):
        raise invalid("The requested combination of response modalities is not supported by the model. Use AUDIO.")
    if profile.thinking is Thinking.REJECTED and setup.thinking_level:
        raise invalid("Thinking level is not supported for this model.")
    if profile.thinking is Thinking.REQUIRED and not setup.thinking_level:
        raise invalid("A thinking level is required for this model.")
    if profile.proactivity is Proactivity.UNSUPPORTED and setup.proactive_audio is not None:
        raise invalid("Proactive audio is not supported for this model.")
    if profile.proactivity is Proactivity.ALWAYS_ON and setup.proactive_audio is False:
        raise invalid("Proactive audio cannot be switched off for this model.")
    for function in setup.functions:
        if profile.calls is Calls.NON_BLOCKING_ONLY and function.behavior == "BLOCKING":
            raise invalid(f"Blocking function calls are not supported for this model: {function.name}")
        if profile.calls is Calls.BLOCKING_ONLY and function.behavior == "NON_BLOCKING":
            raise invalid(f"Non-blocking function calls are not supported for this model: {function.name}")


def waits_for_response(profile: Profile, behavior: str | None) -> bool:
    """Say whether the answer waits until a function declared with this behavior has responded."""
    match profile.calls:
        case Calls.NON_BLOCKING:
            return behavior == "BLOCKING"
        case Calls.BLOCKING:
            return behavior != "NON_BLOCKING"
        case Calls.NON_BLOCKING_ONLY:
            return False
    return True
