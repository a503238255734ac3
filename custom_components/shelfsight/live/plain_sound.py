"""Frames of an answer that hold sound and nothing else, which nearly all of them do: read past the SDK. Bytes in, PCM out.

The SDK takes 40 ms of sound through two more readings of its JSON and five models; while fifty answers are heard, that would be a
third of the event loop's work. Whatever else stands in a frame sends it the whole way (edge.py).
"""

import json
from typing import Any, Final

import pydantic

from .events import OUTPUT_HZ

_TYPES: Final = frozenset({"audio/pcm", f"audio/pcm;rate={OUTPUT_HZ}"})
# The engine and setting with which the SDK's types read base64, so that both take and refuse the same.
_BASE64: Final = pydantic.TypeAdapter(bytes, config=pydantic.ConfigDict(val_json_bytes="base64"))
_MOST_PARTS: Final = 256


def plain_sound(frame: bytes) -> list[bytes] | None:
    """The sound of a frame as s16le mono PCM at 24 kHz, part by part; None where it may be anything but that."""
    try:
        match json.loads(frame):
            case {"serverContent": {"modelTurn": {"parts": [_, *_] as parts, **turn}, **content}, **message} if (
                not message and not content and turn in ({}, {"role": "model"}) and len(parts) <= _MOST_PARTS
            ):
                pieces = [_sound(part) for part in parts]
            case _:
                return None
    except ValueError, RecursionError:
        return None
    sound = [piece for piece in pieces if piece is not None]
    return sound if len(sound) == len(pieces) else None


def _sound(part: Any) -> bytes | None:
    """The sound of a part; raises ValueError (pydantic's is one) where it is not base64."""
    match part:
        case {"inlineData": {"mimeType": str(kind), "data": str(data), **blob}, **rest} if not blob and not rest:
            pcm: bytes = _BASE64.validate_python(data) if kind in _TYPES and data else b""
            return pcm if pcm and len(pcm) % 2 == 0 else None
        case _:
            return None
