"""An hour with the wearable on MicroPython with a heap of 192 KiB: what it needs, and that it needs no more in the end.

The hour runs ten times as fast as a real one, and what is idle of it is skipped; sockets, home and interpreter are real, and
so is every byte: 10,000 chunks of sound, 2,000 pictures of 200 KB from memory outside the heap, 200 reconnects.

The logic runs from a ROM file system, as a board's does (or frozen code), so its bytecode is not in the heap; the second test
says what it takes as .mpy files, which are read into the heap. Both figures are of this interpreter: Debian's has words of 64
bits, a microcontroller of 32. SHELFSIGHT_MICROPYTHON_32 may name an interpreter with 32 (Debian's for i386), which is then
measured too.
"""

import os
from pathlib import Path
import sys
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import compiled
from home_simulator import Home
import wearable_processes as processes

KEY = bytes(range(32))
NOTHING: dict[str, Any] = {"type": "capture", "audio": False, "video": None, "still": None}
SETTINGS = {"capture": {"audio": True, "video": {"width": 1600, "height": 1200, "rate_hz": 20, "quality": 80}}}
PICTURE_BYTES = 200_000
ROUNDS = 200
CHUNKS_A_ROUND, PICTURES_A_ROUND = 50, 10
SPEED = 10
SKIPPED_MS = 12_000  # less than the silence after which a link is given up
WARM = 10  # rounds after which everything has been used once
HEAP = "192k"
MOST_BYTES = 128 * 1024
GROWTH_BYTES = 256


@pytest.fixture(params=["here", "32 bits"])
def interpreter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The interpreter of this machine, or the one with words of 32 bits where there is one."""
    if request.param == "32 bits":
        other = os.environ.get("SHELFSIGHT_MICROPYTHON_32")
        if not other:
            pytest.skip("SHELFSIGHT_MICROPYTHON_32 names no MicroPython with words of 32 bits")
        monkeypatch.setenv("MICROPYTHON", other)
    return str(request.param)


def tell(line: str) -> None:
    """Figures are part of the result: the suite runs with -s."""
    sys.stdout.write(line + "\n")


async def one_round(home: Home, wearable: processes.LineProcess, number: int) -> None:
    """A question with sound and pictures, its answer, some idle time, and the loss of the link."""
    await wearable.until("connected")
    wearable.events.clear()
    heard = home.heard
    await wearable.send("down", "up")
    await home.until(
        lambda: len(heard.sound_sequences) >= CHUNKS_A_ROUND and len(heard.picture_sequences) >= PICTURES_A_ROUND,
        timeout_s=60,
    )
    await home.send({**NOTHING, "press": number})
    await home.send({"type": "cue", "name": "thinking"})
    await home.speak(number, bytes(48 * 300))
    await home.until(lambda: home.texts("played", turn=number, done=True))
    assert {len(picture) for picture in heard.pictures} == {PICTURE_BYTES}
    heard.pictures.clear()
    assert home.socket is not None
    await wearable.send(f"skip {SKIPPED_MS}")
    home.socket._req.transport.abort()
    await home.until(lambda: len(home.connections) > number)


@pytest.mark.timeout(900)
async def test_an_hour_of_questions_fits_into_the_heap_and_leaves_it_as_it_was(interpreter: str) -> None:
    async with Home(KEY, settings=SETTINGS) as home:
        options: dict[str, Any] = {"first_ms": 10, "longest_ms": 50, "silent_ms": 600_000, "safety_ms": 600_000}
        async with processes.device(
            "micropython", heap=HEAP, key=KEY.hex(), urls=[home.url], jpeg_bytes=PICTURE_BYTES, speed=SPEED, **options
        ) as wearable:
            await home.until(lambda: home.connections)
            figures = []
            for number in range(1, ROUNDS + 1):
                await one_round(home, wearable, number)
                if number % WARM == 0:
                    told = await wearable.tell()
                    assert told["released"]
                    figures.append((told["logic_bytes"], told["heap_bytes"]))
            await wearable.until("connected")
            await wearable.send("down")
            await home.until(lambda: len(home.heard.picture_sequences) >= 1)
            busy = await wearable.tell()
    chunks = sum(len(heard.sound_sequences) for heard in home.connections)
    pictures = sum(len(heard.picture_sequences) for heard in home.connections)
    logic, everything = zip(*figures, strict=True)
    tell(
        f"\n{interpreter}: {chunks} chunks, {pictures} pictures, {len(home.connections) - 1} reconnects;"
        f" heap of the logic between questions {min(logic[:5])} bytes at first, {min(logic[-5:])} at the end,"
        f" at most {max(logic)},"
        f" and {busy['logic_bytes']} in the middle of a question ({busy['logic_bytes'] / 1024:.0f} KiB);"
        f" with interpreter, asyncio and test board {max(everything)}"
    )
    assert chunks >= ROUNDS * CHUNKS_A_ROUND and pictures >= ROUNDS * PICTURES_A_ROUND
    assert len(home.connections) - 1 >= ROUNDS
    # The least of each quarter of the hour: what a message under way holds comes and goes.
    quarter = len(logic) // 4
    assert min(logic[-quarter:]) - min(logic[:quarter]) <= GROWTH_BYTES
    assert max(*logic, busy["logic_bytes"]) <= MOST_BYTES


async def test_what_the_logic_takes_when_its_code_is_read_into_the_heap(interpreter: str) -> None:
    """No limit for words of 64 bits: a board has words of 32."""
    command, environment = processes.interpreter("micropython")
    async with Home(KEY, settings=SETTINGS) as home:
        picture = compiled.folder()
        assert picture is not None
        options = f'{{"key": "{KEY.hex()}", "urls": ["{home.url}"], "picture": "{__file__}"}}'
        running = await processes.LineProcess.start(
            [*command, "-X", "heapsize=400k", "-m", "memory_device", options], environment, picture
        )
        try:
            await running.until("connected")
            await running.send("down")
            await home.until(lambda: len(home.heard.sound) > 640 * 20 and home.heard.pictures)
            told = await running.tell()
        finally:
            await running.close()
    tell(
        f"\n{interpreter}: {told['logic_bytes']} bytes as .mpy files in the heap ({told['logic_bytes'] / 1024:.0f} KiB)"
    )
    if interpreter == "32 bits":
        assert told["logic_bytes"] <= MOST_BYTES
