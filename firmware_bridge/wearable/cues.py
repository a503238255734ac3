"""The built-in sounds, computed. They differ in rhythm and direction, so that pitch alone never has to be told apart.

A note is (period in samples at 24 kHz, sounding for ms, silence after it in ms): the period is a whole number of samples,
so one period is computed and repeated instead of every sample. 24 kHz / 30 is 800 Hz.
"""

import math

_HIGH, _MIDDLE, _LOW, _DEEP = 24, 30, 40, 80  # 1000, 800, 600, 300 Hz at 24 kHz
_STEPS = 4  # periods over which a note fades in and out, against clicks
_FULL = 12000  # of 32767: cues stay below speech
_REFERENCE_HZ = 24000

NOTES = {
    "listening": ((_MIDDLE, 60, 30), (_HIGH, 90, 0)),  # short up
    "thinking": ((_LOW, 40, 160), (_LOW, 40, 160), (_LOW, 40, 0)),  # three even ticks
    "done": ((_HIGH, 60, 30), (_MIDDLE, 90, 0)),  # short down
    "error": ((_DEEP, 250, 100), (_DEEP, 250, 0)),  # two long deep
    "lost": ((_MIDDLE, 150, 50), (_LOW, 150, 50), (_DEEP, 400, 0)),  # falling, long end
    "back": ((_DEEP, 100, 30), (_LOW, 100, 30), (_HIGH, 250, 0)),  # rising
    "refused": ((_DEEP, 80, 60), (_DEEP, 80, 60), (_DEEP, 80, 60), (_DEEP, 400, 0)),  # three short, one long
}


def notes_of(name: str) -> tuple:
    """The notes of a cue; those of `error` if the name is none."""
    return NOTES.get(name, NOTES["error"])


def digits_as_notes(digits: str) -> tuple:
    """Digits as counted beeps, for a board without a voice: 3 is three short high ones, 0 is one long deep one."""
    notes = []
    for digit in digits:
        notes.extend(((_HIGH, 100, 150),) * int(digit) or ((_DEEP, 400, 150),))
        notes.append((_HIGH, 0, 800))
    return tuple(notes)


def pieces(notes: tuple, rate_hz: int, volume: int = 100) -> object:
    """Yields the notes as s16le mono PCM, in pieces of at most about 20 ms; `volume` is 0 to 100."""
    for period_24k, on_ms, off_ms in notes:
        period = max(4, period_24k * rate_hz // _REFERENCE_HZ)
        periods = on_ms * rate_hz // (1000 * period)
        waves = [_wave(period, _FULL * volume * step // (100 * _STEPS)) for step in range(1, _STEPS + 1)]
        at_once = max(1, rate_hz // (50 * period))
        done = 0
        while done < periods:
            edge = min(done, periods - 1 - done)
            if edge < _STEPS - 1:
                count = 1
                yield waves[edge]
            else:
                count = min(at_once, periods - (_STEPS - 1) - done)
                yield waves[-1] * count
            done += count
        for _ in range(off_ms // 20):
            yield bytes(rate_hz // 50 * 2)


def duration_ms(notes: tuple) -> int:
    """How long the notes last."""
    return sum(on_ms + off_ms for _period, on_ms, off_ms in notes)


def _wave(period: int, peak: int) -> bytes:
    wave = bytearray(2 * period)
    for index in range(period):
        value = int(peak * math.sin(2 * math.pi * index / period)) & 0xFFFF
        wave[2 * index] = value & 0xFF
        wave[2 * index + 1] = value >> 8
    return bytes(wave)
