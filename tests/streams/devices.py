"""A microphone, a loudspeaker and a phone for programs that expect such, in real time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import errno
import os
from pathlib import Path
import stat
import struct

from aiohttp import web
import numpy as np

from tests.rig.board import SILENCE, Speech
from tests.rig.coded_sound import QUESTION_HZ, answers_in, question_chunk

_CHUNK_S = 0.02
_PICTURES_PER_S = 5
_ENDLESS = 0xFFFF_FFFF
_LOUD, _GAP_SAMPLES = 300, 120  # 5 ms: an answer may follow a cue at once


class Voice:
    """What the microphone hears: nobody, until somebody asks a coded question."""

    def __init__(self) -> None:
        self._speech: Speech = SILENCE
        self._number = 0

    def ask(self, number: int, before_ms: int = 200, voiced_ms: int = 1000) -> None:
        """Ask from the next chunk on."""
        self._speech, self._number = Speech(number, before_ms, voiced_ms), 0

    def chunk(self) -> bytes:
        """The next 20 ms, s16le mono at 16 kHz."""
        self._number += 1
        return question_chunk(self._speech.chunk(self._number - 1))


async def into_pipe(voice: Voice, pipe: Path) -> None:
    """For ever: the voice in real time for whoever reads the pipe; what nobody takes is lost, as with a microphone."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            end = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as err:
            if err.errno != errno.ENXIO:
                raise
            await asyncio.sleep(_CHUNK_S)  # nobody reads yet
            continue
        next_s = loop.time()
        try:
            while True:
                next_s += _CHUNK_S
                await asyncio.sleep(max(0.0, next_s - loop.time()))
                try:
                    os.write(end, voice.chunk())
                except BlockingIOError:
                    continue
        except BrokenPipeError:
            continue
        finally:
            os.close(end)


def heard_answers(pcm: bytes) -> list[int]:
    """The numbers of all answers in what a player got (24 kHz), whatever cues stand between them."""
    sound = np.frombuffer(pcm[: len(pcm) & ~1], "<i2")
    loud = np.flatnonzero(np.abs(sound.astype(np.int32)) > _LOUD)
    if not loud.size:
        return []
    begins = [loud[0], *loud[1:][np.diff(loud) > _GAP_SAMPLES]]
    return [number for begin in begins for number in answers_in(sound[begin : begin + 24_000].tobytes())[:1]]


def write_program(folder: Path, name: str, line: str) -> None:
    """A program of this name that does something else."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{line}\n", encoding="ascii")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@asynccontextmanager
async def phone(voice: Voice, jpeg: bytes) -> AsyncIterator[str]:
    """An app that serves a phone's camera and microphone; its address."""

    async def video(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "multipart/x-mixed-replace; boundary=Ba4oTvQMY8ew04N8dcnM"}
        )
        await response.prepare(request)
        while True:
            head = f"--Ba4oTvQMY8ew04N8dcnM\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            await response.write(head.encode() + jpeg + b"\r\n")
            await asyncio.sleep(1 / _PICTURES_PER_S)

    async def audio(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "audio/x-wav"})
        await response.prepare(request)
        form = struct.pack("<HHIIHH", 1, 1, QUESTION_HZ, 2 * QUESTION_HZ, 2, 16)
        head = struct.pack("<4sI4s4sI", b"RIFF", _ENDLESS, b"WAVE", b"fmt ", len(form)) + form
        await response.write(head + struct.pack("<4sI", b"data", _ENDLESS))
        next_s = asyncio.get_running_loop().time()
        while True:
            next_s += _CHUNK_S
            await asyncio.sleep(max(0.0, next_s - asyncio.get_running_loop().time()))
            await response.write(voice.chunk())

    app = web.Application()
    app.add_routes([web.get("/video", video), web.get("/audio.wav", audio)])
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
