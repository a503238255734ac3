"""How many people talk at once in this home, and what each of them gives up so that all are heard in time.

Sound goes before pictures: they are nearly all of the bytes that come in while somebody talks, and of a question's five pictures one
or two go up. A few people are given everything at once, however busy the machine is otherwise.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from .link.messages import Video

# What a wearable sends from a press on: a picture a second of a size in which letters on packs can be read.
QUESTION_VIDEO: Final = Video(width=1600, height=1200, rate_hz=1.0, quality=80)
# The first one still comes with the press, so that only the last one may be older, by a second.
_CROWDED_VIDEO: Final = Video(width=1600, height=1200, rate_hz=0.5, quality=80)
# Two cores of an ordinary machine are half busy by so many.
_FEW: Final = 20


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
    def many(self) -> bool:
        """True while there are more than a small home has."""
        return self._listened_to > _FEW

    @property
    def video(self) -> Video:
        """What a wearable is asked to show while its person asks."""
        return _CROWDED_VIDEO if self.many else QUESTION_VIDEO
