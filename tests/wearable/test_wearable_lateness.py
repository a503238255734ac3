"""Sound is on time while a picture of 200 KB goes up at 2 Mbit/s.

Here the narrow place is a relay right behind the wearable's socket, whose own buffers are a few KiB, so that what is measured
is how long sound waits in the wearable and its system. The suite `network` does the same with a queue in the network.
"""

import asyncio
import itertools

from home_simulator import Home
import pytest
from slow_relay import slow_relay
from wearable_processes import device

KEY = bytes(range(32))
BYTES_PER_S = 250_000
PICTURE_BYTES = 200_000
LATE_MS = 60.0
ATTEMPTS = 3  # a machine that is busy with something else makes chunks late, too
SETTINGS = {"capture": {"audio": True, "video": {"width": 1600, "height": 1200, "rate_hz": 1.0, "quality": 80}}}


@pytest.mark.parametrize("python", ["cpython", "micropython"])
async def test_no_chunk_of_sound_is_more_than_60_ms_late_while_a_picture_goes_up(python: str) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        late = await picture_beside_sound(python)
        if max(late) <= LATE_MS or attempt == ATTEMPTS:
            break
    assert max(late) <= LATE_MS


async def picture_beside_sound(python: str) -> list[float]:
    """How late each chunk was, in ms, until the first picture was whole."""
    async with (
        Home(KEY, settings=SETTINGS) as home,
        slow_relay(home.port, BYTES_PER_S) as relay,
        device(python, key=KEY.hex(), urls=[f"http://127.0.0.1:{relay.port}"], jpeg_bytes=PICTURE_BYTES) as wearable,
    ):
        await wearable.until("connected")
        loop = asyncio.get_running_loop()
        await wearable.send("down")
        await home.until(lambda: home.heard.sound)
        began_s = loop.time()
        await home.until(lambda: home.heard.pictures)
        took_s = loop.time() - began_s
        heard = home.heard
        assert not wearable.all("disconnected")
    assert took_s > 0.7, "the link is really held back: 200 KB and the sound beside it need 0.9 s"
    assert {later - earlier for earlier, later in itertools.pairwise(heard.sound_times_ms)} == {20}, "none was dropped"
    assert len(heard.sound_times_ms) >= 30
    return lateness_ms(heard.sound_times_ms, heard.sound_arrived_s)


def lateness_ms(times_ms: list[int], arrived_s: list[float]) -> list[float]:
    """For each chunk, how much later it came than the quickest one did."""
    delays = [arrived * 1000 - time_ms for time_ms, arrived in zip(times_ms, arrived_s, strict=True)]
    return [delay - min(delays) for delay in delays]
