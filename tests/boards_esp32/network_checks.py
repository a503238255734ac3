"""Wi-Fi, names, the date and saving power, each with an air that is played and real sockets. On MicroPython."""

# ruff: noqa: RUF005 -- MicroPython cannot unpack into a tuple

import asyncio
import os
import socket
import struct

from boards.esp32 import clock, controls, datagram, dns, power, resolver, scanning, sntp, wifi
from check_runner import raised, raised_by, run_all, until
import esp32
import machine
import network

HOME = {"ssid": "Home", "key": "right password", "rssi": -60, "bssid": b"home-1"}
SHOP = {"ssid": "Shop", "key": "shop password", "rssi": -40, "bssid": b"shop-1"}
SCAN = [(b"Home", b"home-1", 1, -60, 3, False), (b"Shop", b"shop-1", 6, -40, 3, False)]


def check_the_strongest_of_the_known_networks_comes_first():
    known = [("Home", "a"), ("Shop", "b")]
    assert [entry[0] for entry in wifi.choose(SCAN, known)] == ["Shop", "Home"]
    assert wifi.choose(SCAN, [("Elsewhere", "c")]) == []
    twice = list(SCAN)
    twice.append((b"Home", b"home-2", 1, -30, 3, False))
    assert wifi.choose(twice, known) == [("Home", "a", b"home-2"), ("Shop", "b", b"shop-1")]


def check_an_open_network_with_the_name_of_ours_is_not_ours():
    assert wifi.choose([(b"Home", b"evil-1", 1, -10, 0, False)], [("Home", "password")]) == []
    assert len(wifi.choose([(b"Cafe", b"cafe-1", 1, -10, 0, False)], [("Cafe", "")])) == 1
    assert wifi.choose([(b"\xff\xfe", b"noise1", 1, -10, 3, False)], [("Home", "password")]) == []


def check_the_waits_are_short_for_a_minute_and_never_longer_than_half_a_minute():
    waits = [wifi.wait_ms(lost_s * 1000) for lost_s in range(0, 3600, 5)]
    assert set(waits[:12]) == {1000}
    assert waits == sorted(waits) and waits[-1] == 30000


FASTER = {
    "_JOIN_MS": 400,
    "_AGAIN_MS": 200,
    "_SHORT_WAIT_MS": 50,
    "_WATCH_S": 0.02,
    "_POLL_S": 0.01,
    "_SETTLE_S": 0.01,
    "_FIRST_MINUTE_MS": 60000,
}


class Station:
    """A running `Wifi` with its reports."""

    def __init__(self, known):
        self._before = {name: getattr(wifi, name) for name in FASTER}
        for name, value in FASTER.items():
            setattr(wifi, name, value)
        self.known = known
        self.reports = []
        self.wifi = wifi.Wifi(lambda: self.known, clock.BoardClock(), self.report, scanning.scan)
        self.task = asyncio.create_task(self.wifi.run())

    def report(self, event, **details):
        self.reports.append((event, details))

    async def joined(self, ssid):
        await until(lambda: self.wifi.state == wifi.JOINED and self.wifi._last[0] == ssid)

    def close(self):
        self.task.cancel()
        for name, value in self._before.items():
            setattr(wifi, name, value)


async def check_the_strongest_is_joined_and_the_other_when_it_goes():
    network.world.air = [HOME, SHOP]
    station = Station([("Home", HOME["key"]), ("Shop", SHOP["key"])])
    waiting = asyncio.create_task(station.wifi.changed())
    await station.joined("Shop")
    await asyncio.wait_for(waiting, 1)
    assert station.wifi.address() == "127.0.0.1" and station.wifi.rssi_dbm() == -40
    assert station.wifi.trouble() is None
    changed = asyncio.create_task(station.wifi.changed())
    network.world.air = [HOME]
    await asyncio.wait_for(changed, 2)
    assert station.wifi.address() is None and station.wifi.trouble() == "no_wifi"
    await station.joined("Home")
    station.close()


