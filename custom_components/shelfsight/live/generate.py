"""The same question without Live: asked over `generateContent`, answered as text, spoken by Gemini's speech model.

Every function raises `LiveError` and nothing else that the SDK, its HTTP library or the answer can bring about. `timeout_s` is kept
by asyncio, as the HTTP libraries' own time-outs start again with every byte. The SDK retries nothing: that is the caller's affair.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import ssl
from typing import Any

import aiohttp
from google import genai
from google.genai import types
import httpx

from ..spatial import PlaceReport, report_schema
from .accounts import Usage
from .faults import LiveError, Trouble
from .responses import Written, read_answer, read_place, read_speech, usage_of, wav
from .sdk_errors import RAISED_BY_SDK, sort

QUESTION_HZ = 16_000

_ANSWER_TIMEOUT_S = 20.0
_SPEECH_TIMEOUT_S = 15.0
_PLACE_TIMEOUT_S = 10.0
# Thoughts count into it: an answer of 50 words and its report need some 300.
_ANSWER_TOKENS = 4_096

# aiohttp and httpx: the SDK takes the first if it is there. The last ones are what its conversion raises when a field holds
# something of another type ("str has no attribute model_fields").
_RAISED = (*RAISED_BY_SDK, aiohttp.ClientError, httpx.HTTPError, AttributeError, LookupError, RecursionError)

# The SDK would look for functions to call, and says so in the log at every call.
_NO_CALLS = types.AutomaticFunctionCallingConfig(disable=True)

_ANSWER_SCHEMA = {
    "type": "OBJECT",
    "properties": {
        "heard": {"type": "STRING", "description": "What the person asked, word for word."},
        "place": {**report_schema(), "nullable": True, "description": "Only if the question asks where something is."},
        "answer": {"type": "STRING", "description": "What is said to the person, and nothing else."},
    },
    "required": ["heard", "answer"],
    "propertyOrdering": ["heard", "place", "answer"],  # what is said follows from the place, not the other way round
}
_WRITTEN = """
This is a written exchange: `answer` is read out to the person by a voice, so it is plain speech without any formatting. There \
is no tool to call; the report about the place goes into `place`."""
_PLACE_ONLY = """\
A person who cannot see asked something about the picture and was given an answer. Report from the picture where the thing is \
that was asked for. Judge by the picture; the answer may be wrong."""


async def ask(
    client: genai.Client,
    model: str,
    instructions: str,
    question: str | bytes,
    jpeg: bytes | None,
    history: str = "",
    *,
    timeout_s: float = _ANSWER_TIMEOUT_S,
) -> Written:
    """Ask about a picture, or (translating) about none. A spoken question is s16le mono PCM at 16 kHz; `history` is the talk so far, as text.

    Raises:
        LiveError: NO_ANSWER if Gemini declined or its answer cannot be read, else what `faults.sort` makes of it.
    """
    parts = [_picture(jpeg)] if jpeg is not None else []
    if history:
        parts.append(types.Part.from_text(text=f"The talk so far:\n{history}\n\nThe question now:"))
    if isinstance(question, str):
        parts.append(types.Part.from_text(text=question))
    else:
        parts.append(types.Part.from_bytes(data=wav(question, QUESTION_HZ), mime_type="audio/wav"))
    config = _json_config(instructions + _WRITTEN, _ANSWER_SCHEMA, timeout_s)
    response = await _generate(client, model, parts, config, timeout_s)
    return read_answer(response)


async def place(
    client: genai.Client,
    model: str,
    question: str,
    answer: str,
    jpeg: bytes,
    *,
    timeout_s: float = _PLACE_TIMEOUT_S,
) -> tuple[PlaceReport | None, Usage]:
    """Where the thing is that was asked for, from the picture that was answered about; None if the report is of no use.

    Raises:
        LiveError: as `ask`.
    """
    asked = types.Part.from_text(text=f"Asked: {question}\nAnswered: {answer}")
    config = _json_config(_PLACE_ONLY, report_schema(), timeout_s)
    response = await _generate(client, model, [_picture(jpeg), asked], config, timeout_s)
    return read_place(response), usage_of(response)


async def say(
    client: genai.Client, model: str, voice: str, text: str, language: str, *, timeout_s: float = _SPEECH_TIMEOUT_S
) -> bytes:
    """A text as s16le mono PCM at 24 kHz, as `speak` says it."""
    return (await speak(client, model, voice, text, language, timeout_s=timeout_s))[0]


async def speak(
    client: genai.Client, model: str, voice: str, text: str, language: str, *, timeout_s: float = _SPEECH_TIMEOUT_S
) -> tuple[bytes, Usage]:
    """A text in one of Gemini's voices, as s16le mono PCM at 24 kHz, and what it cost. `language` is an IETF tag.

    The 3.8 models speak the text word for word and take directions only beside it ("Text-to-speech generation", migration
    guide); the list of language codes that the API takes has no plain "de" and not every language that the models speak.

    Raises:
        LiveError: as `ask`; NO_ANSWER also for sound in a form that is not PCM.
    """
    directions = types.SpeechMetadata(style=f"Calm and clear, in the language with the tag {language}.")
    config = types.GenerateContentConfig(
        response_modalities=[types.Modality.AUDIO],
        speech_config=types.SpeechConfig(
            voice_config=types.VoiceConfig(prebuilt_voice_config=types.PrebuiltVoiceConfig(voice_name=voice))
        ),
        automatic_function_calling=_NO_CALLS,
        http_options=_http_options(timeout_s),
    )
    part = types.Part(text=text, speech_metadata=directions)
    response = await _generate(client, model, [part], config, timeout_s)
    return read_speech(response), usage_of(response)


def _picture(jpeg: bytes) -> types.Part:
    return types.Part.from_bytes(data=jpeg, mime_type="image/jpeg")


def _json_config(instructions: str, schema: dict[str, Any], timeout_s: float) -> types.GenerateContentConfig:
    """No temperature: from Gemini 3 on the sampling is to be left as it is; how long it thinks is what can be set."""
    return types.GenerateContentConfig(
        system_instruction=instructions,
        response_mime_type="application/json",
        response_schema=types.Schema.model_validate(schema),
        max_output_tokens=_ANSWER_TOKENS,
        thinking_config=types.ThinkingConfig(thinking_level=types.ThinkingLevel.LOW),
        automatic_function_calling=_NO_CALLS,
        http_options=_http_options(timeout_s),
    )


def _http_options(timeout_s: float) -> types.HttpOptions:
    return types.HttpOptions(timeout=max(1, round(timeout_s * 1000)), retry_options=types.HttpRetryOptions(attempts=1))


async def _generate(
    client: genai.Client, model: str, parts: list[types.Part], config: types.GenerateContentConfig, timeout_s: float
) -> types.GenerateContentResponse:
    with _sorted_errors(timeout_s):
        async with asyncio.timeout(timeout_s):
            return await client.aio.models.generate_content(
                model=model, contents=types.Content(role="user", parts=parts), config=config
            )


@contextmanager
def _sorted_errors(timeout_s: float) -> Iterator[None]:
    try:
        yield
    except _RAISED as err:
        # "from None": texts of the SDK and of HTTP libraries may hold the key, and JSON errors hold the answer.
        raise _sorted(err, timeout_s) from None


def _sorted(err: BaseException, timeout_s: float) -> LiveError:
    if isinstance(err, TimeoutError | httpx.TimeoutException):
        return LiveError(Trouble.NO_ANSWER, f"nothing came for {timeout_s:g} s")
    if isinstance(err, LookupError | AttributeError | RecursionError):
        return LiveError(Trouble.NO_ANSWER, "the response cannot be read")
    # Both libraries wrap what OpenSSL said about the certificate.
    for inner in _chain(err):
        if isinstance(inner, ssl.SSLCertVerificationError):
            return sort(inner)
    if isinstance(err, aiohttp.ClientError | httpx.HTTPError):
        return LiveError(Trouble.NO_SERVER, type(err).__name__)
    return sort(err)


def _chain(err: BaseException | None) -> Iterator[BaseException]:
    while err is not None:
        yield err
        err = err.__cause__ or err.__context__
