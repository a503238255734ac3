"""Short sentences that must be heard when everything else is down: kept as sound beside this file.

`phrases/<language>/phrases.json` maps names to texts; each name has a WAV (G.711 mu-law, 16 kHz, mono) made from the text by
`scripts/phrases`. Reading files blocks: use an executor.
"""

from dataclasses import dataclass, field
import json
from pathlib import Path

import numpy as np

PHRASES_HZ = 16_000
_FOLDER = Path(__file__).with_name("phrases")
_FALLBACK_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence and its sound (s16le mono at 16 kHz)."""

    text: str
    pcm: bytes = field(repr=False)


def decode_mulaw(data: bytes) -> bytes:
    """G.711 mu-law bytes as s16le PCM (ITU-T G.711, table 2a)."""
    code = ~np.frombuffer(data, dtype=np.uint8)
    exponent = (code >> 4) & 7
    magnitude = (((code & 15).astype(np.int32) << 3) + 132 << exponent.astype(np.int32)) - 132
    return np.where(code & 128, -magnitude, magnitude).astype("<i2").tobytes()


def wav_data(wav: bytes) -> bytes:
    """The bytes of a WAV file's data chunk.

    Raises:
        ValueError: it has none.
    """
    position = 12
    while position + 8 <= len(wav):
        size = int.from_bytes(wav[position + 4 : position + 8], "little")
        if wav[position : position + 4] == b"data":
            return wav[position + 8 : position + 8 + size]
        position += 8 + size + size % 2
    raise ValueError("a WAV file without data")


def load(language: str) -> dict[str, Phrase]:
    """All phrases in a language (an IETF tag; its first part counts), or in English where there is no translation."""
    folder = _FOLDER / language.split("-", maxsplit=1)[0].lower()
    if not folder.is_dir():
        folder = _FOLDER / _FALLBACK_LANGUAGE
    texts: dict[str, str] = json.loads((folder / "phrases.json").read_text(encoding="utf-8"))
    return {
        name: Phrase(text, decode_mulaw(wav_data((folder / f"{name}.wav").read_bytes())))
        for name, text in texts.items()
    }
