"""Phrases from files: `folder/<language>/<name>.wav`, IMA ADPCM mono, decoded while they are played, a piece at a time.

The files are made by scripts/phrases; the form is the one every player knows as `adpcm_ima_wav`. A block is its first
sample (s16le), the index into the table of steps, a zero byte, and then a nibble for each further sample, the low one of
a byte first ("Recommended Practices for Enhancing Digital Audio Compatibility in Multimedia Systems", IMA, 1992).
Memory: one block of the file, one piece of 20 ms and, from the first phrase on, two tables of 9 KiB together.
"""

from array import array
import os
import struct

_FALLBACK = "en"
_IMA_ADPCM = 0x11
_HEAD_BYTES = 4
_MAX_BLOCK_BYTES = 1024
_LAST_INDEX = 88
_PIECE_MS = 19  # of 20: what comes out of a piece of the file is not always whole
_DIGIT_GAP_MS = 300  # after each digit: nobody writes them down, everybody compares them

_STEPS = array(
    "H",
    (
        7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97,
        107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796,
        876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871,
        5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623,
        27086, 29794, 32767,
    ),
)  # fmt: skip
_UNUSABLE = (OSError, ValueError)
_TABLES = []  # made when something is first said
_MOVES = (-1, -1, -1, -1, 2, 4, 6, 8)


class FilePhrases:
    """`drivers.Phrases` from a folder that holds one folder for each language."""

    def __init__(self, folder: str, language: str = _FALLBACK) -> None:
        """`language` is a BCP 47 tag; what it lacks is said in English."""
        self._folder = folder
        self._language = _FALLBACK
        self._file = None
        self.set_language(language)

    def set_language(self, tag: str) -> None:
        """Takes the first part of the tag, if there are phrases in that language."""
        language = (tag or "").replace("_", "-").split("-")[0].lower()
        if language and language.isalpha() and _exists(self._folder + "/" + language):
            self._language = language

    async def pieces(self, name: str, detail: str, rate_hz: int) -> object | None:
        """As `drivers.Phrases.pieces`; the file is opened when the first piece is asked for."""
        names = [name]
        if name == "digits":
            names.extend("digit_" + digit for digit in detail)
        paths = [self._path(each) for each in names]
        return None if None in paths else self._said(paths, rate_hz)

    def _path(self, name: str) -> str | None:
        for language in (self._language, _FALLBACK):
            path = self._folder + "/" + language + "/" + name + ".wav"
            if _is_sound(path):
                return path
        return None

    def _said(self, paths: list, rate_hz: int) -> object:
        for path in paths:
            if self._file is not None:
                self._file.close()  # of a phrase that was cut
            self._file = open(path, "rb")  # noqa: SIM115 -- MicroPython does not close what a forgotten generator holds
            yield from decoded(self._file, rate_hz)
            self._file.close()
            if len(paths) > 1:
                quiet = bytes(rate_hz * _PIECE_MS // 1000 * 2)
                for _ in range(_DIGIT_GAP_MS // _PIECE_MS):
                    yield quiet


def read_head(file: object) -> tuple:
    """Reads a WAV file up to its sound: (rate in Hz, bytes of a block, samples).

    Raises:
        ValueError: it holds no sound, or not IMA ADPCM mono.
    """
    rate_hz = block_bytes = samples = 0
    file.read(12)  # RIFF, its length, WAVE
    while len(head := file.read(8)) == 8:
        name, count = struct.unpack("<4sI", head)
        if name == b"data" and block_bytes:
            whole = count // block_bytes * (2 * (block_bytes - _HEAD_BYTES) + 1)
            return rate_hz, block_bytes, min(samples or whole, whole)
        content = file.read(min(count, 14))
        file.seek(count + count % 2 - len(content), 1)
        if name == b"fmt " and len(content) == 14:
            kind, channels, rate_hz, _, block_bytes = struct.unpack("<HHIIH", content)
            if (kind, channels) != (_IMA_ADPCM, 1) or not _HEAD_BYTES < block_bytes <= _MAX_BLOCK_BYTES:
                break
        elif name == b"fact" and len(content) >= 4:
            samples = struct.unpack("<I", content[:4])[0]
    raise ValueError("no IMA ADPCM mono WAV file")


def decoded(file: object, rate_hz: int) -> object:
    """Yields a WAV file's sound as s16le at `rate_hz`, in pieces of 19 ms.

    Between two samples of the file the sound goes on in a straight line. The loops are written for a slow interpreter.

    Raises:
        ValueError: as `read_head`, or a block begins with a step there is none of.
    """
    file_hz, block_bytes, samples = read_head(file)
    piece = array("h", bytes(2 * (rate_hz * _PIECE_MS // 1000 + 1)))
    twice = rate_hz == 2 * file_hz
    before = None
    due = 0  # how far the next sample to be played lies behind `before`, in parts of rate_hz of a sample
    for held, count in _samples(file, block_bytes, samples, file_hz * _PIECE_MS // 1000):
        filled = 0
        first = 0
        if before is None:
            before = held[0]
            first = 1
        if twice:
            for index in range(first, count):
                now = held[index]
                piece[filled] = before
                piece[filled + 1] = (before + now) >> 1
                filled += 2
                before = now
        else:
            for index in range(first, count):
                now = held[index]
                while due < rate_hz:
                    piece[filled] = before + (now - before) * due // rate_hz
                    filled += 1
                    due += file_hz
                due -= rate_hz
                before = now
        yield bytes(memoryview(piece)[:filled])


def _samples(file: object, block_bytes: int, left: int, most: int) -> object:
    """Yields (array of samples, how many of them count), at most `most` at a time; always the same array."""
    changes, followers = _tables()
    block = bytearray(block_bytes)
    held = array("h", bytes(2 * most))
    count = 0
    while left:
        if file.readinto(block) != block_bytes or block[2] > _LAST_INDEX:
            raise ValueError("a damaged block")
        now = struct.unpack_from("<h", block)[0]
        state = block[2] << 4
        in_block = min(left, 2 * (block_bytes - _HEAD_BYTES) + 1)
        left -= in_block
        held[count] = now
        count += 1
        for place in range(2 * _HEAD_BYTES, 2 * _HEAD_BYTES + in_block - 1):
            if count == most:
                yield held, count
                count = 0
            state += block[place >> 1] >> 4 if place & 1 else block[place >> 1] & 15
            now += changes[state]
            if not -32768 <= now <= 32767:
                now = 32767 if now > 0 else -32768
            held[count] = now
            count += 1
            state = followers[state]
        if count == most:
            yield held, count
            count = 0
    if count:
        yield held, count


def _tables() -> tuple:
    """For each step and nibble, at 16 * index + nibble: the change of the sample, and the next index times 16."""
    if not _TABLES:
        changes = array("i", bytes(4 * 16 * (_LAST_INDEX + 1)))
        followers = array("h", bytes(2 * 16 * (_LAST_INDEX + 1)))
        for index, step in enumerate(_STEPS):
            for nibble in range(16):
                change = (step >> 3) + (nibble & 1) * (step >> 2) + (nibble >> 1 & 1) * (step >> 1)
                change += (nibble >> 2 & 1) * step
                changes[16 * index + nibble] = -change if nibble & 8 else change
                followers[16 * index + nibble] = 16 * min(max(index + _MOVES[nibble & 7], 0), _LAST_INDEX)
        _TABLES.extend((changes, followers))
    return tuple(_TABLES)


def _is_sound(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            read_head(file)
    except _UNUSABLE:
        return False
    return True


def _exists(path: str) -> bool:
    try:
        os.stat(path)
    except OSError:
        return False
    return True
