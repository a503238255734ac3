"""``generateContent``: a brain of its own for each call, answers as text or JSON, and speech by the ``-tts`` models."""

import asyncio
import base64
from concurrent.futures import Executor
from http import HTTPStatus
import json
import logging
from typing import Final

from aiohttp import web

from local_live import usage
from local_live.answering import THINKING_LIMIT_S, Voice, speakable
from local_live.brain import Answer, Brain, BrainMaker
from local_live.door import NO_KEY_REASON, WRONG_KEY_REASON, Door, Shown, shown_key
from local_live.generate_request import Asked, read_request
from local_live.google_error import ApiError, error_body, invalid
from local_live.json_answer import json_answer
from local_live.orders import Blocked, BrokenText, DropGenerate, FailGenerate, GenerateOrder, NoCandidates, SlowGenerate
from local_live.plans import Plan
from local_live.replies import SPEECH_HZ, Reply
from local_live.voice import in_chunks

MAX_REQUEST_BYTES: Final = 20 * 1024 * 1024  # Gemini's limit for a request with everything in it
SPEECH_TYPE: Final = f"audio/L16;codec=pcm;rate={SPEECH_HZ}"
MODELS: Final = frozenset(
    {
        "gemini-3.8-flash",
        "gemini-3.8-flash-lite",
        "gemini-3.8-flash-lite-tts",
        "gemini-2.5-flash",
        "gemini-2.5-flash-lite",
        "gemini-2.5-flash-preview-tts",
    }
)

_LOGGER = logging.getLogger(__name__)


class Generator:
    """Answers calls. ``any_model`` serves every model name."""

    def __init__(
        self, door: Door, any_model: bool, make_brain: BrainMaker, voice: Voice, executor: Executor | None
    ) -> None:
        self._door = door
        self._any_model = any_model
        self._make_brain = make_brain
        self._voice = voice
        self._executor = executor

    async def respond(self, request: web.Request, plan: Plan[GenerateOrder], *, is_full: bool) -> web.Response:
        """Answer one call, as ordered where something was."""
        model = request.match_info["model"]
        try:
            self._check(request, model, is_full=is_full)
            try:
                body = await request.read()
            except web.HTTPRequestEntityTooLarge as error:
                raise invalid(f"Request payload size exceeds the limit: {MAX_REQUEST_BYTES} bytes.") from error
            except ConnectionError as error:  # who asked is gone: nobody gets the answer
                raise invalid("Request payload broke off.") from error
            asked = read_request(body, model)
            await _misbehave(request, plan)
            content, counts = await self._speak(asked) if asked.wants_speech else await self._write(asked)
        except ApiError as error:
            _LOGGER.info("a call of %s is refused: %s", model[:40], error.status)
            return web.json_response(error_body(error), status=error.status)
        return web.json_response({**_candidates(_broken(content, plan), plan), **_told(model, counts)})

    def _check(self, request: web.Request, model: str, *, is_full: bool) -> None:
        match shown_key(request, self._door.key):
            case Shown.WRONG_KEY:
                raise invalid(WRONG_KEY_REASON)
            case Shown.NO_KEY:
                raise ApiError(HTTPStatus.FORBIDDEN, NO_KEY_REASON)
        if model not in MODELS and not self._any_model:
            version = request.match_info["version"]
            raise ApiError(
                HTTPStatus.NOT_FOUND,
                f"models/{model[:40]} is not found for API version {version}, or is not supported for generateContent.",
            )
        if is_full:
            raise ApiError(HTTPStatus.TOO_MANY_REQUESTS)

    async def _write(self, asked: Asked) -> tuple[Reply, tuple[usage.Tokens, usage.Tokens]]:
        brain = self._make_brain()
        try:
            answer = await _think(brain, asked)
        finally:
            brain.close()
        text = json.dumps(json_answer(answer, asked.schema), ensure_ascii=False) if asked.wants_json else answer.text
        return {"text": text}, (_prompt(asked), usage.Tokens(text=usage.text_tokens(text)))

    async def _speak(self, asked: Asked) -> tuple[Reply, tuple[usage.Tokens, usage.Tokens]]:
        text = speakable(asked.text)
        if not text.strip():
            raise invalid("There is no text to speak.")

        def speech() -> bytes:
            return b"".join(chunk.pcm for chunk in in_chunks(text, self._voice(text)))

        pcm = await asyncio.get_running_loop().run_in_executor(self._executor, speech)
        data = base64.b64encode(pcm).decode()
        spoken = usage.Tokens(audio=usage.speech_tokens(len(pcm)))
        return {"inlineData": {"mimeType": SPEECH_TYPE, "data": data}}, (_prompt(asked), spoken)


async def _think(brain: Brain, asked: Asked) -> Answer:
    for picture in asked.pictures:
        brain.look(picture)
    try:
        async with asyncio.timeout(THINKING_LIMIT_S):
            if asked.sound:
                return await brain.answer_sound(asked.sound)
            return await brain.answer_text(asked.text)
    except TimeoutError as error:
        raise ApiError(HTTPStatus.GATEWAY_TIMEOUT) from error


async def _misbehave(request: web.Request, plan: Plan[GenerateOrder]) -> None:
    """Carry out what was ordered before the answer.

    Raises:
        ApiError: a refusal was ordered.
    """
    for order in plan.orders:
        match order:
            case SlowGenerate(by_s=by_s):
                plan.note()
                await asyncio.sleep(by_s)
            case FailGenerate(status=status, message=message):
                plan.note()
                raise ApiError(status, message)
            case DropGenerate():
                plan.note()
                if request.transport is not None:
                    request.transport.abort()


def _broken(part: Reply, plan: Plan[GenerateOrder]) -> Reply:
    """Break the text off where that was ordered."""
    text = part.get("text")
    if plan.find(BrokenText) is None or not isinstance(text, str):
        return part
    plan.note()
    return {"text": text[: len(text) // 2]}


def _candidates(part: Reply, plan: Plan[GenerateOrder]) -> Reply:
    """Make the list of candidates, which is of one unless something else was ordered."""
    if plan.find(NoCandidates):
        plan.note()
        return {}
    if blocked := plan.find(Blocked):
        plan.note()
        return {"candidates": [{"finishReason": blocked.finish_reason, "index": 0}]}
    return {"candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}]}


def _told(model: str, counts: tuple[usage.Tokens, usage.Tokens]) -> Reply:
    prompt, answer = counts
    return {
        "usageMetadata": {
            "promptTokenCount": prompt.total,
            "candidatesTokenCount": answer.total,
            "totalTokenCount": prompt.total + answer.total,
            "promptTokensDetails": prompt.details(),
            "candidatesTokensDetails": answer.details(),
        },
        "modelVersion": model,
    }


def _prompt(asked: Asked) -> usage.Tokens:
    return usage.Tokens(
        text=usage.text_tokens(asked.system_text + asked.all_text),
        audio=usage.sound_in_tokens(len(asked.sound)),
        image=len(asked.pictures) * usage.picture_tokens(asked.media_resolution),
    )
