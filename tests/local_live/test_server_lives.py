"""How long sessions live, and how they are taken up again: handles, poison, limits without compression."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from local_live import orders
from local_live.orders import Order
from local_live.server import Server
from tests.local_live.server_parts import (
    Brains,
    close_of,
    has_sound,
    hear_turn,
    hum,
    raw,
    running,
    say,
    set_up,
    setup_message,
    written,
)

RESUMABLE: dict[str, Any] = {"sessionResumption": {}}
PICTURE = b"\xff\xd8\xff a picture"
FRAME = {
    "realtimeInput": {"video": {"data": base64.b64encode(PICTURE).decode(), "mimeType": "image/jpeg"}},
}


async def updates_of_a_turn(connection: ClientConnection) -> list[dict[str, Any]]:
    await say(connection, written("Where?"))
    async with asyncio.timeout(5):
        frames = await hear_turn(connection)
    return [frame["sessionResumptionUpdate"] for frame in frames if "sessionResumptionUpdate" in frame]


async def handle_from(server: Server, *orders_: Order, handle: str | None = None) -> str:
    """Hold a session of one turn, and bring home its handle."""
    server.order(*orders_)
    async with raw(server) as connection:
        await set_up(connection, sessionResumption={"handle": handle} if handle else {})
        (update,) = await updates_of_a_turn(connection)
        return update["newHandle"]


async def closing_of_resumed(server: Server, handle: str) -> tuple[int | None, str]:
    async with raw(server) as connection:
        await say(connection, setup_message(sessionResumption={"handle": handle}))
        return await close_of(connection)


async def test_a_turn_is_said_not_to_be_resumable_once_or_for_good(tmp_path: Path) -> None:
    async with running(tmp_path, voice=hum) as server:
        for for_good in (True, False):
            server.order(orders.Unresumable(turn=2, for_good=for_good))
            async with raw(server) as connection:
                await set_up(connection, **RESUMABLE)
                updates = [(await updates_of_a_turn(connection))[0] for _ in range(3)]
            assert [update["resumable"] for update in updates] == [True, False, not for_good]
            assert "newHandle" not in updates[1]


async def test_a_resume_is_refused_by_order_of_the_old_or_of_the_new_session(tmp_path: Path) -> None:
    async with running(tmp_path, voice=hum) as server:
        lost = await handle_from(server, orders.LoseHandles())
        assert await closing_of_resumed(server, lost) == (1008, "BidiGenerateContent session not found")
        kept = await handle_from(server)
        server.order(orders.RefuseResume(orders.INTERNAL_ERROR))
        assert await closing_of_resumed(server, kept) == (1011, "Internal error encountered.")
        assert await handle_from(server, handle=kept), "the handle itself is good"


async def test_a_poisoned_context_dies_again_after_every_resume_and_a_fresh_session_does_not(tmp_path: Path) -> None:
    async with running(tmp_path, voice=hum) as server:
        handle = await handle_from(server, orders.Poison(after_s=0.3))
        for _ in range(2):
            async with raw(server) as connection:
                await set_up(connection, sessionResumption={"handle": handle})
                (update,) = await updates_of_a_turn(connection)
                handle = update["newHandle"]
                assert (await close_of(connection))[0] == 1011
        async with raw(server) as connection:
            await set_up(connection, **RESUMABLE)
            await asyncio.sleep(0.4)
            assert await updates_of_a_turn(connection)


async def test_a_resumed_session_still_sees_the_last_picture_until_there_is_a_newer_one(tmp_path: Path) -> None:
    brains = Brains()
    async with running(tmp_path, brains, voice=hum) as server:
        async with raw(server) as connection:
            await set_up(connection, **RESUMABLE)
            await say(connection, FRAME)
            (update,) = await updates_of_a_turn(connection)
        for newer in (False, True):
            async with raw(server) as connection:
                await set_up(connection, sessionResumption={"handle": update["newHandle"]})
                if newer:
                    await say(connection, FRAME)
                await updates_of_a_turn(connection)
                await updates_of_a_turn(connection)
    assert [brain.pictures for brain in brains.made] == [[PICTURE]] * 3


@pytest.mark.parametrize(
    ("pictures", "compression", "ends"),
    [(False, False, False), (True, False, True), (True, True, False)],
    ids=["sound alone", "with pictures", "compressed"],
)
async def test_without_compression_a_session_with_pictures_ends_early(
    tmp_path: Path, *, pictures: bool, compression: bool, ends: bool
) -> None:
    more = {"contextWindowCompression": {"slidingWindow": {}}} if compression else {}
    async with running(tmp_path, voice=hum, video_limit_s=0.3) as server, raw(server) as connection:
        await set_up(connection, **more)
        if pictures:
            await say(connection, FRAME)
        if ends:
            code, reason = await close_of(connection)
            assert code == 1011
            assert "compression" in reason
        else:
            await asyncio.sleep(0.5)
            await say(connection, written("Still there?"))
            assert has_sound(await hear_turn(connection))


async def test_a_picture_after_two_minutes_of_sound_ends_a_session_at_once(tmp_path: Path) -> None:
    async with running(tmp_path, voice=hum, video_limit_s=0.1) as server, raw(server) as connection:
        await set_up(connection)
        await asyncio.sleep(0.3)
        await say(connection, FRAME)
        assert (await close_of(connection))[0] == 1011


async def test_without_compression_sound_alone_ends_too(tmp_path: Path) -> None:
    async with running(tmp_path, voice=hum, sound_limit_s=0.3) as server, raw(server) as connection:
        await set_up(connection)
        assert (await close_of(connection))[0] == 1011


async def test_a_setup_with_all_that_a_careful_client_sends_is_taken(tmp_path: Path) -> None:
    setup = {
        "generationConfig": {
            "responseModalities": ["AUDIO"],
            "mediaResolution": "MEDIA_RESOLUTION_MEDIUM",
            "speechConfig": {
                "languageCode": "de-DE",
                "voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}},
            },
        },
        "sessionResumption": {"handle": None},
        "contextWindowCompression": {"triggerTokens": "16000", "slidingWindow": {"targetTokens": 8000}},
        "realtimeInputConfig": {
            "automaticActivityDetection": {"disabled": True},
            "activityHandling": "NO_INTERRUPTION",
            "turnCoverage": "TURN_INCLUDES_ONLY_ACTIVITY",
        },
        "tools": [
            {"functionDeclarations": [{"name": "report_place", "behavior": "NON_BLOCKING"}]},
            {"functionDeclarations": [{"name": "turn_on"}, {"name": "turn_off"}]},
        ],
        "proactivity": {"proactiveAudio": True},
    }
    async with running(tmp_path, voice=hum) as server, raw(server) as connection:
        await set_up(connection, **setup)
        assert await updates_of_a_turn(connection)


async def test_a_field_of_the_speech_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path) as server, raw(server) as connection:
        await say(connection, setup_message(generationConfig={"speechConfig": {"accent": "broad"}}))
        code, reason = await close_of(connection)
    assert code == 1007
    assert "speech_config" in reason