async def check_a_network_that_comes_back_is_joined_without_a_scan():
    network.world.air = [HOME]
    station = Station([("Home", HOME["key"])])
    await station.joined("Home")
    scans = network.world.scans
    network.world.air = []
    await until(lambda: station.wifi.state != wifi.JOINED)
    network.world.air = [HOME]
    await station.joined("Home")
    assert network.world.scans <= scans + 1
    station.close()


async def check_each_trouble_has_its_phrase():
    station = Station([])
    await until(lambda: station.wifi.trouble() == "no_wifi")
    station.known = [("Home", "wrong password")]
    network.world.air = [HOME]
    await until(lambda: station.wifi.trouble() == "wifi_refused")
    network.world.air = [dict(HOME, silent=True, key="wrong password")]
    await until(lambda: station.wifi.trouble() == "no_address")
    network.world.air = [SHOP]
    await until(lambda: station.wifi.trouble() == "no_wifi")
    network.world.scan_fails = True
    await until(lambda: network.world.scans > 10)
    network.world.scan_fails = False
    network.world.air = [dict(HOME, key="wrong password")]
    await station.joined("Home")
    assert station.wifi.trouble() is None
    station.close()


async def check_a_wrong_password_does_not_keep_it_from_the_next_network():
    network.world.air = [HOME, SHOP]
    station = Station([("Home", HOME["key"]), ("Shop", "wrong password")])
    await station.joined("Home")
    station.close()


async def check_a_network_that_hides_its_name_is_called():
    network.world.air = [dict(HOME, hidden=True)]
    station = Station([("Home", HOME["key"])])
    await station.joined("Home")
    station.close()


async def check_a_password_added_meanwhile_is_used():
    network.world.air = [HOME]
    station = Station([("Home", "wrong password")])
    await until(lambda: station.wifi.trouble() == "wifi_refused")
    station.known = [("Home", HOME["key"])]
    await station.joined("Home")
    station.close()


def _rest(station, button=None):
    station.wifi.power = power.Power(station.wifi.set_radio, button and button.pin)
    station.wifi.on_slept = button.check if button else lambda: None
    return station.wifi.power


async def check_a_linked_wearable_at_rest_keeps_its_network_and_lets_the_radio_doze():
    network.world.air = [HOME]
    station = Station([("Home", HOME["key"])])
    rest = _rest(station)
    await station.joined("Home")
    assert station.wifi.wlan.options["pm"] == network.WLAN.PM_PERFORMANCE
    rest.rest(True)
    rest.rest(True)
    assert (station.wifi.wlan.options["pm"], machine.freq()) == (network.WLAN.PM_POWERSAVE, 80000000)
    assert station.wifi.state == wifi.JOINED and machine.world.slept_ms == []
    rest.rest(False)
    assert (station.wifi.wlan.options["pm"], machine.freq()) == (network.WLAN.PM_PERFORMANCE, 240000000)
    station.close()


async def check_without_a_network_for_long_it_sleeps_with_the_radio_off_until_the_button_wakes_it():
    watch = clock.BoardClock()
    button = controls.BoardButton(2, watch)
    station = Station([("Home", HOME["key"])])
    wifi._FIRST_MINUTE_MS = 100
    rest = _rest(station, button)
    rest.alive()
    sleeping = []

    def slept():
        sleeping.append(station.wifi.wlan.active())
        if len(sleeping) == 3:
            machine.world.levels[2] = 0

    machine.world.on_sleep = slept
    real_wait, wifi.wait_ms = wifi.wait_ms, lambda lost_ms: 50 if lost_ms < 100 else 200
    try:
        rest.rest(True)
        down, _at_ms = await asyncio.wait_for(button.edge(), 3)
        assert down and not any(sleeping)
        assert (
            set(machine.world.slept_ms) == {power.SLICE_MS} and machine.world.watchdog.timeout_ms > power.SLICE_MS * 2
        )
        assert esp32.world.wake_pins[0] == (2, esp32.WAKEUP_ALL_LOW)
        rest.rest(False)
        network.world.air = [HOME]
        await station.joined("Home")
    finally:
        wifi.wait_ms = real_wait
        station.close()


