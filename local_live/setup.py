"""The first message of a session: JSON in, one frozen value out.

Names are those of ``BidiGenerateContentSetup`` in Gemini's API reference. What a local server has no use for (speech
voices, temperature) is accepted and left alone; names that Gemini does not know are refused as Gemini refuses them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from local_live.fields import Fields, names
from local_live.refusal import invalid

CONTENT_NAMES: Final = names("parts", "role")
PART_NAMES: Final = names(
    "text", "inlineData", "thought", "functionCall", "functionResponse", "fileData", "mediaResolution", "videoMetadata",
    "thoughtSignature", "partMetadata", "executableCode", "codeExecutionResult", "speechMetadata",
)  # fmt: skip
SETUP_NAMES: Final = names(
    "model", "generationConfig", "systemInstruction", "tools", "realtimeInputConfig", "sessionResumption",
    "contextWindowCompression", "inputAudioTranscription", "outputAudioTranscription", "proactivity", "historyConfig",
    "avatarConfig", "safetySettings",
)  # fmt: skip
_GENERATION_NAMES: Final = names(
    "responseModalities", "temperature", "topP", "topK", "maxOutputTokens", "mediaResolution", "seed", "speechConfig",
    "thinkingConfig", "enableAffectiveDialog", "translationConfig", "candidateCount", "presencePenalty",
    "frequencyPenalty", "stopSequences", "responseMimeType", "responseSchema",
)  # fmt: skip
SPEECH_NAMES: Final = names("voiceConfig", "languageCode", "multiSpeakerVoiceConfig")
_THINKING_NAMES: Final = names("includeThoughts", "thinkingBudget", "thinkingLevel")
_REALTIME_NAMES: Final = names("automaticActivityDetection", "activityHandling", "turnCoverage")
_DETECTION_NAMES: Final = names(
    "disabled", "startOfSpeechSensitivity", "endOfSpeechSensitivity", "prefixPaddingMs", "silenceDurationMs"
)
_TOOL_NAMES: Final = names(
    "functionDeclarations", "googleSearch", "googleSearchRetrieval", "codeExecution", "urlContext", "googleMaps",
    "computerUse", "fileSearch", "mcpServers",
)  # fmt: skip
_FUNCTION_NAMES: Final = names(
    "name", "description", "parameters", "parametersJsonSchema", "response", "responseJsonSchema", "behavior"
)
_UNSPECIFIED: Final = "_UNSPECIFIED"


class Coverage(StrEnum):
    """Which input a turn holds, and so which input is paid for (``turnCoverage``)."""

    ACTIVITY = "TURN_INCLUDES_ONLY_ACTIVITY"
    ALL_INPUT = "TURN_INCLUDES_ALL_INPUT"
    ACTIVITY_AND_ALL_VIDEO = "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO"


@dataclass(frozen=True, slots=True)
class Detection:
    """How turns end: by the client's markers (``disabled``), or by silence as described; None is the default."""

    disabled: bool = False
    silence_ms: int | None = None
    prefix_ms: int | None = None
    eager_start: bool = True


@dataclass(frozen=True, slots=True)
class Function:
    """A function the client offers; ``properties`` are its parameters' names, None where no schema was given."""

    name: str
    properties: frozenset[str] | None
    behavior: str | None


@dataclass(frozen=True, slots=True)
class Compression:
    """When the context is cut, and to what, both in tokens; None is the default."""

    trigger_tokens: int | None
    target_tokens: int | None


@dataclass(frozen=True, slots=True)
class Setup:
    """What a client wants of its session; ``model`` is without ``models/``."""

    model: str
    system_text: str = ""
    modalities: tuple[str, ...] = ()
    media_resolution: str | None = None
    thinking_level: str | None = None
    proactive_audio: bool | None = None
    detection: Detection = Detection()
    interrupts: bool = True
    coverage: Coverage | None = None
    transcribe_input: bool = False
    transcribe_output: bool = False
    functions: tuple[Function, ...] = ()
    resumable: bool = False
    resumption_handle: str | None = None
    compression: Compression | None = None


