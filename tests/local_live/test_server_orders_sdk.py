"""What the real google-genai SDK makes of ordered faults: the errors and messages that a client has to get over."""

import homeassistant  # noqa: F401  before google.genai: it decides which httpx there is

# isort: split
import asyncio
from http import HTTPStatus
from pathlib import Path
from typing import Any

from google.genai import errors, types
import pytest
from websockets.exceptions import InvalidStatus

from local_live import orders
from local_live.orders import Moment, Order
from tests.local_live.server_parts import DEFAULT_MODEL, hum, running, sdk

CONFIG = types.LiveConnectConfig(
    response_modalities=[types.Modality.AUDIO],
    output_audio_transcription=types.AudioTranscriptionConfig(),
    session_resumption=types.SessionResumptionConfig(),
)


async def turn_of(tmp_path: Path, *ordered: Order) -> list[types.LiveServerMessage]:
    """Hold one written turn by the SDK, in a session for which something was ordered."""
    async with running(tmp_path, voice=hum) as server:
        server.order(*ordered)
        async with asyncio.timeout(10), sdk(server).aio.live.connect(model=DEFAULT_MODEL, config=CONFIG) as session:
            await session.send_client_content(turns={"parts": [{"text": "Where?"}]})
            return [message async for message in session.receive()]


def contents_of(messages: list[types.LiveServerMessage]) -> list[types.LiveServerContent]:
    return [message.server_content for message in messages if message.server_content]


def parts_of(messages: list[types.LiveServerMessage]) -> list[types.Part]:
    return [part for content in contents_of(messages) if content.model_turn for part in content.model_turn.parts or []]


def texts_of(messages: list[types.LiveServerMessage]) -> list[str]:
    return [
        content.output_transcription.text or "" for content in contents_of(messages) if content.output_transcription
    ]


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (orders.Close(orders.QUOTA, at=Moment.SETUP), 1011),
        (orders.Close(orders.QUOTA, at=Moment.THINKING), 1011),
        (orders.Close(orders.INVALID_ARGUMENT, after_ms=300), 1007),
        (orders.Close(orders.NO_ACCESS, at=Moment.SETUP), 1008),
        (orders.Close(orders.NORMAL, after_ms=300), 1000),
        (orders.Drop(after_ms=300), 1006),
    ],
)
async def test_an_end_is_an_api_error_with_its_code(tmp_path: Path, order: Order, code: int) -> None:
    with pytest.raises(errors.APIError) as ended:
        await turn_of(tmp_path, order)
    assert ended.value.code == code
    if isinstance(order, orders.Close) and order.ending.reason:
        assert order.ending.reason in str(ended.value)


async def test_a_refused_upgrade_comes_through_raw(tmp_path: Path) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await turn_of(tmp_path, orders.RefuseUpgrade(HTTPStatus.FORBIDDEN))
    assert refused.value.response.status_code == 403


async def test_a_json_error_in_a_frame_breaks_the_sdk_and_broken_json_too(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        await turn_of(tmp_path, orders.ErrorFrame())
    with pytest.raises(ValueError):
        await turn_of(tmp_path / "broken", orders.NotJson())


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (orders.EmptyFrames(count=5), lambda messages: len(contents_of(messages)) > 5),
        (orders.Thoughts(), lambda messages: any(part.thought for part in parts_of(messages))),
        (
            orders.TextOnly(),
            lambda messages: [part.text for part in parts_of(messages)] == ["Answer number 1, after 0 pictures."],
        ),
        (orders.EmptyAnswer(), lambda messages: not parts_of(messages)),
        (
            orders.NotAddressed(),
            lambda messages: not parts_of(messages) and not any(c.generation_complete for c in contents_of(messages)),
        ),
        (orders.Rejected(), lambda messages: contents_of(messages)[-1].turn_complete_reason == "RESPONSE_REJECTED"),
        (orders.Phantom(), lambda messages: any(content.interrupted for content in contents_of(messages))),
        (orders.TranscriptOnly(), lambda messages: texts_of(messages) and not parts_of(messages)),
        (orders.LongText(500_000), lambda messages: max(len(text) for text in texts_of(messages)) == 500_000),
        (
            orders.CallTool("f", {"a": 1}),
            lambda messages: any(m.tool_call and m.tool_call.function_calls[0].args == {"a": 1} for m in messages),
        ),
        (
            orders.CancelledCall("f", at=Moment.THINKING),
            lambda messages: any(m.tool_call_cancellation for m in messages),
        ),
        (orders.GoAway(30), lambda messages: any(m.go_away and m.go_away.time_left == "30s" for m in messages)),
        (
            orders.Unresumable(),
            lambda messages: any(
                m.session_resumption_update and not m.session_resumption_update.resumable for m in messages
            ),
        ),
        (
            orders.OtherRate(rate_hz=48000),
            lambda messages: any(
                p.inline_data and p.inline_data.mime_type == "audio/pcm;rate=48000" for p in parts_of(messages)
            ),
        ),
        (
            orders.OddBytes(),
            lambda messages: any(p.inline_data and len(p.inline_data.data) % 2 for p in parts_of(messages)),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_a_habit_reaches_the_client_as_what_it_is(tmp_path: Path, order: Order, told: Any) -> None:
    messages = await turn_of(tmp_path, order)
    assert told(messages)
    assert contents_of(messages)[-1].turn_complete, "and the turn ends"


async def test_a_frame_of_more_than_a_megabyte_ends_a_session_whose_client_set_no_larger_limit(tmp_path: Path) -> None:
    with pytest.raises(errors.APIError):
        await turn_of(tmp_path, orders.LongText(characters=1_048_576))


async def test_silence_reaches_the_client_as_nothing_at_all(tmp_path: Path) -> None:
    async with running(tmp_path, voice=hum) as server:
        plan = server.order(orders.GoSilent(after_ms=400))
        async with sdk(server).aio.live.connect(model=DEFAULT_MODEL, config=CONFIG) as session:
            await session.send_client_content(turns={"parts": [{"text": "Where?"}]})
            heard_bytes = 0
            receiver = session.receive()
            while heard_bytes < 0.4 * 48_000:
                heard_bytes += len((await asyncio.wait_for(anext(receiver), 5)).data or b"")
            await asyncio.wait_for(plan.acted.wait(), 5)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(receiver), 0.2)
