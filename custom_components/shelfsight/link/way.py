"""What a home and a wearable tell each other, whichever way they are connected: the link's WebSocket, or plain streams."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from . import messages
from .assembly import PictureAssembly
from .clock import WearableClock
from .connection import Connection
from .messages import (
    Button,
    Capture,
    FromWearable,
    Hello,
    MicrophoneChunk,
    PicturePart,
    Ping,
    Played,
    Refused,
    Settings,
    State,
    Unknown,
)


@dataclass(frozen=True, slots=True)
class Sound:
    """s16le mono PCM at the rate of `Hello.microphone_hz`."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole JPEG, not yet looked at; `stamp_s` is when it was taken, on the wearable's clock."""

    jpeg: bytes
    stamp_s: float


@dataclass(frozen=True, slots=True)
class Pushed:
    """What was done with the button; `stamp_s` is when, on the wearable's clock."""

    button: Button
    stamp_s: float


# A `Hello` on the way says that what the wearable can do has changed.
type FromWay = Sound | Picture | Pushed | Played | State | Refused | Hello


class Way(Protocol):
    """One connection of a wearable, from the moment it is proven. What tells the wearable something raises LinkClosedError."""

    hello: Hello
    clock: WearableClock
    """The wearable's clock, in the home's terms."""
    takes_settings: bool
    """Whether there is software of ours that does what `settings` says."""

    @property
    def unknown_messages(self) -> int:
        """How many messages were ignored because nobody here knows them."""
        raise NotImplementedError

    async def capture(self, what: Capture) -> None:
        """Send this from now on."""

    async def cue(self, name: str) -> None:
        """Play a built-in sound."""

    async def speak(self, turn: int, rate_hz: int) -> None:
        """An answer begins."""

    async def sound(self, position_ms: int, pcm: bytes) -> None:
        """A part of it: s16le mono PCM of that rate, whose first sample stands at `position_ms` of the answer."""

    async def spoken(self, turn: int) -> None:
        """All of it was sent."""

    async def flush(self) -> None:
        """Throw away what is not yet played, now."""

    async def settings(self, settings: Settings) -> None:
        """These settings changed."""

    async def close(self, reason: str) -> None:
        """Say why and close; may be called twice."""

    async def read(self, listener: Callable[[FromWay], None], now_s: Callable[[], float]) -> None:
        """Hand over what the wearable tells, until it is gone."""


class LinkWay:
    """A `Way` over the link: the words as messages, the parts put together, the stamps unwrapped."""

    takes_settings = True

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._assembly = PictureAssembly()
        self._speaker_sequence = 0
        self._press = 0
        self.hello = connection.hello
        self.clock = WearableClock()

    @property
    def unknown_messages(self) -> int:
        """As in `Way`."""
        return self._connection.unknown_messages

    async def capture(self, what: Capture) -> None:
        """As in `Way`."""
        await self._connection.send_text(messages.capture(what))

    async def cue(self, name: str) -> None:
        """As in `Way`."""
        await self._connection.send_text(messages.cue(name))

    async def speak(self, turn: int, rate_hz: int) -> None:
        """As in `Way`."""
        await self._connection.send_text(messages.speak(turn, rate_hz, self._press))

    async def sound(self, position_ms: int, pcm: bytes) -> None:
        """As in `Way`."""
        await self._connection.send_binary(messages.speaker_chunk(self._speaker_sequence, position_ms, pcm))
        self._speaker_sequence += 1

    async def spoken(self, turn: int) -> None:
        """As in `Way`."""
        await self._connection.send_text(messages.spoken(turn))

    async def flush(self) -> None:
        """As in `Way`."""
        await self._connection.send_text(messages.flush())

    async def settings(self, settings: Settings) -> None:
        """As in `Way`."""
        await self._connection.send_text(messages.settings(settings.as_dict()))

    async def close(self, reason: str) -> None:
        """As in `Way`."""
        await self._connection.close(reason)

    async def read(self, listener: Callable[[FromWay], None], now_s: Callable[[], float]) -> None:
        """As in `Way`."""
        await self._connection.read(lambda event: self._take(event, listener, now_s()), now_s)

    def _take(self, event: FromWearable, listener: Callable[[FromWay], None], now_s: float) -> None:
        match event:
            case MicrophoneChunk(time_ms=time_ms, pcm=pcm):
                self.clock.stamp_s(time_ms, now_s)  # the clocks' offset is learnt from every message
                listener(Sound(pcm))
            case PicturePart():
                if (picture := self._assembly.add(event)) is not None:
                    listener(Picture(picture.jpeg, self.clock.stamp_s(picture.taken_ms, now_s)))
            case Button():
                self._press = event.press
                listener(Pushed(event, self.clock.stamp_s(event.time_ms, now_s)))
            case Unknown() | Ping():
                pass  # the connection counts the one and answers the other
            case _:
                listener(event)