def parse_setup(value: object) -> Setup:
    """Read the object under ``setup``.

    Raises:
        RefusalError: 1007, naming the field.
    """
    fields = Fields(value, "setup", SETUP_NAMES)
    model = fields.text("model")
    if not model:
        raise invalid("Invalid value at 'setup.model' (TYPE_STRING), the model is required")
    generation = fields.child("generationConfig", _GENERATION_NAMES) or Fields({}, "", ())
    thinking = generation.child("thinkingConfig", _THINKING_NAMES)
    generation.child("speechConfig", SPEECH_NAMES)  # the voice is the server's own
    realtime = fields.child("realtimeInputConfig", _REALTIME_NAMES) or Fields({}, "", ())
    proactivity = fields.child("proactivity", names("proactiveAudio"))
    resumption = fields.child("sessionResumption", names("handle", "transparent"))
    coverage = _choice(realtime, "turnCoverage", [member.value for member in Coverage])
    handling = _choice(realtime, "activityHandling", ["START_OF_ACTIVITY_INTERRUPTS", "NO_INTERRUPTION"])
    return Setup(
        model=model.removeprefix("models/"),
        system_text=system_text(fields),
        modalities=tuple(modality.upper() for modality in generation.texts("responseModalities")),
        media_resolution=_choice(
            generation, "mediaResolution", [f"MEDIA_RESOLUTION_{size}" for size in ("LOW", "MEDIUM", "HIGH")]
        ),
        thinking_level=_choice(thinking, "thinkingLevel", ["MINIMAL", "LOW", "MEDIUM", "HIGH"]) if thinking else None,
        proactive_audio=bool(proactivity.flag("proactiveAudio")) if proactivity else None,
        detection=_detection(realtime),
        interrupts=handling != "NO_INTERRUPTION",
        coverage=Coverage(coverage) if coverage else None,
        transcribe_input="inputAudioTranscription" in fields,
        transcribe_output="outputAudioTranscription" in fields,
        functions=_functions(fields),
        resumable=resumption is not None,
        resumption_handle=(resumption.text("handle") or None) if resumption else None,
        compression=_compression(fields),
    )


def system_text(fields: Fields) -> str:
    """Read ``systemInstruction``, "" where there is none."""
    if isinstance(fields.raw("systemInstruction"), str):  # Gemini takes a bare string for a content with one text
        return fields.text("systemInstruction") or ""
    content = fields.child("systemInstruction", CONTENT_NAMES)
    parts = content.children("parts", PART_NAMES) if content else []
    return "\n".join(part.text("text") or "" for part in parts)


def _detection(realtime: Fields) -> Detection:
    detection = realtime.child("automaticActivityDetection", _DETECTION_NAMES)
    if detection is None:
        return Detection()
    start = _choice(detection, "startOfSpeechSensitivity", ["START_SENSITIVITY_HIGH", "START_SENSITIVITY_LOW"])
    _choice(detection, "endOfSpeechSensitivity", ["END_SENSITIVITY_HIGH", "END_SENSITIVITY_LOW"])
    return Detection(
        disabled=bool(detection.flag("disabled")),
        silence_ms=detection.whole("silenceDurationMs"),
        prefix_ms=detection.whole("prefixPaddingMs"),
        eager_start=start != "START_SENSITIVITY_LOW",
    )


def _functions(fields: Fields) -> tuple[Function, ...]:
    functions = []
    for tool in fields.children("tools", _TOOL_NAMES):
        for declaration in tool.children("functionDeclarations", _FUNCTION_NAMES):
            name = declaration.text("name")
            if not name:
                raise invalid(f"Invalid value at '{declaration.path}.name' (TYPE_STRING), the name is required")
            schema = declaration.raw("parametersJsonSchema") or declaration.raw("parameters")
            properties = schema.get("properties") if isinstance(schema, dict) else None
            functions.append(
                Function(
                    name=name,
                    properties=frozenset(properties) if isinstance(properties, dict) else None,
                    behavior=_choice(declaration, "behavior", ["BLOCKING", "NON_BLOCKING"]),
                )
            )
    return tuple(functions)


def _compression(fields: Fields) -> Compression | None:
    compression = fields.child("contextWindowCompression", names("triggerTokens", "slidingWindow"))
    if compression is None:
        return None
    window = compression.child("slidingWindow", names("targetTokens"))
    return Compression(compression.whole("triggerTokens"), window.whole("targetTokens") if window else None)


def _choice(fields: Fields, name: str, values: list[str]) -> str | None:
    """Read an enum; ``..._UNSPECIFIED`` is the same as unset."""
    written = fields.text(name)
    if written is None or written.upper().endswith(_UNSPECIFIED):
        return None
    if written.upper() not in values:
        raise invalid(f"Invalid value at '{fields.path}' ({name}), \"{written[:40]}\"")
    return written.upper()
