"""The door's rules as pure rooms: who has to make room, what counts as an attack, how much may come, what opens a link."""

import itertools
from typing import Any

from multidict import CIMultiDict
import pytest

from custom_components.shelfsight.link.porch import IN_ALL, PER_ADDRESS, Porch, address_of, who_goes
from custom_components.shelfsight.link.rate import Budget, Kind
from custom_components.shelfsight.link.refusals import Refusals
from custom_components.shelfsight.link.rivalry import Rivalry
from custom_components.shelfsight.link.upgrade import refusal

# --- the porch --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        (None, "local"),
    ],
)
def test_whoever_has_one_address_of_a_site_has_them_all(remote: str | None, address: str) -> None:
    assert address_of(remote) == address


def test_while_there_is_room_nobody_goes() -> None:
    assert who_goes([], "a") is None
    assert who_goes(["a"] * (PER_ADDRESS - 1), "a") is None
    assert who_goes([f"{number}" for number in range(IN_ALL - 1)], "a") is None
    assert (PER_ADDRESS, IN_ALL) == (16, 64)


def test_of_an_address_that_has_its_share_the_oldest_goes() -> None:
    assert who_goes(["b", *["a"] * PER_ADDRESS], "a") == 1


def test_of_a_full_porch_the_oldest_of_those_who_are_most_goes() -> None:
    crowd = [f"{number % 8}" for number in range(IN_ALL - 1)]
    assert who_goes(["alone", *crowd], "new") == 1
    assert who_goes([f"{number}" for number in range(IN_ALL)], "new") == 0


def test_a_crowd_from_other_addresses_never_pushes_out_one_who_came_alone() -> None:
    porch, gone = Porch(), []
    visits = [porch.visit("alone", lambda: gone.append("alone"))]
    visits += [
        porch.visit(f"{number % 40}", lambda number=number: gone.append(number))  # type: ignore[misc]
        for number in range(2000)
    ]
    for visit in visits:
        visit.__enter__()
    assert "alone" not in gone
    assert len(porch) == IN_ALL
    assert len(gone) == 2001 - IN_ALL
    for visit in visits:
        visit.__exit__(None, None, None)
    assert len(porch) == 0


# --- wrong proofs -----------------------------------------------------------------------------------------------------


def test_a_refused_wearable_that_dials_for_a_month_counts_once() -> None:
    """Two URLs, one try each, every 15 s; and its person presses the button five times in a row, twice a day."""
    refusals, now_s, counted = Refusals(), 0.0, 0
    for tries in range(30 * 24 * 60 * 4):
        now_s += 15
        presses = 5 if tries % 2880 == 0 else 0
        counted += sum(refusals.counts("192.0.2.7", "0" * 16, now_s) for _ in range(2 + presses))
    assert counted == 1


def test_a_whole_household_of_refused_wearables_counts_each_once() -> None:
    refusals = Refusals()
    wearables = [f"{number:016x}" for number in range(4)]
    counted = [
        refusals.counts("192.0.2.7", wearable, 20.0 * at + number)
        for at in range(1000)
        for number, wearable in enumerate(wearables)
    ]
    assert sum(counted) == 4


def test_whoever_tries_fast_is_counted_for_nearly_every_try() -> None:
    refusals = Refusals()
    assert sum(refusals.counts("192.0.2.7", "0" * 16, at / 10) for at in range(1000)) > 950


def test_whoever_tries_many_ids_is_counted_for_each() -> None:
    refusals = Refusals()
    assert all(refusals.counts("192.0.2.7", f"{number:016x}", number * 60.0) for number in range(1000))


def test_each_address_counts_for_itself_and_the_memory_of_them_is_bounded() -> None:
    refusals = Refusals()
    assert all(refusals.counts(f"2001:db8:{number:x}::/64", "0" * 16, 0.0) for number in range(5000))
    assert len(refusals._known) == 1024


# --- two wearables with one id ----------------------------------------------------------------------------------------


def test_three_replacements_within_two_minutes_are_two_wearables() -> None:
    rivalry = Rivalry()
    assert [rivalry.replaced(at_s) for at_s in (0.0, 22.0, 45.0, 70.0)] == [False, False, True, True]


def test_replacements_now_and_then_are_not() -> None:
    rivalry = Rivalry()
    assert not any(rivalry.replaced(at_s * 61.0) for at_s in range(100))


# --- how much may come ------------------------------------------------------------------------------------------------


def taken(kind: Kind, size_bytes: int, times_s: Any) -> int:
    """How many messages at these times are allowed, before the first that is not."""
    budget = Budget(0.0)
    return sum(1 for _ in itertools.takewhile(lambda at_s: budget.take(kind, size_bytes, at_s), times_s))


