"""Runs a program on another host: `python -I inside.py NAMESPACE PROGRAM ARGUMENT...`; NAMESPACE is a file such as /proc/1/ns/net.

The program keeps this process's number and pipes, and ends when whoever started it does.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(namespace: str, *command: str) -> None:
    """Becomes the program."""
    with open(namespace, "rb") as file:  # noqa: PTH123 -- pathlib takes as long to import as all the rest of this program
        os.setns(file.fileno(), os.CLONE_NEWNET)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.execv(command[0], command)  # noqa: S606 -- there is no shell to be avoided


if __name__ == "__main__":
    main(*sys.argv[1:])
