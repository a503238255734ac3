"""Houses in which Home Assistant, and only it, runs on another interpreter and with another SDK than the tests."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
import sys
from unittest import mock

from aiohttp import web
import pytest

from demo import house as house_room
from demo.processes import ROOT, running
from tests.clients.environments import NotToBeHadError, sdk_beside_home_assistant

NEWEST_HOME = ROOT / ".tools" / "latest" / "bin" / "python"
"""Made by scripts/setup of requirements/latest.txt."""


@dataclass(frozen=True, slots=True)
class Versions:
    """What a house runs on. `sdk` is a folder that is put before the environment's packages; None where its own is used."""

    python: Path
    home_assistant: str
    google_genai: str
    sdk: Path | None = None

    def __str__(self) -> str:
        return f"Home Assistant {self.home_assistant} with google-genai {self.google_genai}"


def everyday_home(sdk: tuple[str, Path] | None) -> Versions:
    """The Home Assistant of the everyday run."""
    return Versions(Path(sys.executable), "2026.10.4", *(sdk or ("2.25.0", None)))


def newest_home(sdk: tuple[str, Path] | None) -> Versions:
    """The newest Home Assistant. Skips the test where scripts/setup has not made its environment."""
    if not NEWEST_HOME.exists():
        pytest.skip("there is no .tools/latest: scripts/setup test latest makes it")
    return Versions(NEWEST_HOME, "2026.11.0", *(sdk or ("2.25.0", None)))


def newest_sdk() -> tuple[str, Path]:
    """Version and folder of the newest google-genai of the range that the integration takes."""
    try:
        return sdk_beside_home_assistant()
    except NotToBeHadError as error:
        pytest.fail(str(error), pytrace=False)


@contextmanager
def houses_on(versions: Versions, **environment: str) -> Iterator[None]:
    """While this lasts, `demo.house` starts Home Assistant with these versions and further environment variables."""
    if versions.sdk is not None:
        environment["PYTHONPATH"] = str(versions.sdk)
    starts = partial(running, python=versions.python, environment=environment)
    with mock.patch.object(house_room, "running", starts):
        yield


class Google:
    """As much of the Gemini API as core's Google integration needs to be set up: its models, for any key."""

    _MODELS = ("gemini-3.1-flash-lite", "gemini-3.8-flash")

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def serve(self) -> AsyncIterator[str]:
        """The address, for as long as it is iterated."""
        application = web.Application()
        application.router.add_get("/{version}/models", self._models)
        application.router.add_get("/{version}/models/{name}", self._model)
        runner = web.AppRunner(application)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    def _told(self, name: str) -> dict[str, object]:
        return {
            "name": f"models/{name}",
            "displayName": name,
            "supportedGenerationMethods": ["generateContent"],
            "inputTokenLimit": 1_000_000,
            "outputTokenLimit": 65_536,
        }

    async def _models(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        return web.json_response({"models": [self._told(name) for name in self._MODELS]})

    async def _model(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        return web.json_response(self._told(request.match_info["name"]))