def check_the_watchdog_begins_with_the_first_sign_of_life_and_is_fed_by_each():
    rest = power.Power(lambda awake: None, None)
    assert machine.world.watchdog is None
    for _ in range(3):
        rest.alive()
    assert machine.world.watchdog.feeds == 3 and machine.world.watchdog.timeout_ms >= 8000


def check_why_the_chip_started_has_a_name():
    machine.world.reset_cause = machine.WDT_RESET
    assert power.reset_cause() == "wdt_reset"
    machine.world.reset_cause = 99
    assert power.reset_cause() == "reset_99"


NAME = (b"_shelfsight", b"_tcp", b"local")


def check_packets_are_read_as_they_were_written():
    answer = dns.record(NAME, dns.PTR, dns.IN, 4500, dns.write_name((b"Desk 1234",) + NAME))
    data = dns.response(7, [dns.question(NAME, dns.PTR)], [answer], [])
    packet = dns.read_packet(data)
    assert (packet.id, packet.response) == (7, True)
    assert packet.questions == [dns.Question(NAME, dns.PTR, False)]
    assert packet.answers == [dns.Record(NAME, dns.PTR, 4500, (b"desk 1234",) + NAME)]
    asked = dns.read_packet(dns.query(9, NAME, dns.ANY, False))
    assert asked.questions == [dns.Question(NAME, dns.ANY, False)] and not asked.response
    assert dns.name_of("Home.LOCAL.") == (b"home", b"local")


def check_names_may_point_backwards_and_nowhere_else():
    head = struct.pack(">HHHHHH", 0, 0, 2, 0, 0, 0)
    first = dns.question(NAME, dns.PTR)
    pointing = head + first + b"\x04desk\xc0\x0c" + struct.pack(">HH", dns.SRV, dns.IN | dns.UNICAST)
    assert dns.read_packet(pointing).questions[1] == dns.Question((b"desk",) + NAME, dns.SRV, True)
    for tail in (b"\xc0\xff", b"\xc0\x26", b"\x01", b"\x41", b"\x80", b"\xc0", b"", b"\x3fabc", b"\x00\x00"):
        raised(dns.PacketError, dns.read_packet, head + first + tail)
    loops = head + b"\xc0\x0c" + first
    raised(dns.PacketError, dns.read_packet, loops)
    long = head + b"\x3f" + b"a" * 63 + b"\x3f" + b"a" * 63 + b"\x3f" + b"a" * 63 + b"\x3f" + b"a" * 63 + b"\x00" * 5
    raised(dns.PacketError, dns.read_packet, long)


def check_hostile_packets_are_an_error_and_nothing_else():
    for data in (
        b"",
        b"x",
        bytes(11),
        bytes(1461),
        b"\xff" * 12,
        b"\x00" * 4 + b"\xff" * 8,
        b"\x00\x00\x28\x00" + bytes(8),
    ):
        raised(dns.PacketError, dns.read_packet, data)
    whole = dns.response(0, [dns.question(NAME, dns.PTR)], [dns.record(NAME, dns.PTR, 1, 9, dns.write_name(NAME))], [])
    for count in range(len(whole)):
        raised(dns.PacketError, dns.read_packet, whole[:count])
    read = 0
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(1 + os.urandom(1)[0] % 6):
            data[os.urandom(1)[0] % len(data)] = os.urandom(1)[0]
        try:
            dns.read_packet(bytes(data))
            read += 1
        except dns.PacketError:
            continue
    assert 0 < read < 3000


class NameServer:
    """Answers datagrams as it is told, over a real socket: `answers(data)` gives those to send."""

    def __init__(self, port):
        connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        connection.bind(datagram.address_of("127.0.0.1", port))
        self.socket = datagram.Datagrams(connection)
        self.asked = 0
        self.answers = None
        self.task = asyncio.create_task(self.run())

    async def run(self):
        while True:
            received = await self.socket.receive(1)
            if received is not None:
                self.asked += 1
                for data in self.answers(received[0]):
                    self.socket.send(data, received[1])

    def close(self):
        self.task.cancel()
        self.socket.close()


