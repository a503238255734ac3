"""The lines a person or a program writes to a desk. Pure."""

from dataclasses import dataclass

HELP = "press, release, tap, hold MS, hear FILE, silence, look SOURCE, pair, quit; Enter alone is a tap"
_PLAIN = ("press", "release", "tap", "silence", "pair", "quit")
_WITH_TEXT = ("hear", "look")
_LONGEST_HOLD_MS = 60_000


@dataclass(frozen=True, slots=True)
class Command:
    """One command; `text` for hear and look, `ms` for hold."""

    name: str
    text: str = ""
    ms: int = 0


def read_command(line: str) -> Command:
    """The command in a line.

    Raises:
        ValueError: it is none; the text says so in one line.
    """
    name, _, rest = line.strip().partition(" ")
    rest = rest.strip()
    if not name:
        return Command("tap")
    if name in _PLAIN and not rest:
        return Command(name)
    if name in _WITH_TEXT:
        if not rest:
            raise ValueError(f"{name} what?")
        return Command(name, text=rest)
    if name == "hold":
        if not rest.isascii() or not rest.isdigit() or int(rest) > _LONGEST_HOLD_MS:
            raise ValueError("hold for how many milliseconds? At most 60000")
        return Command(name, ms=int(rest))
    raise ValueError(f"no such command: {line.strip()[:60]!r}. There are: {HELP}")
