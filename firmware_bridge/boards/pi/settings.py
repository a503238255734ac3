"""The settings of one wearable: a TOML file, checked. Pure.

Every error is one line that names the file's key, what is wrong and what would be right: it is read over SSH, by ear.
"""

from collections.abc import Mapping
from dataclasses import dataclass
import difflib
import re
import tomllib
from typing import Any

# GPIO 0 and 1 are for a HAT's own memory chip; 28 and above are not on the header.
_FIRST_PIN, _LAST_PIN = 2, 27
# What a part with a bus of its own occupies on the header.
_I2S_PINS, _I2C_PINS = (18, 19, 20, 21), (2, 3)
_LONGEST_NAME = 40
_DEVICE = re.compile(r"[^\x00-\x1f]{1,100}")


class SettingsError(Exception):
    """The settings cannot be used; the text is one line for the person who wrote them."""


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """`number` as `rpicam-hello --list-cameras` counts; `upside_down` turns the picture by 180 degrees."""

    number: int = 0
    upside_down: bool = False


@dataclass(frozen=True, slots=True)
class PinSettings:
    """A GPIO by its BCM number; `active` is the level that means pressed, lit or private."""

    pin: int
    active_low: bool


@dataclass(frozen=True, slots=True)
class EchoSettings:
    """`mode`: `auto` uses what is found, `off` nothing, `named` this source and sink or nothing."""

    mode: str = "auto"
    source: str = ""
    sink: str = ""


@dataclass(frozen=True, slots=True)
class BatterySettings:
    """`kind`: `max17048` on I2C bus `bus`, or `file`: a folder of /sys/class/power_supply."""

    kind: str
    bus: int = 1
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything; a part that is None is not there."""

    name: str = "Shelfsight glasses"
    pairing_port: int = 0
    language: str = "en"
    camera: CameraSettings | None = CameraSettings()
    microphone: str | None = "default"
    speaker: str | None = "default"
    echo: EchoSettings = EchoSettings()
    button: PinSettings | None = PinSettings(17, active_low=True)
    led: PinSettings | None = None
    privacy: PinSettings | None = None
    battery: BatterySettings | None = None


def read_settings(text: str) -> Settings:
    """The settings in a file's text; what is not written is as in `Settings`.

    Raises:
        SettingsError: something in it is wrong.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"this is not TOML: {error}") from error
    top, usual = _Table("", table), Settings()
    settings = Settings(
        name=top.text("name", usual.name, _LONGEST_NAME),
        pairing_port=top.number("pairing_port", 0, 0, 65535),
        language=top.text("language", usual.language, 35),
        camera=_camera(top.table("camera")),
        microphone=_device(top.table("microphone")),
        speaker=_device(top.table("speaker")),
        echo=_echo(top.table("echo_cancellation")),
        button=_pin(top.table("button"), "pressed", usual.button),
        led=_pin(top.table("led"), "lit", None),
        privacy=_pin(top.table("privacy"), "private", None),
        battery=_battery(top.table("battery")),
    )
    top.done()
    _check_pins(settings)
    if settings.button is None:
        raise SettingsError("button: a wearable without a button cannot be asked anything; give it a pin")
    return settings


class _Table:
    """One table of the file: gives each key once, and in the end complains of those nobody asked for."""

    def __init__(self, name: str, values: Mapping[str, Any]) -> None:
        self._name = name
        self._values = dict(values)
        self._asked: list[str] = []

    def key(self, name: str) -> str:
        return f"{self._name}.{name}" if self._name else name

    def fail(self, name: str, wanted: str, value: object) -> SettingsError:
        return SettingsError(f"{self.key(name)}: {wanted} is wanted, not {str(value)[:60]!r}")

    def take(self, name: str, default: Any) -> Any:
        self._asked.append(name)
        return self._values.pop(name, default)

    def has(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str, longest: int) -> str:
        value = self.take(name, default)
        if not isinstance(value, str) or not 0 < len(value.strip()) <= longest or not _DEVICE.fullmatch(value):
            raise self.fail(name, f"a text of 1 to {longest} characters", value)
        return value.strip()

    def number(self, name: str, default: int | None, low: int, high: int) -> int:
        value = self.take(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.fail(name, f"a whole number from {low} to {high}", "nothing" if value is None else value)
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self.take(name, default)
        if not isinstance(value, bool):
            raise self.fail(name, "true or false", value)
        return value

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.take(name, default)
        if value not in choices:
            raise self.fail(name, " or ".join(choices), value)
        return str(value)

    def table(self, name: str) -> "_Table":
        value = self.take(name, {})
        if not isinstance(value, dict):
            raise self.fail(name, f"a table, written [{name}],", value)
        return _Table(name, value)

    def done(self) -> None:
        for name in self._values:
            near = difflib.get_close_matches(name, self._asked, 1)
            meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(self._asked)}"
            raise SettingsError(f"{self.key(name)}: there is no such setting; {meant}")


def _camera(table: _Table) -> CameraSettings | None:
    there = table.flag("use", True)
    camera = CameraSettings(table.number("number", 0, 0, 3), table.flag("upside_down", False))
    table.done()
    return camera if there else None


def _device(table: _Table) -> str | None:
    there = table.flag("use", True)
    device = table.text("device", "default", 100)
    table.done()
    return device if there else None


def _echo(table: _Table) -> EchoSettings:
    if table.has("source") or table.has("sink"):
        echo = EchoSettings("named", table.text("source", "", 200), table.text("sink", "", 200))
    else:
        echo = EchoSettings(table.choice("mode", "auto", ("auto", "off")))
    table.done()
    return echo


def _pin(table: _Table, meaning: str, default: PinSettings | None) -> PinSettings | None:
    there = table.flag("use", default is not None or table.has("pin"))
    usual = default.pin if default else None
    number = table.number("pin", usual, _FIRST_PIN, _LAST_PIN) if there else table.take("pin", 0)
    low = "low" if meaning != "lit" else "high"
    level = table.choice(meaning, low, ("low", "high"))
    table.done()
    return PinSettings(number, level == "low") if there else None


def _battery(table: _Table) -> BatterySettings | None:
    kind = table.choice("kind", "none", ("none", "max17048", "file"))
    battery = BatterySettings(kind)
    if kind == "max17048":
        battery = BatterySettings(kind, bus=table.number("bus", 1, 0, 20))
    elif kind == "file":
        battery = BatterySettings(kind, folder=table.text("folder", "", 200))
    table.done()
    return None if kind == "none" else battery


def _check_pins(settings: Settings) -> None:
    used: dict[int, str] = {}
    if settings.battery is not None and settings.battery.kind == "max17048" and settings.battery.bus == 1:
        used = dict.fromkeys(_I2C_PINS, "the battery's I2C bus")
    for name, part in (("button", settings.button), ("led", settings.led), ("privacy", settings.privacy)):
        if part is None:
            continue
        if part.pin in used:
            raise SettingsError(f"{name}.pin: {part.pin} is taken by {used[part.pin]}")
        if part.pin in _I2S_PINS:
            raise SettingsError(
                f"{name}.pin: {part.pin} belongs to I2S sound; take another, for example 17, 22, 23 or 27"
            )
        used[part.pin] = name
