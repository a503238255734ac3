"""The built-in sounds, computed. Each has a rhythm of its own (how many notes, how long, how far apart).

Pitch only adds to it: through a small speaker, in a loud shop or with hearing loss the rhythm is what is left.

A note is (period in samples at 24 kHz, sounding for ms, silence after it in ms, loudness in percent): the period is a
whole number of samples, so one period is computed and repeated instead of every sample. 24 kHz / 30 is 800 Hz.
"""

import math

_HIGH, _DEEP = 24, 80  # 1000 and 300 Hz at 24 kHz
_STEPS = 4  # periods over which a note fades in and out, against clicks
_FULL = 12000  # of 32767: cues stay below speech
_REFERENCE_HZ = 24000
_PIECE_MS = 20

# Gaps are 70 ms or more: shorter ones fill up with the ringing of a small speaker and of the room. `thinking` is 9 dB below
# the others: it repeats all the while a person waits. Plain numbers, because MicroPython leaves those in the flash.
NOTES = {
    "listening": ((24, 120, 0, 100),),  # one short: it sounds into the open microphone
    "thinking": ((40, 30, 75, 35), (40, 30, 75, 35), (40, 30, 0, 35)),  # three soft ticks
    "done": ((24, 60, 80, 100), (30, 220, 0, 100)),  # short, long; falling
    "error": ((80, 300, 240, 100), (80, 300, 0, 100)),  # two long
    "lost": ((30, 350, 110, 100), (40, 80, 110, 100), (80, 80, 0, 100)),  # long, short, short; falling
    "back": ((80, 80, 110, 100), (40, 80, 110, 100), (24, 350, 0, 100)),  # short, short, long; rising
    "refused": ((80, 100, 150, 100), (80, 100, 150, 100), (80, 100, 150, 100), (80, 100, 0, 100)),  # four slow knocks
}


def notes_of(name: str) -> tuple:
    """The notes of a cue; those of `error` if the name is none."""
    return NOTES.get(name, NOTES["error"])


def digits_as_notes(digits: str) -> tuple:
    """Digits as counted beeps, for a board without a voice: 3 is three short high ones, 0 is one long deep one."""
    notes = []
    for digit in digits:
        notes.extend(((_HIGH, 100, 150, 100),) * int(digit) or ((_DEEP, 400, 150, 100),))
        notes.append((_HIGH, 0, 800, 0))
    return tuple(notes)


def pieces(notes: tuple, rate_hz: int, volume: int = 100) -> object:
    """Yields the notes as s16le mono PCM, in pieces of at most about 20 ms; `volume` is 0 to 100."""
    quiet = bytes(rate_hz * _PIECE_MS // 1000 * 2)
    for period_24k, on_ms, off_ms, loudness in notes:
        period = max(4, period_24k * rate_hz // _REFERENCE_HZ)
        periods = on_ms * rate_hz // (1000 * period)
        peak = _FULL * volume * loudness // 10000
        waves = [_wave(period, peak * step // _STEPS) for step in range(1, _STEPS + 1)]
        at_once = max(1, len(quiet) // (2 * period))
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
        # What the whole periods leave of the note's time is silent too: a rhythm is the same at every rate.
        silent_bytes = ((on_ms + off_ms) * rate_hz // 1000 - periods * period) * 2
        for _ in range(silent_bytes // len(quiet)):
            yield quiet
        if silent_bytes % len(quiet):
            yield quiet[: silent_bytes % len(quiet)]


def duration_ms(notes: tuple) -> int:
    """How long the notes last."""
    return sum(on_ms + off_ms for _period, on_ms, off_ms, _loudness in notes)


def _wave(period: int, peak: int) -> bytes:
    wave = bytearray(2 * period)
    for index in range(period):
        value = int(peak * math.sin(2 * math.pi * index / period)) & 0xFFFF
        wave[2 * index] = value & 0xFF
        wave[2 * index + 1] = value >> 8
    return bytes(wave)
