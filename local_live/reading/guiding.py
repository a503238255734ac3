"""Guides to one thing, step by step: each step one correction from the newest frame, or nothing where nothing changed."""

import asyncio
from collections.abc import Awaitable, Callable
import logging
from typing import Protocol

from local_live.reading import correcting
from local_live.reading.correcting import Correction, correct
from local_live.reading.following import Track, Where, begin, follow, way_back
from local_live.reading.hand import find_hand, reach
from local_live.reading.looking import Seen, glance
from local_live.reading.moving import Box
from local_live.reading.ocr import Reader
from local_live.reading.picture import Frame, trouble
from local_live.reading.steps import NOTHING
from local_live.reading.words import tokens

_LOGGER = logging.getLogger(__name__)

_AGAIN_STEPS = 3
"""After so many steps a correction is said again that has not changed: silence would leave the person alone."""


class Run(Protocol):
    """Runs what blocks away from the event loop."""

    def __call__[**P, T](self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Call ``work`` in an executor."""


class Guide:
    """The way to one thing. A lost thing is sought in the whole frame meanwhile; no step waits for that but the first.

    ``quick`` reads the small parts of frames, ``reader`` whole ones.
    """

    def __init__(self, item: str, run: Run, reader: Reader, quick: Reader) -> None:
        self.item = item
        self._thing = tokens(item)
        self._run = run
        self._reader = reader
        self._quick = quick
        self._track: Track | None = None
        self._is_searched = False  # the whole of a frame was read since the thing was last in view
        self._search: asyncio.Task[None] | None = None
        self._correction: Correction | None = None
        self._handless: Frame | None = None  # the newest frame in which no hand was seen
        self._said = ""
        self._steps_since_said = 0

    @property
    def is_on_track(self) -> bool:
        """Whether it is known where the thing is, or was."""
        return self._track is not None

    def learn(self, seen: Seen, near: Box | None = None) -> bool:
        """Take what was read of a whole frame; returns whether the thing is there, from ``near`` if that is given."""
        track = begin(seen, self._thing, near)
        self._is_searched = track is None
        self._track = track or self._track
        if track:
            self._handless = seen.frame
        return track is not None

    async def step(self, frame: Frame) -> str:
        """What to say of the newest frame: at most eight words, or `NOTHING`."""
        if self._track is None and not self._is_searched and self._search is None:
            await self._seek(frame)
        if self._track is None:
            return self._said_once(await self._missing(frame, None))
        track, where = await self._run(follow, self._quick, self._track, frame, self._thing)
        self._track = track
        if where in {Where.IN_VIEW, Where.COVERED}:
            hand = await self._run(find_hand, self._handless, frame) if self._handless else None
            if hand:
                self._is_searched, self._correction = False, None
                return self._said_once(reach(hand, track.last.aim(frame.rgb.shape[1])))
            self._handless = frame if where is Where.IN_VIEW else self._handless
        if where is Where.IN_VIEW:
            self._is_searched = False
            self._correction = correct(track.offset, self._correction)
            return self._said_once(self._correction.text)
        self._correction = None
        return self._said_once(await self._missing(frame, where))

    def say(self, text: str) -> str:
        """Say something that is not about the thing, under the same rule: not again within three steps."""
        return self._said_once(text)

    def close(self) -> None:
        """Stop searching."""
        if self._search:
            self._search.cancel()

    async def _missing(self, frame: Frame, where: Where | None) -> str:
        """What to say where the thing is not in view; begins to read the whole frame where that may help."""
        why = await self._run(trouble, frame)
        if why:
            return correcting.TROUBLES[why]
        if where is not Where.OUT_OF_VIEW and (self._search is None or self._search.done()):
            self._search = asyncio.get_running_loop().create_task(self._seek(frame))
        direction = way_back(self._track) if self._track else None
        if where is Where.COVERED:
            return correcting.COVERED
        if direction and (where is Where.OUT_OF_VIEW or self._is_searched):
            return correcting.out_of_view(direction)
        return correcting.LOST if where is Where.LOST and not self._is_searched else correcting.NOT_IN_VIEW

    async def _seek(self, frame: Frame) -> None:
        """Read the whole of a frame for the thing."""
        seen = await self._run(glance, self._reader, frame)
        if not self.learn(seen):
            _LOGGER.debug("the thing that is guided to was not read in a whole frame")

    def _said_once(self, text: str) -> str:
        self._steps_since_said += 1
        if text == self._said and self._steps_since_said < _AGAIN_STEPS:
            return NOTHING
        self._said, self._steps_since_said = text, 0
        return text
