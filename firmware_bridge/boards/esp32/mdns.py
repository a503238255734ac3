"""Our own mDNS responder for `_shelfsight._tcp.local.` (RFC 6762, 6763): the firmware's own has no services.

It answers questions, announces itself twice, and says goodbye with a lifetime of 0. It does not probe: its names hold
the device's own id.

The firmware binds port 5353 for itself when the first address comes, and only one can have it. So `open_socket` is
called before Wi-Fi is switched on; the firmware's own then stays out of the way. Where we come too late, the service is
announced again and again from another port: homes that are lenient about RFC 6762, section 6 (Home Assistant's is), find
it all the same.
"""

import asyncio
from collections import namedtuple
import socket

from wearable import drivers

from . import dns
from .datagram import Datagrams, address_of, ipv4_bytes, port_of
from .resolver import MDNS_GROUP, MDNS_PORT

SERVICE = "_shelfsight._tcp.local"
_SERVICE = dns.name_of(SERVICE)
_ALL_SERVICES = dns.name_of("_services._dns-sd._udp.local")
_SHORT_S, _LONG_S = 120, 4500  # RFC 6762, section 10: records with a host's name in them, and others
_LEGACY_S = 10  # section 6.7
_IP_ADD_MEMBERSHIP = 35 if not hasattr(socket, "IP_ADD_MEMBERSHIP") else socket.IP_ADD_MEMBERSHIP
_MAX_TEXT_BYTES = 255
_EVERY_MS = 1000  # the same records are not multicast more often (section 6)
_UNASKED_MS = 5000  # without port 5353: nobody can ask
_TICK_S = 0.05
_PACKETS_A_TICK = 8
_UNICASTS_A_SECOND = 10

Service = namedtuple("Service", ("instance", "host", "port", "text", "address"))


def service_of(port: int, properties: dict, address: str) -> Service:
    """The service for the TXT `properties` of PROTOCOL.md, section 1, at a dotted IPv4 `address`."""
    device_id = properties["id"]
    label = "%s %s" % (properties["name"].replace(".", " "), device_id[-4:])
    labels = [label.encode()[:63]]
    labels.extend(_SERVICE)
    text = b""
    for key in sorted(properties):
        entry = ("%s=%s" % (key, properties[key])).encode()[:_MAX_TEXT_BYTES]
        text += bytes((len(entry),)) + entry
    host = dns.name_of("shelfsight-" + device_id + ".local")
    return Service(tuple(labels), host, port, text, ipv4_bytes(address))


class Records:
    """The four records of a service, and which of them answer what."""

    def __init__(self, service: Service, most_s: int = _LONG_S) -> None:
        """No record lives longer than `most_s`; 0 makes them a goodbye."""
        short_s, long_s = min(_SHORT_S, most_s), min(_LONG_S, most_s)
        # Names in questions come in lower case; what is written keeps its own.
        unique = dns.IN if most_s == _LEGACY_S else dns.IN | dns.CACHE_FLUSH
        target = service.port.to_bytes(2, "big") + dns.write_name(service.host)
        self.pointer = dns.record(_SERVICE, dns.PTR, dns.IN, long_s, dns.write_name(service.instance))
        self._listing = dns.record(_ALL_SERVICES, dns.PTR, dns.IN, long_s, dns.write_name(_SERVICE))
        self.details = (
            dns.record(service.instance, dns.SRV, unique, short_s, b"\0\0\0\0" + target),
            dns.record(service.instance, dns.TXT, unique, long_s, service.text),
            dns.record(service.host, dns.A, unique, short_s, service.address),
        )
        self._instance = tuple(label.lower() for label in service.instance)
        self._host = service.host

    def answers_to(self, packet: dns.Packet) -> tuple:
        """(answers, additional records) to a packet's questions; both empty if it asks nothing of us, or knows it."""
        answers, additional = [], []
        for asked in packet.questions:
            for kinds, name, records, more in (
                (dns.PTR, _SERVICE, (self.pointer,), self.details),
                (dns.PTR, _ALL_SERVICES, (self._listing,), ()),
                (dns.SRV, self._instance, self.details[:1], self.details[2:]),
                (dns.TXT, self._instance, self.details[1:2], ()),
                (dns.A, self._host, self.details[2:], ()),
            ):
                if asked.name == name and asked.type in (kinds, dns.ANY):
                    if name is _SERVICE and self._is_known(packet):
                        continue
                    answers.extend(record for record in records if record not in answers)
                    additional.extend(record for record in more if record not in additional)
        return answers, [record for record in additional if record not in answers]

    def all(self) -> bytes:
        """The packet with all that tells of the service."""
        answers = [self.pointer]
        answers.extend(self.details)
        return dns.response(0, [], answers, [])

    def _is_known(self, packet: dns.Packet) -> bool:
        """Whether the asker told us that it knows the service well enough (RFC 6762, section 7.1)."""
        return any(
            record.type == dns.PTR
            and record.name == _SERVICE
            and record.data == self._instance
            and record.ttl_s * 2 >= _LONG_S
            for record in packet.answers
        )


