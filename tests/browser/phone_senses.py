"""What a browser's fake microphone and camera give: a question that somebody speaks, and a film of a drawn shelf."""

import asyncio
import io
from pathlib import Path
import shutil
import wave

from PIL import Image

from drawn_shelves import DEFAULT, Truth, draw
from local_live.voice import speak

RATE_HZ = 48_000
QUESTION = "Where is the gluten free bread?"
_LEAD_MS = 400
# Longer than anybody listens for an end: the browser plays the file again and again.
_REST_MS = 20_000


def write_question(path: Path, text: str = QUESTION, lead_ms: int = _LEAD_MS) -> float:
    """A WAV file with the question, silence before and after it; how many seconds in the speech ends."""
    speech = speak(text, rate_hz=RATE_HZ)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        for piece in (bytes(2 * RATE_HZ * lead_ms // 1000), speech, bytes(2 * RATE_HZ * _REST_MS // 1000)):
            file.writeframes(piece)
    return lead_ms / 1000 + len(speech) / 2 / RATE_HZ


def shelf() -> tuple[bytes, Truth]:
    """A drawn shelf as JPEG, and the truth about it."""
    picture, truth = draw(DEFAULT)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=92)
    return out.getvalue(), truth


async def write_film(path: Path, jpeg: bytes) -> None:
    """An MJPEG film of one picture, two seconds of it, made by ffmpeg; the browser shows it again and again.

    Raises:
        RuntimeError: ffmpeg failed.
    """
    still = path.with_suffix(".jpg")
    await asyncio.to_thread(_save_even, still, jpeg)
    process = await asyncio.create_subprocess_exec(
        shutil.which("ffmpeg") or "ffmpeg", "-v", "error", "-y", "-loop", "1", "-framerate", "5", "-i", str(still),
        "-t", "2", "-pix_fmt", "yuvj420p", "-q:v", "2", "-f", "mjpeg", str(path), stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await process.communicate()
    if process.returncode:
        raise RuntimeError(said.decode(errors="replace"))


def _save_even(path: Path, jpeg: bytes) -> None:
    """Both sides even, as the film wants them."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        picture.crop((0, 0, picture.width // 2 * 2, picture.height // 2 * 2)).save(path, quality=95)
