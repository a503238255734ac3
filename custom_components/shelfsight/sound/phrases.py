"""Short sentences that must be heard when everything else is down: kept as sound beside this file.

`phrases/<language>/phrases.json` maps names to texts; each name has a WAV (IMA ADPCM, 12 kHz, mono) made from the text by
`scripts/phrases`. A translation that lacks a phrase, or whose sound cannot be used, gets the English one in its place: a
sentence in another language is better than silence. Reading files blocks: use an executor.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
import json
import logging
from pathlib import Path
import struct
import threading
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from . import adpcm

_LOGGER = logging.getLogger(__name__)

PHRASES_HZ = 12_000
_FOLDER = Path(__file__).with_name("phrases")
_FALLBACK_LANGUAGE = "en"
_IMA_ADPCM = 0x11
# A household speaks one or two; with a third, the one that was asked for longest ago is read again when it is needed.
_LANGUAGES_KEPT = 2
_LOADING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence and its sound (s16le mono at `PHRASES_HZ`)."""

    text: str
    pcm: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recording:
    """What a WAV file holds: ADPCM blocks, shape (blocks, bytes of a block), and how many samples of them count."""

    blocks: NDArray[np.uint8]
    samples: int


def load(language: str) -> Mapping[str, Phrase]:
    """All phrases in a language (an IETF tag; its first part counts), or in English where there is no translation.

    Whoever asks for the same language gets the same ones: decoded they take 3 MB. Blocks; any thread may ask.

    Raises:
        OSError, ValueError: the English ones cannot be read; the installation is damaged.
    """
    code = language.replace("_", "-").split("-", maxsplit=1)[0].lower()
    with _LOADING:  # else all entries, which are set up at the same time, would each decode their own
        return _load(_FOLDER, code)


@lru_cache(maxsize=_LANGUAGES_KEPT)
def _load(folder: Path, code: str) -> Mapping[str, Phrase]:
    english = folder / _FALLBACK_LANGUAGE
    texts = _read_texts(english)
    sounds = {}
    for name, (text, recording) in _read_translation(folder, code).items():
        if name in texts:
            texts[name], sounds[name] = text, recording
    for name in texts.keys() - sounds.keys():
        sounds[name] = read_wav((english / f"{name}.wav").read_bytes())
    pcm = _decode(sounds)
    return MappingProxyType({name: Phrase(text, pcm[name]) for name, text in texts.items()})


def read_wav(wav: bytes) -> Recording:
    """The recording in a WAV file.

    Raises:
        ValueError: it holds no sound, or not in the form phrases are kept in.
    """
    chunks = dict(_chunks(wav))
    form, data, fact = (chunks.get(name, b"") for name in (b"fmt ", b"data", b"fact"))
    if len(form) < 16 or not data:
        raise ValueError("a WAV file without data")
    kind, channels, rate_hz, _bytes_a_second, block_bytes, _bits = struct.unpack_from("<HHIIHH", form)
    if (kind, channels, rate_hz) != (_IMA_ADPCM, 1, PHRASES_HZ):
        raise ValueError(f"not IMA ADPCM, mono, {PHRASES_HZ} Hz, but format {kind}, {channels} channels, {rate_hz} Hz")
    blocks = adpcm.blocks_of(data, block_bytes)
    held = blocks.shape[0] * adpcm.samples_a_block(block_bytes)
    return Recording(blocks, min(held, int.from_bytes(fact[:4], "little")) if len(fact) >= 4 else held)


def _read_translation(phrases: Path, code: str) -> dict[str, tuple[str, Recording]]:
    """The phrases a language has of its own: text and sound."""
    folder = phrases / code
    if code == _FALLBACK_LANGUAGE or not code.isalpha() or not folder.is_dir():
        return {}
    try:
        texts = _read_texts(folder)
    except (OSError, ValueError) as err:
        _LOGGER.warning("The phrases in %s cannot be used, the English ones are: %s", code, err)
        return {}
    own = {}
    for name, text in texts.items():
        try:
            own[name] = (text, read_wav((folder / f"{name}.wav").read_bytes()))
        except (OSError, ValueError) as err:
            _LOGGER.warning("The phrase %s in %s cannot be used, the English one is: %s", name, code, err)
    return own


def _read_texts(folder: Path) -> dict[str, str]:
    texts = json.loads((folder / "phrases.json").read_text(encoding="utf-8"))
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise ValueError("phrases.json is not an object of texts")
    return texts


def _chunks(wav: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a RIFF file: name and content."""
    position = 12
    while position + 8 <= len(wav):
        size = int.from_bytes(wav[position + 4 : position + 8], "little")
        yield wav[position : position + 4], wav[position + 8 : position + 8 + size]
        position += 8 + size + size % 2


def _decode(recordings: dict[str, Recording]) -> dict[str, bytes]:
    """All recordings as s16le; decoded together, which takes hardly longer than one alone."""
    pcm = {}
    for block_bytes in {recording.blocks.shape[1] for recording in recordings.values()}:
        alike = {name: it for name, it in recordings.items() if it.blocks.shape[1] == block_bytes}
        decoded = adpcm.decode(np.concatenate([recording.blocks for recording in alike.values()]))
        start = 0
        for name, recording in alike.items():
            stop = start + recording.blocks.shape[0]
            pcm[name] = decoded[start:stop].reshape(-1)[: recording.samples].astype("<i2").tobytes()
            start = stop
    return pcm
