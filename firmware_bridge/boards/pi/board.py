"""A Raspberry Pi as a wearable: its drivers put together."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...wearable import drivers, transport
from ...wearable.drivers import DriverError
from ...wearable.phrases import FilePhrases
from ..linux import echo
from ..linux.advertiser import ZeroconfAdvertiser
from ..linux.card_microphone import CardMicrophone
from ..linux.card_speaker import CardSpeaker
from ..linux.cards import SoundCards
from ..linux.clock import MonotonicClock
from ..linux.network import LinuxNetwork, open_network
from ..linux.network_manager import NetworkManager
from ..linux.notify import Notifier
from ..linux.store import FolderStore
from .battery import Battery, open_gauge
from .camera import PiCamera
from .gpio import PinButton, PinLed, PinSwitch
from .settings import EchoSettings, Settings

FIRMWARE = "0.1.0"
PHRASES = Path(__file__).parents[2] / "phrases"
_HARDWARE = Path("/sys/firmware/devicetree/base")


@dataclass(frozen=True, slots=True)
class Hardware:
    """Which Pi this is: `model` for people, `serial` unlike that of any other, or None if it has none to tell."""

    model: str
    serial: str | None


def read_hardware(folder: Path = _HARDWARE) -> Hardware:
    """What the firmware wrote into the device tree; its texts end with a zero byte."""
    return Hardware(_text(folder / "model") or "Raspberry Pi", _text(folder / "serial-number"))


def _text(path: Path) -> str | None:
    try:
        return path.read_text(errors="replace").rstrip("\0\n ") or None
    except OSError:
        return None


class PiBoard(drivers.Board):
    """The parts of one Pi. A part that cannot be had is missing, which the home is told and the person hears."""

    def __init__(self, settings: Settings, store: FolderStore, notifier: Notifier, report: Callable[..., None]) -> None:
        """Belongs to the running loop; `report(event, **details)` is told what is missing.

        Raises:
            DriverError: the button cannot be had, without which nothing can be asked.
        """
        self._report = report
        self._notifier = notifier
        self._told_stuck = False
        self.about = drivers.About(settings.name, "pi", FIRMWARE)
        self.store = store
        self.clock = MonotonicClock()
        self.cards = SoundCards()
        self.network: LinuxNetwork | None = open_network(NetworkManager.find())
        self.advertiser = ZeroconfAdvertiser(report, self.network)
        self.phrases = FilePhrases(str(PHRASES))
        self.phrases.set_language(settings.language)
        self.pairing_port = settings.pairing_port
        self.open_stream = transport.open_stream
        assert settings.button is not None
        self.button = PinButton(settings.button, self.clock.ms)
        self.led = None if settings.led is None else self._part("led", lambda: PinLed(settings.led))
        self.privacy = None if settings.privacy is None else self._part("privacy", lambda: PinSwitch(settings.privacy))
        self.camera = None if settings.camera is None else PiCamera(settings.camera)
        self.microphone: CardMicrophone | None = None
        self.speaker: CardSpeaker | None = None
        self._battery: Battery | None = None
        if settings.battery is not None:
            gauge = self._part("battery", lambda: open_gauge(settings.battery))
            self._battery = None if gauge is None else Battery(gauge, report)
            self.about.battery = gauge is not None

    async def prepare(self, settings: Settings, environment: dict[str, str]) -> None:
        """Chooses the sound cards; `environment` (os.environ) is where the sound server's library looks.

        What takes long the first time is done here, so that the first press is as quick as any.
        """
        if self.camera is not None:
            self.camera.prepare()
        pair = await find_echo_cancellation(settings.echo, environment)
        if pair is not None:
            environment.update(pair.environment())
            self.about.echo_cancellation = settings.microphone is not None and settings.speaker is not None
        elif settings.echo.mode == "named":
            self._report("no_echo_cancellation", source=settings.echo.source, sink=settings.echo.sink)
        if settings.microphone is not None:
            self.microphone = CardMicrophone(self.cards, echo.DEVICE if pair else settings.microphone)
        if settings.speaker is not None:
            self.speaker = CardSpeaker(self.cards, echo.DEVICE if pair else settings.speaker)
        if self.microphone is not None or self.speaker is not None:
            try:
                await self.cards.prepare()
            except DriverError as error:
                self._report("missing", part="sound", reason=str(error))

    def state(self) -> dict[str, object]:
        """Battery and signal, as far as they are known."""
        state: dict[str, object] = {}
        charge = self._battery.charge if self._battery else None
        if charge is not None:
            state["battery_percent"] = charge.percent
            if charge.charging is not None:
                state["charging"] = charge.charging
        signal_dbm = self.network.signal_dbm() if self.network else None
        if signal_dbm is not None:
            state["rssi_dbm"] = signal_dbm
        return state

    def rest(self, idle: bool) -> None:
        """The sound card sleeps while nothing is said."""
        if self.speaker is not None:
            self.speaker.rest(idle)

    def alive(self) -> None:
        """Feeds systemd's watchdog, unless a library hangs for good: then systemd starts everything anew."""
        stuck = self.cards.stuck or (self.camera is not None and self.camera.stuck)
        if stuck and not self._told_stuck:
            self._report("stuck", sound=self.cards.stuck)
        self._told_stuck = stuck
        if not stuck:
            self._notifier.alive()

    def runs(self) -> list[Coroutine[Any, Any, None]]:
        """What has to run for as long as the wearable does."""
        return [] if self._battery is None else [self._battery.run()]

    async def close(self) -> None:
        """Gives everything back; dark and silent."""
        for pin in (self.led, self.privacy, self.button):
            if pin is not None:
                pin.close()
        ends = [part.close() for part in (self.camera, self.microphone, self.speaker, self.network) if part is not None]
        await asyncio.gather(*ends)
        await self.cards.shutdown()

    def _part(self, name: str, make: Callable[[], Any]) -> Any:
        try:
            return make()
        except DriverError as error:
            self._report("missing", part=name, reason=str(error))
            return None


async def find_echo_cancellation(settings: EchoSettings, environment: Mapping[str, str]) -> echo.EchoPair | None:
    """The sound server's source and sink to be used, if there are such."""
    if settings.mode == "off":
        return None
    asked = echo.EchoPair(settings.source, settings.sink) if settings.mode == "named" else None
    return await echo.look(environment, asked)
