"""One wearable at home: its link, its eye, its ear, its mouth, its state."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
import logging
from typing import Any

from .link import messages
from .link.assembly import PictureAssembly
from .link.clock import STAMP_SLACK_S, WearableClock
from .link.connection import Connection, LinkClosedError
from .link.messages import (
    Button,
    ButtonAction,
    Capture,
    FromWearable,
    Hello,
    MicrophoneChunk,
    PicturePart,
    Played,
    Refused,
    Video,
)
from .sight.intake import Intake, RunsInExecutor, Seen, Taken
from .sound.pcm import Resampler, samples
from .sound.playback import play
from .tasks import owned_tasks

_LOGGER = logging.getLogger(__name__)

EAR_HZ = 16_000
# What a wearable sends from a press on: a picture a second of a size in which letters on packs can be read.
QUESTION_VIDEO = Video(width=1600, height=1200, rate_hz=1.0, quality=80)
# A wearable stops by itself 20 s after the last word from home (PROTOCOL.md, section 4).
_RENEW_CAPTURE_S = 8.0
# 30 s of sound in 20 ms chunks: longer than any question; what is older than that is dropped.
_EAR_CHUNKS = 1500
_PLAYED_GRACE_S = 2.0


class WearableState(StrEnum):
    """What the wearable is doing, for the person and for automations."""

    IDLE = "idle"
    LISTENING = "listening"
    THINKING = "thinking"
    ANSWERING = "answering"
    WATCHING = "watching"


@dataclass(frozen=True, slots=True)
class Release:
    """The button was let go, `held_s` after its press."""

    held_s: float


class Ear:
    """Sound from a wearable as 16 kHz s16le mono chunks, for one listener; a button let go is part of the stream."""

    def __init__(self, rate_hz: int) -> None:
        self._resampler = Resampler(rate_hz, EAR_HZ)
        self._chunks: deque[bytes | Release] = deque(maxlen=_EAR_CHUNKS)
        self._arrived = asyncio.Event()

    def put(self, pcm: bytes) -> None:
        """A chunk off the wire, at the microphone's rate."""
        self._chunks.append(self._resampler.feed(samples(pcm)).tobytes())
        self._arrived.set()

    def put_release(self, release: Release) -> None:
        """The button was let go after all that was put so far."""
        self._chunks.append(release)
        self._arrived.set()

    def put_back(self, chunks: Iterable[bytes]) -> None:
        """Give back what was taken, in its order: somebody else listens from there on."""
        self._chunks.extendleft(reversed(list(chunks)))
        self._arrived.set()

    async def next_chunk(self) -> bytes | Release:
        """The next chunk, waiting for it, or that the button was let go."""
        while not self._chunks:
            self._arrived.clear()
            await self._arrived.wait()
        return self._chunks.popleft()


@dataclass(frozen=True, slots=True)
class Press:
    """The person pressed the button; `number` counts presses, `stamp_s` is when, on the wearable's clock.

    `ear` hears what was said from this press on; None where there is no microphone.
    """

    number: int
    stamp_s: float
    clock: WearableClock
    ear: Ear | None

    @property
    def at_s(self) -> float:
        """The home's time of the press, as well as is known by now."""
        return self.clock.to_home_s(self.stamp_s)


