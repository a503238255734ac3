"""The stage: folders of Home Assistant as they are in two houses that differ by nothing but the integration and its wearable."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
import shutil
import time

from demo.house import house
from demo.processes import Program, running
from tests import pictures
from tests.rig.glasses import Glasses, wearing
from tests.rig.live import Live, live_server
from tests.rig.whole import pair

STOPWATCH = Path(__file__).parent / "stopwatch"
_DEBUG_LOG = "  logs:\n    custom_components.shelfsight: debug\n"
_START_LIMIT_S = 90


@dataclass(frozen=True, slots=True)
class Furnished:
    """Two folders with `configuration.yaml` and all that Home Assistant keeps. Either was started and stopped before."""

    with_us: Path
    without: Path

    @property
    def bytecode(self) -> Path:
        """Where Python keeps what it compiled, for both."""
        return self.with_us.parents[1] / "bytecode"


@asynccontextmanager
async def worn(folder: Path) -> AsyncIterator[tuple[Glasses, Live]]:
    """Glasses that want to be paired, and who answers what is asked with them."""
    async with live_server(folder / "live") as live, wearing("Glasses", "00c0ffee00000000", pictures.jpeg()) as glasses:
        yield glasses, live


async def furnish(folder: Path, glasses: Glasses, live: Live, configuration: str = "") -> Furnished:
    """Pair the glasses in one house and none in the other; both log as a house does that was not told how to.

    `configuration` is added to both houses' own.
    """
    async with (
        house(folder / "with", components=[STOPWATCH]) as home,
        house(folder / "without", components=[STOPWATCH]),  # at the same time: their ports differ
    ):
        await pair(home, glasses, live)
    made = Furnished(folder / "with" / "config", folder / "without" / "config")
    shutil.rmtree(made.without / "custom_components" / "shelfsight")
    for config in (made.with_us, made.without):
        path = config / "configuration.yaml"
        text = path.read_text(encoding="utf-8")
        assert _DEBUG_LOG in text
        path.write_text(text.replace(_DEBUG_LOG, "") + configuration, encoding="utf-8")
    return made


@dataclass(frozen=True, slots=True)
class Started:
    """What a start took, from the moment the process was asked for to EVENT_HOMEASSISTANT_STARTED; and the process."""

    took_s: float
    cpu_s: float
    """Of all threads, the interpreter's own start included."""
    full_collections: int
    """How often Python looked through all objects for garbage, and how long that took while the stopwatch ran."""
    full_collections_s: float
    sdk_imported: bool
    program: Program

    @property
    def pid(self) -> int:
        """The process."""
        return self.program._process.pid


@asynccontextmanager
async def started(config: Path, bytecode: Path) -> AsyncIterator[Started]:
    """Start Home Assistant in a furnished folder; it is stopped when the block is left."""
    # A start is not the first one: what Python compiles is kept, whatever whoever runs the tests wants to be kept elsewhere.
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(bytecode)}
    began_s = time.monotonic()
    arguments = ["-m", "homeassistant", "--config", config, "--skip-pip", "--log-no-color"]
    async with running("home assistant", arguments, config.parent, kept, cwd=config) as program:
        told = await program.event("started", timeout_s=_START_LIMIT_S)
        collected = told["full_collections"], told["full_collections_s"]
        yield Started(told["at_s"] - began_s, told["cpu_s"], *collected, told["sdk_imported"], program)