def _right(packet):
    question = packet.questions[0]
    return dns.response(
        packet.id,
        [dns.question(question.name, question.type)],
        [
            dns.record(question.name, 5, dns.IN, 60, dns.write_name((b"other",))),
            dns.record((b"other",), dns.A, dns.IN, 60, b"\x7f\x00\x00\x05"),
        ],
        [],
    )


async def check_names_become_addresses_without_the_firmwares_resolver():
    server = NameServer(18553)
    target = ("127.0.0.1", 18553)
    names = resolver.Resolver(lambda: target, lambda: target)
    server.answers = lambda data: [_right(dns.read_packet(data))]
    assert await names.address("homeassistant.local") == "127.0.0.5"
    assert await names.address("home.example.org") == "127.0.0.5"
    assert await names.address("192.168.1.2") == "192.168.1.2"
    assert server.asked == 2
    server.close()


async def check_answers_that_are_not_ours_are_passed_over():
    server = NameServer(18554)
    target = ("127.0.0.1", 18554)
    names = resolver.Resolver(lambda: target, lambda: target)

    def answers(data):
        packet = dns.read_packet(data)
        wrong_id = bytes((packet.id >> 8 ^ 1, packet.id & 0xFF)) + _right(packet)[2:]
        other = dns.response(
            packet.id, [dns.question((b"evil",), dns.A)], [dns.record((b"evil",), 1, 1, 9, bytes(4))], []
        )
        return [b"noise", wrong_id, other, dns.query(packet.id, (b"x",), 1, True), _right(packet)]

    server.answers = answers
    assert await names.address("home.example.org") == "127.0.0.5"
    server.close()


async def check_a_name_that_nobody_knows_is_an_error_after_three_tries():
    resolver._TRY_S = 0.05
    server = NameServer(18555)
    target = ("127.0.0.1", 18555)
    names = resolver.Resolver(lambda: target)
    server.answers = lambda data: []
    await raised_by(OSError, names.address("home.example.org"))
    assert server.asked == 3
    server.close()
    await raised_by(OSError, resolver.Resolver(lambda: None).address("home.example.org"))
    for name in ("", ".", "x" * 64 + ".org"):
        await raised_by(OSError, names.address(name))


def _ntp(cookie, unix_s=1800000000, mode=0x24, stratum=2):
    return (
        bytes((mode, stratum)) + bytes(22) + cookie + bytes(8) + struct.pack(">II", unix_s + 2208988800 & 0xFFFFFFFF, 0)
    )


def check_only_an_answer_to_our_question_sets_the_date():
    cookie = b"12345678"
    assert len(sntp.request(cookie)) == 48 and sntp.request(cookie)[-8:] == cookie
    assert sntp.read_answer(_ntp(cookie), cookie) == 1800000000
    assert sntp.read_answer(_ntp(cookie, 2300000000), cookie) == 2300000000, "the era after 2036"
    for data in (
        b"",
        _ntp(cookie)[:-1],
        _ntp(b"another!"),
        _ntp(cookie, mode=0x23),
        _ntp(cookie, mode=0xE4),
        _ntp(cookie, stratum=0),
        _ntp(cookie, stratum=16),
    ):
        assert sntp.read_answer(data, cookie) is None


async def check_the_clock_is_set_from_the_network_when_there_is_one():
    server = NameServer(18556)
    server.answers = lambda data: [_ntp(data[40:48], 1767225600 + 3661)]
    sntp._LOOK_S = 0.01
    online = []
    keeper = sntp.TimeKeeper(resolver.Resolver(lambda: None), lambda: online, ("no.such.name", "127.0.0.1"), 18556)
    running = asyncio.create_task(keeper.run())
    await asyncio.sleep(0.05)
    assert machine.world.date is None
    online.append(True)
    await until(lambda: machine.world.date)
    assert machine.world.date == (2026, 1, 1, 0, 1, 1, 1, 0), machine.world.date
    running.cancel()
    server.close()


run_all(globals())
