"""What happened when, printed as it happens."""

import sys
import time


class Timeline:
    """Prints one line a step, with the seconds since the start."""

    def __init__(self) -> None:
        self._start_s = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start_s

    def step(self, text: str) -> None:
        """Something happened."""
        print(f"{self.elapsed_s:6.1f} s  {text}", flush=True)

    def detail(self, label: str, text: object) -> None:
        """Something about the step before."""
        print(f"          {label:<8} {text}", flush=True)

    def problem(self, text: str) -> None:
        """Something did not work."""
        print(f"{self.elapsed_s:6.1f} s  FAILED: {text}", file=sys.stderr, flush=True)
