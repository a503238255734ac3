"""Questions and answers over an open link: what a press starts, what the home's messages do, what is told to the home."""

from . import codec
from .capture import Ear, Eye, Orders, chunk_bytes
from .faults import DriverError
from .outbox import Outbox
from .playback import BUFFER_MS, Playback
from .status import POLL_MS, BatteryWatch, StateReports
from .voice import Voice

_QUEUED_CHUNKS = 24  # half a second of sound waits at most for a slow network
_WAITS_MS = 20000  # nobody expects an answer any more when the home has said nothing for so long
_ENDS = ("done", "error")  # cues after which nothing more is to come of a question
# After something was said: a home that still works at the question says so within 1.5 s, and that it is gone instead is
# noticed after 15 s of silence.
_GOES_ON_MS = 17000


class Conversation:
    """Owns everything that captures or plays. `board` is behind the wall; `report(event, **details)` is told what happens."""

    def __init__(self, board: object, report: object) -> None:
        self._board = board
        self._report = report
        self._settings = codec.DEFAULT_SETTINGS
        self._orders = Orders()
        self.outbox = Outbox(chunk_bytes(board.microphone), _QUEUED_CHUNKS)
        self.outbox.on_first_sound = self._first_sound
        self._ear = Ear(board.microphone, self._orders, self.outbox, board.clock, self.refuse)
        self._eye = Eye(board.camera, self._orders, self.outbox, board.clock, self.refuse)
        self._eye.on_sent, self._eye.on_idle = self._picture_sent, self._obey
        self._playback = Playback(board.speaker, board.clock, self._played, report, self.refuse)
        self.voice = Voice(self._playback, board.speaker, board.phrases)
        self._capturing = self._lit = False
        self._linked = False
        self._press = 0
        self._press_ms = 0
        self._waits_until_ms = None  # somebody has asked, and waits for what comes
        self._private = board.private()
        self._reports = StateReports()
        self._battery = BatteryWatch()
        self._battery_low = False
        self._state = {}
        self._state_ms = None

    @property
    def busy(self) -> bool:
        """Whether anything is captured, played or about to be said."""
        return self._orders.active or self._playback.busy or self.voice.busy

    def runs(self) -> list:
        """What has to run for as long as the wearable does: (name, coroutine function)."""
        runs = [("voice", self.voice.run)]
        if self._board.speaker is not None:
            runs.append(("playback", self._playback.run))
        if self._board.privacy is not None:
            runs.append(("privacy", self._watch_privacy))
        return runs

    def hello(self) -> dict:
        """What `hello` says about this board (PROTOCOL.md, section 3)."""
        board, about = self._board, self._board.about
        camera, microphone, speaker = board.camera, board.microphone, board.speaker
        return {
            "name": about.name,
            "model": about.model,
            "firmware": about.firmware,
            "camera": camera and {"sizes": camera.sizes, "rate_hz": camera.rate_hz},
            "microphone": microphone and {"rate_hz": microphone.rate_hz},
            "speaker": speaker and {"rate_hz": speaker.rate_hz, "buffer_ms": BUFFER_MS},
            "buttons": 0 if board.button is None else 1,
            "echo_cancellation": about.echo_cancellation,
            "battery": about.battery,
            "led": board.led is not None,
            "privacy": board.privacy is not None,
        }

    def opened(self, link: object, settings: dict) -> None:
        """A link is open and proven; `settings` came with its `welcome`."""
        link.on_message, link.on_speaker = self._message, self._playback.samples
        self._linked = True
        self._orders.opened()
        self._reports.opened()
        self._change_settings(settings)
        self._state_ms = None

    def ended(self) -> bool:
        """The link is gone; True if somebody was using it, or waits for an answer, who has to hear so at once."""
        used = self._orders.active or self._playback.answering or self._waits()
        self._waits_until_ms = None
        self._linked = False
        self.stop()
        return used

    def stop(self) -> None:
        """Captures and plays nothing more."""
        self._orders.stop()
        self._obey()
        self.voice.hush()

    def press(self, press: int, at_ms: int) -> None:
        """The person asks: silence, ears and eyes open, and the home is told, in the order that loses no word."""
        self._press, self._press_ms = press, at_ms
        self._orders.pressed(press, self._settings, self._board.clock.ms())
        self._leave_out_missing()
        self.voice.hush()
        self.tell_button("press", press, at_ms)
        if self._private:
            self.voice.say("privacy")
        else:
            self.voice.cue("listening")
            self._ear.press()
            self._wait(_WAITS_MS)
        self._obey()

    def _wait(self, for_ms: int) -> None:
        """Somebody has asked: so long something is expected to be heard of it."""
        self._waits_until_ms = self._board.clock.ms() + for_ms

    def _waits(self) -> bool:
        return self._waits_until_ms is not None and self._board.clock.ms() < self._waits_until_ms

    def tell_button(self, event: str, press: int, at_ms: int) -> None:
        """Tells the home of a press, or of a release, hold, double or long that belongs to one."""
        message = {"type": "button", "event": event, "press": press, "time_ms": at_ms & 0xFFFFFFFF}
        self.outbox.text(message, after_sound=event == "release")

    def tick(self, now_ms: int) -> None:
        """To be called every 50 ms or so."""
        self._ear.tick(now_ms)
        self._eye.tick(now_ms)
        if self._orders.expired(now_ms):
            self._orders.stop()
            self._obey()
            self._report("safety_stop", press=self._press)
            self.voice.say("unanswered")
        if self._state_ms is None or now_ms - self._state_ms >= POLL_MS:
            self._state_ms = now_ms
            self._state = self._board.state()
            if self._battery.low(self._state.get("battery_percent"), self._state.get("charging", False)):
                self._battery_low = True
            self._tell_state(now_ms)
        if self._battery_low and not self.busy:
            # Not into an open microphone, nor into an answer.
            self._battery_low = False
            self._report("battery_low", percent=self._state.get("battery_percent"))
            self.voice.say("battery_low")

    def refuse(self, what: str, reason: str, code: str = "failed") -> None:
        """Tells home and person that something could not be done."""
        self._report("refused", what=what, reason=reason, code=code)
        if self._linked:
            self.outbox.text({"type": "refused", "what": what, "code": code, "reason": reason[:200]})
        if what in ("camera", "microphone") and code != "privacy":
            self.voice.say("no_" + what)
        self._obey()

    def _message(self, message: tuple) -> None:
        if isinstance(message, codec.Capture):
            listened = self._orders.audio
            if self._orders.ordered(message, self._board.clock.ms()):
                if listened and not message.audio:
                    self._wait(_WAITS_MS)  # the home has heard enough
                for what in self._leave_out_missing():
                    self.refuse(what, "this wearable has none", "missing")
                self._leave_out_private()
                self._obey()
        elif isinstance(message, codec.Cue):
            if message.name == "thinking":
                self._wait(_WAITS_MS)
            elif message.name in _ENDS:
                self._waits_until_ms = None
            if message.name in codec.CUES:
                self.voice.cue(message.name)
            else:
                self.refuse("cue", "there is no cue " + message.name[:40], "unknown")
        elif isinstance(message, codec.Speak):
            if message.press is None or message.press >= self._orders.newest_press:
                self._playback.speak(message.turn, message.rate_hz)
            else:  # on its way while the person pressed again: nobody waits for it any more
                self._playback.skip(message.turn)
        elif isinstance(message, codec.Spoken):
            self._playback.spoken(message.turn)
        elif isinstance(message, codec.Flush):
            self._playback.flush()
        elif isinstance(message, codec.SettingsChange):
            self._change_settings(message.settings)

    def _leave_out_missing(self) -> list:
        """Takes out of the orders what this board has not got; returns what that was."""
        orders, missing = self._orders, []
        if self._board.camera is None and (orders.video or orders.still):
            orders.video = orders.still = None
            missing.append("camera")
        if self._board.microphone is None and orders.audio:
            orders.audio = False
            missing.append("microphone")
        return missing

    def _leave_out_private(self) -> None:
        """While private nothing is captured, whoever wants it."""
        orders = self._orders
        if self._private and orders.active:
            audio, pictures = orders.audio, orders.video or orders.still
            orders.stop()
            if audio:
                self.refuse("microphone", "privacy is on", "privacy")
            if pictures:
                self.refuse("camera", "privacy is on", "privacy")

    def _change_settings(self, change: dict) -> None:
        before, self._settings = self._settings, codec.merge_settings(self._settings, change)
        settings = self._settings
        self.voice.optional_cues = settings.cues
        if self._board.speaker is not None:
            self._board.speaker.set_volume(settings.volume)
        if settings.language != before.language:
            self.voice.set_language(settings.language)
        if settings.urls and settings.urls != before.urls and list(settings.urls) != list(self._board.store.urls):
            self._keep_urls(settings.urls)
        self._privacy_changed()
        self._obey()

    def _keep_urls(self, urls: tuple) -> None:
        try:
            self._board.store.save_urls(list(urls))
        except DriverError as error:
            self.refuse("storage", str(error))
        else:
            self._report("urls", urls=list(urls))

    async def _watch_privacy(self) -> None:
        while True:
            self._privacy_changed()
            await self._board.privacy.changed()

    def _privacy_changed(self) -> None:
        """Follows switch and setting: either makes the wearable private."""
        private = self._board.private() or bool(self._settings.privacy)
        if private == self._private:
            return
        self._private = private
        self._report("privacy", on=private)
        self._obey()
        self._tell_state(self._board.clock.ms())
        self.voice.say("privacy_on" if private else "privacy_off")

    def _tell_state(self, now_ms: int) -> None:
        if self._linked:
            state = self._state
            if self._board.privacy is not None or self._settings.privacy is not None:
                state = dict(state, privacy=self._private)
            if self._reports.due(state, self.busy, now_ms):
                self.outbox.text(dict(state, type="state"))

    def _obey(self) -> None:
        """Makes ear, eye and LED do what the orders say; while private they say nothing."""
        if self._private and self._orders.active:
            self._orders.stop()
        capturing = self._orders.active
        if capturing:
            self._light(capturing)
        self._ear.update()
        self._eye.update()
        self._light(self._orders.active)
        if self._orders.active != self._capturing:
            self._capturing = self._orders.active
            self._report("capture", on=self._capturing, press=self._press)

    def _light(self, capturing: bool) -> None:
        lit = capturing and self._settings.led
        if lit != self._lit:
            self._lit = lit
            if self._board.led is not None:
                self._board.led.set(lit)

    def _played(self, turn: int, position_ms: int, done: bool) -> None:
        if done and self._waits():
            self._wait(_GOES_ON_MS)
        if self._linked:
            self.outbox.text({"type": "played", "turn": turn, "position_ms": position_ms, "done": done})

    def _first_sound(self) -> None:
        after_ms = self._board.clock.ms() - self._press_ms
        self._report("first_microphone_chunk_sent", press=self._press, after_ms=after_ms)

    def _picture_sent(self, frame: object) -> None:
        self._report("frame_sent", bytes=frame.size, press=self._press)
