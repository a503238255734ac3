"""Questions and answers over an open link: what a press starts, what the home's messages do, what is told to the home."""

from . import codec
from .capture import Ear, Eye, Orders, chunk_bytes
from .outbox import Outbox
from .playback import BUFFER_MS, Playback
from .voice import Voice

_QUEUED_CHUNKS = 50  # a second of sound waits at most for a slow network
_STATE_EVERY_MS = 10000


class Conversation:
    """Owns everything that captures or plays. `report(event, **details)` is told what happens."""

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
        self._lit = False
        self._linked = False
        self._press = 0
        self._press_ms = 0
        self._state_ms = None
        self._state = None

    def runs(self) -> list:
        """What has to run for as long as the wearable does."""
        runs = [self.voice.run()]
        if self._board.speaker is not None:
            runs.append(self._playback.run())
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
        }

    def opened(self, link: object, settings: dict) -> None:
        """A link is open and proven; `settings` came with its `welcome`."""
        link.on_message, link.on_speaker = self._message, self._playback.samples
        self._change_settings(settings)
        self._orders.opened()
        self._linked = True
        self._state = None

    def ended(self) -> bool:
        """The link is gone; True if somebody was using it, who has to hear so at once."""
        used = self._orders.active or self._playback.answering
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
        self.voice.cue("listening")
        self._ear.press()
        self._obey()

    def tell_button(self, event: str, press: int, at_ms: int) -> None:
        """Tells the home of a press, or of a release, double or long that belongs to one."""
        message = {"type": "button", "event": event, "press": press, "time_ms": at_ms & 0xFFFFFFFF}
        self.outbox.text(message, after_sound=event == "release")

    def tick(self, now_ms: int) -> None:
        """To be called every 50 ms or so."""
        if self._orders.expired(now_ms):
            self._orders.stop()
            self._obey()
            self._report("safety_stop", press=self._press)
            self.voice.say("unanswered")
        if self._linked and (self._state_ms is None or now_ms - self._state_ms >= _STATE_EVERY_MS):
            self._state_ms = now_ms
            state = self._board.state()
            if state and state != self._state:
                self._state = state
                self.outbox.text(dict(state, type="state"))

    def refuse(self, what: str, reason: str) -> None:
        """Tells home and person that something could not be done."""
        self._report("refused", what=what, reason=reason)
        if self._linked:
            self.outbox.text({"type": "refused", "what": what, "reason": reason[:200]})
        if what in ("camera", "microphone"):
            self.voice.say("no_" + what)
        self._obey()

    def _message(self, message: tuple) -> None:
        if isinstance(message, codec.Capture):
            if self._orders.ordered(message, self._board.clock.ms()):
                for what in self._leave_out_missing():
                    self.refuse(what, "this wearable has none")
                self._obey()
        elif isinstance(message, codec.Cue):
            if message.name in codec.CUES:
                self.voice.cue(message.name)
            else:
                self.refuse("cue", "there is no cue " + message.name[:40])
        elif isinstance(message, codec.Speak):
            self._playback.speak(message.turn, message.rate_hz)
        elif isinstance(message, codec.Spoken):
            self._playback.spoken(message.turn)
        elif isinstance(message, codec.Flush):
            self._playback.flush()
        elif isinstance(message, codec.SettingsChange):
            self._change_settings(message.settings)

    def _leave_out_missing(self) -> list:
        """Takes out of the orders what this board has not got; returns what that was."""
        missing = []
        if self._board.camera is None and (self._orders.video or self._orders.still):
            self._orders.video = self._orders.still = None
            missing.append("camera")
        if self._board.microphone is None and self._orders.audio:
            self._orders.audio = False
            missing.append("microphone")
        return missing

    def _change_settings(self, change: dict) -> None:
        self._settings = codec.merge_settings(self._settings, change)
        self.voice.optional_cues = self._settings.cues
        if self._board.speaker is not None:
            self._board.speaker.set_volume(self._settings.volume)

    def _obey(self) -> None:
        """Makes ear, eye and LED do what the orders say."""
        self._ear.update()
        self._eye.update()
        lit = self._orders.active
        if lit != self._lit:
            self._lit = lit
            if self._board.led is not None:
                self._board.led.set(lit and self._settings.led)
            self._report("capture", on=lit, press=self._press)

    def _played(self, turn: int, position_ms: int, done: bool) -> None:
        if self._linked:
            self.outbox.text({"type": "played", "turn": turn, "position_ms": position_ms, "done": done})

    def _first_sound(self) -> None:
        after_ms = self._board.clock.ms() - self._press_ms
        self._report("first_microphone_chunk_sent", press=self._press, after_ms=after_ms)

    def _picture_sent(self, frame: object) -> None:
        self._report("frame_sent", bytes=frame.size, press=self._press)
