"""What a board brings: plain objects with these methods. A board may inherit from them or just look like them.

A board itself inherits from `Board`: what it does not name is then missing, or does nothing.

Every part may raise `DriverError` where it says so. It is then stopped, the person hears of it, the home is told, and
at the next press it is started again: a driver has to be able to start after it failed. Whatever else a driver raises
is treated the same way and reported as a fault (`wall.py`); it never ends the wearable.
"""

from .faults import DriverError  # noqa: F401 -- boards take it from here


class About:
    """Who this wearable is: shown to people and sent in `hello`."""

    echo_cancellation = False
    battery = False

    def __init__(self, name: str, model: str, firmware: str) -> None:
        """`name` is at most 40 characters."""
        self.name = name
        self.model = model
        self.firmware = firmware


class Store:
    """What survives power off. `key` is 32 bytes or None, `device_id` 16 hex digits that never change.

    The id belongs to the hardware: a store that finds what another one stored (a copied card) takes a new id and drops
    the key, so that two wearables never share one.
    """

    device_id = ""
    key = None
    urls = ()

    def save(self, key: bytes, urls: list) -> None:
        """Keeps the link key and the home's URLs; returns when they are safe.

        Raises:
            DriverError: there is no room, or the memory cannot be written; key and URLs are those of before.
        """
        raise NotImplementedError

    def save_urls(self, urls: list) -> None:
        """Keeps other URLs of the same home (at most 4, each at most 200 characters); the key stays.

        Raises:
            DriverError: as `save`.
        """
        raise NotImplementedError

    def forget(self) -> None:
        """Deletes key and URLs; the id stays.

        Raises:
            DriverError: the memory cannot be written.
        """
        raise NotImplementedError


class Clock:
    """Milliseconds from any start, never backwards."""

    def ms(self) -> int:
        """The time now."""
        raise NotImplementedError


class Frame:
    """One JPEG in the camera's own memory, until it is released."""

    size = 0
    taken_ms = 0

    def read_into(self, offset: int, target: memoryview) -> None:
        """Fills `target` with the bytes from `offset` on.

        Raises:
            DriverError: the picture is gone; it is not sent to its end.
        """
        raise NotImplementedError

    def release(self) -> None:
        """Gives the memory back to the camera."""


class Camera:
    """`sizes` are [width, height], largest first; `rate_hz` is the most pictures a second."""

    sizes = ()
    rate_hz = 1

    def start(self) -> None:
        """Pictures will be wanted.

        Raises:
            DriverError: it cannot.
        """

    async def take(self, width: int, height: int, quality: int) -> Frame:
        """A picture taken after `start` and after the one before, at the nearest size it has; may be cancelled.

        Raises:
            DriverError: there is no picture to be had.
        """
        raise NotImplementedError

    def stop(self) -> None:
        """No more pictures are wanted."""


class Microphone:
    """s16le mono PCM at `rate_hz`."""

    rate_hz = 16000

    def start(self) -> None:
        """Capturing begins now: the first sample read is of this moment. Nothing is lost while nobody reads for 0.5 s.

        Raises:
            DriverError: it cannot.
        """
        raise NotImplementedError

    async def read_into(self, target: memoryview) -> None:
        """Fills `target` with the next samples, waiting for them; may be cancelled.

        Raises:
            DriverError: it stopped working.
        """
        raise NotImplementedError

    def stop(self) -> None:
        """Capturing ends; unread samples are thrown away."""
        raise NotImplementedError


class Speaker:
    """Takes s16le mono PCM at `rate_hz`, plays it at its own pace, plays silence when it has nothing.

    After a DriverError it gets `clear` and `end`; the next `begin` opens it anew.
    """

    rate_hz = 24000

    def begin(self, turn: int | None) -> None:
        """What follows belongs to the answer `turn`, or, if None, to a cue or phrase.

        Raises:
            DriverError: it cannot.
        """

    async def write(self, pcm: memoryview) -> None:
        """Queues samples; the memory may be used again when this returns.

        Raises:
            DriverError: it cannot.
        """
        raise NotImplementedError

    def queued_ms(self) -> int:
        """How much of what was written is not heard yet."""
        raise NotImplementedError

    def clear(self) -> None:
        """Throws away what is not heard yet, at once."""
        raise NotImplementedError

    def end(self) -> None:
        """The answer or cue is over (heard, or cleared)."""

    def set_volume(self, percent: int) -> None:
        """How loud, 0 to 100."""


class Button:
    """One button; no debouncing needed."""

    async def edge(self) -> tuple:
        """Waits for the next change: (is it down now, when in milliseconds of the board's clock)."""
        raise NotImplementedError


class Switch:
    """A switch that stays where it is put; `on` is how it stands now."""

    on = False

    async def changed(self) -> None:
        """Waits for the next change; may be cancelled."""
        raise NotImplementedError


class Network:
    """What the board knows of its network."""

    async def changed(self) -> None:
        """Returns when an interface, an address or a route came or went; may be cancelled."""
        raise NotImplementedError

    def trouble(self) -> str | None:
        """Why there is no network, as the name of a phrase, or None if there is one or nothing is known.

        `no_wifi`: none of the known networks is here; `wifi_refused`: a wrong password; `no_address`: joined, but
        nobody gives an address. It is said instead of `lost`.
        """
        return None


class Led:
    """The light that says something is being captured."""

    def set(self, on: bool) -> None:
        """Switches it."""
        raise NotImplementedError


class Phrases:
    """Speech the board can make or has recorded (`phrases.FilePhrases` plays files).

    Of the link: ready back lost refused removed replaced old_version clock no_wifi wifi_refused no_address. Of pairing:
    unpaired pairing digits paired pairing_failed pairing_over storage_full. Of the wearable: no_camera no_microphone
    unanswered battery_low privacy privacy_on privacy_off. Only boards say setup_wifi and wifi_saved.
    """

    async def pieces(self, name: str, detail: str, rate_hz: int) -> object | None:
        """An iterator of s16le mono PCM, at most 20 ms in each piece, or None if it cannot say this phrase.

        A piece may be overwritten when the next one is asked for. `detail` is the six digits for `digits`; of the other
        phrases it is not spoken.
        """
        raise NotImplementedError

    def set_language(self, tag: str) -> None:
        """What the home speaks, as a BCP 47 tag (`de-AT`); the nearest there is, else as before."""


class Advertiser:
    """Makes the wearable known on the local network while it may be paired."""

    async def start(self, port: int, properties: dict) -> None:
        """Advertises `_shelfsight._tcp.local.` with this TCP port and these TXT properties."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Stops advertising."""
        raise NotImplementedError


class Board:
    """Everything a wearable needs; the parts up to `advertiser` are None where there is none."""

    about = None
    store = None
    clock = None
    microphone = None
    camera = None
    speaker = None
    button = None
    led = None
    privacy = None  # a `Switch`: on means that nothing may be captured
    network = None
    phrases = None
    advertiser = None
    pairing_port = 0  # 0: any free one
    open_stream = None  # `transport.open_stream`, or the board's own

    def state(self) -> dict:
        """What a `state` message says, as far as it is known: battery_percent, charging, rssi_dbm, free_bytes.

        Asked every 10 s; has to be quick.
        """
        return {}

    def rest(self, idle: bool) -> None:
        """Nothing is captured, played or dialled any more (True), or something is again (False): power may be saved."""

    def alive(self) -> None:
        """Called every 50 ms while all tasks of the logic run: feeds a watchdog, which should bite after 8 s or more."""
