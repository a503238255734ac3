"""A small network on this machine: hosts in namespaces, each with its own cable to a switch in the middle.

    home 10.86.0.2 ----+
    wearable .10 ------+-- switch and router 10.86.0.1 (knows no way to the internet, and says so at once)
    wearable .11 ------+

The namespaces have no names: they live as long as this process keeps them open or a program runs in them, so nothing of them
outlives a run, however it ends, and two runs never meet. Needs root, and `ip`, `tc` and `bridge` of iproute2.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum
import os
from pathlib import Path
import shutil
import subprocess
import sys
from typing import Self

_PREFIX = "10.86.0."
_ROUTER = 1
# What an ESP32 speaks; a Raspberry Pi's cubic grows as fast on links as short as these, but a namespace may be refused it.
_CONGESTION_CONTROL = "reno"
_HERE = Path(__file__).parent
_OWN = Path("/proc/thread-self/ns/net")


class Cut(Enum):
    """How a host loses its network."""

    OWN = "its own interface goes down"
    """As when Wi-Fi loses its access point: the interface is down, address and routes are gone."""
    SILENT = "the network behind it goes silent"
    """The switch passes nothing on any more; the host's interface stays up and knows nothing of it."""


def why_not() -> str | None:
    """Why there can be no such network here, or None."""
    if sys.platform != "linux":
        return "network namespaces are Linux's"
    if missing := [program for program in ("ip", "tc", "bridge") if shutil.which(program) is None]:
        return f"{', '.join(missing)} of the package iproute2 is not installed"
    if os.geteuid() != 0:
        return "network namespaces need root"
    try:
        with Namespace() as probe:
            probe.run("ip", "link", "set", "lo", "up")
    except (OSError, subprocess.CalledProcessError) as err:
        return f"this system allows no network namespaces: {err}"
    return None


class Namespace:
    """One network namespace, kept by an open file."""

    def __init__(self) -> None:
        """Raises OSError where that is not allowed."""
        own = os.open(_OWN, os.O_RDONLY)
        try:
            os.unshare(os.CLONE_NEWNET)
            self._file = os.open(_OWN, os.O_RDONLY)
            os.setns(own, os.CLONE_NEWNET)
        finally:
            os.close(own)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        os.close(self._file)

    @property
    def path(self) -> str:
        """A file that is this namespace, for other processes while this one lives."""
        return f"/proc/{os.getpid()}/fd/{self._file}"

    @contextmanager
    def entered(self) -> Iterator[None]:
        """This thread is in the namespace: its new sockets and programs belong to it. Nothing may be awaited meanwhile,
        or other tasks of the loop would be in it, too.
        """
        own = os.open(_OWN, os.O_RDONLY)
        try:
            os.setns(self._file, os.CLONE_NEWNET)
            yield
        finally:
            os.setns(own, os.CLONE_NEWNET)
            os.close(own)

    def run(self, *command: str) -> str:
        """A short program, to its end; what it said. A few milliseconds.

        Raises:
            subprocess.CalledProcessError: it failed.
        """
        with self.entered():
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
        return done.stdout

    def set(self, name: str, value: str) -> None:
        """Sets something of the kernel's: a file below /proc/sys."""
        with self.entered():
            Path("/proc/sys", name).write_text(value, encoding="ascii")

    def command(self, *command: str) -> list[str]:
        """The command with which a program is started in this namespace."""
        return [sys.executable, "-I", str(_HERE / "inside.py"), self.path, *command]


