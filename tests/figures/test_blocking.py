"""The house in which the demo and every suite with a real `hass` live falls, with a word, when the integration blocks the event loop."""

from pathlib import Path

import pytest

from demo.house import house
from demo.processes import DemoError

_FLOWS = "/api/config/config_entries/flow"
_SPOILT = """

_step_user = ShelfsightConfigFlow.async_step_user


async def _reading_step_user(self, user_input=None):
    open(__file__).close()
    return await _step_user(self, user_input)


ShelfsightConfigFlow.async_step_user = _reading_step_user
"""


async def live_with_a_spoilt_flow(folder: Path) -> None:
    """Begin a flow that reads a file in the event loop; its code is read when the first flow begins."""
    async with house(folder) as home:
        with (folder / "config" / "custom_components" / "shelfsight" / "config_flow.py").open("a") as code:
            code.write(_SPOILT)
        assert (await home.post(_FLOWS, {"handler": "shelfsight"}))["type"] == "menu"


@pytest.mark.timeout(120)
async def test_an_integration_that_reads_a_file_in_the_event_loop_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match=r"blocked Home Assistant's event loop: .* call to open"):
        await live_with_a_spoilt_flow(tmp_path / "house")
