"""What is being captured, by whose order, and the two that do it: the ear and the eye.

PROTOCOL.md, section 4: from a press on the wearable captures what the settings say, by itself; a `capture` of the home
changes that, unless the person pressed meanwhile; 20 s after the last of either it ends by itself.
"""

import asyncio

from .codec import Capture, Settings, Still
from .faults import DriverError
from .outbox import Outbox, fits

CHUNK_MS = 20
SAFETY_STOP_MS = 20000
_RESYNC_MS = 100  # a microphone's time that is further off than this is set right
# A driver that neither gives anything nor fails for so long has stopped working. Cameras may take seconds to open.
_DEAF_MS = 3000
_BLIND_MS = 15000


class Orders:
    """What is wanted now. `generation` changes whenever a picture under way must not be sent any more."""

    def __init__(self) -> None:
        self.audio = False
        self.video = None
        self.still = None
        self.generation = 0
        self.newest_press = 0
        self._deadline_ms = 0

    @property
    def active(self) -> bool:
        """Whether anything is wanted."""
        return self.audio or self.video is not None or self.still is not None

    def opened(self) -> None:
        """A connection begins: presses the home has not been told of do not count, and nothing is wanted."""
        self.newest_press = 0
        self.stop()

    def pressed(self, press: int, settings: Settings, now_ms: int) -> None:
        """The person pressed the button for the `press`th time."""
        self.newest_press = press
        self.audio, self.video, self.still = settings.audio, settings.video, None
        self.generation += 1
        self._deadline_ms = now_ms + SAFETY_STOP_MS

    def ordered(self, order: Capture, now_ms: int) -> bool:
        """The home says what to send; False if it did not yet know of the newest press."""
        if order.press < self.newest_press:
            return False
        if order.still is not None or (order.video is None and (self.video or self.still)):
            self.generation += 1
        self.audio, self.video, self.still = order.audio, order.video, order.still
        self._deadline_ms = now_ms + SAFETY_STOP_MS
        return True

    def expired(self, now_ms: int) -> bool:
        """Whether the home has said nothing for so long that capturing has to end."""
        return self.active and now_ms >= self._deadline_ms

    def stop(self) -> None:
        """Nothing is wanted any more."""
        self.audio, self.video, self.still = False, None, None
        self.generation += 1


def chunk_time_ms(before_ms: int | None, now_ms: int) -> int:
    """When a chunk that has just been filled began: 20 ms after the one before it, unless that is far from the truth."""
    arrived_ms = now_ms - CHUNK_MS
    if before_ms is None or abs(before_ms + CHUNK_MS - arrived_ms) > _RESYNC_MS:
        return arrived_ms
    return before_ms + CHUNK_MS


