"""What differs between the Live models, as data. Nothing else in the project asks for a model's name.

Source: Google's Live API guide and the 3.8 migration guide; sessions recorded from real servers (November 2026).
"""

from dataclasses import dataclass, replace
from enum import Enum, auto
import logging

_LOGGER = logging.getLogger(__name__)


class TypedQuestion(Enum):
    """How a written question with a picture is sent."""

    CONTENT = auto()
    """Picture and text in one `client_content`: the model cannot answer before it has the picture."""
    REALTIME = auto()
    """Picture, then text, as `realtime_input`: for models that refuse pictures in `client_content` (1007)."""


class Tools(Enum):
    """How function calls run."""

    NON_BLOCKING = auto()
    """The model goes on talking; the response is given SILENT."""
    ASYNC_UNSCHEDULED = auto()
    """The model goes on talking, but a scheduling in the response is refused (1007)."""
    BLOCKING = auto()
    """The model waits for the response."""


class Proactive(Enum):
    """Whether the model may decide that it was not spoken to, and keep silent."""

    ALWAYS = auto()
    """It may, and `proactiveAudio: false` is an error: an empty answer is to be expected and said."""
    OFF = auto()
    """Optional, and switched off: whoever pressed a button has spoken to it."""
    UNSAID = auto()
    """The model does not know the setting, or nothing is documented: it is not sent."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a session must know about its model."""

    name: str
    typed_question: TypedQuestion
    tools: Tools
    declares_non_blocking: bool
    """The declaration itself must ask for non-blocking calls."""
    thinking_level: str | None
    """Sent where the model requires one; models that reject it have None."""
    proactive: Proactive
    stream_end_ends_turn: bool
    """With the server's own voice activity: whether `audioStreamEnd` ends a turn, else trailing silence has to."""
    answer_model: str = "gemini-3.8-flash"
    """Answers the same question over `generateContent` when Live fails."""
    speech_model: str = "gemini-3.8-flash-lite-tts"
    """Says an answer that came as text."""


_PROFILES = (
    Profile(
        "gemini-3.8-live",
        TypedQuestion.CONTENT,
        Tools.NON_BLOCKING,
        declares_non_blocking=False,
        thinking_level=None,
        proactive=Proactive.ALWAYS,
        stream_end_ends_turn=False,
    ),
    Profile(
        "gemini-3.8-live-extended-thinking",
        TypedQuestion.CONTENT,
        Tools.ASYNC_UNSCHEDULED,
        declares_non_blocking=False,
        thinking_level="LOW",
        proactive=Proactive.UNSAID,
        stream_end_ends_turn=False,
    ),
    Profile(
        "gemini-3.1-flash-live-preview",
        TypedQuestion.REALTIME,
        Tools.BLOCKING,
        declares_non_blocking=False,
        thinking_level=None,
        proactive=Proactive.UNSAID,
        stream_end_ends_turn=True,
    ),
    Profile(
        "gemini-2.5-flash-native-audio-preview-12-2025",
        TypedQuestion.CONTENT,
        Tools.NON_BLOCKING,
        declares_non_blocking=True,
        thinking_level=None,
        proactive=Proactive.OFF,
        stream_end_ends_turn=True,
    ),
)
# The prebuilt voices of the Live models and of the speech models, which are the same ("Configure language and voice" of the
# Live API; "Text-to-speech generation", voice options).
VOICES = (
    "Achernar", "Achird", "Algenib", "Algieba", "Alnilam", "Aoede", "Autonoe", "Callirrhoe", "Charon", "Despina",
    "Enceladus", "Erinome", "Fenrir", "Gacrux", "Iapetus", "Kore", "Laomedeia", "Leda", "Orus", "Puck", "Pulcherrima",
    "Rasalgethi", "Sadachbia", "Sadaltager", "Schedar", "Sulafat", "Umbriel", "Vindemiatrix", "Zephyr", "Zubenelgenubi",
)  # fmt: skip
DEFAULT_MODEL = _PROFILES[0].name
MODELS = tuple(profile.name for profile in _PROFILES)


def profile_of(model: str) -> Profile:
    """The profile of a model; an unknown one is taken to behave as the default does."""
    name = model.removeprefix("models/")
    for profile in _PROFILES:
        if profile.name == name:
            return profile
    _LOGGER.warning("Live model %s is not known here; it is treated as %s", name, DEFAULT_MODEL)
    return replace(_PROFILES[0], name=name)
