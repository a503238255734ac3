"""What happens, on standard output: for tests, for the journal, for people."""

from collections.abc import Callable
import json


class Events:
    """Writes what happens: JSON lines, or with `plain` something for people."""

    def __init__(self, now_ms: Callable[[], int], plain: bool) -> None:
        """`now_ms` is the board's clock."""
        self._now_ms = now_ms
        self._plain = plain

    def __call__(self, event: str, **details: object) -> None:
        """Writes one event at once."""
        now_ms = self._now_ms()
        if self._plain:
            words = " ".join(f"{name}={value}" for name, value in details.items() if value not in (None, ""))
            line = f"{now_ms / 1000:10.3f}  {event.replace('_', ' ')}  {words}".rstrip()
        else:
            line = json.dumps({"event": event, "time_ms": now_ms, **details})
        print(line, flush=True)
