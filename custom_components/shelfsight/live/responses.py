"""What comes back from `generateContent`: read with care, as it is the model's words. Pure.

Every function raises `LiveError` with NO_ANSWER where there is nothing that could be said to the person.
"""

from collections.abc import Iterator
from dataclasses import dataclass
import io
import json
import re
from typing import Any
import wave

from google.genai import types

from ..sound import pcm
from ..spatial import PlaceReport, parse_report
from .accounts import Usage
from .faults import LiveError, Trouble
from .shapes import whole_text

SPEECH_HZ = 24_000

_HEARD_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as text: what was understood, what is to be said, and where the thing is, if that was asked."""

    heard: str
    text: str
    place: PlaceReport | None
    usage: Usage


def wav(sound: bytes, rate_hz: int) -> bytes:
    """s16le mono PCM with a WAV header."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        out.writeframes(sound)
    return file.getvalue()


def speech_pcm(data: bytes, mime_type: str) -> bytes:
    """What a speech model sent, as s16le mono PCM at 24 kHz.

    Gemini 3.8 sends a whole WAV file; earlier models bare samples as `audio/L16;codec=pcm;rate=24000` or `audio/pcm`. L16 is
    big-endian in RFC 3551, but Google's guide writes Gemini's bytes into a WAV file as they are: little-endian.

    Raises:
        LiveError: NO_ANSWER, the sound has another form.
    """
    kind, *parameters = (one.strip().lower() for one in mime_type.split(";"))
    if data.startswith(b"RIFF"):
        samples, rate_hz = _from_wav(data)
    elif kind in ("audio/l16", "audio/pcm"):
        said = dict(one.split("=", 1) for one in parameters if "=" in one)
        rate = said.get("rate", str(SPEECH_HZ))
        if said.get("channels", "1") != "1" or not re.fullmatch(r"[0-9]{4,6}", rate):
            raise LiveError(Trouble.NO_ANSWER, "the speech is not mono PCM")
        samples, rate_hz = data[: len(data) // 2 * 2], int(rate)
    else:
        raise LiveError(Trouble.NO_ANSWER, "the speech is not PCM")
    if rate_hz == SPEECH_HZ:
        return samples
    if not 4_000 <= rate_hz <= 192_000:
        raise LiveError(Trouble.NO_ANSWER, "the speech has a rate that nobody uses")
    return pcm.resample(pcm.samples(samples), rate_hz, SPEECH_HZ).astype("<i2").tobytes()


def _from_wav(data: bytes) -> tuple[bytes, int]:
    try:
        with wave.open(io.BytesIO(data)) as file:
            if (file.getnchannels(), file.getsampwidth()) != (1, 2):
                raise LiveError(Trouble.NO_ANSWER, "the speech is not 16 bit mono")
            samples = file.readframes(file.getnframes())
            return samples[: len(samples) // 2 * 2], file.getframerate()
    except (wave.Error, EOFError) as err:
        raise LiveError(Trouble.NO_ANSWER, "the speech is a WAV file that cannot be read") from err


def read_answer(response: types.GenerateContentResponse) -> Written:
    """The answer in a response.

    Raises:
        LiveError: NO_ANSWER, there is none, or none that can be read.
    """
    fields = _json_object(_text_of(response))
    answer = fields.get("answer")
    if not isinstance(answer, str) or not answer.strip():
        raise LiveError(Trouble.NO_ANSWER, "the answer has no text")
    heard = fields.get("heard")
    return Written(
        heard=whole_text(heard.strip(), _HEARD_CHARS) if isinstance(heard, str) else "",
        text=whole_text(answer.strip()),
        place=_report(fields.get("place")),
        usage=usage_of(response),
    )


def read_place(response: types.GenerateContentResponse) -> PlaceReport | None:
    """The report that is all of a response, None if it is of no use.

    Raises:
        LiveError: NO_ANSWER, there is none, or none that can be read.
    """
    return _report(_json_object(_text_of(response)))


def read_speech(response: types.GenerateContentResponse) -> bytes:
    """The sound in a response, as s16le mono PCM at 24 kHz.

    Raises:
        LiveError: NO_ANSWER, there is none, or it is not 16 bit mono PCM.
    """
    blobs = [part.inline_data for part in _parts_of(response) if part.inline_data is not None]
    spoken = b"".join(speech_pcm(blob.data, blob.mime_type or "") for blob in blobs if blob.data)
    if not spoken:
        raise LiveError(Trouble.NO_ANSWER, "no sound came")
    return spoken


def _report(fields: object) -> PlaceReport | None:
    """A report that says nothing of use is none: the answer stands without it."""
    if not isinstance(fields, dict):
        return None
    try:
        return parse_report(fields)
    except ValueError:
        return None


def _json_object(text: str) -> dict[str, Any]:
    """The model's JSON, also within the ``` that some models write around it.

    Raises:
        LiveError: NO_ANSWER, it is none.
    """
    inner = re.sub(r"\A```(?:json)?|```\Z", "", text.strip()).strip()
    try:
        fields = json.loads(inner)
    except ValueError, RecursionError:
        raise LiveError(Trouble.NO_ANSWER, "the answer is not JSON") from None  # its text holds the answer
    if not isinstance(fields, dict):
        raise LiveError(Trouble.NO_ANSWER, "the answer is not a JSON object")
    return fields


def _parts_of(response: types.GenerateContentResponse) -> Iterator[types.Part]:
    """What the model said, without its thoughts.

    Raises:
        LiveError: NO_ANSWER, it said nothing or was stopped.
    """
    if not response.candidates:
        raise LiveError(
            Trouble.NO_ANSWER, "the question was declined" if response.prompt_feedback else "nothing came back"
        )
    candidate = response.candidates[0]
    # An answer that was cut off at the limit is broken JSON, and is found out there.
    if candidate.finish_reason not in (None, types.FinishReason.STOP, types.FinishReason.MAX_TOKENS):
        known = isinstance(candidate.finish_reason, types.FinishReason) and candidate.finish_reason.name
        reason = known if known in types.FinishReason.__members__ else "another reason"
        raise LiveError(Trouble.NO_ANSWER, f"the answer was stopped: {reason}")
    parts = (candidate.content.parts if candidate.content else None) or ()
    return (part for part in parts if not part.thought)


def _text_of(response: types.GenerateContentResponse) -> str:
    return "".join(part.text or "" for part in _parts_of(response))


def usage_of(response: types.GenerateContentResponse) -> Usage:
    """What the call cost."""
    return Usage.from_generate(response.usage_metadata) if response.usage_metadata is not None else Usage()
