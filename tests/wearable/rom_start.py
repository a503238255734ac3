"""Starts a program from a ROM file system, on MicroPython: `micropython rom_start.py IMAGE PROGRAM ARGUMENT...`.

The image is mapped into memory outside the heap, and its code runs from there, as that of a board's ROM partition does (or
frozen code): only what the code makes is in the heap. Where this interpreter cannot do that, IMAGE may be a folder.
"""

import gc
import os
import sys

import ffi
import uctypes
import vfs


def mount(image: str) -> None:
    libc = ffi.open(None)
    size = os.stat(image)[6]  # noqa: PTH116 -- MicroPython has no pathlib
    descriptor = libc.func("i", "open", "si")(image, 0)
    address = libc.func("P", "mmap", "PLiiil")(0, size, 1, 2, descriptor, 0)  # PROT_READ, MAP_PRIVATE
    vfs.mount(vfs.VfsRom(uctypes.bytearray_at(address, size)), "/rom")


_image, _program = sys.argv[1:3]
del sys.argv[:2]
mount(_image)
sys.path[:] = ("/rom", ".frozen")
globals().pop("mount")
gc.collect()
__import__(_program)
