"""One stage for the whole suite: Home Assistant, glasses, a Live server and a browser take longer to come up than a test."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from .axe import NotToBeHadError, checker
from .chromium import program
from .phone_stage import PhoneStage, phone_stage
from .staging import Stage, stage

PICTURES = Path(__file__).parents[2] / "docs"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The pictures of the documentation are made by this suite, when they are wanted."""
    parser.addoption("--save-pictures", action="store_true", help="write docs/card-*.png and docs/phone-*.png")


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def on_stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Everything, running."""
    if program() is None:
        pytest.skip("Chromium is not installed (Debian: chromium)")
    async with stage(tmp_path_factory.mktemp("browser")) as everything:
        yield everything
        log = everything.home.program.log.read_text(encoding="utf-8", errors="replace")
        assert "Traceback" not in log


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def phones(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PhoneStage]:
    """Everything for the phone's page, running."""
    if program() is None:
        pytest.skip("Chromium is not installed (Debian: chromium)")
    async with phone_stage(tmp_path_factory.mktemp("phones")) as everything:
        yield everything
        log = everything.home.program.log.read_text(encoding="utf-8", errors="replace")
        assert "Traceback" not in log


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def axe() -> str:
    """The accessibility checker."""
    try:
        return await asyncio.to_thread(checker)
    except NotToBeHadError as error:
        pytest.skip(f"axe-core: {error}")


@pytest.fixture
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder that photographs go to: the documentation's if they are to be kept."""
    return PICTURES if request.config.getoption("--save-pictures", default=False) else tmp_path
