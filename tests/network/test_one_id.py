"""Two wearables with one id, as a copied card makes them: both ends say so, and pairing one of them anew puts it right."""

import asyncio
from pathlib import Path
import shutil

import pytest

from tests import pictures

from .figures import tell
from .household import ANSWER_TIMES, Household, household
from .worn import Desk, desk, now_ms

_QUARREL_S = 35
_REPAIRED_WITHIN_S = 150


@pytest.mark.timeout(300)
async def test_two_wearables_with_one_id_are_noticed_at_both_ends_and_put_right_by_pairing_one_anew(
    tmp_path: Path,
) -> None:
    camera = tmp_path / "view.jpg"
    camera.write_bytes(pictures.jpeg())
    async with (
        household(tmp_path) as home,
        desk(home.network.host(10), "First", tmp_path / "first", camera) as first,
    ):
        await home.pair(first)
        shutil.copytree(tmp_path / "first" / "state", tmp_path / "second" / "state")
        began_ms = now_ms()
        samples = first.heard_samples()
        async with desk(home.network.host(11), "Second", tmp_path / "second", camera) as second:
            await second.event("connected", since_ms=began_ms, timeout_s=30)
            gone = await first.event("disconnected", since_ms=began_ms, timeout_s=10)
            assert gone["reason"] == "replaced"
            await first.event("replaced", since_ms=began_ms, timeout_s=5)
            await asyncio.sleep(3)
            assert first.said_since(samples), "the person heard nothing of it"
            issue = await _repair_issue(home, began_ms)
            links = len(first.since(began_ms, "connected")) + len(second.since(began_ms, "connected"))
            tell(
                f"\ntwo wearables with one id: {links} links in {(now_ms() - began_ms) / 1000:.0f} s until the repair {issue!r}"
            )
            warnings = [line for line in home.log().splitlines() if "WARNING" in line and "shelfsight" in line]
            assert any(first.state()["id"] in line for line in warnings), warnings
            assert second.since(began_ms, "replaced"), "the second was never told"

            # The person puts it right: the second is paired anew, with an id of its own.
            shutil.rmtree(tmp_path / "second" / "state")
            await second.do("quit")
            await second.process.process.wait()
        mended_ms = now_ms()
        async with desk(home.network.host(12), "Second", tmp_path / "second", camera) as second:
            await home.pair(second)
            assert second.state()["id"] != first.state()["id"]
            await first.event("connected", since_ms=mended_ms - 60_000, timeout_s=60)
            await asyncio.sleep(_QUARREL_S)
            assert not first.since(now_ms() - _QUARREL_S * 1000, "disconnected")
            assert not second.since(now_ms() - _QUARREL_S * 1000, "disconnected")
            await asyncio.gather(_answered(first, 1), _answered(second, 2))


async def _repair_issue(home: Household, began_ms: float) -> str:
    while (now_ms() - began_ms) / 1000 < _REPAIRED_WITHIN_S:
        async with home.home.socket() as call:
            issues = (await call("repairs/list_issues"))["issues"]
        for issue in issues:
            if issue["domain"] == "shelfsight":
                return str(issue["issue_id"])
        await asyncio.sleep(1)
    raise AssertionError("Home Assistant raised no repair issue")


async def _answered(glasses: Desk, number: int) -> None:
    asked_ms = await glasses.ask(number)
    answer = await glasses.event("answer", since_ms=asked_ms, timeout_s=40)
    assert glasses.numbers_in(answer) == [number] * ANSWER_TIMES, glasses.story()
