"""Samples, fast: loops that MicroPython compiles to machine code (`viper`), because Python's own would take too long.

All samples are little endian, as both interpreters' machines are.
"""

import micropython


@micropython.viper
def narrow(target: ptr16, source: ptr16, count: int, shift: int) -> int:  # noqa: F821 -- viper's own types
    """`count` s32 samples to s16: each is shifted right by `shift` (0 to 16; 16 keeps the level) and limited.

    The source is read in halves: a constant of 32 bits is no `int` of viper on a 32-bit machine. Returns how many samples
    differ from the first: 0 means that no microphone is talking.
    """
    first_low, first_high = int(source[0]), int(source[1])
    different = 0
    index = 0
    while index < count:
        low = int(source[2 * index])
        high = int(source[2 * index + 1])
        if low != first_low or high != first_high:
            different += 1
        if high > 32767:
            high -= 65536
        value = (high << (16 - shift)) | (low >> shift)
        if value > 32767:
            value = 32767
        elif value < -32768:
            value = -32768
        target[index] = value
        index += 1
    return different


@micropython.viper
def scale(target: ptr16, source: ptr16, count: int, factor: int) -> int:  # noqa: F821 -- viper's own types
    """s16 samples times `factor` / 4096, limited; `target` may be `source`. Returns as `narrow` does."""
    first = int(source[0])
    different = 0
    index = 0
    while index < count:
        value = int(source[index])
        if value != first:
            different += 1
        if value > 32767:
            value -= 65536
        value = (value * factor) >> 12
        if value > 32767:
            value = 32767
        elif value < -32768:
            value = -32768
        target[index] = value
        index += 1
    return different
