"""Sound cards with the real PortAudio: on ALSA's `file` and `null` plugins, and on a real sound server that keeps time."""

from collections.abc import Iterator
import contextlib
import itertools
import os
from pathlib import Path
import struct
import subprocess
import sys
import threading

import pytest
from sound_server import ECHO, asound, require_portaudio, server
from wearable_processes import REPOSITORY

from firmware_bridge.boards.linux.echo import EchoPair, find_pair, look

PORTAUDIO = """
import asyncio, faulthandler, os, sys, time
from firmware_bridge.boards.linux.card_microphone import CardMicrophone
from firmware_bridge.boards.linux.card_speaker import CardSpeaker
from firmware_bridge.boards.linux.cards import SoundCards
from firmware_bridge.wearable.drivers import DriverError

async def said(awaitable):
    try:
        await awaitable
    except DriverError as error:
        return str(error)

async def main():
    cards = SoundCards()
    chunk = memoryview(bytearray(640))
{body}
    await cards.shutdown()

faulthandler.dump_traceback_later(25, exit=True)
asyncio.run(main())
"""


def run(environment: dict[str, str], body: str) -> str:
    """Runs lines in a process of their own: PortAudio asks ALSA once what cards there are. Returns what they print."""
    text = PORTAUDIO.format(body="\n".join(f"    {line}" for line in body.strip("\n").splitlines()))
    done = subprocess.run(
        [sys.executable, "-c", text],
        env={**environment, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def ramp(count: int) -> bytes:
    return struct.pack(f"<{count}h", *((index * 37) % 32000 + 1 for index in range(count)))


@contextlib.contextmanager
def spoken(path: Path, pcm: bytes) -> Iterator[None]:
    """A pipe that gives `pcm` at the pace of a voice to whoever opens it, from its beginning each time, then silence."""
    os.mkfifo(path)
    over = threading.Event()

    def speak() -> None:
        while not over.is_set():
            with contextlib.suppress(BrokenPipeError), path.open("wb", buffering=0) as file:
                for place in itertools.count(0, 640):
                    file.write(pcm[place : place + 640] or bytes(640))
                    if over.wait(0.02):
                        return

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield
    finally:
        over.set()
        os.close(os.open(path, os.O_RDWR))  # the thread may still be waiting for somebody to listen
        thread.join()


def test_what_a_card_gives_comes_out_bit_for_bit_from_its_first_sample(tmp_path: Path) -> None:
    require_portaudio()
    environment = asound(
        tmp_path,
        f'pcm.ears {{ type file slave.pcm null file "{tmp_path}/out.raw" infile "{tmp_path}/in.raw" format raw }}',
    )
    pcm = ramp(16000)
    with spoken(tmp_path / "in.raw", pcm):
        run(
            environment,
            f"""
microphone = CardMicrophone(cards, "ears")
microphone.start()
heard = b""
for _ in range(20):
    await microphone.read_into(chunk)
    heard += bytes(chunk)
microphone.stop()
await microphone.close()
open("{tmp_path}/heard.raw", "wb").write(heard)
""",
        )
    heard = (tmp_path / "heard.raw").read_bytes()
    assert heard == pcm[: len(heard)] and len(heard) == 20 * 640


def test_what_is_written_is_played_bit_for_bit(tmp_path: Path) -> None:
    require_portaudio()
    environment = asound(tmp_path, f'pcm.mouth {{ type file slave.pcm null file "{tmp_path}/out.raw" format raw }}')
    pcm = ramp(24000)
    (tmp_path / "in.raw").write_bytes(pcm)
    run(
        environment,
        f"""
speaker = CardSpeaker(cards, "mouth")
await speaker.write(memoryview(open("{tmp_path}/in.raw", "rb").read()))
while speaker.queued_ms():
    await asyncio.sleep(0.001)
await speaker.close()
""",
    )
    assert pcm in (tmp_path / "out.raw").read_bytes()


def test_a_card_takes_as_long_as_the_sound_is_and_is_silent_at_once_when_cleared(tmp_path: Path) -> None:
    with server(tmp_path) as environment:
        printed = run(
            environment,
            """
speaker = CardSpeaker(cards, "pulse")
await speaker.open()
piece = memoryview(b"\\x00\\x20" * 480)
for _ in range(20):
    await speaker.write(piece)
while speaker.queued_ms():
    await asyncio.sleep(0.002)  # the server's card that is none takes its time to begin
began_s = time.monotonic()
for _ in range(50):
    while speaker.queued_ms() > 60:
        await asyncio.sleep(0.002)
    await speaker.write(piece)
while speaker.queued_ms():
    await asyncio.sleep(0.002)
print(time.monotonic() - began_s)
for _ in range(40):
    await speaker.write(piece)
before_ms = speaker.queued_ms()
speaker.clear()
print(before_ms, speaker.queued_ms())
speaker.rest(True)
await asyncio.sleep(0.5)
speaker.rest(False)
await speaker.write(piece)
print(speaker.queued_ms())
await speaker.close()
""",
        )
    took_s, cleared, again = printed.strip().splitlines()
    assert 0.9 < float(took_s) < 1.6, "a second of sound"
    before_ms, after_ms = map(int, cleared.split())
    assert before_ms > 500 and after_ms == 0
    assert int(again) > 0, "it is opened again after a rest"


def test_a_card_that_is_lost_is_said_and_found_again_at_the_next_press(tmp_path: Path) -> None:
    """The sound server is ended and begun anew, as a USB card that is pulled out and put back."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    lines = """
microphone, speaker = CardMicrophone(cards, "pulse"), CardSpeaker(cards, "pulse")
microphone.start()
await microphone.read_into(chunk)
await speaker.write(chunk)
print("there", flush=True)
sys.stdin.readline()
async def listen():
    while True:
        await microphone.read_into(chunk)
async def talk():
    while True:
        await speaker.write(chunk)
        await asyncio.sleep(0.02)
print(await asyncio.wait_for(said(listen()), 8), flush=True)
microphone.stop()
print(await asyncio.wait_for(said(talk()), 8), flush=True)
microphone.start()
print(await asyncio.wait_for(said(microphone.read_into(chunk)), 8), flush=True)
microphone.stop()
sys.stdin.readline()
microphone.start()
print(await asyncio.wait_for(said(microphone.read_into(chunk)), 8), flush=True)
print(await asyncio.wait_for(said(speaker.write(chunk)), 8), flush=True)
await microphone.close()
await speaker.close()
"""
    text = PORTAUDIO.format(body="\n".join(f"    {line}" for line in lines.strip("\n").splitlines()))
    with server(first) as environment:
        process = subprocess.Popen(
            [sys.executable, "-c", text],
            env={**environment, "PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == "there\n"
    try:
        process.stdin.write("\n")
        process.stdin.flush()
        heard, played, still = (process.stdout.readline().strip() for _ in range(3))
        assert heard not in {"None", ""} and played not in {"None", ""}
        assert "sound card pulse" in still
        (first / "native").unlink(missing_ok=True)
        with server(second) as environment:
            (first / "native").symlink_to(second / "native")
            output, errors = process.communicate("\n", 30)
        assert output.split() == ["None", "None"], errors[-1000:]
    finally:
        process.kill()
        process.wait()


def test_a_card_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    require_portaudio()
    printed = run(
        asound(tmp_path, ""),
        """
microphone, speaker = CardMicrophone(cards, "nowhere"), CardSpeaker(cards, "nowhere")
microphone.start()
print(await said(microphone.read_into(chunk)))
print(await said(speaker.write(chunk)))
await microphone.close()
""",
    )
    microphone, speaker = printed.strip().splitlines()
    assert microphone.startswith("the microphone of the sound card nowhere cannot be opened")
    assert speaker.startswith("the speaker of the sound card nowhere cannot be opened")


SOURCES = "1\tcard.monitor\tmodule-null-sink.c\ts16le\tIDLE\n2\tcard.echo-cancel\tmodule-echo-cancel.c\ts16le\tIDLE\n"
SINKS = "1\tcard\tmodule-null-sink.c\ts16le\tIDLE\n2\tcard.echo-cancel\tmodule-echo-cancel.c\ts16le\tIDLE\n"
PIPEWIRE = "51\techo-cancel-{}\tPipeWire\tfloat32le 2ch 48000Hz\tSUSPENDED\n"


@pytest.mark.parametrize(
    ("sources", "sinks", "asked", "found"),
    [
        (SOURCES, SINKS, None, EchoPair("card.echo-cancel", "card.echo-cancel")),
        (PIPEWIRE.format("source"), PIPEWIRE.format("sink"), None, EchoPair("echo-cancel-source", "echo-cancel-sink")),
        (SOURCES, SINKS.splitlines()[0], None, None),
        (SOURCES.splitlines()[0], SINKS, None, None),
        (
            SOURCES,
            SINKS,
            EchoPair("card.echo-cancel", "card.echo-cancel"),
            EchoPair("card.echo-cancel", "card.echo-cancel"),
        ),
        (SOURCES, SINKS, EchoPair("other", "card.echo-cancel"), None),
        ("3\tcard.echo-cancel.monitor\tmodule-echo-cancel.c\ts16le\tIDLE\n", SINKS, None, None),
        ("", "", None, None),
        ("nonsense\n\n", "nonsense", None, None),
    ],
    ids=["pulse", "pipewire", "no sink", "no source", "named", "not there", "monitor", "nothing", "nonsense"],
)
def test_echo_is_only_cancelled_by_a_source_and_a_sink_that_are_both_there(
    sources: str, sinks: str, asked: EchoPair | None, found: EchoPair | None
) -> None:
    assert find_pair(sources, sinks, asked) == found


async def test_the_real_server_is_asked(tmp_path: Path) -> None:
    with server(tmp_path) as environment:
        assert await look(environment) is None
    other = tmp_path / "other"
    other.mkdir()
    with server(other, *ECHO) as environment:
        pair = EchoPair("wearable.echo-cancel", "wearable.echo-cancel.sink")
        assert await look(environment) == pair
        assert await look(environment, EchoPair("wearable.echo-cancel", "card")) == EchoPair(
            "wearable.echo-cancel", "card"
        )
        assert await look(environment, EchoPair("elsewhere", "card")) is None
    assert await look(environment) is None, "the server is gone"
