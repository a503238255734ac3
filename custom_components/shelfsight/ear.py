"""The ear of a wearable: what is heard from a press on, and what became of the button and the microphone meanwhile."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .link.clock import WearableClock
from .link.messages import RefusalCode
from .sound.pcm import Resampler, samples

EAR_HZ = 16_000
# 30 s of sound in 20 ms chunks: longer than any question; what is older than that is dropped.
_EAR_CHUNKS = 1500


@dataclass(frozen=True, slots=True)
class Release:
    """The button was let go, `held_s` after its press."""

    held_s: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """No more sound will come: the microphone does not work, or its person does not want it to. The wearable has said why."""

    code: RefusalCode


type Heard = bytes | Release | Refusal


class Ear:
    """Sound from a wearable as 16 kHz s16le mono chunks, for one listener.

    A button let go and a microphone that is refused are part of the stream: they come after what was heard before them.
    """

    def __init__(self, rate_hz: int) -> None:
        self._resampler = Resampler(rate_hz, EAR_HZ)
        self._heard: deque[Heard] = deque(maxlen=_EAR_CHUNKS)
        self._arrived = asyncio.Event()
        self._take: Callable[[Heard], bool] | None = None
        self._taken: asyncio.Future[None] | None = None

    def put(self, pcm: bytes) -> None:
        """A chunk off the wire, at the microphone's rate."""
        self._put(pcm if self._resampler.same else self._resampler.feed(samples(pcm)).tobytes())

    def put_release(self, release: Release) -> None:
        """The button was let go after all that was put so far."""
        self._put(release)

    def put_refusal(self, refusal: Refusal) -> None:
        """Nothing more will be heard."""
        self._put(refusal)

    def put_back(self, chunks: Iterable[bytes]) -> None:
        """Give back what was taken, in its order: somebody else listens from there on."""
        self._heard.extendleft(reversed(list(chunks)))
        self._arrived.set()

    def _put(self, heard: Heard) -> None:
        self._heard.append(heard)
        if self._take is None:
            self._arrived.set()
        else:
            self._give(self._take)

    async def next_chunk(self) -> Heard:
        """The next chunk, waiting for it, or that the button was let go, or that no more will come."""
        while not self._heard:
            self._arrived.clear()
            await self._arrived.wait()
        return self._heard.popleft()

    async def each(self, take: Callable[[Heard], bool]) -> None:
        """Give all that is heard to `take`, from within `put`, until that says that it has enough (True), or raises.

        For sound that comes fifty times a second from everybody who talks: it saves a task's turn for each chunk.
        """
        self._take, self._taken = take, asyncio.get_running_loop().create_future()
        try:
            self._give(take)
            await self._taken
        finally:
            self._take = None

    def _give(self, take: Callable[[Heard], bool]) -> None:
        while self._heard and self._taken is not None and not self._taken.done():
            try:
                enough = take(self._heard.popleft())
            except Exception as err:  # noqa: BLE001  # it is told to whoever listens, not to whoever reads the link
                self._taken.set_exception(err)
                return
            if enough:
                self._taken.set_result(None)


@dataclass(frozen=True, slots=True)
class Press:
    """The person pressed the button; `number` counts presses, `stamp_s` is when, on the wearable's clock.

    `ear` hears what was said from this press on; None where there is no microphone. A press that does not ask (the wearable
    is private) only stops what is said.
    """

    number: int
    stamp_s: float
    clock: WearableClock
    ear: Ear | None
    asks: bool = True

    @property
    def at_s(self) -> float:
        """The home's time of the press, as well as is known by now."""
        return self.clock.to_home_s(self.stamp_s)


@dataclass(frozen=True, slots=True)
class HomePress:
    """Somebody at home did what a press of the button does, let go at once: nothing of it is known to the wearable.

    `ear` listens from then on; None where there is no microphone. One that does not ask only stops what is said.
    """

    ear: Ear | None
    asks: bool = True
