"""Real Home Assistants of other versions answer questions; and beside core's Google integration, with which they share one SDK.

Home Assistant runs as a process on the interpreter of its own environment; the glasses (their real logic) and the Live server run in
this process. Google itself is not there: core's integration is told of its models by a small server in its place, and ours asks the
Live server.
"""

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
import time

import pytest

from demo.house import House
from tests import pictures
from tests.rig.board import Speech
from tests.rig.whole import Rig, rig

from .houses import Google, Versions, everyday_home, houses_on, newest_home, newest_sdk

pytestmark = pytest.mark.timeout(300)

_VERSIONS = Path(__file__).parent / "versions"
_FLOWS = "/api/config/config_entries/flow"
_ENTRIES = "/api/config/config_entries/entry?domain="
CORES = "google_generative_ai_conversation"


async def ask_aloud(whole: Rig, number: int) -> None:
    """A question with a press, whose answer is heard."""
    glasses, began_s = whole.glasses[0], time.monotonic()
    await glasses.tap(Speech(number, before_ms=100, voiced_ms=1200))
    answer = await glasses.event("answer", began_s, 30)
    sound = next(sound for sound in glasses.heard if sound.turn == answer.details["turn"])
    assert sound.answers == [number], glasses.story(began_s)


async def ask_in_writing(home: House, number: int) -> None:
    """The action, as an automation calls it."""
    body = {"question": f"Where is thing {number}?", "speak": False, "timeout": 30}
    answer = (await home.post("/api/services/shelfsight/ask?return_response", body))["service_response"]
    assert (answer["answer"], answer["found"], answer["shelf_count"]) == (str(number), True, 5)


async def states_of(home: House, domain: str) -> list[str]:
    """The states of a domain's entries."""
    return [entry["state"] for entry in await home.get(f"{_ENTRIES}{domain}")]


def complaints(whole: Rig) -> list[str]:
    """Lines of Home Assistant's log that are errors, or that our code caused."""
    return [line for line in whole.home_log().splitlines() if " ERROR " in line or "Traceback" in line]


def tell(text: str) -> None:
    """The suite's result."""
    print(f"\n{text}")  # noqa: T201


@pytest.fixture(params=["newest SDK", "newest Home Assistant", "newest of both"])
def versions(request: pytest.FixtureRequest) -> Versions:
    """What the everyday run does not run on."""
    sdk = None if request.param == "newest Home Assistant" else newest_sdk()
    return everyday_home(sdk) if request.param == "newest SDK" else newest_home(sdk)


@pytest.fixture
async def google() -> AsyncIterator[tuple[Google, str]]:
    """Somebody in Google's place, and the address."""
    one = Google()
    async with aclosing(one.serve()) as addresses:
        async for url in addresses:
            yield one, url
            break


async def test_questions_are_answered_also_beside_cores_google_integration(
    versions: Versions, google: tuple[Google, str], tmp_path: Path
) -> None:
    asked, url = google
    with houses_on(versions, GOOGLE_GEMINI_BASE_URL=url):
        async with rig(tmp_path, pictures.jpeg(), components=[_VERSIONS]) as whole:
            home = whole.home
            await ask_aloud(whole, 11)
            await ask_in_writing(home, 12)
            runs = await home.get("/api/versions")
            assert (runs["home_assistant"], runs["google_genai"]) == (versions.home_assistant, versions.google_genai)
            assert asked.asked == [], "ours asks nobody but its Live server"

            flow = await home.post(_FLOWS, {"handler": CORES})
            done = await home.step(flow["flow_id"], {"api_key": "any"})
            assert done["type"] == "create_entry", done
            assert await states_of(home, CORES) == ["loaded"]
            assert asked.asked, "core's integration was told of models"
            assert any(name.startswith("conversation.google") for name in await home.states())

            await ask_aloud(whole, 13)
            await ask_in_writing(home, 14)
            await home.post(f"/api/config/config_entries/entry/{whole.entries['Glasses 0']}/reload")
            assert await states_of(home, "shelfsight") == ["loaded"]
            assert await home.get("/api/versions") == runs, "both use the one SDK"
            assert complaints(whole) == []
    tell(
        f"{versions}: 4 questions answered, 2 of them beside core's Google integration; one SDK, {runs['google_genai_file']}"
    )
