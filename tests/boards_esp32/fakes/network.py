"""A stand-in for the ESP32's `network`: a station in an air full of access points, and an access point of its own.

An access point in `world.air` is a dict: ssid, key, rssi, and optionally bssid, hidden, silent (no addresses).
"""

import time

STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 1000, 1001, 1010
STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD, STAT_BEACON_TIMEOUT = 201, 202, 200
STAT_ASSOC_FAIL, STAT_HANDSHAKE_TIMEOUT = 203, 204
_JOIN_MS = 60


class World:
    def __init__(self):
        self.air = []
        self.address = "127.0.0.1"
        self.name_server = "0.0.0.0"
        self.calls = []
        self.scans = 0
        self.scan_fails = False
        self.point = {}
        self.interfaces = {}


class WLAN:
    IF_STA, IF_AP = 0, 1
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2
    SEC_WPA2 = 3

    def __new__(cls, interface):
        if interface not in world.interfaces:
            world.interfaces[interface] = super().__new__(cls)
            world.interfaces[interface]._begin(interface)
        return world.interfaces[interface]

    def __init__(self, interface):
        pass

    def _begin(self, interface):
        self.interface = interface
        self._active = False
        self._wish = None
        self._joined = None
        self.options = {}

    def active(self, on=None):
        if on is None:
            return self._active
        self._active = on
        world.calls.append(("active", self.interface, on))
        if not on:
            self._wish = self._joined = None
        return None

    def config(self, **options):
        assert self._active, "most methods need an active interface"
        allowed = ("reconnects", "pm") if self.interface == WLAN.IF_STA else ("ssid", "key", "security", "max_clients")
        assert all(name in allowed for name in options), options
        self.options.update(options)
        if self.interface == WLAN.IF_AP:
            world.point = dict(self.options)

    def scan(self):
        assert self._active and self.interface == WLAN.IF_STA
        world.scans += 1
        if world.scan_fails:
            raise OSError("Wifi Internal State Error")
        return [
            (
                b"" if point.get("hidden") else point["ssid"].encode(),
                point.get("bssid", b"\x00" * 6),
                1,
                point["rssi"],
                3 if point["key"] else 0,
                False,
            )
            for point in world.air
        ]

    def connect(self, ssid, key=None, *, bssid=None):
        assert self._active and self.interface == WLAN.IF_STA
        assert key is None or key != ""
        world.calls.append(("connect", ssid, bssid))
        self._wish = (ssid, key or "", bssid, time.ticks_ms())
        self._joined = None

    def disconnect(self):
        self._wish = self._joined = None

    def isconnected(self):
        if self._wish is None or not self._joining_over():
            return False
        point = self._point()
        return point is not None and point["key"] == self._wish[1] and not point.get("silent")

    def status(self, what=None):
        point = self._point()
        if what == "rssi":
            if point is None or point["key"] != self._wish[1] or not self._joining_over():
                raise OSError("Wifi Not Connected")
            return point["rssi"]
        if self._wish is None:
            return STAT_IDLE
        if not self._joining_over():
            return STAT_CONNECTING
        if point is None:
            return STAT_NO_AP_FOUND
        if point["key"] != self._wish[1]:
            return STAT_WRONG_PASSWORD
        return STAT_CONNECTING if point.get("silent") else STAT_GOT_IP

    def ifconfig(self):
        return world.address, "255.255.255.0", "0.0.0.0", world.name_server

    def _joining_over(self):
        return time.ticks_diff(time.ticks_ms(), self._wish[3]) >= _JOIN_MS

    def _point(self):
        if self._wish is None:
            return None
        for point in world.air:
            if point["ssid"] == self._wish[0] and self._wish[2] in (None, point.get("bssid", b"\x00" * 6)):
                return point
        return None


world = World()
