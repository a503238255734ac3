"""The bytes of frames that should not be, for clients to get over. Pure."""

import base64
import json

from local_live import replies
from local_live.orders import (
    EmptyFrames,
    ErrorFrame,
    LongText,
    NotJson,
    OddBytes,
    OddFrames,
    OtherRate,
    UnknownFields,
    WrongBase64,
)

_SOUND_MS = 20
_WORDS = "Words that nobody can have said in one turn. "


def odd_frame(order: OddFrames) -> bytes:
    """Make one frame of an order.

    Raises:
        ValueError: there is no frame for such an order.
    """
    match order:
        case EmptyFrames():
            return replies.encode(replies.nothing())
        case UnknownFields():
            content = {"modelTurn": {"parts": [{"hologram": {"depth": 3}}], "mood": "calm"}, "weather": ["dry"]}
            return replies.encode({"serverContent": content, "moonPhase": {"name": "waxing"}})
        case WrongBase64():
            return _sound(f"audio/pcm;rate={replies.SPEECH_HZ}", "AAA$%&/()=?")
        case OddBytes():
            return _sound(f"audio/pcm;rate={replies.SPEECH_HZ}", _silence(replies.SPEECH_HZ, extra_bytes=1))
        case OtherRate(rate_hz=rate_hz):
            return _sound(f"audio/pcm;rate={rate_hz}", _silence(rate_hz))
        case LongText(characters=characters):
            return replies.encode(replies.output_transcription((_WORDS * (characters // len(_WORDS) + 1))[:characters]))
        case NotJson():
            return b'{"serverContent": {"modelTurn": '
        case ErrorFrame(code=code, message=message, status=status):
            return json.dumps({"error": {"code": code, "message": message, "status": status}}).encode()
    raise ValueError(f"{order} makes no frame")


def _sound(mime_type: str, data: str) -> bytes:
    return replies.encode(
        {"serverContent": {"modelTurn": {"parts": [{"inlineData": {"mimeType": mime_type, "data": data}}]}}}
    )


def _silence(rate_hz: int, extra_bytes: int = 0) -> str:
    return base64.b64encode(bytes(rate_hz * _SOUND_MS // 1000 * 2 + extra_bytes)).decode()
