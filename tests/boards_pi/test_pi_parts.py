"""Settings, pins and battery of a Pi. Pins are those of gpiozero's own mock factory; the I2C bus is a fake."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from waiting import until
from wearable_processes import missing

from firmware_bridge.boards.pi.battery import Battery, Charge, Max17048, PowerSupply
from firmware_bridge.boards.pi.board import Hardware, read_hardware
from firmware_bridge.boards.pi.gpio import PinButton, PinLed, PinSwitch
from firmware_bridge.boards.pi.settings import (
    BatterySettings,
    CameraSettings,
    EchoSettings,
    PinSettings,
    Settings,
    SettingsError,
    read_settings,
)
from firmware_bridge.wearable.drivers import DriverError

SYSTEM = Path(__file__).parents[2] / "firmware_bridge" / "boards" / "pi" / "system"


def test_without_a_word_everything_is_as_usual() -> None:
    assert read_settings("") == Settings()


def test_every_setting_can_be_written() -> None:
    settings = read_settings("""
name = "Anna's glasses"
pairing_port = 4711
language = "de"
camera = { number = 1, upside_down = true }
microphone = { device = "USB PnP" }
speaker = { use = false }
echo_cancellation = { source = "wearable.echo-cancel", sink = "wearable.echo-cancel.sink" }
button = { pin = 5, pressed = "high" }
led = { pin = 6, lit = "low" }
privacy = { pin = 13 }
battery = { kind = "max17048", bus = 3 }
""")
    assert settings == Settings(
        name="Anna's glasses",
        pairing_port=4711,
        language="de",
        camera=CameraSettings(1, upside_down=True),
        microphone="USB PnP",
        speaker=None,
        echo=EchoSettings("named", "wearable.echo-cancel", "wearable.echo-cancel.sink"),
        button=PinSettings(5, active_low=False),
        led=PinSettings(6, active_low=True),
        privacy=PinSettings(13, active_low=True),
        battery=BatterySettings("max17048", bus=3),
    )


def test_the_settings_that_are_installed_are_good() -> None:
    settings = read_settings((SYSTEM / "wearable.toml").read_text())
    assert settings.button == PinSettings(17, active_low=True)
    assert settings.led == PinSettings(27, active_low=False)
    assert settings.privacy is None, "a switch that is not there must not decide"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name = ", "this is not TOML"),
        ("name = 7", "name: a text of 1 to 40 characters is wanted, not '7'"),
        ('name = ""', "name: a text of 1 to 40"),
        ('name = "a\\nb"', "name: a text"),
        (f'name = "{"x" * 41}"', "name: a text of 1 to 40"),
        ("pairing_port = 70000", "pairing_port: a whole number from 0 to 65535"),
        ("[button]\npin = 1", "button.pin: a whole number from 2 to 27 is wanted, not '1'"),
        ("[button]\npin = true", "button.pin: a whole number"),
        ('[button]\npin = 17\npressed = "down"', "button.pressed: low or high is wanted, not 'down'"),
        ("[button]\nuse = false", "button: a wearable without a button"),
        ("[led]\nuse = true", "led.pin: a whole number from 2 to 27 is wanted, not 'nothing'"),
        ("[led]\npin = 17", "led.pin: 17 is taken by button"),
        ("[led]\npin = 18", "led.pin: 18 belongs to I2S sound"),
        ('[battery]\nkind = "max17048"\n[led]\npin = 3', "led.pin: 3 is taken by the battery's I2C bus"),
        ("[led]\npni = 6", "led.pni: there is no such setting; did you mean pin?"),
        ("xyz = 9", "xyz: there is no such setting; there are name,"),
        ("camera = 1", "camera: a table, written [camera], is wanted, not '1'"),
        ("[camera]\nnumber = 9", "camera.number: a whole number from 0 to 3"),
        ('[camera]\nuse = "no"', "camera.use: true or false is wanted, not 'no'"),
        ('[echo_cancellation]\nmode = "on"', "echo_cancellation.mode: auto or off is wanted, not 'on'"),
        ('[echo_cancellation]\nsource = "a"', "echo_cancellation.sink: a text of 1 to 200"),
        ('[battery]\nkind = "lemon"', "battery.kind: none or max17048 or file is wanted, not 'lemon'"),
        ('[battery]\nkind = "file"', "battery.folder: a text"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text: str, complaint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(text)
    assert str(caught.value).startswith(complaint)
    assert "\n" not in str(caught.value)


@pytest.fixture
def pins() -> Iterator[Any]:
    """The pins of a Pi that is none."""
    try:
        from gpiozero import Device
        from gpiozero.pins.mock import MockFactory
    except ImportError:
        missing("gpiozero is not installed")
    factory = MockFactory()
    before, Device.pin_factory = Device.pin_factory, factory
    yield factory
    Device.pin_factory = before
    factory.reset()


async def test_a_button_tells_when_it_went_down_and_up(pins: Any) -> None:
    now = iter(range(100, 200, 10))
    button = PinButton(PinSettings(17, active_low=True), lambda: next(now))
    pins.pin(17).drive_low()
    pins.pin(17).drive_high()
    assert await asyncio.wait_for(button.edge(), 1) == (True, 100)
    assert await asyncio.wait_for(button.edge(), 1) == (False, 110)
    button.close()


async def test_a_contact_that_chatters_does_not_fill_the_memory_and_ends_as_it_stands(pins: Any) -> None:
    button = PinButton(PinSettings(17, active_low=False), lambda: 0)
    for _ in range(500):
        pins.pin(17).drive_high()
        pins.pin(17).drive_low()
    pins.pin(17).drive_high()
    await asyncio.sleep(0)
    edges = []
    async with asyncio.timeout(5):
        while len(edges) < 200:
            edges.append(await button.edge())
    assert edges[-1] == (True, 0)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(button.edge(), 0.05)
    button.close()


async def test_a_button_that_is_held_when_the_power_comes_is_told(pins: Any) -> None:
    pins.pin(17).drive_low()
    button = PinButton(PinSettings(17, active_low=True), lambda: 5)
    pins.pin(17).drive_low()
    assert await asyncio.wait_for(button.edge(), 1) == (True, 5)


async def test_a_switch_tells_how_it_stands_and_when_it_moves(pins: Any) -> None:
    switch = PinSwitch(PinSettings(22, active_low=True))
    assert switch.on is False
    moved = asyncio.create_task(switch.changed())
    await asyncio.sleep(0)
    pins.pin(22).drive_low()
    await asyncio.wait_for(moved, 1)
    assert switch.on is True
    moved = asyncio.create_task(switch.changed())
    await asyncio.sleep(0)
    pins.pin(22).drive_high()
    await asyncio.wait_for(moved, 1)
    assert switch.on is False


@pytest.mark.parametrize("active_low", [False, True])
async def test_a_light_is_dark_until_it_is_lit(pins: Any, active_low: bool) -> None:
    led = PinLed(PinSettings(27, active_low=active_low))
    states = [pins.pin(27).state]
    for on in (True, False):
        led.set(on)
        states.append(pins.pin(27).state)
    assert [bool(state) is not active_low for state in states] == [False, True, False]


async def test_a_pin_that_somebody_else_has_is_one_line(pins: Any) -> None:
    led = PinLed(PinSettings(17, active_low=False))
    with pytest.raises(DriverError, match="the button on GPIO 17 cannot be opened"):
        PinButton(PinSettings(17, active_low=True), lambda: 0)
    led.close()


class Bus:
    """A MAX17048 on an I2C bus that is none: it answers words as SMBus reads them, low byte first."""

    def __init__(self, **registers: int) -> None:
        self.registers = {4: registers.get("soc", 0), 0x16: registers.get("rate", 0)}

    def read_word_data(self, address: int, register: int) -> int:
        if address != 0x36:
            raise OSError(121, "Remote I/O error")
        value = self.registers[register]
        return (value & 0xFF) << 8 | value >> 8


@pytest.mark.parametrize(
    ("soc", "rate", "charge"),
    [
        (0x5040, 0xFFF0, Charge(80, False)),
        (0x50C0, 0x0040, Charge(81, True)),
        (0x6580, 0x0001, Charge(100, False)),
        (0x0000, 0x8000, Charge(0, False)),
    ],
)
def test_a_gauge_is_read_as_its_data_sheet_says(soc: int, rate: int, charge: Charge) -> None:
    assert Max17048(Bus(soc=soc, rate=rate)).read() == charge


def test_a_gauge_of_the_kernel_is_read(tmp_path: Path) -> None:
    (tmp_path / "capacity").write_text("42\n")
    assert PowerSupply(tmp_path).read() == Charge(42, None)
    for status, charging in (("Charging", True), ("Discharging", False), ("Full", True), ("Unknown", None)):
        (tmp_path / "status").write_text(f"{status}\n")
        assert PowerSupply(tmp_path).read() == Charge(42, charging)
    (tmp_path / "capacity").write_text("much\n")
    with pytest.raises(DriverError):
        PowerSupply(tmp_path).read()


async def test_a_gauge_that_does_not_answer_is_told_once() -> None:
    class Silent(Bus):
        def read_word_data(self, address: int, register: int) -> int:
            raise OSError(121, "Remote I/O error")

    told: list[str] = []
    battery = Battery(Max17048(Silent()), lambda event, **_details: told.append(event))
    running = asyncio.create_task(battery.run())
    await until(lambda: told)
    running.cancel()
    assert told == ["no_battery_reading"] and battery.charge is None


def test_the_hardware_tells_its_name_and_number(tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(b"Raspberry Pi Zero 2 W Rev 1.0\0")
    (tmp_path / "serial-number").write_bytes(b"10000000abcdef01\0")
    assert read_hardware(tmp_path) == Hardware("Raspberry Pi Zero 2 W Rev 1.0", "10000000abcdef01")
    assert read_hardware(tmp_path / "none") == Hardware("Raspberry Pi", None)
