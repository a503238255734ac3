"""The brain of one session: looks at frames as they come, and answers when it is asked."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor
import contextlib
from dataclasses import replace
import logging

from local_live.brain import Answer, Place
from local_live.reading.asking import Asked, Kind, understand
from local_live.reading.ears import Ears, Heard
from local_live.reading.finding import find
from local_live.reading.listening_process import ListeningError
from local_live.reading.looking import Seen, glance, look_again, look_closely
from local_live.reading.ocr import Reader
from local_live.reading.picture import Frame, TooLargePictureError, UnreadablePictureError, open_frame, same_view
from local_live.reading.saying import (
    CANNOT_HEAR,
    NO_PICTURE,
    NOT_ALL_READ,
    NOT_HEARD,
    TOO_LARGE,
    TOO_SLOW,
    UNREADABLE,
    ask_back,
    say,
)
from local_live.reading.stepping import Steps
from local_live.reading.steps import Step, parse_step
from local_live.reading.verifying import verify
from local_live.reading.views import Views, elsewhere
from local_live.reading.words import tokens

_LOGGER = logging.getLogger(__name__)

_PATIENCE_S = 20.0
"""How long an answer waits for the looking; a close look takes some seconds on a small computer."""

_LIMIT_S = 26.0
"""How long an answer may take in all; the session itself ends at half a minute."""

_HOLD_S = 0.1
"""How long after an answer the reading of a frame waits for a turn: the frame of a step is read in another way, and a
reading that has begun cannot be stopped."""


class ShelfBrain:
    """Reads the newest frame, glance before close look, and answers from what it has read so far.

    At most one frame is being read and one is waiting; a newer one takes the place of the one that waits. A frame that
    shows what was read already is not read again. While a client guides or watches, frames are read by its steps alone.
    While somebody waits for an answer a close look begins only if the answer needs it: else listening, and the second
    reading of a claim, would wait for it.
    """

    def __init__(self, executor: Executor, reader: Reader, quick: Reader, ears: Ears) -> None:
        self._executor = executor
        self._reader = reader
        self._ears = ears
        self._steps = Steps(self._run, reader, quick)
        self._is_stepping = False
        self._newest: bytes | None = None
        self._reading: bytes | None = None  # the frame that is being glanced at
        self._read: bytes | None = None  # the frame that `_seen` is true of
        self._place: Place | None = None  # where the last answer led
        self._is_answering = asyncio.Event()
        self._needs_all = False  # the answer that is waited for needs a close look
        self._has_answered = self._is_closed = False
        self._waiting: bytes | None = None
        self._seen: Seen | None = None
        self._unreadable = ""  # what is said of a picture that could not be taken apart
        self._views = Views()
        self._told: tuple[str, ...] = ()  # the words of the last answer
        self._looking: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    def look(self, jpeg: bytes) -> None:
        """Take the next frame; returns at once. Must be called on the event loop."""
        self._newest = self._waiting = jpeg
        if not self._is_stepping:
            self._begin_looking()

    async def answer_sound(self, pcm_16k: bytes) -> Answer:
        """Answer a spoken turn (s16le mono, 16 kHz)."""
        with self._turn(None):
            return await self._in_time(self._answer_sound(pcm_16k))

    async def answer_text(self, question: str) -> Answer:
        """Answer a typed turn: a person's question, or a step of a client that guides or watches."""
        step = parse_step(question)
        with self._turn(step):
            if step:
                return Answer(question, await self._step(step), None)
            if not question.strip():
                return Answer("", NOT_HEARD, None)
            return await self._in_time(self._answer(Heard(question.strip())))

    async def _in_time(self, answering: Awaitable[Answer]) -> Answer:
        """An answer, or in the end that there is none yet: somebody waits, and silence says nothing."""
        try:
            async with asyncio.timeout(_LIMIT_S):
                return await answering
        except TimeoutError:
            _LOGGER.warning("an answer took longer than %.0f s", _LIMIT_S)
            return Answer("", TOO_SLOW, None)

    def close(self) -> None:
        """Stop looking. A reading that runs ends by itself; nothing waits for it."""
        self._waiting = None
        self._is_closed = True
        self._steps.close()
        if self._looking:
            self._looking.cancel()

    @contextlib.contextmanager
    def _turn(self, step: Step | None) -> Iterator[None]:
        """A turn, from its beginning to its answer; where a person asks after steps, frames are read as a whole again."""
        was_stepping, self._is_stepping = self._is_stepping, step is not None
        self._is_answering.set()
        if was_stepping and step is None and self._newest is not self._read:
            self._waiting = self._newest
            self._begin_looking()
        try:
            yield
        finally:
            self._is_answering.clear()
            self._needs_all, self._has_answered = False, True
            if not self._is_stepping and not self._is_closed and self._seen and not self._seen.close:
                self._begin_looking()

    def _begin_looking(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())

    async def _step(self, step: Step) -> str:
        """What a step says of the newest frame."""
        jpeg, self._waiting = self._newest, None
        needs_whole = self._steps.begin(step, self._seen, self._place)
        if jpeg is None:
            return self._steps.without_frame(step)
        if needs_whole and self._reading is jpeg:
            await self._wait(lambda seen: self._read is jpeg)
        try:
            frame: Frame | None = await self._run(open_frame, jpeg)
        except UnreadablePictureError as error:
            _LOGGER.debug("a frame could not be read: %s", error)
            frame = None
        return await self._steps.take(step, frame, self._seen if self._read is jpeg else None)

    async def _answer_sound(self, pcm_16k: bytes) -> Answer:
        seen = await self._glanced()
        try:
            heard = await self._run(self._ears.hear, pcm_16k, seen.shelf_map if seen else None)
        except ListeningError:
            _LOGGER.exception("nothing can be heard")
            return Answer("", CANNOT_HEAR, None)
        if not heard.text:
            return Answer("", NOT_HEARD, None)
        if heard.doubtful:
            return ask_back(heard.text, heard.other)
        return await self._answer(heard)

    async def _answer(self, heard: Heard) -> Answer:
        asked = understand(heard.text)
        if asked.kind is Kind.ELSE:
            asked = replace(asked, other=self._told)
        seen = await self._enough(asked)
        if seen is None:
            waits = TOO_SLOW if self._newest is not None else NO_PICTURE
            return Answer(heard.text, self._unreadable or waits, None)
        answer = await self._run(self._answered, seen, asked, heard.text)
        self._place = answer.place
        self._told = tokens(answer.text)
        return answer

    def _answered(self, seen: Seen, asked: Asked, heard: str) -> Answer:
        """The answer from what is seen, after a look at the places it is about. Blocks."""
        seen = look_again(self._reader, seen, asked)
        if asked.kind is Kind.FIND and not find(seen.shelf_map, asked.thing):
            before = elsewhere(self._views, seen, asked, heard)
            if before:
                return before
        seen = verify(self._reader, seen, asked)
        answer = say(asked, seen.shelf_map, seen.trouble, heard)
        if not seen.close and answer.place and not answer.place.found:
            # Patience is over before all was read: that it is not there cannot be said.
            return Answer(heard, NOT_ALL_READ.format(name=" ".join(asked.thing)), None)
        return answer

    async def _glanced(self) -> Seen | None:
        """What is seen after at least one glance; None where there is no picture, or none that can be read."""
        return await self._wait(lambda seen: True)

    async def _enough(self, asked: Asked) -> Seen | None:
        """What is seen when it answers the question, or when there is no more to see.

        A thing that a glance finds is not waited for any longer; 'not there' is only said after a close look.
        """
        simple = asked.kind in {Kind.UNKNOWN, Kind.COUNT, Kind.LOOSE}
        return await self._wait(lambda seen: seen.close or simple or bool(find(seen.shelf_map, asked.thing)))

    async def _wait(self, enough: Callable[[Seen], bool]) -> Seen | None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while True:
                    if self._seen and self._waiting is None and self._reading is None and enough(self._seen):
                        break
                    if self._looking is None or self._looking.done():
                        if self._is_stepping or self._needs_all or self._seen is None or self._seen.close:
                            break  # there is no more to see, or it cannot be read
                        self._needs_all = True
                        self._begin_looking()
                    await self._changes()
        except TimeoutError:
            _LOGGER.warning("looking took longer than %.0f s; answering from what was read so far", _PATIENCE_S)
        return self._seen

    async def _changes(self) -> None:
        """Wait for the next look to be over; the looking must have begun."""
        assert self._looking is not None
        self._changed.clear()
        waiter = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait({waiter, self._looking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiter.cancel()

    async def _look(self) -> None:
        """Read until no newer frame waits and the newest was looked at closely."""
        if self._has_answered:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_HOLD_S):
                    await self._is_answering.wait()
        while not self._is_stepping:
            jpeg, self._waiting = self._waiting, None
            if jpeg is not None:
                self._reading = jpeg
                await self._glance(jpeg)
                self._reading = None
            elif self._seen and not self._seen.close and (self._needs_all or not self._is_answering.is_set()):
                seen = self._seen
                closer = await self._run(look_closely, self._reader, seen)
                self._seen = closer
            else:
                return
            self._changed.set()

    async def _glance(self, jpeg: bytes) -> None:
        try:
            frame: Frame = await self._run(open_frame, jpeg)
        except UnreadablePictureError as error:
            _LOGGER.debug("a frame could not be read: %s", error)
            if self._seen is None:
                self._unreadable = TOO_LARGE if isinstance(error, TooLargePictureError) else UNREADABLE
            return
        self._unreadable = ""
        if self._seen and same_view(self._seen.frame, frame):
            # What was read holds; the newer pixels do not matter.
            self._seen = replace(self._seen)
        else:
            if self._seen:
                self._views.add(self._seen, asyncio.get_running_loop().time())
            self._seen = await self._run(glance, self._reader, frame)
        self._read = jpeg

    async def _run[**P, T](self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: work(*args, **kwargs))


def make_shelf_brains(executor: Executor) -> Callable[[], ShelfBrain]:
    """A maker of brains that share one OCR engine and one pair of ears, which begin to load at once.

    All reading and listening runs in ``executor``; two workers are enough, more do not make it faster.
    """
    reader, quick, ears = Reader(), Reader(quick=True), Ears()
    for load in (reader.load, ears.load, quick.load):
        executor.submit(load)  # what fails here fails again, and is told, at the first use
    return lambda: ShelfBrain(executor, reader, quick, ears)
