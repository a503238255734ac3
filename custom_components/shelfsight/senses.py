"""What a wearable hears and sees, and what it is told to capture for that: its ear and its eye."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
import logging
from typing import Protocol

from .crowd import QUESTION_VIDEO, Crowd
from .ear import Ear, Refusal, Release
from .link.clock import STAMP_SLACK_S
from .link.connection import LinkClosedError
from .link.messages import Capture, RefusalCode
from .listeners import Listeners
from .sight.intake import Intake, RunsInExecutor, Seen, Taken
from .tasks import owned_tasks

_LOGGER = logging.getLogger(__name__)

# A wearable stops by itself 20 s after the last word from home (PROTOCOL.md).
_RENEW_CAPTURE_S = 8.0


class Body(Protocol):
    """Whose senses these are."""

    @property
    def microphone_hz(self) -> int | None:
        """The rate of its microphone; None where there is none."""

    @property
    def has_camera(self) -> bool:
        """True when it said that it has one."""
        raise NotImplementedError

    @property
    def private(self) -> bool:
        """True while nothing may be captured."""
        raise NotImplementedError


class Senses:
    """The ear of the question being asked, the pictures on their way in, and whoever wants either.

    `capture` tells the wearable what to send; it raises LinkClosedError where that is not there.
    """

    def __init__(
        self, body: Body, in_executor: RunsInExecutor, capture: Callable[[Capture], Awaitable[None]], crowd: Crowd
    ) -> None:
        self._body = body
        self._capture = capture
        self._crowd = crowd
        self._intake = Intake(in_executor)
        self._press_number = 0
        self._pressed_s = 0.0
        self._listening = False
        self._looking = 0
        self._stills = 0  # how many wait for a single picture
        self._blind = False
        self._went_blind: Listeners[[]] = Listeners()
        self.ear: Ear | None = None

    # --- what comes ---------------------------------------------------------------------------------------------------

    async def examine(self) -> None:
        """For ever: look at the pictures that come."""
        await self._intake.run()

    def begin(self) -> None:
        """A new connection: its presses are counted anew."""
        self._press_number = 0

    def end(self) -> None:
        """A connection is over: nothing more is heard or seen through it."""
        self.ear = None
        self._intake.forget()
        self._listening = False

    def hear(self, pcm: bytes) -> None:
        """Sound came."""
        if self.ear is not None:
            self.ear.put(pcm)

    def see(self, taken: Taken) -> None:
        """A picture came."""
        self._blind = False
        self._intake.put(taken)

    def pressed(self, number: int, stamp_s: float) -> Ear | None:
        """A press: the wearable captures from now on by itself; the ear is open before the next message is read."""
        self._press_number, self._pressed_s = number, stamp_s
        self.ear = self._new_ear()
        self._listening = not self._body.private
        self._blind = self._body.private
        if self.ear is not None:
            self._intake.keep()
        return self.ear

    def released(self, stamp_s: float) -> None:
        """The button was let go."""
        if self.ear is not None:
            self.ear.put_release(Release(stamp_s - self._pressed_s))

    def go_deaf(self, code: RefusalCode) -> None:
        """No sound will come of what was asked for."""
        if self.ear is not None:
            self.ear.put_refusal(Refusal(code))

    def go_blind(self) -> None:
        """No picture will come of what was asked for."""
        self._blind = True
        self._went_blind.tell()

    # --- what is captured ---------------------------------------------------------------------------------------------

    def _new_ear(self) -> Ear | None:
        rate_hz = self._body.microphone_hz
        return Ear(rate_hz) if rate_hz is not None and not self._body.private else None

    async def ask(self) -> None:
        """Tell the wearable what to send: all of it each time, as the newest order replaces the one before. Raises LinkClosedError."""
        video = self._crowd.video if (self._listening or self._looking) and self._body.has_camera else None
        still = QUESTION_VIDEO if self._stills else None
        await self._capture(Capture(self._press_number, self._listening, video, still))

    def listen(self) -> Ear | None:
        """An ear that is open from now on, in place of another one; None where there is no microphone, and while private.

        The wearable is not told yet: `ask` does that.
        """
        if (ear := self._new_ear()) is not None:
            self.ear = ear
            self._blind = False
            self._listening = True
            self._intake.keep()
        return ear

    async def close_ear(self, ear: Ear) -> None:
        """Stop listening with this ear: the microphone goes off, unless a newer press has opened another ear."""
        if self.ear is not ear:
            return
        self.end()
        try:
            await self.ask()
        except LinkClosedError:
            _LOGGER.debug("The wearable left while its microphone was switched off")

    @contextmanager
    def watch(self, watcher: Callable[[Seen], None], blind: Callable[[], None]) -> Iterator[None]:
        """Hand pictures to `watcher`, and tell `blind` when none will come; does not make the camera send any."""
        stop = self._went_blind.add(blind)
        if self._blind:
            blind()
        try:
            with self._intake.watch(watcher):
                yield
        finally:
            stop()

    @asynccontextmanager
    async def look(self) -> AsyncIterator[None]:
        """Pictures flow while this lasts, and are renewed: wearables stop by themselves otherwise.

        Raises:
            LinkClosedError: the wearable is not there.
        """
        if not (self._listening or self._looking):
            self._blind = self._body.private
        self._looking += 1
        try:
            async with owned_tasks() as tasks:
                await self.ask()
                renewing = tasks.create_task(self._keep_asking())
                yield
                renewing.cancel()
        finally:
            self._looking -= 1
            try:
                await self.ask()
            except LinkClosedError:
                _LOGGER.debug("The wearable left while it was looking")

    async def _keep_asking(self) -> None:
        while True:
            await asyncio.sleep(_RENEW_CAPTURE_S)
            await self.ask()

    async def still(self, timeout_s: float) -> Seen | None:
        """One picture taken from now on, or None when none comes in time, or will not come at all.

        Raises:
            LinkClosedError: the wearable is not there.
        """
        loop = asyncio.get_running_loop()
        asked_s = loop.time()
        taken: asyncio.Future[Seen | None] = loop.create_future()

        def take(seen: Seen) -> None:
            if seen.taken_s >= asked_s - STAMP_SLACK_S and not taken.done():
                taken.set_result(seen)

        def none_comes() -> None:
            if not taken.done():
                taken.set_result(None)

        self._blind = self._body.private
        self._stills += 1
        try:
            with self.watch(take, none_comes):
                if not taken.done():
                    await self.ask()
                async with asyncio.timeout(timeout_s):
                    return await taken
        except TimeoutError:
            return None
        finally:
            self._stills -= 1