def test_what_a_wearable_has_to_send_is_allowed_for_hours() -> None:
    hour_s = range(3600)
    assert taken(Kind.SOUND, 968, (at_s + part / 50 for at_s in hour_s for part in range(50))) == 180_000
    assert taken(Kind.TEXT, 80, (at_s + part / 8 for at_s in hour_s for part in range(8))) == 28_800
    assert taken(Kind.PICTURE, 4112, (at_s + part / 600 for at_s in hour_s for part in range(512))) == 1_843_200
    assert taken(Kind.CONTROL, 4, (float(at_s) for at_s in hour_s)) == 3600


def test_what_waited_while_the_network_stood_still_is_taken_at_once() -> None:
    assert taken(Kind.SOUND, 648, [20.0] * 1000) == 1000
    assert taken(Kind.TEXT, 80, [20.0] * 100) == 100


@pytest.mark.parametrize(
    ("kind", "size_bytes", "most"),
    [
        (Kind.TEXT, 20, 200 + 20 * 60),
        (Kind.SOUND, 10, 1500 + 100 * 60),
        (Kind.PICTURE, 17, 2048 + 1024 * 60),
        (Kind.PICTURE, 4112, 2 * 1024 * 31 * 2),
        (Kind.UNKNOWN, 8, 200 + 100 * 60),
        (Kind.CONTROL, 0, 50 + 10 * 60),
    ],
)
def test_more_than_that_is_not_allowed(kind: Kind, size_bytes: int, most: int) -> None:
    minute = (at / 10_000 for at in range(600_000))
    assert taken(kind, size_bytes, minute) <= most + 1


# --- what opens a link ------------------------------------------------------------------------------------------------

OPENING = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def test_the_opening_of_a_wearable_is_taken_whatever_the_case_of_its_headers() -> None:
    assert refusal(CIMultiDict(OPENING)) is None
    assert refusal(CIMultiDict({name.upper(): value for name, value in OPENING.items()})) is None
    assert refusal(CIMultiDict({**OPENING, "Upgrade": "WebSocket"})) is None
    assert refusal(CIMultiDict({**OPENING, "Connection": "keep-alive, Upgrade"})) is None


@pytest.mark.parametrize(
    ("origin", "own_host", "taken"),
    [
        ("https://home.example", "home.example", True),
        ("http://192.0.2.10:8123", "192.0.2.10:8123", True),
        ("http://Home.local:8123", "home.LOCAL:8123", True),
        ("http://[2001:db8::1]:8123", "[2001:db8::1]:8123", True),
        ("https://home.example", "home.example:8123", False),
        ("https://home.example.evil.example", "home.example", False),
        ("https://evil.example", "home.example", False),
        ("file://home.example", "home.example", False),
        ("null", "null", False),
        ("https://", "", False),
        ("home.example", "home.example", False),
    ],
)
def test_of_pages_in_a_browser_only_those_of_this_home_may_dial(origin: str, own_host: str, taken: bool) -> None:
    assert (refusal(CIMultiDict({**OPENING, "Origin": origin}), own_host) is None) is taken


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Upgrade": "h2c"}, 426),
        ({"Connection": "close"}, 426),
        ({"Connection": "Up\udc87grade"}, 426),
        ({"Connection": "Upgrade, \udc87"}, 426),
        ({"Sec-WebSocket-Version": "8"}, 426),
        ({"Sec-WebSocket-Version": "99"}, 426),
        ({"Sec-WebSocket-Key": ""}, 426),
        ({"Sec-WebSocket-Key": "é" * 24}, 426),
        ({"Sec-WebSocket-Key": "c2hvcnQ="}, 426),
        ({"Sec-WebSocket-Key": "\udce9" * 22 + "=="}, 426),
        ({"Origin": "https://example.org"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-WebSocket-Protocol": "chat"}, 400),
    ],
    ids=str,
)
def test_whatever_else_is_refused_before_the_upgrade_in_words_of_ours(change: dict[str, str], status: int) -> None:
    refused = refusal(CIMultiDict({**OPENING, **change}))
    assert refused is not None and refused.status == status
    assert not any(value in refused.text for value in change.values() if value)


@pytest.mark.parametrize("missing", ["Upgrade", "Connection", "Sec-WebSocket-Version", "Sec-WebSocket-Key"])
def test_nothing_of_it_may_be_missing(missing: str) -> None:
    assert refusal(CIMultiDict({name: value for name, value in OPENING.items() if name != missing})) is not None
