"""A link of a real wearable to this Home Assistant, recorded, and played back to Home Assistant: it gets nowhere."""

import asyncio

from aiohttp.test_utils import TestClient

from homeassistant.components.http.ban import KEY_FAILED_LOGIN_ATTEMPTS
from homeassistant.core import HomeAssistant

from tests.home.parts import KEY, state, until_state
from tests.wearable.tape import Tape
from tests.wearable.wearable_processes import device


async def test_a_recorded_wearable_played_back_byte_for_byte_is_sent_away_and_counted(
    hass: HomeAssistant, http: TestClient
) -> None:
    port = http.server.port
    assert port is not None
    async with Tape(port) as tape:
        async with device("cpython", key=KEY.hex(), urls=[f"http://127.0.0.1:{tape.port}"]) as wearable:
            await wearable.until("connected")
            await until_state(hass, lambda: state(hass, "binary_sensor", "connected") == "on")
            await wearable.send("down", "up")
            await wearable.until("release")
        await until_state(hass, lambda: state(hass, "binary_sensor", "connected") == "off")
    assert b'"welcome"' in tape.heard

    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(bytes(tape.said))
    async with asyncio.timeout(15):
        heard = await reader.read()
    writer.close()
    assert b'"challenge"' in heard and b'"reason":"proof"' in heard
    assert b'"welcome"' not in heard
    assert state(hass, "binary_sensor", "connected") == "off"
    assert http.server is not None and dict(http.server.app[KEY_FAILED_LOGIN_ATTEMPTS]) != {}
