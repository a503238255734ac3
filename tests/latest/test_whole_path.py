"""The demo, with the newest Home Assistant and the newest SDK: discovered, paired, asked aloud and in writing, answered right."""

from pathlib import Path

import pytest

from demo.scenario import Result, Wish, play
from demo.timeline import Timeline

from .houses import houses_on, newest_home, newest_sdk
from .test_versions import tell


@pytest.mark.timeout(300)
async def test_the_demo_does_what_it_should_on_the_newest_of_both(tmp_path: Path) -> None:
    versions, result = newest_home(newest_sdk()), Result()
    with houses_on(versions):
        await play(Wish(tmp_path / "output"), tmp_path, result, Timeline())
    assert not result.problems
    assert result.discovered and result.paired and result.live_sessions == 1
    places = [(asked.found, asked.shelf, asked.shelf_count) for asked in result.questions]
    assert places == [(True, 3, 5), (True, 4, 5)]
    assert result.action is not None and result.action["found"]
    tell(f"{versions}: the demo's three questions answered right")
