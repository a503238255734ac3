"""What happened: lines of JSON on USB, and, of starts and faults, in a small file that outlives them."""

import io
import json
import os
import sys
import time

_MAX_FILE_BYTES = 4096
_MAX_TRACE = 600
_SECRET = ("digits",)  # said aloud, written nowhere
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 5, 300


class Journal:
    """`report(event, **details)` is what the wearable's logic calls."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._faults = 0

    def report(self, event: str, **details: object) -> None:
        """Tells whoever listens at the USB port."""
        for name in _SECRET:
            details.pop(name, None)
        details["event"] = event
        details["time_ms"] = time.ticks_ms()
        print(json.dumps(details))

    def started(self, cause: str) -> None:
        """The chip started, for this reason."""
        lines = self._lines()
        words = lines[-1].split(" ") if lines else []
        # Only a fault that nothing came after was the end of the last run.
        self._faults = int(words[1]) if words[:1] == ["fault"] and words[1].isdigit() else 0
        self._append("start " + cause)
        self.report("boot", cause=cause, faults=self._faults)

    def failed(self, error: Exception) -> None:
        """This program had a fault."""
        text = io.StringIO()
        sys.print_exception(error, text)
        trace = text.getvalue().replace("\n", " | ")[-_MAX_TRACE:]
        self._faults += 1
        self._append("fault %d %s" % (self._faults, trace))
        self.report("fault", trace=trace)

    def pause(self) -> None:
        """Waits before the restart, longer after each fault in a row."""
        time.sleep(min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(self._faults - 1, 8)))

    def _lines(self) -> list:
        try:
            with open(self._path) as file:
                return file.read().split("\n")[:-1]
        except OSError:
            return []

    def _append(self, line: str) -> None:
        try:
            if self._size() > _MAX_FILE_BYTES:
                kept = self._lines()[-4:]
                with open(self._path, "w") as file:
                    file.write("".join(old + "\n" for old in kept))
            with open(self._path, "a") as file:
                file.write(line + "\n")
        except OSError:
            return  # no room to write it down: it was said on USB

    def _size(self) -> int:
        try:
            return os.stat(self._path)[6]
        except OSError:
            return 0
