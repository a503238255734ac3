"""How many people talk at once in this home, and what each of them gives up so that all are heard in time.

Sound goes before pictures: they are nearly all of the bytes that come in while somebody talks, and of a question's five pictures one
or two go up. A few people are given everything at once, however busy the machine is otherwise.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from .link.messages import Video

# What a wearable sends from a press on: a picture a second of a size in which letters on packs can be read.
QUESTION_VIDEO: Final = Video(width=1600, height=1200, rate_hz=1.0, quality=80)
# From so many on who are listened to, pictures come so often. The first one still comes with the press, so that only the last one may
# be older: by a second, by three. Two cores of an ordinary machine are half busy by twenty, and by fifty with half as many pictures each.
_CROWDED: Final = ((51, replace(QUESTION_VIDEO, rate_hz=0.25)), (21, replace(QUESTION_VIDEO, rate_hz=0.5)))


class Crowd:
    """Those who are listened to now; one for all wearables of a Home Assistant."""

    def __init__(self) -> None:
        self._listened_to = 0

    @contextmanager
    def joined(self) -> Iterator[None]:
        """One more is listened to while this lasts."""
        self._listened_to += 1
        try:
            yield
        finally:
            self._listened_to -= 1

    @property
    def video(self) -> Video:
        """What a wearable is asked to show while its person asks."""
        return next((video for least, video in _CROWDED if self._listened_to >= least), QUESTION_VIDEO)
