"""What the server sends: plain values in, JSON objects out, named and ordered as in recorded Gemini sessions."""

import base64
from collections.abc import Iterable, Mapping
import json
from typing import Final

SPEECH_HZ: Final = 24_000
SPEECH_TYPE: Final = f"audio/pcm;rate={SPEECH_HZ}"

type Reply = dict[str, object]


def encode(reply: Reply) -> bytes:
    """Turn a reply into a frame: UTF-8 JSON, to be sent as a binary frame as Gemini does."""
    return json.dumps(reply, separators=(",", ":"), ensure_ascii=False).encode()


def setup_complete() -> Reply:
    """Say that the session is ready."""
    return {"setupComplete": {}}


def nothing() -> Reply:
    """Make the empty frame that 3.1 sends now and then."""
    return {"serverContent": {}}


def input_transcription(text: str) -> Reply:
    """Say what was understood."""
    return {"serverContent": {"inputTranscription": {"text": text}}}


def output_transcription(text: str) -> Reply:
    """Say what is being spoken."""
    return {"serverContent": {"outputTranscription": {"text": text}}}


def thought(text: str) -> Reply:
    """Make a part that is neither to be spoken nor to be shown, as 2.5 sends them."""
    return {"serverContent": {"modelTurn": {"parts": [{"text": text, "thought": True}]}}}


def speech(pcm: bytes, words: str = "") -> Reply:
    """Send speech, s16le mono at 24 kHz, and in the same frame the words that begin in it, if any."""
    data = base64.b64encode(pcm).decode()
    content: Reply = {"modelTurn": {"parts": [{"inlineData": {"mimeType": SPEECH_TYPE, "data": data}}]}}
    if words:
        content["outputTranscription"] = {"text": words}
    return {"serverContent": content}


def generation_complete() -> Reply:
    """Say that all of the answer has been sent."""
    return {"serverContent": {"generationComplete": True}}


def text(words: str) -> Reply:
    """Send words as a part, as only models without speech should."""
    return {"serverContent": {"modelTurn": {"parts": [{"text": words}]}}}


def turn_complete(usage: Reply, reason: str = "") -> Reply:
    """Say that the turn is over, what it cost, and why it is over if not because all was said."""
    content: Reply = {"turnComplete": True}
    if reason:
        content["turnCompleteReason"] = reason
    return {"serverContent": content, "usageMetadata": usage}


def interrupted() -> Reply:
    """Say that the answer was broken off: what is not yet played is to be thrown away."""
    return {"serverContent": {"interrupted": True}}


def tool_call(call_id: str, name: str, arguments: Mapping[str, object]) -> Reply:
    """Call one function of the client's."""
    return {"toolCall": {"functionCalls": [{"name": name, "args": dict(arguments), "id": call_id}]}}


def tool_call_cancellation(call_ids: Iterable[str]) -> Reply:
    """Say that these calls need no response any more."""
    return {"toolCallCancellation": {"ids": list(call_ids)}}


def go_away(left_s: float) -> Reply:
    """Say in how many seconds the server will close the connection."""
    return {"goAway": {"timeLeft": f"{left_s:g}s"}}


def session_resumption_update(handle: str) -> Reply:
    """Hand out a handle with which the session can be taken up on a new connection."""
    return {"sessionResumptionUpdate": {"newHandle": handle, "resumable": True}}


def not_resumable() -> Reply:
    """Say that the session cannot be taken up from where it is now."""
    return {"sessionResumptionUpdate": {"resumable": False}}
