"""What ``generateContent`` is asked: JSON in, one frozen value out. Pure.

The question is the newest content of the user: its sound if there is any, else its last text; what stands before it is
the talk so far. A question that is handed over with the answer it had ("Asked: ...", "Answered: ...") is the question
alone: the integration asks so for the place of what was answered. Pictures count from all contents, in order. Names are Google's, in camelCase or snake_case; unknown ones
are refused, as Google does it.
"""

from dataclasses import dataclass
import io
import json
import re
from typing import Final
import wave

from local_live.fields import Fields, names
from local_live.google_error import invalid
from local_live.refusal import RefusalError
from local_live.setup import CONTENT_NAMES, PART_NAMES, SPEECH_NAMES, system_text
from local_live.speech_gate import MAX_SOUND_S, RATE_HZ

SPEECH_SUFFIX: Final = "-tts"
PICTURE_TYPES: Final = frozenset({"image/jpeg", "image/png", "image/webp"})
SOUND_TYPES: Final = frozenset({"audio/wav", "audio/x-wav"})
_JSON_TYPE: Final = "application/json"
_ANSWERED: Final = re.compile(r"Asked: (?P<question>.*?)\nAnswered: .*", re.DOTALL)
_REQUEST_NAMES: Final = names(
    "contents", "systemInstruction", "generationConfig", "tools", "toolConfig", "safetySettings", "cachedContent",
    "serviceTier", "store", "model",
)  # fmt: skip
_GENERATION_NAMES: Final = names(
    "responseModalities", "temperature", "topP", "topK", "maxOutputTokens", "mediaResolution", "seed", "speechConfig",
    "thinkingConfig", "candidateCount", "presencePenalty", "frequencyPenalty", "stopSequences", "responseMimeType",
    "responseSchema", "responseJsonSchema", "responseLogprobs", "logprobs", "imageConfig", "enableEnhancedCivicAnswers",
    "responseFormat", "audioTranscriptionConfig",
)  # fmt: skip
_BLOB_NAMES: Final = names("data", "mimeType", "displayName")


@dataclass(frozen=True, slots=True)
class Asked:
    """A call. ``sound`` is s16le mono at 16 kHz, ``schema`` what the answer is to look like, None for plain text."""

    system_text: str
    text: str
    all_text: str
    sound: bytes
    pictures: tuple[bytes, ...]
    wants_json: bool
    schema: dict[str, object] | None
    wants_speech: bool
    media_resolution: str | None


def read_request(body: bytes, model: str) -> Asked:
    """Read a call's body for a model.

    Raises:
        ApiError: 400, naming what is wrong.
    """
    try:
        return _read(json.loads(body), model)
    except RefusalError as error:
        raise invalid(error.reason) from error
    except (ValueError, RecursionError) as error:  # ValueError: no JSON, or no UTF-8
        raise invalid("Invalid JSON payload received. Parsing failed.") from error


def _read(value: object, model: str) -> Asked:
    fields = Fields(value, "", _REQUEST_NAMES)
    generation = fields.child("generationConfig", _GENERATION_NAMES) or Fields({}, "", ())
    generation.child("speechConfig", SPEECH_NAMES)
    wants_speech = _wants_speech(generation, model)
    schema = generation.raw("responseSchema") or generation.raw("responseJsonSchema")
    if schema is not None and not isinstance(schema, dict):
        raise invalid("Invalid value at 'generation_config.response_schema', it must be an object")
    mime_type = generation.text("responseMimeType")
    if schema is not None and mime_type != _JSON_TYPE:
        raise invalid(f"response_schema is only supported with response_mime_type {_JSON_TYPE}")
    contents = fields.children("contents", CONTENT_NAMES)
    if not contents:
        raise invalid("* GenerateContentRequest.contents: contents is not specified")
    pictures: list[bytes] = []
    texts: list[str] = []
    sound, last_text = b"", ""
    for content in contents:
        role = content.text("role") or "user"
        if role not in {"user", "model"}:
            raise invalid("Please use a valid role: user, model.")
        sound, last_text = b"", ""  # only the newest content asks
        for part in content.children("parts", PART_NAMES):
            if text := part.text("text"):
                last_text = text
                texts.append(text)
            mime, data = _blob(part)
            if mime in PICTURE_TYPES:
                pictures.append(data)
            elif mime:
                sound += _pcm(data)
    return Asked(
        system_text=system_text(fields),
        text=_question(last_text),
        all_text="\n".join(texts),
        sound=sound[-MAX_SOUND_S * RATE_HZ * 2 :],
        pictures=tuple(pictures),
        wants_json=mime_type == _JSON_TYPE,
        schema=schema,
        wants_speech=wants_speech,
        media_resolution=generation.text("mediaResolution"),
    )


def _question(text: str) -> str:
    match = _ANSWERED.fullmatch(text)
    return match["question"] if match else text


def _wants_speech(generation: Fields, model: str) -> bool:
    """Check that a model is asked for what it can give: speech models speak, the others write."""
    modalities = {modality.upper() for modality in generation.texts("responseModalities")}
    speaks = model.endswith(SPEECH_SUFFIX)
    if modalities - {"TEXT", "AUDIO"} or speaks is not ("AUDIO" in modalities) or (speaks and "TEXT" in modalities):
        wanted = ",".join(sorted(modalities)) or "TEXT"
        raise invalid(
            f"The requested combination of response modalities ({wanted}) is not supported by the model. models/{model}"
        )
    return speaks


def _blob(part: Fields) -> tuple[str, bytes]:
    blob = part.child("inlineData", _BLOB_NAMES)
    if blob is None:
        return "", b""
    mime_type = (blob.text("mimeType") or "").split(";")[0].strip().lower()
    if mime_type not in PICTURE_TYPES | SOUND_TYPES:
        raise invalid(f"Unsupported MIME type: {mime_type[:40]}")
    data = blob.data("data")
    if not data:
        raise invalid(f"Invalid value at '{blob.path}.data' (TYPE_BYTES), it is empty")
    return mime_type, data


def _pcm(encoded: bytes) -> bytes:
    """Take the sound out of a WAV file, which must hold s16le mono at 16 kHz."""
    try:
        with wave.open(io.BytesIO(encoded)) as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            pcm: bytes = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise invalid("Unable to process input audio. Please retry or report.") from error
    if form != (1, 2, RATE_HZ):
        raise invalid("This server takes audio/wav with 16 bits, mono, at 16000 Hz only.")
    return pcm
