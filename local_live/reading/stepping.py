"""The steps of one session: whom they guide to, what they watched before, what each says of the newest frame."""

from local_live.brain import Place
from local_live.reading import correcting
from local_live.reading.guiding import Guide, Run
from local_live.reading.looking import Seen, glance
from local_live.reading.moving import Box
from local_live.reading.ocr import Reader
from local_live.reading.picture import Frame, same_view
from local_live.reading.steps import NOTHING, GuideStep, Step, WatchStep
from local_live.reading.watching import watch
from local_live.reading.words import tokens


class Steps:
    """What guiding and watching remember from step to step. ``reader`` reads whole frames, ``quick`` small parts."""

    def __init__(self, run: Run, reader: Reader, quick: Reader) -> None:
        self._run = run
        self._reader = reader
        self._quick = quick
        self._guide: Guide | None = None
        self._watched: Seen | None = None
        self._frame: Frame | None = None  # the last that was watched

    def begin(self, step: Step, seen: Seen | None, place: Place | None) -> bool:
        """Get ready for a step from what was seen and told before it; returns whether it needs its frame read whole."""
        if isinstance(step, WatchStep):
            return self._watched is None
        if self._guide is None or self._guide.item != step.item:
            if self._guide:
                self._guide.close()
            self._guide = Guide(step.item, self._run, self._reader, self._quick)
            if seen:
                self._guide.learn(seen, _box(place, step, seen.frame))
        return not self._guide.is_on_track

    async def take(self, step: Step, frame: Frame | None, whole: Seen | None) -> str:
        """What to say of ``frame`` (None where it could not be taken apart), or `NOTHING`.

        ``whole`` is what was read of it, if it was read as a whole already.
        """
        if isinstance(step, WatchStep):
            return await self._watch(frame, whole) if frame else NOTHING
        if self._guide is None:
            return NOTHING
        if frame is None:
            return self._guide.say(correcting.BROKEN_FRAME)
        if whole and not self._guide.is_on_track:
            self._guide.learn(whole)
        return await self._guide.step(frame)

    def without_frame(self, step: Step) -> str:
        """What to say where no frame ever came."""
        return self._guide.say(correcting.NO_FRAME) if self._guide and isinstance(step, GuideStep) else NOTHING

    def close(self) -> None:
        """Stop what still runs."""
        if self._guide:
            self._guide.close()

    async def _watch(self, frame: Frame, whole: Seen | None) -> str:
        before, self._frame = self._frame, frame
        if self._watched and before and same_view(before, frame):
            return NOTHING
        seen = await self._run(glance, self._reader, frame) if whole is None else whole
        self._watched, text = await self._run(watch, self._watched, seen)
        return text


def _box(place: Place | None, step: GuideStep, frame: Frame) -> Box | None:
    """Where the last answer said that the thing is, in pixels, if it was about that thing."""
    if place is None or place.box is None or not place.found or tokens(place.item) != tokens(step.item):
        return None
    height, width = frame.rgb.shape[:2]
    ymin, xmin, ymax, xmax = (part / 1000 for part in place.box)
    return xmin * width, ymin * height, xmax * width, ymax * height
