"""What survives power off, in the ESP32's NVS: the home, the networks, the language.

Each is one blob, so that each is written whole or not at all. The home's blob names the hardware it was made on.
"""

import hashlib
import json

import esp32
import machine
from wearable import drivers
from wearable.drivers import DriverError

from .failing import fail

_NAMESPACE = "shelfsight"
_MAX_BYTES = 2048
_NOT_FOUND = -0x1102  # ESP_ERR_NVS_NOT_FOUND
_FULL = -0x1105  # ESP_ERR_NVS_NOT_ENOUGH_SPACE
# Named, because the formatter takes the parentheses away that MicroPython needs.
_UNREADABLE = (OSError, ValueError)
_NO_HOME = (KeyError, TypeError, ValueError)
MAX_NETWORKS = 8
MAX_SSID_BYTES = 32
MIN_KEY_BYTES, MAX_KEY_BYTES = 8, 63  # of WPA2 and WPA3; empty for an open network


def id_of_hardware() -> str:
    """16 hex digits that follow the chip."""
    digest = hashlib.sha256(b"shelfsight device 1" + machine.unique_id()).digest()
    return digest[:8].hex()


def check_network(ssid: str, key: str) -> str | None:
    """What is wrong with a network's name and password: `ssid`, `key`, or None."""
    if not 0 < len(ssid.encode()) <= MAX_SSID_BYTES or "\0" in ssid:
        return "ssid"
    if key and (not MIN_KEY_BYTES <= len(key.encode()) <= MAX_KEY_BYTES or "\0" in key):
        return "key"
    return None


def _is_network(entry: object) -> bool:
    return isinstance(entry, list) and len(entry) == 2 and all(isinstance(text, str) for text in entry)


class NvsStore(drivers.Store):
    """All of it. Reading what is damaged gives nothing, as if it had never been there."""

    def __init__(self) -> None:
        self._nvs = esp32.NVS(_NAMESPACE)
        self.device_id = id_of_hardware()
        self.key = None
        self.urls = ()
        self._read_home()

    def save(self, key: bytes, urls: list) -> None:
        """Keeps the home."""
        self._write("home", {"id": self.device_id, "key": key.hex(), "urls": list(urls)})
        self.key, self.urls = key, tuple(urls)

    def save_urls(self, urls: list) -> None:
        """Keeps other URLs of the same home."""
        if self.key is None:
            raise DriverError("there is no home whose URLs these could be")
        self.save(self.key, urls)

    def forget(self) -> None:
        """Deletes the home."""
        self._erase("home")
        self.key, self.urls = None, ()

    def networks(self) -> list:
        """The known networks as (name, password), the newest first."""
        value = self._read("wifi")
        if not isinstance(value, list):
            return []
        return [tuple(entry) for entry in value[:MAX_NETWORKS] if _is_network(entry)]

    def add_network(self, ssid: str, key: str) -> None:
        """Keeps a network, before those known; of more than MAX_NETWORKS the oldest goes.

        Raises:
            DriverError: there is no room.
            ValueError: no possible name or password.
        """
        wrong = check_network(ssid, key)
        if wrong is not None:
            raise ValueError(wrong)
        known = [(ssid, key)]
        known.extend(network for network in self.networks() if network[0] != ssid)
        self._write("wifi", [list(network) for network in known[:MAX_NETWORKS]])

    def forget_networks(self) -> None:
        """Deletes all networks."""
        self._erase("wifi")

    def language(self) -> str | None:
        """The language the home speaks, as a BCP 47 tag, if it is known."""
        value = self._read("language")
        return value if isinstance(value, str) else None

    def save_language(self, tag: str) -> None:
        """Keeps the language; that there is no room for it does no harm."""
        try:
            self._write("language", tag)
        except DriverError:
            return  # it is asked of the home again after every start

    def _read_home(self) -> None:
        value = self._read("home")
        if not isinstance(value, dict):
            return
        if value.get("id") != self.device_id:
            # Copied from another chip: two wearables must not share one key.
            self._erase("home")
            return
        try:
            key = bytes.fromhex(value["key"])
            urls = tuple(str(url) for url in value["urls"])
        except _NO_HOME:
            return
        if len(key) == 32:
            self.key, self.urls = key, urls

    def _read(self, name: str) -> object:
        buffer = bytearray(_MAX_BYTES)
        try:
            count = self._nvs.get_blob(name, buffer)
            return json.loads(bytes(buffer[:count]))
        except _UNREADABLE:
            return None  # not there, or damaged

    def _write(self, name: str, value: object) -> None:
        data = json.dumps(value).encode()
        if len(data) > _MAX_BYTES:
            raise DriverError("storage full: %d bytes for %s" % (len(data), name))
        try:
            self._nvs.set_blob(name, data)
            self._nvs.commit()
        except OSError as error:
            if error.errno == _FULL:
                fail("storage full")
            fail("the storage fails", error)

    def _erase(self, name: str) -> None:
        try:
            self._nvs.erase_key(name)
            self._nvs.commit()
        except OSError as error:
            if error.errno != _NOT_FOUND:
                fail("the storage fails", error)
