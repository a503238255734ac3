"""One wearable at home: its way here, its state, its senses and its mouth."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import replace
from enum import StrEnum
import logging
from typing import Any

from .crowd import QUESTION_VIDEO, Crowd
from .ear import Ear, HomePress, Press
from .flight_recorder import FlightRecorder, Mark
from .link.connection import Connection, LinkClosedError
from .link.messages import (
    Button,
    ButtonAction,
    Capture,
    FromPress,
    Hello,
    Played,
    RefusalCode,
    Refused,
    Settings,
    State,
)
from .link.way import FromWay, LinkWay, Picture, Pushed, Sound, Way
from .listeners import Listeners
from .seldom import Seldom
from .senses import Senses
from .sight.intake import RunsInExecutor, Seen, Taken
from .sound.playback import play

_LOGGER = logging.getLogger(__name__)

_PLAYED_GRACE_S = 2.0
# What a wearable may refuse (PROTOCOL.md, section 4).
_PARTS = frozenset({"camera", "cue", "microphone", "speaker", "storage"})
_NOTHING_KNOWN = State(battery_percent=None, charging=None, rssi_dbm=None, free_bytes=None)


class WearableState(StrEnum):
    """What the wearable is doing, for the person and for automations."""

    IDLE = "idle"
    LISTENING = "listening"
    THINKING = "thinking"
    ANSWERING = "answering"
    WATCHING = "watching"


class Wearable:
    """What is known of a wearable, connected or not, and what can be asked of it."""

    def __init__(
        self,
        wearable_id: str,
        name: str,
        link_key: bytes,
        in_executor: RunsInExecutor,
        crowd: Crowd | None = None,
    ) -> None:
        self.wearable_id = wearable_id
        self.name = name
        self.link_key = link_key
        self.state = WearableState.IDLE
        self.hello: Hello | None = None
        self.condition = _NOTHING_KNOWN
        """What it last told of its battery, its network and its privacy switch."""
        self.settings = Settings(cues=True, led=True)
        self._way: Way | None = None
        self.crowd = crowd or Crowd()
        """Who else talks in this home."""
        self._senses = Senses(self, in_executor, self._capture, self.crowd)
        self._played = asyncio.Event()
        self._turn_number = 0
        self.recorder = FlightRecorder()
        """Where what it does in a question is noted."""
        self._refused = Seldom()
        self._changed: Listeners[[]] = Listeners()
        self._buttons: Listeners[[Button]] = Listeners()
        self.on_press: Callable[[Press | HomePress], None] = lambda _press: None
        self.on_gone: Callable[[], None] = lambda: None

    # --- its way here -------------------------------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """True while the wearable has a proven connection."""
        return self._way is not None

    def welcome_settings(self, hello: Hello) -> dict[str, object]:
        """For the door: all settings, with what to send from a press on."""
        from_press = FromPress(hello.microphone_hz is not None, QUESTION_VIDEO if hello.camera else None)
        return replace(self.settings, from_press=from_press).as_dict()

    async def set_settings(self, settings: Settings) -> None:
        """The home has other settings now: a wearable that is there is told, another one when it comes."""
        if settings == self.settings:
            return
        was_private, self.settings = self.private, settings
        if self.private and not was_private:
            self._draw_curtain()
        self._changed.tell()
        if self._way is not None:
            try:
                await self._way.settings(settings)
            except LinkClosedError:
                _LOGGER.debug("Wearable %s left before it could be told of its settings", self.wearable_id)

    async def serve(self, connection: Connection) -> None:
        """Live with a new connection of the link until it ends."""
        await self.live_with(LinkWay(connection))

    async def live_with(self, way: Way) -> None:
        """Live with a new way here until it ends; it replaces an older one, and what was asked over that ends with it."""
        older, self._way = self._way, way
        if older is not None:
            self._left()
        self.hello = way.hello
        self.condition = _NOTHING_KNOWN
        self._senses.begin()
        _LOGGER.info("Wearable %s is connected", self.wearable_id)
        self._changed.tell()
        now_s = asyncio.get_running_loop().time
        tasks = [asyncio.create_task(self._senses.examine(), name=f"shelfsight eye {self.wearable_id}")]
        if older is not None:
            # Beside the reading: an older connection is mostly a dead one, and the person may press meanwhile.
            tasks.append(asyncio.create_task(older.close("replaced"), name=f"shelfsight farewell {self.wearable_id}"))
        try:
            await way.read(lambda event: self._take(event, way, now_s()), now_s)
        finally:
            for task in tasks:
                task.cancel()
            if self._way is way:
                self._way = None
                _LOGGER.info("Wearable %s is gone", self.wearable_id)
                self._left()
                self._changed.tell()

    def _left(self) -> None:
        """A connection is over: nothing more is heard through it."""
        self.recorder.note(Mark.LEFT)
        self._senses.end()
        self.on_gone()

    async def close(self, reason: str) -> None:
        """Send the wearable away, for example because its entry is unloaded."""
        if self._way is not None:
            await self._way.close(reason)

    def _there(self) -> Way:
        if self._way is None:
            raise LinkClosedError("the wearable is not connected")
        return self._way

    # --- what it tells ------------------------------------------------------------------------------------------------

    def _take(self, event: FromWay, way: Way, now_s: float) -> None:
        match event:
            case Sound(pcm=pcm):
                self._senses.hear(pcm)
            case Picture(jpeg=jpeg, stamp_s=stamp_s):
                self._senses.see(Taken(jpeg, way.clock.to_home_s(stamp_s), now_s, stamp_s))
            case Pushed(button=button, stamp_s=stamp_s):
                self._take_button(button, way, stamp_s)
            case Played(done=True):
                self.recorder.note(Mark.PLAYED, of_ms=event.position_ms)
                self._played.set()
            case Refused():
                self._take_refused(event)
            case State():
                self._take_condition(event)
            case Hello():
                self.hello = event
                self._changed.tell()
            case _:
                pass  # how far playback is: nobody here needs it yet

    def _take_button(self, button: Button, way: Way, stamp_s: float) -> None:
        self.recorder.note(Mark.BUTTON, action=button.action.value)
        if button.action is ButtonAction.PRESS:
            ear = self._senses.pressed(button.press, stamp_s)
            self.on_press(Press(button.press, stamp_s, way.clock, ear, asks=not self.private))
        elif button.action is ButtonAction.RELEASE:
            self._senses.released(stamp_s)
        elif button.action is ButtonAction.STOP:
            self.on_press(HomePress(None, asks=False))
            return  # for automations it is no button
        self._buttons.tell(button)

    def _take_refused(self, refused: Refused) -> None:
        # Its words are quoted: a line break in them must not begin a line of the log.
        if (due := self._refused.due(refused.what, asyncio.get_running_loop().time())) is not None:
            _LOGGER.warning(
                "Wearable %s could not use its %r (%s): %r (%d times since told last)",
                self.wearable_id,
                due[0],
                refused.code,
                refused.reason,
                due[1],
            )
        if refused.what in _PARTS:
            self.recorder.note(Mark.REFUSED, what=refused.what, code=refused.code.value)
        if refused.what == "microphone":
            self._senses.go_deaf(refused.code)
        elif refused.what == "camera":
            self._senses.go_blind()

    def _take_condition(self, condition: State) -> None:
        if condition == self.condition:
            return
        was_private, self.condition = self.private, condition
        if self.private and not was_private:
            self._draw_curtain()
        self._changed.tell()

    def _draw_curtain(self) -> None:
        """It became private: nothing that was being heard or seen goes on."""
        self._senses.go_blind()
        self._senses.go_deaf(RefusalCode.PRIVACY)

    @property
    def private(self) -> bool:
        """True while its person, or this home, wants nothing captured: no question is begun then."""
        return self.condition.privacy is True or self.settings.privacy is True

    # --- who listens --------------------------------------------------------------------------------------------------

    def listen_changed(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Be told when its state, connection, condition, abilities or settings change; call the result to stop."""
        return self._changed.add(listener)

    def listen_button(self, listener: Callable[[Button], None]) -> Callable[[], None]:
        """Be told of the button; call the result to stop."""
        return self._buttons.add(listener)

    def set_state(self, state: WearableState) -> None:
        """The wearable's state changed."""
        if state is not self.state:
            self.state = state
            self._changed.tell()

    async def press_at_home(self, *, asks: bool = True) -> None:
        """As if its button was pressed and let go. `asks` False: only to stop what is said.

        Raises:
            LinkClosedError: the wearable is not there.
        """
        self._there()
        asks = asks and not self.private
        ear = self._senses.listen() if asks else None
        self.on_press(HomePress(ear, asks=asks))
        if ear is not None:
            await self._senses.ask()

    # --- ear and eye --------------------------------------------------------------------------------------------------

    @property
    def ear(self) -> Ear | None:
        """The sound of the question being asked; None where there is no microphone."""
        return self._senses.ear

    async def open_ear(self) -> Ear | None:
        """Listen without a press; None where there is no microphone, where a press listens already, and while private.

        The ear is the caller's: a press that comes meanwhile opens another one. Raises LinkClosedError.
        """
        if self._senses.ear is not None or (ear := self._senses.listen()) is None:
            return None
        await self._senses.ask()
        return ear

    async def close_ear(self, ear: Ear) -> None:
        """Stop listening with this ear: the microphone goes off, unless a newer press has opened another ear."""
        await self._senses.close_ear(ear)

    def watch(
        self, watcher: Callable[[Seen], None], blind: Callable[[], None] = lambda: None
    ) -> AbstractContextManager[None]:
        """Hand pictures to `watcher`, and tell `blind` when none will come; does not make the camera send any."""
        return self._senses.watch(watcher, blind)

    def look(self) -> AbstractAsyncContextManager[None]:
        """Pictures flow while this lasts. Raises LinkClosedError where the wearable is not there."""
        return self._senses.look()

    async def still(self, timeout_s: float) -> Seen | None:
        """One picture taken from now on, or None when none comes in time, or will not come at all.

        Raises:
            LinkClosedError: the wearable is not there.
        """
        return await self._senses.still(timeout_s)

    async def _capture(self, what: Capture) -> None:
        self.recorder.note(
            Mark.CAPTURE_ASKED, audio=what.audio, video=what.video is not None, still=what.still is not None
        )
        await self._there().capture(what)

    @property
    def has_camera(self) -> bool:
        """True when it said that it has one."""
        return self.hello is not None and self.hello.camera is not None

    @property
    def has_microphone(self) -> bool:
        """True when it said that it has one."""
        return self.microphone_hz is not None

    @property
    def microphone_hz(self) -> int | None:
        """The rate of its microphone; None where there is none."""
        return self.hello.microphone_hz if self.hello is not None else None

    # --- mouth --------------------------------------------------------------------------------------------------------

    async def cue(self, name: str) -> None:
        """Play a built-in sound, where there is a speaker."""
        if self.has_speaker:
            self.recorder.note(Mark.CUE, name=name)
            await self._there().cue(name)

    @property
    def cancels_echo(self) -> bool:
        """True when its microphone does not hear its own speaker: it may stay open while an answer is said."""
        return self.hello is not None and self.hello.echo_cancellation and self.has_microphone

    @property
    def has_speaker(self) -> bool:
        """True when something said would be heard."""
        return self.connected and self.hello is not None and self.hello.speaker is not None

    @property
    def sets_volume(self) -> bool:
        """True when it is as loud as this home wants."""
        return self.has_speaker and self._way is not None and self._way.takes_settings

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

        def begun() -> None:
            self.recorder.note(Mark.SPEAK)
            started()

        length_ms = await play(
            self._there(),
            self._turn_number,
            pcm,
            source_hz=rate_hz,
            speaker_hz=speaker.rate_hz,
            buffer_ms=speaker.buffer_ms,
            started=begun,
        )
        if not length_ms:
            return
        self.recorder.note(Mark.SPOKEN, length_ms=length_ms)
        try:
            async with asyncio.timeout(speaker.buffer_ms / 1000 + _PLAYED_GRACE_S):
                await self._played.wait()
        except TimeoutError:
            _LOGGER.debug("Wearable %s did not say that it played the answer", self.wearable_id)

    async def flush(self) -> None:
        """Stop what is being heard, now."""
        if self.has_speaker:
            self.recorder.note(Mark.FLUSH)
            await self._there().flush()

    def diagnostics(self) -> dict[str, Any]:
        """What may be shown in a bug report."""
        return {
            "connected": self.connected,
            "state": self.state.value,
            "private": self.private,
            "camera": self.has_camera,
            "microphone": self.has_microphone,
            "speaker": self.has_speaker,
            "model": self.hello.model if self.hello else None,
            "firmware": self.hello.firmware if self.hello else None,
            "unknown_messages": self._way.unknown_messages if self._way else None,
        }
