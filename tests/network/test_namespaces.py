"""The network itself: what the suite concludes rests on it."""

from contextlib import closing
import os
from pathlib import Path
import socket
import subprocess
import sys

import pytest

from .namespaces import Cut, Host, network


def answers(to: Host, from_: Host) -> bool:
    """Whether a datagram gets from one host to the other."""
    with to.namespace.entered():
        listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with closing(listening):
        listening.bind(("", 0))
        listening.settimeout(0.5)
        with from_.namespace.entered(), closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sending:
            try:
                sending.sendto(b"hello", (to.address, listening.getsockname()[1]))
                return listening.recv(10) == b"hello"
            except OSError:
                return False


@pytest.mark.parametrize("kind", Cut)
def test_a_cut_host_is_reached_by_nobody_until_its_network_is_mended(kind: Cut) -> None:
    with network() as (made, home):
        near, other = made.host(10), made.host(11)
        assert answers(home, near) and answers(near, home) and answers(near, other)
        near.cut(kind)
        assert not answers(home, near) and not answers(near, home)
        assert answers(home, other)
        near.mend()
        assert answers(home, near) and answers(near, home)


def test_only_one_kind_of_cut_is_seen_by_the_host() -> None:
    with network() as (made, _home):
        host = made.host(10)
        before = host.namespace.run("ip", "-o", "address", "show", "dev", "eth0")
        host.cut(Cut.SILENT)
        assert host.namespace.run("ip", "-o", "address", "show", "dev", "eth0").split()[:4] == before.split()[:4]
        assert host.namespace.run("cat", "/proc/net/route").count("eth0") == 2
        host.mend()
        host.cut(Cut.OWN)
        assert "eth0" not in host.namespace.run("cat", "/proc/net/route")


def test_a_host_that_moved_is_at_its_new_address_only() -> None:
    with network() as (made, home):
        near = made.host(10)
        old = home.address
        home.move(3)
        assert answers(home, near)
        home.leave(3)
        assert home.address != old
        assert answers(home, near)
        home.address = old
        assert not answers(home, near)


def test_programs_and_sockets_of_this_process_are_on_the_home_s_host_and_come_back() -> None:
    outside = Path("/proc/thread-self/ns/net").readlink()
    with network() as (made, home):
        assert home.address in subprocess.run(["ip", "address"], capture_output=True, text=True, check=True).stdout
        other = made.host(10)
        said = subprocess.run(
            other.namespace.command(sys.executable, "-c", "import os; print(os.readlink('/proc/self/ns/net'))"),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        assert said not in {str(outside), str(Path("/proc/thread-self/ns/net").readlink())}
    assert Path("/proc/thread-self/ns/net").readlink() == outside


def test_nothing_is_left_even_after_a_kill() -> None:
    """A program that is killed in the middle of it leaves no namespace: it held the only handle to it."""
    source = (
        "import os, signal\nfrom tests.network.namespaces import network\nwith network() as (made, home):\n"
        "    os.write(1, (os.readlink('/proc/thread-self/ns/net') + '\\n').encode())\n    os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    name = done.stdout.strip()
    assert name.startswith("net:[")
    assert name not in namespaces_of_processes()


def namespaces_of_processes() -> set[str]:
    """The network namespaces in which something runs, or which somebody holds."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found.add(str((process / "ns" / "net").readlink()))
            found |= {os.readlink(file) for file in (process / "fd").iterdir()}  # noqa: PTH115 -- not a path that exists
        except OSError:
            continue  # it ended meanwhile
    return found
