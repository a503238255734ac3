"""The cues, for wearables that have none of their own. Each has a rhythm of its own (PROTOCOL.md, "Cues").

Numbers of notes and their lengths tell them apart, whatever the pitch: through a small speaker, or with hearing loss, the
rhythm is what is left.
"""

from dataclasses import dataclass

import numpy as np

_FULL = 12_000  # of 32767: cues stay below speech
_FADE_MS = 4  # against clicks


@dataclass(frozen=True, slots=True)
class Note:
    """A tone of `hz` for `on_ms`, then silence for `off_ms`; `loudness` is 0 to 1."""

    hz: int
    on_ms: int
    off_ms: int = 0
    loudness: float = 1.0


_HIGH, _MIDDLE, _LOW, _DEEP = 1000, 800, 600, 300
_SOFT = 0.35  # 9 dB below the others: it repeats all the while a person waits

NOTES: dict[str, tuple[Note, ...]] = {
    "listening": (Note(_HIGH, 120),),
    "thinking": (Note(_LOW, 30, 75, _SOFT), Note(_LOW, 30, 75, _SOFT), Note(_LOW, 30, 0, _SOFT)),
    "done": (Note(_HIGH, 60, 80), Note(_MIDDLE, 220)),
    "error": (Note(_DEEP, 300, 240), Note(_DEEP, 300)),
    "lost": (Note(_MIDDLE, 350, 110), Note(_LOW, 80, 110), Note(_DEEP, 80)),
    "back": (Note(_DEEP, 80, 110), Note(_LOW, 80, 110), Note(_HIGH, 350)),
    "refused": (*(Note(_DEEP, 100, 150),) * 3, Note(_DEEP, 100)),
}


def cue(name: str, rate_hz: int) -> bytes:
    """A cue as s16le mono PCM; `error` where there is none of that name."""
    return b"".join(_sound(note, rate_hz) for note in NOTES.get(name, NOTES["error"]))


def _sound(note: Note, rate_hz: int) -> bytes:
    """A note faded in and out, and the silence after it."""
    size = rate_hz * note.on_ms // 1000
    times_s = np.arange(size, dtype=np.float64) / rate_hz
    fade_s = _FADE_MS / 1000
    envelope = np.clip(np.minimum(times_s, times_s[::-1]) / fade_s, 0.0, 1.0)
    wave = np.sin(2 * np.pi * note.hz * times_s) * envelope * (_FULL * note.loudness)
    return wave.astype("<i2").tobytes() + bytes(2 * (rate_hz * note.off_ms // 1000))
