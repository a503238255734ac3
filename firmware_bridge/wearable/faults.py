"""What goes wrong in a board, as one exception, and an error as text for the log."""

import sys

_MOST_LETTERS = 1500


class DriverError(Exception):
    """A part of the board could not do what was asked; the text goes to the home's log."""


def trace_of(error: BaseException) -> str:
    """Where an error came from, for the board's log; the end of it, if it is long."""
    if hasattr(sys, "print_exception"):  # MicroPython
        import io

        target = io.StringIO()
        sys.print_exception(error, target)
        text = target.getvalue()
    else:
        import traceback

        text = "".join(traceback.format_exception(error))
    return text[-_MOST_LETTERS:]