class Host:
    """One host with one interface, `eth0`, and the switch's port on the other end of its cable."""

    def __init__(self, namespace: Namespace, switch: Namespace, number: int, port: str) -> None:
        self.namespace = namespace
        self.address = f"{_PREFIX}{number}"
        self.switch = switch
        self.port = port
        self._cut: Cut | None = None
        namespace.run("ip", "link", "set", "lo", "up")
        namespace.set("net/ipv4/tcp_congestion_control", _CONGESTION_CONTROL)
        self._up()

    def _up(self) -> None:
        """What a DHCP client does."""
        run = self.namespace.run
        run("ip", "link", "set", "eth0", "up")
        run("ip", "address", "add", f"{self.address}/24", "broadcast", f"{_PREFIX}255", "dev", "eth0")
        run("ip", "route", "add", "default", "via", f"{_PREFIX}{_ROUTER}")

    def cut(self, kind: Cut) -> None:
        """No network from now on."""
        assert self._cut is None
        self._cut = kind
        if kind is Cut.OWN:
            self.namespace.run("ip", "address", "flush", "dev", "eth0", "scope", "global")
            self.namespace.run("ip", "link", "set", "eth0", "down")
        else:
            self.switch.run("bridge", "link", "set", "dev", self.port, "state", "0")

    def mend(self) -> None:
        """The network is there again when this returns."""
        if self._cut is Cut.OWN:
            self._up()
        elif self._cut is Cut.SILENT:
            self.switch.run("bridge", "link", "set", "dev", self.port, "state", "3")
        self._cut = None

    def move(self, number: int) -> None:
        """The host gets another address, and has the old one as well until `leave`."""
        self.namespace.run("ip", "address", "add", f"{_PREFIX}{number}/24", "dev", "eth0")

    def leave(self, number: int) -> None:
        """The old address `self.address` is gone; `number` is the host's from now on."""
        run = self.namespace.run
        self.namespace.set("net/ipv4/conf/eth0/promote_secondaries", "1")
        run("ip", "address", "del", f"{self.address}/24", "dev", "eth0")
        self.address = f"{_PREFIX}{number}"

    def slow_down(self, *tbf: str) -> None:
        """Hold what leaves the host to a rate: arguments of tc-tbf(8)."""
        self.namespace.run("tc", "qdisc", "replace", "dev", "eth0", "root", "tbf", *tbf)

    def slow_down_behind(self, *tbf: str) -> None:
        """Hold what the switch sends to this host to a rate: a narrow place that its sender cannot see."""
        self.switch.run("tc", "qdisc", "replace", "dev", self.port, "root", "tbf", *tbf)


class Network:
    """The switch, and hosts as they are added."""

    def __init__(self, keep: Callable[[Namespace], Namespace]) -> None:
        """`keep` is told of every namespace, to close it in the end."""
        self._keep = keep
        self._hosts = 0
        self._switch = keep(Namespace())
        run = self._switch.run
        run("ip", "link", "set", "lo", "up")
        # Nobody's multicast is held back, and a port that comes up passes everything on at once, as a plain switch does.
        settings = ("forward_delay", "0", "stp_state", "0", "mcast_snooping", "0")
        run("ip", "link", "add", "switch", "type", "bridge", *settings)
        run("ip", "address", "add", f"{_PREFIX}{_ROUTER}/24", "dev", "switch")
        run("ip", "link", "set", "switch", "up")
        self._switch.set("net/ipv4/ip_forward", "1")
        run("ip", "route", "add", "unreachable", "default")

    def host(self, number: int) -> Host:
        """A new host at 10.86.0.`number`."""
        namespace = self._keep(Namespace())
        self._hosts += 1
        port = f"port{self._hosts}"
        peer = ("peer", "name", "eth0", "netns", namespace.path)
        self._switch.run("ip", "link", "add", port, "type", "veth", *peer)
        self._switch.run("ip", "link", "set", port, "master", "switch", "up")
        return Host(namespace, self._switch, number, port)


@contextmanager
def network() -> Iterator[tuple[Network, Host]]:
    """A network, and the home's host 10.86.0.2 in it.

    While it lasts this thread, with all that it opens and starts, is on the home's host.
    """
    with ExitStack() as namespaces:
        made = Network(namespaces.enter_context)
        home = made.host(2)
        with home.namespace.entered():
            yield made, home
