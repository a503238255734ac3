"""The platform's exceptions as the board's own, or as values: MicroPython knows no `raise ... from`."""

from wearable.drivers import DriverError


def fail(what: str, error: BaseException | None = None) -> None:
    """Always raises.

    Raises:
        DriverError: `what`, and what the platform said.
    """
    raise DriverError(what if error is None else "%s: %r" % (what, error))


def text_of(data: bytes) -> str | None:
    """UTF-8 as text; None if it is none."""
    try:
        return str(data, "utf-8")
    except UnicodeError:
        return None
