"""The board put together from its table and its configuration."""

import gc

from wearable import drivers
from wearable.drivers import DriverError
from wearable.phrases import FilePhrases

from .battery import Battery
from .clock import BoardClock
from .config import Config
from .controls import BoardButton, BoardLed, BoardSwitch
from .mdns import MdnsAdvertiser
from .microphone import BoardMicrophone
from .power import Power
from .resolver import Resolver, name_server_of
from .scanning import scan
from .sntp import TimeKeeper
from .speaker import BoardSpeaker
from .store import NvsStore
from .streams import Streams
from .wifi import JOINED, Wifi

FIRMWARE = "0.1.0"
PAIRING_PORT = 8971  # MicroPython cannot tell which free port it got


class KeptPhrases(drivers.Phrases):
    """Recorded phrases in the language that the home spoke last."""

    def __init__(self, phrases: FilePhrases, store: NvsStore, language: str) -> None:
        self._phrases = phrases
        self._store = store
        self._tag = store.language() or language
        phrases.set_language(self._tag)

    async def pieces(self, name: str, detail: str, rate_hz: int) -> object | None:
        """As the files say it."""
        return await self._phrases.pieces(name, detail, rate_hz)

    def set_language(self, tag: str) -> None:
        """Kept over power off."""
        if tag != self._tag:
            self._tag = tag
            self._store.save_language(tag)
            self._phrases.set_language(tag)


class BoardNetwork(drivers.Network):
    """Wi-Fi, and the date that https needs."""

    def __init__(self, wifi: Wifi, streams: Streams) -> None:
        self._wifi = wifi
        self._streams = streams

    async def changed(self) -> None:
        """Wi-Fi came or went."""
        await self._wifi.changed()

    def trouble(self) -> str | None:
        """Wi-Fi's own, else a missing date."""
        return self._wifi.trouble() or ("clock" if self._streams.clock_missed else None)


class Esp32Board(drivers.Board):
    """One board. A part that cannot be had is None, and `report` is told why."""

    pairing_port = PAIRING_PORT

    def __init__(self, config: Config, report: object, root: str = "/") -> None:
        """`root` is the folder of `phrases` and `roots.der`; `report(event, **details)` is told what happens."""
        table = config.table
        self.clock = BoardClock()
        self.store = NvsStore()
        self.about = drivers.About(config.name, table.model, FIRMWARE)
        self.about.battery = config.battery
        self.button = BoardButton(table.button, self.clock)
        self.led = BoardLed(table.led)
        self.speaker = BoardSpeaker(table.amplifier, self.clock, config.speaker_hz)
        self.phrases = KeptPhrases(FilePhrases(root + "phrases"), self.store, config.language)
        self.privacy = BoardSwitch(table.privacy) if config.privacy_switch else None
        self.microphone = self._microphone(config, report)
        self.camera = self._camera(config, report)
        self._battery = Battery(table.battery) if config.battery else None
        self.wifi = Wifi(self.store.networks, self.clock, report, scan)
        # Before Wi-Fi is switched on: see mdns.py.
        self.advertiser = MdnsAdvertiser(self.wifi.address, self.clock)
        if not self.advertiser.listens:
            report("mdns_port_taken")
        resolver = Resolver(lambda: name_server_of(self.wifi.wlan))
        self._streams = Streams(resolver, root + "roots.der")
        self.open_stream = self._streams.open
        self.network = BoardNetwork(self.wifi, self._streams)
        self.time_keeper = TimeKeeper(resolver, lambda: self.wifi.state == JOINED)
        self._power = Power(self.wifi.set_radio, self.button.pin)
        self.wifi.power, self.wifi.on_slept = self._power, self.button.check

    def runs(self) -> list:
        """What has to run beside the wearable's logic."""
        return [self.wifi.run(), self.time_keeper.run()]

    def state(self) -> dict:
        """What is known of battery, signal and memory."""
        state = {"free_bytes": gc.mem_free()}
        percent = None if self._battery is None else self._battery.percent()
        rssi_dbm = self.wifi.rssi_dbm()
        if percent is not None:
            state["battery_percent"] = percent
        if rssi_dbm is not None:
            state["rssi_dbm"] = rssi_dbm
        return state

    def rest(self, idle: bool) -> None:
        """Saves power while nothing is to be done."""
        self._power.rest(idle)
        if idle:
            self.speaker.close()

    def alive(self) -> None:
        """Feeds the watchdog."""
        self._power.alive()

    def _microphone(self, config: Config, report: object) -> BoardMicrophone | None:
        table = config.table
        pins = table.pdm if config.pdm and table.pdm is not None else table.microphone
        try:
            return BoardMicrophone(pins)
        except DriverError as error:
            report("missing", what="microphone", reason=str(error))
            return None

    def _camera(self, config: Config, report: object) -> object | None:
        try:
            from .camera import BoardCamera
        except ImportError:
            report("missing", what="camera", reason="this firmware has no camera module")
            return None
        return BoardCamera(config.table, self.clock)
