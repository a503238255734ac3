"""What a board brings: plain objects with these methods. A board may inherit from them or just look like them.

A board itself looks like `Board`.
"""


class DriverError(Exception):
    """A part of the board could not do what was asked; the text goes to the home's log."""


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
    """What survives power off. `key` is 32 bytes or None, `device_id` 16 hex digits that never change."""

    device_id = ""
    key = None
    urls = ()

    def save(self, key: bytes, urls: list) -> None:
        """Keeps the link key and the home's URLs; returns when they are safe."""
        raise NotImplementedError

    def forget(self) -> None:
        """Deletes key and URLs; the id stays."""
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
        """Fills `target` with the bytes from `offset` on."""
        raise NotImplementedError

    def release(self) -> None:
        """Gives the memory back to the camera."""


class Camera:
    """`sizes` are [width, height], largest first; `rate_hz` is the most pictures a second."""

    sizes = ()
    rate_hz = 1

    def start(self) -> None:
        """Pictures will be wanted."""

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
    """Takes s16le mono PCM at `rate_hz`, plays it at its own pace, plays silence when it has nothing."""

    rate_hz = 24000

    def begin(self, turn: int | None) -> None:
        """What follows belongs to the answer `turn`, or, if None, to a cue or phrase."""

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


class Led:
    """The light that says something is being captured."""

    def set(self, on: bool) -> None:
        """Switches it."""
        raise NotImplementedError


class Phrases:
    """Speech the board can make or has recorded."""

    async def pcm(self, name: str, detail: str, rate_hz: int) -> bytes | None:
        """The phrase as s16le mono PCM, or None if it cannot say it. `detail` is for example the six digits."""
        raise NotImplementedError


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
    phrases = None
    advertiser = None
    pairing_port = 0  # 0: any free one
    open_stream = None  # `transport.open_stream`, or the board's own

    def state(self) -> dict:
        """What a `state` message says, as far as it is known: battery_percent, charging, rssi_dbm, free_bytes."""
        return {}
