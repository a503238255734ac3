"""Everything together: Home Assistant as a process, the Live server and paired glasses in this one."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import time
from typing import Any

from demo.house import House, house
from demo.processes import DemoError

from .glasses import Glasses, wearing
from .live import Live, live_server
from .pulse import Pulse, beating

_FLOWS = "/api/config/config_entries/flow"
_OPTIONS = "/api/config/config_entries/options/flow"


@dataclass(slots=True)
class Rig:
    """What a suite works with."""

    home: House
    lives: list[Live]
    """One Live server for each pair of glasses: what is ordered of a server happens to nobody else."""
    glasses: list[Glasses]
    entries: dict[str, str]
    """Home Assistant's entry of each pair of glasses, by name."""
    folder: Path
    pulse: Pulse

    async def choose(self, name: str, **options: Any) -> None:
        """Change options of one pair of glasses in Home Assistant's form; they are at home again when this returns."""
        began_s = time.monotonic()
        flow = await self.home.post(_OPTIONS, {"handler": self.entries[name]})
        form = await self.home.post(f"{_OPTIONS}/{flow['flow_id']}", {"next_step_id": "settings"})
        chosen = {section["name"]: _filled(section["schema"], options) for section in form["data_schema"]}
        if missing := options.keys() - {field for fields in chosen.values() for field in fields}:
            raise DemoError(f"the form has no {', '.join(missing)}")
        done = await self.home.post(f"{_OPTIONS}/{flow['flow_id']}", chosen)
        if done.get("type") != "create_entry":
            raise DemoError(f"the options were not taken: {done}")
        await next(each for each in self.glasses if each.name == name).event("connected", began_s, 20)

    def memory_bytes(self) -> int:
        """What Home Assistant's process has in memory (resident set, proc(5))."""
        pages = int(Path(f"/proc/{self.home.program._process.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def open_files(self) -> int:
        """How many files and sockets Home Assistant's process has open."""
        return len(list(Path(f"/proc/{self.home.program._process.pid}/fd").iterdir()))

    async def diagnostics(self, name: str) -> dict[str, Any]:
        """The integration's own figures for one pair of glasses."""
        answer = await self.home.get(f"/api/diagnostics/config_entry/{self.entries[name]}")
        data: dict[str, Any] = answer["data"]
        return data

    def home_log(self) -> str:
        """All that Home Assistant said so far."""
        return self.home.program.log.read_text(encoding="utf-8", errors="replace")


def _filled(fields: list[dict[str, Any]], changes: dict[str, Any]) -> dict[str, Any]:
    """A section of a form as it was shown, with changes; fields that were empty stay so."""
    shown = {
        field["name"]: (field.get("description") or {}).get("suggested_value", field.get("default")) for field in fields
    }
    wanted = {name: changes.get(name, value) for name, value in shown.items()}
    return {name: value for name, value in wanted.items() if value is not None}


@asynccontextmanager
async def rig(
    folder: Path, jpeg: bytes, count: int = 1, components: Sequence[Path] = (), **live_options: Any
) -> AsyncIterator[Rig]:
    """Start all of it and pair `count` glasses through the config flow; they look at `jpeg`.

    `components` are further ones for Home Assistant.
    """
    async with house(folder / "house", components=components) as home, AsyncExitStack() as running, beating() as pulse:
        whole = Rig(home, [], [], {}, folder, pulse)
        for number in range(count):
            name = f"Glasses {number}"
            live = await running.enter_async_context(live_server(folder / f"live{number}", **live_options))
            glasses = await running.enter_async_context(wearing(name, f"00c0ffee0000{number:04x}", jpeg))
            whole.lives.append(live)
            whole.glasses.append(glasses)
            whole.entries[name] = await pair(home, glasses, live)
            live.log.forget()
        yield whole


async def pair(home: House, glasses: Glasses, live: Live) -> str:
    """Pair by the wearable's address, as somebody does without mDNS; the entry's id.

    Raises:
        DemoError: a step of the flow was not as it should be.
    """
    began_s = time.monotonic()
    port = (await glasses.event("pairing", 0, 10)).details["port"]
    flow = await home.post(_FLOWS, {"handler": "shelfsight"})
    flow_id = flow["flow_id"]
    await home.step(flow_id, {"next_step_id": "pair"})
    await home.step(flow_id, {"host": "127.0.0.1", "port": port})
    await home.step(flow_id, {"next_step_id": "local"})
    where = {"host": live.server.host, "port": live.server.port, "api_key": live.key}
    step = await home.step(flow_id, where)
    if step.get("step_id") != "certificate":
        raise DemoError(f"the Live server was not taken: {step}")
    step = await home.step(flow_id, {})
    if step.get("step_id") != "digits":
        raise DemoError(f"the flow did not come to the digits: {step}")
    shown = "".join(character for character in step["description_placeholders"]["digits"] if character.isdigit())
    if shown != (await glasses.event("pairing_digits", began_s, 10)).details["digits"]:
        raise DemoError("the digits differ")
    await glasses.tap()
    done = await home.step(flow_id, {})
    if done.get("type") != "create_entry":
        raise DemoError(f"the flow did not end with an entry: {done}")
    await glasses.event("connected", began_s, 20)
    entry: str = done["result"]["entry_id"]
    return entry
