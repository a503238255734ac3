"""What one picture and one chunk cost in processor time, each alone: no network, no other wearables, one thread."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
import time
from typing import Any, Final, cast

from google import genai
from google.genai import live as genai_live, types

from custom_components.shelfsight.ear import Ear
from custom_components.shelfsight.live import edge
from custom_components.shelfsight.live.models import profile_of
from custom_components.shelfsight.live.plain_sound import plain_sound
from custom_components.shelfsight.live.session import LiveSession
from custom_components.shelfsight.live.terms import Terms
from custom_components.shelfsight.live.warm import warm_up
from custom_components.shelfsight.sight.choice import CONTEXT_BYTES, CONTEXT_SIDE_PX, WHOLE_BYTES, WHOLE_SIDE_PX
from custom_components.shelfsight.sight.frame import examine, shrink
from custom_components.shelfsight.sound.pcm import samples
from custom_components.shelfsight.sound.speech_end import SpeechEnd
from local_live import replies

from .figures import Measure
from .stamps import DOWN_CHUNK_BYTES, UP_CHUNK_BYTES, UP_HZ, Stamp, stamped

_REPEATS: Final = 5
_LONG_MS: Final = 10**9
# Nothing is claimed below these: a chunk comes 50 times a second, a picture once.
_FLOOR_US, _PICTURE_FLOOR_US = 2.0, 100.0


class _Sink:
    """The SDK's socket without a network: takes what is sent, gives the same frame again and again."""

    def __init__(self) -> None:
        self.gives = b""
        self._never = asyncio.Event()

    async def send(self, _frame: str | bytes, text: bool | None = None) -> None:
        """Gone."""

    async def send_text(self, _frame: bytes) -> None:
        """Gone."""

    def send_text_at_once(self, _frame: bytes) -> bool:
        """Gone."""
        return True

    async def recv(self, decode: bool | None = None) -> bytes:
        """The frame, once it is wanted."""
        if not self.gives:
            await self._never.wait()
        checked = edge.check(self.gives).frame
        assert checked is not None
        return checked


def _timed(work: Callable[[], object], count: int, floor_us: float = _FLOOR_US) -> Measure:
    work()
    repeats = []
    for _ in range(_REPEATS):
        began_ns = time.thread_time_ns()
        for _ in range(count):
            work()
        repeats.append((time.thread_time_ns() - began_ns) / 1000 / count)
    return Measure(tuple(repeats), floor_us)


async def _timed_awaiting(work: Callable[[], Awaitable[Any]], count: int, floor_us: float = _FLOOR_US) -> Measure:
    await work()
    repeats = []
    for _ in range(_REPEATS):
        began_ns = time.thread_time_ns()
        for _ in range(count):
            await work()
        repeats.append((time.thread_time_ns() - began_ns) / 1000 / count)
    return Measure(tuple(repeats), floor_us)


async def costs(jpeg: bytes) -> dict[str, Measure]:
    """Microseconds by what was done."""
    chunk = stamped(Stamp(1, 1, True, 0), UP_CHUNK_BYTES)
    ear, end = Ear(UP_HZ), SpeechEnd(UP_HZ, longest_ms=_LONG_MS)
    end.held = True

    def hear() -> None:
        ear.put(chunk)
        end.feed(samples(chunk))

    found = {
        "sight_examine_us": _timed(lambda: examine(jpeg, 0.0), 5, _PICTURE_FLOOR_US),
        "sight_whole_us": _timed(lambda: shrink(jpeg, WHOLE_SIDE_PX, WHOLE_BYTES), 20, _PICTURE_FLOOR_US),
        "sight_context_us": _timed(lambda: shrink(jpeg, CONTEXT_SIDE_PX, CONTEXT_BYTES), 3, _PICTURE_FLOOR_US),
        "sound_chunk_us": _timed(hear, 1000),
    }
    warm_up()
    client = genai.Client(api_key="none", vertexai=False)
    sink = _Sink()
    sdk = genai_live.AsyncSession(api_client=client._api_client, websocket=sink)
    profile = profile_of("gemini-3.8-live")
    session = LiveSession(sdk, cast(edge.EdgeConnection, sink), profile, Terms(instructions=""), AsyncExitStack())
    sound = types.Blob(data=chunk, mime_type="audio/pcm;rate=16000")
    picture = types.Blob(data=jpeg, mime_type="image/jpeg")
    found["sdk_chunk_us"] = await _timed_awaiting(lambda: sdk.send_realtime_input(audio=sound), 300)
    found["sdk_picture_us"] = await _timed_awaiting(
        lambda: sdk.send_realtime_input(video=picture), 5, _PICTURE_FLOOR_US
    )
    found["session_chunk_us"] = await _timed_awaiting(lambda: session.send_sound(chunk), 300)
    found["session_five_chunks_us"] = await _timed_awaiting(lambda: session.send_sound(5 * chunk), 300)
    found["session_picture_us"] = await _timed_awaiting(lambda: session.send_picture(jpeg), 5, _PICTURE_FLOOR_US)
    await session.close()
    frame = replies.encode(replies.speech(stamped(Stamp(1, 1, True, 0), DOWN_CHUNK_BYTES)))
    found["session_answer_chunk_us"] = _timed(lambda: plain_sound(frame), 300)
    sink.gives = frame
    found["sdk_answer_chunk_us"] = await _timed_awaiting(sdk._receive, 300)
    return found