class Ear:
    """Moves sound from the microphone to the outbox while it is wanted."""

    def __init__(self, microphone: object, orders: Orders, outbox: Outbox, clock: object, refuse: object) -> None:
        """`refuse(what, reason)` tells home and person that something could not be done."""
        self._microphone = microphone
        self._read_into = None if microphone is None else microphone.read_into
        self._orders = orders
        self._outbox = outbox
        self._clock = clock
        self._refuse = refuse
        self._task = None
        self._heard_ms = 0
        self._chunk = memoryview(bytearray(chunk_bytes(microphone)))

    def press(self) -> None:
        """A new question: what is queued of an older one is not part of it."""
        self._outbox.drop_sound()
        self.update()

    def update(self) -> None:
        """The orders changed. Starts the microphone at once, before any task gets its turn."""
        if self._microphone is None or self._orders.audio == (self._task is not None):
            return
        if self._orders.audio:
            try:
                self._microphone.start()
            except DriverError as error:
                self._fail(str(error))
                return
            self._heard_ms = self._clock.ms()
            self._task = asyncio.create_task(self._listen(self._heard_ms))
        else:
            self.stop()

    def stop(self) -> None:
        """Nothing more is captured."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self._microphone.stop()

    def tick(self, now_ms: int) -> None:
        """To be called every 50 ms or so; notices a microphone that has fallen silent."""
        if self._task is not None and now_ms - self._heard_ms > _DEAF_MS:
            self._task.cancel()
            self._task = None
            self._fail("no sound for %d ms" % _DEAF_MS)

    async def _listen(self, began_ms: int) -> None:
        before_ms = began_ms - CHUNK_MS
        try:
            while True:
                await self._read_into(self._chunk)
                self._heard_ms = self._clock.ms()
                before_ms = chunk_time_ms(before_ms, self._heard_ms)
                self._outbox.sound(self._chunk, before_ms)
        except DriverError as error:
            self._task = None
            self._fail(str(error))

    def _fail(self, reason: str) -> None:
        """The microphone is stopped, so that the next press finds it as new."""
        self._orders.audio = False
        self._microphone.stop()
        self._refuse("microphone", reason)


class Eye:
    """Takes pictures while they are wanted, one at a time, and hands them to the outbox."""

    def __init__(self, camera: object, orders: Orders, outbox: Outbox, clock: object, refuse: object) -> None:
        """`refuse(what, reason)` tells home and person that something could not be done.

        `on_sent(frame)` is told of every whole picture, `on_idle()` when a still was all that was wanted.
        """
        self._camera = camera
        self._orders = orders
        self._outbox = outbox
        self._clock = clock
        self._refuse = refuse
        self._changed = asyncio.Event()
        self._generation = 0
        self._task = None
        self._asked_ms = None  # since when a picture is awaited
        self.on_sent = None
        self.on_idle = None

    def update(self) -> None:
        """The orders changed. A picture that must not be sent any more is given up at once."""
        if self._camera is None:
            return
        if self._orders.generation != self._generation:
            self._generation = self._orders.generation
            self._outbox.abandon_picture()
            if self._task is not None:
                self._task.cancel()
                self._begin()
        wanted = self._wish() is not None
        if wanted and self._task is None:
            try:
                self._camera.start()
            except DriverError as error:
                self._fail(str(error))
                return
            self._begin()
        elif not wanted and self._task is not None:
            self._task.cancel()
            self._end()
        self._changed.set()

    def tick(self, now_ms: int) -> None:
        """To be called every 50 ms or so; notices a camera that gives no picture."""
        if self._task is not None and self._asked_ms is not None and now_ms - self._asked_ms > _BLIND_MS:
            self._task.cancel()
            self._fail("no picture for %d ms" % _BLIND_MS)

    def _wish(self) -> object:
        return self._orders.still or self._orders.video

    def _begin(self) -> None:
        self._asked_ms = None
        self._task = asyncio.create_task(self._watch())

    def _end(self) -> None:
        self._task = None
        self._camera.stop()

    def _fail(self, reason: str) -> None:
        """The camera is stopped, so that the next press finds it as new."""
        self._orders.video = self._orders.still = None
        self._end()
        self._refuse("camera", reason)

    async def _watch(self) -> None:
        began_ms = None
        try:
            while (wish := self._wish()) is not None:
                if began_ms is not None and not isinstance(wish, Still):
                    # By the rate that is wanted now, not by the one when the last picture was begun.
                    wait_ms = began_ms + int(1000 / wish.rate_hz) - self._clock.ms()
                    if wait_ms > 0:
                        self._changed.clear()
                        await _wait(self._changed, wait_ms)
                        continue
                # What cannot be kept up with is left out, never queued.
                began_ms = self._clock.ms()
                await self._picture(wish)
        except DriverError as error:
            self._fail(str(error))
        else:
            self._end()
            self.on_idle()

    async def _picture(self, wish: object) -> None:
        self._asked_ms = self._clock.ms()
        frame = await self._camera.take(wish.width, wish.height, wish.quality)
        self._asked_ms = None
        try:
            if not fits(frame):
                raise DriverError("a picture of %d bytes" % frame.size)
            if await self._outbox.picture(frame):
                self.on_sent(frame)
        finally:
            frame.release()
        if isinstance(wish, Still):
            self._orders.still = None


def chunk_bytes(microphone: object) -> int:
    """The bytes of one microphone message; a board without one needs none."""
    return 0 if microphone is None else microphone.rate_hz * CHUNK_MS // 1000 * 2


async def _wait(event: asyncio.Event, timeout_ms: int) -> None:
    try:
        await asyncio.wait_for(event.wait(), timeout_ms / 1000)
    except asyncio.TimeoutError:
        return