class Wearable:
    """What is known of a wearable, connected or not, and what can be asked of it."""

    def __init__(self, wearable_id: str, name: str, link_key: bytes, in_executor: RunsInExecutor) -> None:
        self.wearable_id = wearable_id
        self.name = name
        self.link_key = link_key
        self.state = WearableState.IDLE
        self.hello: Hello | None = None
        self.press_number = 0
        self._pressed_s = 0.0
        self._connection: Connection | None = None
        self._intake = Intake(in_executor)
        self._ear: Ear | None = None
        self._played = asyncio.Event()
        self._turn_number = 0
        self._speaker_sequence = 0
        self._listening = False
        self._looking = 0
        self._changed_listeners: set[Callable[[], None]] = set()
        self._button_listeners: set[Callable[[Button], None]] = set()
        self.on_press: Callable[[Press], None] = lambda _press: None
        self.on_gone: Callable[[], None] = lambda: None

    # --- the link -----------------------------------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """True while the wearable has a proven connection."""
        return self._connection is not None

    def welcome_settings(self, hello: Hello) -> dict[str, object]:
        """For the door: what to send from a press on."""
        video = QUESTION_VIDEO.as_dict() if hello.camera else None
        return {"capture": {"audio": hello.microphone_hz is not None, "video": video}, "cues": True, "led": True}

    async def serve(self, connection: Connection) -> None:
        """Live with a new connection until it ends; it replaces an older one, and what was asked over that ends with it."""
        older, self._connection = self._connection, connection
        if older is not None:
            self._left()
        clock, assembly = WearableClock(), PictureAssembly()
        self.hello = connection.hello
        self.press_number = 0
        _LOGGER.info("Wearable %s is connected", self.wearable_id)
        self._tell_changed()
        now_s = asyncio.get_running_loop().time
        tasks = [asyncio.create_task(self._intake.run(), name=f"shelfsight eye {self.wearable_id}")]
        if older is not None:
            # Beside the reading: an older connection is mostly a dead one, and the person may press meanwhile.
            tasks.append(asyncio.create_task(older.close("replaced"), name=f"shelfsight farewell {self.wearable_id}"))
        try:
            await connection.read(lambda event: self._take(event, clock, assembly, now_s()), now_s)
        finally:
            for task in tasks:
                task.cancel()
            if self._connection is connection:
                self._connection = None
                _LOGGER.info("Wearable %s is gone", self.wearable_id)
                self._left()
                self._tell_changed()

    def _left(self) -> None:
        """A connection is over: nothing more is heard through it."""
        self._ear = None
        self._intake.forget()
        self._listening = False
        self.on_gone()

    async def close(self, reason: str) -> None:
        """Send the wearable away, for example because its entry is unloaded."""
        if self._connection is not None:
            await self._connection.close(reason)

    def _take(self, event: FromWearable, clock: WearableClock, assembly: PictureAssembly, now_s: float) -> None:
        match event:
            case MicrophoneChunk(time_ms=time_ms, pcm=pcm):
                clock.home_s(time_ms, now_s)
                if self._ear is not None:
                    self._ear.put(pcm)
            case PicturePart():
                if (picture := assembly.add(event)) is not None:
                    stamp_s = clock.stamp_s(picture.taken_ms, now_s)
                    self._intake.put(Taken(picture.jpeg, clock.to_home_s(stamp_s), now_s, stamp_s))
            case Button():
                self._take_button(event, clock, clock.stamp_s(event.time_ms, now_s))
            case Played(done=True):
                self._played.set()
            case Refused(what=what, reason=reason):
                _LOGGER.warning("Wearable %s could not use its %s: %r", self.wearable_id, what, reason)
            case _:
                pass  # how far playback is, and the battery: nobody here needs them yet

    def _take_button(self, button: Button, clock: WearableClock, stamp_s: float) -> None:
        if button.action is ButtonAction.PRESS:
            self.press_number = button.press
            self._pressed_s = stamp_s
            # The wearable sends sound from now on by itself: the ear must be open before the next message is read.
            self._ear = Ear(self.hello.microphone_hz) if self.hello and self.hello.microphone_hz else None
            self._listening = True
            if self._ear is not None:
                self._intake.keep()
            self.on_press(Press(button.press, stamp_s, clock, self._ear))
        elif button.action is ButtonAction.RELEASE and self._ear is not None:
            self._ear.put_release(Release(stamp_s - self._pressed_s))
        for listener in list(self._button_listeners):
            listener(button)

    async def send(self, text: str) -> None:
        """Send a message made by `messages`; raises LinkClosedError."""
        if self._connection is None:
            raise LinkClosedError("the wearable is not connected")
        await self._connection.send_text(text)

    # --- listeners ----------------------------------------------------------------------------------------------------

    def listen_changed(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Be told when state or connection change; call the result to stop."""
        self._changed_listeners.add(listener)
        return lambda: self._changed_listeners.discard(listener)

    def listen_button(self, listener: Callable[[Button], None]) -> Callable[[], None]:
        """Be told of the button; call the result to stop."""
        self._button_listeners.add(listener)
        return lambda: self._button_listeners.discard(listener)

    def set_state(self, state: WearableState) -> None:
        """The wearable's state changed."""
        if state is not self.state:
            self.state = state
            self._tell_changed()

    def _tell_changed(self) -> None:
        for listener in list(self._changed_listeners):
            listener()

    # --- ear and eye --------------------------------------------------------------------------------------------------

    @property
    def ear(self) -> Ear | None:
        """The sound of the question being asked; None where there is no microphone."""
        return self._ear

    async def open_ear(self) -> Ear | None:
        """Listen without a press; None where there is no microphone, or a press listens already. Raises LinkClosedError.

        The ear is the caller's: a press that comes meanwhile opens another one.
        """
        if self.hello is None or self.hello.microphone_hz is None or self._ear is not None:
            return None
        ear = self._ear = Ear(self.hello.microphone_hz)
        self._intake.keep()
        self._listening = True
        await self._send_capture()
        return ear

    async def close_ear(self, ear: Ear) -> None:
        """Stop listening with this ear: the microphone goes off, unless a newer press has opened another ear."""
        if self._ear is not ear:
            return
        self._ear = None
        self._intake.forget()
        self._listening = False
        if self.connected:
            await self._send_capture()

    @contextmanager
    def watch(self, watcher: Callable[[Seen], None]) -> Iterator[None]:
        """Hand pictures to `watcher`; does not by itself make the camera send any."""
        with self._intake.watch(watcher):
            yield

    @asynccontextmanager
    async def look(self) -> AsyncIterator[None]:
        """Pictures flow while this lasts, and are renewed: wearables stop by themselves otherwise.

        Raises:
            LinkClosedError: the wearable is not there.
        """
        self._looking += 1
        try:
            async with owned_tasks() as tasks:
                await self._send_capture()
                renewing = tasks.create_task(self._keep_capturing())
                yield
                renewing.cancel()
        finally:
            self._looking -= 1
            try:
                await self._send_capture()
            except LinkClosedError:
                _LOGGER.debug("Wearable %s left while it was looking", self.wearable_id)

    async def _keep_capturing(self) -> None:
        while True:
            await asyncio.sleep(_RENEW_CAPTURE_S)
            await self._send_capture()

    async def _send_capture(self, still: Video | None = None) -> None:
        video = QUESTION_VIDEO if (self._listening or self._looking) and self.has_camera else None
        await self.send(messages.capture(Capture(self.press_number, self._listening, video, still)))

    @property
    def has_camera(self) -> bool:
        """True when it said that it has one."""
        return self.hello is not None and self.hello.camera is not None

    async def still(self, timeout_s: float) -> Seen | None:
        """One picture taken from now on, or None when none comes in time.

        Raises:
            LinkClosedError: the wearable is not there.
        """
        loop = asyncio.get_running_loop()
        asked_s = loop.time()
        taken: asyncio.Future[Seen] = loop.create_future()

        def take(seen: Seen) -> None:
            if seen.taken_s >= asked_s - STAMP_SLACK_S and not taken.done():
                taken.set_result(seen)

        with self._intake.watch(take):
            await self._send_capture(QUESTION_VIDEO)
            try:
                async with asyncio.timeout(timeout_s):
                    return await taken
            except TimeoutError:
                return None

    # --- mouth --------------------------------------------------------------------------------------------------------

    async def cue(self, name: str) -> None:
        """Play a built-in sound, where there is a speaker."""
        if self.hello is not None and self.hello.speaker is not None and self.connected:
            await self.send(messages.cue(name))

    @property
    def cancels_echo(self) -> bool:
        """True when its microphone does not hear its own speaker: it may stay open while an answer is said."""
        return self.hello is not None and self.hello.echo_cancellation and self.hello.microphone_hz is not None

    @property
    def has_speaker(self) -> bool:
        """True when something said would be heard."""
        return self.connected and self.hello is not None and self.hello.speaker is not None

    async def say(self, pcm: AsyncIterator[bytes], rate_hz: int, started: Callable[[], None]) -> None:
        """Play an answer and wait until it was heard. Cancel it, then `flush`, to stop.

        Raises:
            LinkClosedError: the wearable left meanwhile.
        """
        if self.hello is None or self.hello.speaker is None:
            raise LinkClosedError("the wearable has no speaker")
        self._turn_number += 1
        self._played.clear()
        speaker = self.hello.speaker
        length_ms = await play(
            self,
            self._turn_number,
            pcm,
            source_hz=rate_hz,
            speaker_hz=speaker.rate_hz,
            buffer_ms=speaker.buffer_ms,
            started=started,
        )
        if not length_ms:
            return
        try:
            async with asyncio.timeout(speaker.buffer_ms / 1000 + _PLAYED_GRACE_S):
                await self._played.wait()
        except TimeoutError:
            _LOGGER.debug("Wearable %s did not say that it played the answer", self.wearable_id)

    async def flush(self) -> None:
        """Stop what is being heard, now."""
        if self.has_speaker:
            await self.send(messages.flush())

    async def speak(self, turn: int, rate_hz: int) -> None:
        """Part of `SpeakerLink`."""
        await self.send(messages.speak(turn, rate_hz))

    async def sound(self, position_ms: int, pcm: bytes) -> None:
        """Part of `SpeakerLink`."""
        if self._connection is None:
            raise LinkClosedError("the wearable is not connected")
        await self._connection.send_binary(messages.speaker_chunk(self._speaker_sequence, position_ms, pcm))
        self._speaker_sequence += 1

    async def spoken(self, turn: int) -> None:
        """Part of `SpeakerLink`."""
        await self.send(messages.spoken(turn))

    def diagnostics(self) -> dict[str, Any]:
        """What may be shown in a bug report."""
        return {
            "connected": self.connected,
            "state": self.state.value,
            "model": self.hello.model if self.hello else None,
            "firmware": self.hello.firmware if self.hello else None,
            "unknown_messages": self._connection.unknown_messages if self._connection else None,
        }
