"""Wi-Fi with several known networks.

| state | what happens | next |
| --- | --- | --- |
| SEEKING | the last network is tried again, else a scan; of the known ones the strongest first | JOINED, or WAITING |
| JOINED | watched | SEEKING when it is gone |
| WAITING | 1 s during the first minute, then growing to 30 s, the radio off if the wearable is idle | SEEKING |
"""

import asyncio

import network
from wearable import drivers

from .failing import text_of

SEEKING, JOINED, WAITING = "seeking", "joined", "waiting"

_JOIN_MS = 12000
_AGAIN_MS = 4000  # for the network we had: it answers quickly or is not there
_POLL_S = 0.1
_WATCH_S = 0.5
_SETTLE_S = 0.2
_FIRST_MINUTE_MS = 60000
_SHORT_WAIT_MS, _LONG_WAIT_MS = 1000, 30000
_OPEN = 0  # a network without a password

_REFUSED, _NO_ADDRESS, _GONE, _IN = "wifi_refused", "no_address", "no_wifi", None
# What a wrong password looks like: the firmware's own word, and the reasons of IEEE 802.11 that it passes on: 2 (proof no
# longer valid), 15 (four-way handshake timeout), 23 (802.1X failed), 204 (handshake timeout of ESP-IDF).
_REFUSALS = (2, 15, 23, 202, 204)
_RECONNECT_NEVER = 0


def choose(found: list, known: list) -> list:
    """Of the scanned networks those known, as (ssid, key, bssid), the strongest first; each name once.

    Args:
        found: as `WLAN.scan` gives them: (ssid, bssid, channel, rssi_dbm, security, hidden).
        known: (ssid, key) pairs.
    """
    keys = dict(known)
    chosen = []
    for entry in sorted(found, key=lambda entry: -entry[3]):
        ssid = text_of(entry[0])
        if ssid not in keys or any(ssid == before[0] for before in chosen):
            continue
        if keys[ssid] and entry[4] == _OPEN:
            continue  # somebody offers a network of this name without a password: not the one we know
        chosen.append((ssid, keys[ssid], bytes(entry[1])))
    return chosen


def wait_ms(lost_for_ms: int) -> int:
    """How long to wait before the next search, after so long without a network."""
    if lost_for_ms < _FIRST_MINUTE_MS:
        return _SHORT_WAIT_MS
    return min(_LONG_WAIT_MS, lost_for_ms // 20)


class Wifi(drivers.Network):
    """The station. `known()` gives (ssid, key) pairs; `report(event, **details)` is told what happens."""

    def __init__(self, known: object, clock: drivers.Clock, report: object, scan: object) -> None:
        """`await scan(wlan)` gives what `wlan.scan()` does."""
        self._known = known
        self._clock = clock
        self._report = report
        self._scan = scan
        self._wlan = network.WLAN(network.WLAN.IF_STA)
        self._changed = asyncio.Event()
        self._last = None
        self._trouble = None
        self._awake = True
        self.state = WAITING
        self.power = None  # a `power.Power`, to sleep while waiting
        self.on_slept = None

    @property
    def wlan(self) -> network.WLAN:
        """The station interface."""
        return self._wlan

    def address(self) -> str | None:
        """Our IPv4 address, dotted, while there is one."""
        if self.state != JOINED:
            return None
        return self._wlan.ifconfig()[0]

    def rssi_dbm(self) -> int | None:
        """How strong the network is."""
        if self.state != JOINED:
            return None
        try:
            return self._wlan.status("rssi")
        except OSError:
            return None  # it is just going away

    async def changed(self) -> None:
        """Waits until the network came or went."""
        await self._changed.wait()
        self._changed.clear()

    def trouble(self) -> str | None:
        """Why there is none."""
        return self._trouble

    def set_radio(self, awake: bool) -> None:
        """Lets the radio sleep between beacons, or not."""
        self._awake = awake
        if self._wlan.active():
            self._wlan.config(pm=self._wlan.PM_PERFORMANCE if awake else self._wlan.PM_POWERSAVE)

    async def run(self) -> None:
        """For ever."""
        lost_ms = self._clock.ms()
        while True:
            self.state = SEEKING
            self._trouble = await self._seek()
            if self._trouble is None:
                self.state = JOINED
                self._tell("wifi", ssid=self._last[0], address=self.address())
                await self._watch()
                lost_ms = self._clock.ms()
                self._trouble = _GONE
                self._tell("wifi_lost", ssid=self._last[0])
            else:
                self.state = WAITING
                self._report("no_network", reason=self._trouble)
                await self._wait(wait_ms(self._clock.ms() - lost_ms))

    def _tell(self, event: str, **details: object) -> None:
        self._report(event, **details)
        self._changed.set()

    async def _seek(self) -> str | None:
        """One search; returns None when joined, else the phrase that says why not."""
        self._activate()
        known = self._known()
        last, self._last = self._last, None
        if last in known and await self._join(last[0], last[1], None, _AGAIN_MS) is _IN:
            self._last = last
            return None
        found = await self._scan(self._wlan)
        chosen = choose(found, known)
        if any(not entry[0] for entry in found):
            # A network that hides its name is found only by calling it.
            seen = [ssid for ssid, _key, _bssid in chosen]
            chosen.extend((ssid, key, None) for ssid, key in known if ssid not in seen)
        worst = _GONE
        for ssid, key, bssid in chosen:
            outcome = await self._join(ssid, key, bssid, _JOIN_MS)
            if outcome is _IN:
                self._last = (ssid, key)
                return None
            if outcome != _GONE:
                worst = outcome
        return worst

    def _activate(self) -> None:
        if not self._wlan.active():
            self._wlan.active(True)
        # We seek ourselves: the firmware's own retries would keep the radio on the one network that is gone.
        self._wlan.config(reconnects=_RECONNECT_NEVER)
        self.set_radio(self._awake)

    async def _join(self, ssid: str, key: str, bssid: bytes | None, limit_ms: int) -> str | None:
        """Joins one network; returns None, or the phrase that says why not."""
        options = {} if bssid is None else {"bssid": bssid}
        try:
            self._wlan.disconnect()
            # The firmware tells of a disconnection later, and would take it for the end of the next connection.
            await asyncio.sleep(_SETTLE_S)
            self._wlan.connect(ssid, key or None, **options)
        except OSError:
            return _GONE
        began_ms = self._clock.ms()
        while self._clock.ms() - began_ms < limit_ms:
            if self._wlan.isconnected():
                return _IN
            status = self._wlan.status()
            if status in _REFUSALS:
                return _REFUSED
            if status not in (network.STAT_CONNECTING, network.STAT_IDLE, network.STAT_GOT_IP):
                return _GONE
            await asyncio.sleep(_POLL_S)
        return _NO_ADDRESS if self._is_associated() else _GONE

    def _is_associated(self) -> bool:
        """Joined to an access point, with or without an address: only then it has a strength."""
        try:
            return self._wlan.status("rssi") < 0
        except OSError:
            return False

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_S)
            if not self._wlan.isconnected():
                return

    async def _wait(self, duration_ms: int) -> None:
        end_ms = self._clock.ms() + duration_ms
        while self._clock.ms() < end_ms:
            if self.power is not None and self.power.idle and duration_ms > _SHORT_WAIT_MS:
                self._wlan.active(False)
                self.power.sleep()
                self.on_slept()
            await asyncio.sleep(_POLL_S)
