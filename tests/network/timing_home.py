"""A home that notes when each chunk of sound arrived: the tests' small home, open to other hosts, with a clock."""

from dataclasses import dataclass, field
from itertools import pairwise
import time
from typing import Any

from aiohttp import web

from tests.wearable.home_simulator import PATH, Heard, Home


@dataclass(frozen=True, slots=True)
class Arrival:
    """A microphone message: the wearable's time of its first sample, and when the home had it, both in ms."""

    taken_ms: int
    came_ms: float


@dataclass(slots=True)
class Timing:
    """What the home noted. A picture: from its first part to its last, in ms of the home's clock, and its size."""

    arrivals: list[Arrival] = field(default_factory=list)
    pictures: list[tuple[float, float, int]] = field(default_factory=list)


class TimingHome(Home):
    """Serves one wearable at `address`."""

    def __init__(self, address: str, key: bytes, **options: Any) -> None:
        super().__init__(key, **options)
        self._address = address
        self.timing = Timing()
        self._picture_began_ms = 0.0

    @property
    def url(self) -> str:
        """What the wearable dials."""
        return f"http://{self._address}:{self.port}"

    async def open(self) -> None:
        """Listens at all addresses of this host."""
        application = web.Application()
        application.router.add_get(PATH, self._serve)
        self._runner = web.AppRunner(application, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "0.0.0.0", 0).start()
        self.port = self._runner.addresses[0][1]

    def _binary(self, data: bytes, heard: Heard, picture: bytearray) -> None:
        now_ms = time.monotonic() * 1000
        before = len(heard.pictures)
        super()._binary(data, heard, picture)
        if data[0] == 1:
            self.timing.arrivals.append(Arrival(heard.sound_times_ms[-1], now_ms))
            return
        if int.from_bytes(data[8:12]) == 0:
            self._picture_began_ms = now_ms
        if len(heard.pictures) > before:
            self.timing.pictures.append((self._picture_began_ms, now_ms, len(heard.pictures[-1])))


def lateness_ms(timing: Timing) -> list[float]:
    """How much later than the fastest chunk each one came, of those that came while a picture did."""
    delays = [arrival.came_ms - arrival.taken_ms for arrival in timing.arrivals]
    fastest_ms = min(delays)
    return [
        delay_ms - fastest_ms
        for arrival, delay_ms in zip(timing.arrivals, delays, strict=True)
        if any(began_ms <= arrival.came_ms <= ended_ms for began_ms, ended_ms, _size in timing.pictures)
    ]


def longest_gap_ms(timing: Timing) -> int:
    """The longest time between the beginnings of two chunks that followed each other: 20 ms where none is missing."""
    taken = [arrival.taken_ms for arrival in timing.arrivals]
    return max(later - earlier for earlier, later in pairwise(taken))