def open_socket() -> Datagrams | None:
    """A socket at port 5353, None if somebody has it. To be called before there is a network."""
    connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        connection.bind(address_of("0.0.0.0", MDNS_PORT))  # noqa: S104 -- multicast comes to no single address
    except OSError:
        connection.close()
        return None
    return Datagrams(connection)


class MdnsAdvertiser(drivers.Advertiser):
    """Advertises one service between `start` and `stop`, at whatever address the board has meanwhile."""

    def __init__(self, own_address: object, clock: drivers.Clock) -> None:
        """`own_address()` gives the dotted address or None. Opens the socket."""
        self._own_address = own_address
        self._clock = clock
        self._socket = open_socket()
        self.listens = self._socket is not None
        self._joined = None
        self._task = None
        self._service = None
        self._records = None
        self._budget = 0
        self.ignored = 0

    async def start(self, port: int, properties: dict) -> None:
        """Advertises from the first address on."""
        await self.stop()
        if self._socket is None:
            self._socket = open_socket() or Datagrams.any_port()
        self._task = asyncio.create_task(self._run(port, properties))

    async def stop(self) -> None:
        """Says goodbye."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self._withdraw()

    async def _run(self, port: int, properties: dict) -> None:
        while self._socket.receive_now() is not None:
            continue  # what came while nobody looked is out of date
        announcements, due_ms, wanted = 0, 0, False
        while True:
            address = self._own_address()
            now_ms = self._clock.ms()
            if address is None:
                self._service = None
            elif self._service is None or self._service.address != ipv4_bytes(address):
                self._withdraw()
                self._service = service_of(port, properties, address)
                self._records = Records(self._service)
                self._enter(address)
                announcements, due_ms = 2, now_ms
            if self._service is not None:
                wanted = self._look() or wanted
                if (announcements or wanted or not self.listens) and now_ms >= due_ms:
                    self._multicast(self._records)
                    announcements, wanted = max(0, announcements - 1), False
                    due_ms = now_ms + (_EVERY_MS if self.listens or announcements else _UNASKED_MS)
            await asyncio.sleep(_TICK_S)

    def _look(self) -> bool:
        """Reads what came, answers those who asked alone; True if all are to be told."""
        wanted = False
        self._budget = min(_UNICASTS_A_SECOND, self._budget + _UNICASTS_A_SECOND * _TICK_S)
        for _ in range(_PACKETS_A_TICK):
            received = self._socket.receive_now()
            if received is None:
                break
            try:
                packet = dns.read_packet(received[0])
            except dns.PacketError:
                self.ignored += 1
                continue
            if packet.response or not packet.questions:
                continue
            legacy = port_of(received[1]) != MDNS_PORT
            records = Records(self._service, _LEGACY_S) if legacy else self._records
            answers, additional = records.answers_to(packet)
            if not answers:
                continue
            if legacy or all(asked.unicast for asked in packet.questions):
                if self._budget >= 1:
                    self._budget -= 1
                    questions = [dns.question(asked.name, asked.type) for asked in packet.questions] if legacy else []
                    packet_id = packet.id if legacy else 0
                    self._socket.send(dns.response(packet_id, questions, answers, additional), received[1])
            else:
                wanted = True
        return wanted

    def _multicast(self, records: Records) -> None:
        self._socket.send(records.all(), address_of(MDNS_GROUP, MDNS_PORT))

    def _withdraw(self) -> None:
        if self._service is not None:
            self._multicast(Records(self._service, 0))
            self._service = None

    def _enter(self, address: str) -> None:
        if self.listens and self._joined != address:
            self._joined = address
            # Where that is refused the group is joined already, or nothing is heard and the announcements have to do.
            self._socket.join(_IP_ADD_MEMBERSHIP, ipv4_bytes(MDNS_GROUP) + ipv4_bytes(address))
