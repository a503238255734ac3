"""A wearable of plain streams, as the rest of the house sees it: a `Way` whose words the home itself turns into sound.

Such a wearable has no software of ours: it sends all the time and plays whatever it gets. What the link's wearable does by
itself is done here: nothing is taken while nobody asks, a press stops what is played and is answered by a cue, and the end of
an answer is told when it must have been heard. All stamps are of the home's clock.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from ...sound.cues import cue
from ..clock import WearableClock
from ..connection import LinkClosedError
from ..limits import PROTOCOL
from ..messages import Button, ButtonAction, CameraAbility, Capture, Hello, Played, Settings, SpeakerAbility
from ..way import FromWay, Picture, Pushed, Sound
from .playout import PLAYOUT_HZ, Playout
from .stream import Ending, Kind, Stream

MICROPHONE_HZ = 16_000
# So far ahead of real time the home fills the playout: a message of 40 ms may be late three times over.
SPEAKER_BUFFER_MS = 200
# Pictures come at the camera's own rate: one that is a little early is taken, rather than the next one late.
_RATE_SLACK = 0.8
_U32 = 0xFFFFFFFF


class StreamsWay:
    """One wearable while any of its streams is open. `read` lasts exactly so long."""

    takes_settings = False

    def __init__(self, wearable_id: str, name: str) -> None:
        self.clock = WearableClock()  # never fed: its offset stays 0
        self.hello = Hello(
            wearable_id=wearable_id,
            protocol=PROTOCOL,
            nonce=b"",
            proof=b"",
            name=name,
            model="plain streams",
            firmware="",
            camera=None,
            microphone_hz=None,
            speaker=None,
            echo_cancellation=False,
        )
        self._streams: dict[Kind, Stream] = {}
        self._over = asyncio.Event()
        self._listener: Callable[[FromWay], None] | None = None
        self._presses = 0
        self._wants_sound = False
        self._picture_every_s: float | None = None
        self._next_picture_s = 0.0
        self._wants_still = False
        self._turn = 0
        self._speaking = False
        self._played_later: asyncio.TimerHandle | None = None
        self.playout = Playout(self._taken_out)

    # --- its streams --------------------------------------------------------------------------------------------------

    @property
    def over(self) -> bool:
        """True when its last stream is closed: another one makes another way."""
        return self._over.is_set()

    def enter(self, stream: Stream) -> None:
        """A stream is open; an older one of its kind ends."""
        older = self._streams.get(stream.kind)
        self._streams[stream.kind] = stream
        if older is not None:
            older.end(Ending.REPLACED)
        self._tell_abilities()

    def leave(self, stream: Stream) -> None:
        """A stream is closed."""
        if self._streams.get(stream.kind) is not stream:
            return
        del self._streams[stream.kind]
        if stream.kind is Kind.SPEAKER:
            self._stop_playing()
        if self._streams:
            self._tell_abilities()
        else:
            self._over.set()

    def _tell_abilities(self) -> None:
        audio, speaker = self._streams.get(Kind.AUDIO), self._streams.get(Kind.SPEAKER)
        self.hello = replace(
            self.hello,
            camera=CameraAbility((), 1.0) if Kind.VIDEO in self._streams else None,
            microphone_hz=MICROPHONE_HZ if audio is not None else None,
            speaker=SpeakerAbility(PLAYOUT_HZ, SPEAKER_BUFFER_MS) if speaker is not None else None,
            echo_cancellation=audio is not None and audio.manner.cancels_echo,
        )
        self._tell(self.hello)

    # --- what comes ---------------------------------------------------------------------------------------------------

    def _tell(self, event: FromWay) -> None:
        if self._listener is not None:
            self._listener(event)

    def wants_picture(self, now_s: float) -> bool:
        """True when a picture that begins now would be taken."""
        return self._wants_still or (self._picture_every_s is not None and now_s >= self._next_picture_s)

    def show(self, jpeg: bytes, began_s: float) -> None:
        """A whole picture, whose first byte came at `began_s`: a plain stream knows no better when it was taken."""
        if self.wants_picture(began_s):
            self._wants_still = False
            self._next_picture_s = began_s + _RATE_SLACK * (self._picture_every_s or 0.0)
            self._tell(Picture(jpeg, began_s))

    @property
    def wants_sound(self) -> bool:
        """True while somebody listens."""
        return self._wants_sound

    def hear(self, pcm: bytes) -> None:
        """20 ms of sound at `MICROPHONE_HZ`."""
        if self._wants_sound:
            self._tell(Sound(pcm))

    def push(self, action: ButtonAction, now_s: float, *, private: bool = False) -> None:
        """The button was pressed or let go. A press captures from now on, unless the wearable is `private`."""
        if action is ButtonAction.PRESS:
            self._presses += 1
            self._stop_playing()
            self._wants_sound = not private
            self._picture_every_s, self._next_picture_s = (None if private else 1.0), now_s
            self._play_cue("refused" if private else "listening")
        self._tell(Pushed(Button(action, self._presses, round(now_s * 1000) & _U32), now_s))

    # --- as in `Way` --------------------------------------------------------------------------------------------------

    unknown_messages = 0

    async def capture(self, what: Capture) -> None:
        """As in `Way`: what is not wanted is thrown away as it comes."""
        self._check_there()
        self._wants_sound = what.audio
        self._picture_every_s = 1 / what.video.rate_hz if what.video is not None else None
        self._wants_still = self._wants_still or what.still is not None
        if not (what.audio or what.video or what.still):
            self._wants_still = False

    async def cue(self, name: str) -> None:
        """As in `Way`."""
        self._check_there()
        self._play_cue(name)

    async def speak(self, turn: int, rate_hz: int) -> None:
        """As in `Way`; the rate is that of `hello`."""
        self._check_there()
        self._forget_played()
        self._turn, self._speaking = turn, True

    async def sound(self, position_ms: int, pcm: bytes) -> None:
        """As in `Way`. What was stopped meanwhile is dropped until the next answer."""
        self._check_there()
        if self._speaking and Kind.SPEAKER in self._streams:
            self.playout.put(pcm)

    async def spoken(self, turn: int) -> None:
        """As in `Way`."""
        self._check_there()
        if self._speaking and Kind.SPEAKER in self._streams:
            self.playout.end(turn)
        else:
            self._tell_played(turn)

    async def flush(self) -> None:
        """As in `Way`. What a press has stopped already is over, and the cue that answers the press is not: it goes on."""
        self._check_there()
        if self._speaking:
            self._stop_playing()
        else:
            self._tell_played(self._turn)

    async def settings(self, settings: Settings) -> None:
        """As in `Way`: a wearable without our software has none."""

    async def close(self, reason: str) -> None:
        """As in `Way`: all its streams end."""
        for stream in self._streams.values():
            stream.end(Ending.REPLACED if reason == Ending.REPLACED else Ending.SHUTDOWN)
        self._over.set()

    async def read(self, listener: Callable[[FromWay], None], now_s: Callable[[], float]) -> None:
        """As in `Way`."""
        self._listener = listener
        try:
            await self._over.wait()
        finally:
            self._listener = None
            self._forget_played()

    def _check_there(self) -> None:
        if self.over:
            raise LinkClosedError("all its streams are closed")

    # --- what is heard ------------------------------------------------------------------------------------------------

    def _play_cue(self, name: str) -> None:
        if Kind.SPEAKER in self._streams:
            self.playout.put(_cue(name))

    def _stop_playing(self) -> None:
        self.playout.clear()
        self._forget_played()
        if self._speaking:
            self._speaking = False
            self._tell_played(self._turn)

    def _taken_out(self, turn: int) -> None:
        """The last of an answer is on its way to the player, which needs a while to make it heard."""
        speaker = self._streams.get(Kind.SPEAKER)
        delay_s = speaker.manner.player_delay_ms / 1000 if speaker is not None else 0.0
        self._played_later = asyncio.get_running_loop().call_later(delay_s, self._tell_played, turn)

    def _tell_played(self, turn: int) -> None:
        self._played_later = None
        self._speaking = False
        self._tell(Played(turn, 0, done=True))

    def _forget_played(self) -> None:
        if self._played_later is not None:
            self._played_later.cancel()
            self._played_later = None


@cache
def _cue(name: str) -> bytes:
    return cue(name, PLAYOUT_HZ)
