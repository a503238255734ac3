"""What the suite works with: a real Home Assistant with paired glasses, a Live server that says what it is told to, a browser."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
import io
import json
from pathlib import Path
import time
from typing import Any

import aiohttp

from demo.house import USERNAME, House, house
from demo.processes import DemoError
from drawn_shelves import DEFAULT, draw
from local_live.brain import Answer, Place
from local_live.server import serve
from tests.rig.coded_sound import tones
from tests.rig.glasses import Glasses, wearing
from tests.rig.live import Live, LiveLog
from tests.rig.whole import pair

from .chromium import Browser, chromium
from .page import Page, page

HISTORY = Path(__file__).parent / "keeps_history"
WEARABLE_ID = "00c0ffee0000cafe"
NAME = "Glasses"
CARD = "card() && !part('ha-card').hidden"
"""True when there is a card with something in it."""
QUESTION = "Where is the gluten free bread?"
_FLOWS = "/api/config/config_entries/flow"


def _shelves() -> tuple[bytes, Answer]:
    """A drawn shelf, and the truth about the bread on it."""
    picture, truth = draw(DEFAULT)
    wanted = next(product for product in truth.products if product.name == "gluten free bread")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    ymin, xmin, ymax, xmax = wanted.box
    middle = (xmin + xmax) / 2000
    side = (
        "far left"
        if middle < 0.2
        else "left"
        if middle < 0.4
        else "middle"
        if middle < 0.6
        else "right"
        if middle < 0.8
        else "far right"
    )
    place = Place(
        True, wanted.name, wanted.shelf, truth.shelf_count, "top", side, "", None, 0.94, (ymin, xmin, ymax, xmax)
    )
    ordinal = ("First", "Second", "Third", "Fourth", "Fifth")[wanted.shelf - 1]
    text = f"{ordinal} shelf of five from the top, {side}, a {wanted.colour} {wanted.form}."
    return out.getvalue(), Answer("", text, place)


@dataclass(slots=True)
class Oracle:
    """Answers whatever is asked with what it was told to say."""

    answer: Answer
    thinks: asyncio.Event
    """Nothing is said while it is not set."""
    asked: list[str] = field(default_factory=list)

    def look(self, jpeg: bytes) -> None:
        """It knows already."""

    async def answer_sound(self, pcm_16k: bytes) -> Answer:
        """The same, whatever was said."""
        await self.thinks.wait()
        return self.answer

    async def answer_text(self, question: str) -> Answer:
        """The same."""
        self.asked.append(question)
        await self.thinks.wait()
        return self.answer

    def close(self) -> None:
        """Nothing runs."""


@dataclass(slots=True)
class Stage:
    """Everything, running."""

    home: House
    glasses: Glasses
    oracle: Oracle
    answer: Answer
    browser: Browser
    live: Live
    entry: str
    cameras_entry: str
    tokens: str

    async def device(self, entry: str) -> str:
        """The id of an entry's device."""
        async with self.home.socket() as call:
            for one in await call("config/device_registry/list"):
                if entry in one["config_entries"]:
                    device: str = one["id"]
                    return device
        raise DemoError("the entry has no device")

    async def entity(self, entry: str, platform: str, key: str) -> str:
        """The id of an entry's entity."""
        async with self.home.socket() as call:
            for one in await call("config/entity_registry/list"):
                if (
                    one["config_entry_id"] == entry
                    and one["entity_id"].startswith(f"{platform}.")
                    and one["unique_id"].endswith(f"_{key}")
                ):
                    entity: str = one["entity_id"]
                    return entity
        raise DemoError(f"the entry has no {platform} for {key}")

    async def dashboard(self, path: str, *cards: dict[str, Any]) -> str:
        """Make a dashboard over the WebSocket API; its path. No resource is added."""
        async with self.home.socket() as call:
            if path not in [one["url_path"] for one in await call("lovelace/dashboards/list")]:
                await call("lovelace/dashboards/create", url_path=path, title=path, mode="storage")
            view = {
                "title": "Home",
                "path": "home",
                "type": "sections",
                "sections": [{"type": "grid", "cards": list(cards)}],
            }
            other = {"title": "Other", "path": "other", "cards": []}
            await call("lovelace/config/save", url_path=path, config={"views": [view, other]})
        return f"/{path}/home"

    async def card_of_the_glasses(self, path: str, **configuration: Any) -> str:
        """A dashboard with one card, of the glasses; its path."""
        card = {"type": "custom:shelfsight-card", "device_id": await self.device(self.entry), **configuration}
        return await self.dashboard(path, card)

    @asynccontextmanager
    async def showing(self, path: str, language: str = "en", **view: Any) -> AsyncIterator[Page]:
        """A page of somebody who is signed in, at this path; with no script's error in it when the block is left."""
        kept = {"hassTokens": self.tokens, "selectedLanguage": f'"{language}"'}
        async with page(self.browser, self.home.url, kept) as shown:
            await shown.view(**view)
            await shown.open(f"{self.home.url}{path}")
            yield shown
            assert shown.mishaps == []

    @contextmanager
    def thinking(self) -> Iterator[None]:
        """While this lasts nothing is answered."""
        self.oracle.thinks.clear()
        try:
            yield
        finally:
            self.oracle.thinks.set()

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """While this lasts the glasses have no network; they are at home again when the block is left."""
        self.glasses.cable.unplugged = True
        self.glasses.cable.cut()
        try:
            yield
        finally:
            began_s = time.monotonic()
            self.glasses.cable.unplugged = False
            await self.glasses.event("connected", began_s, 40)

    @asynccontextmanager
    async def disabled(self) -> AsyncIterator[None]:
        """While this lasts the glasses' entry is disabled; they are at home again when the block is left."""
        async with self.home.socket() as call:
            await call("config_entries/disable", entry_id=self.entry, disabled_by="user")
            try:
                yield
            finally:
                began_s = time.monotonic()
                await call("config_entries/disable", entry_id=self.entry, disabled_by=None)
                await self.glasses.event("connected", began_s, 60)


async def sign_in(home: House) -> str:
    """What the frontend keeps of somebody who has signed in, as JSON."""
    client = f"{home.url}/"
    async with aiohttp.ClientSession(raise_for_status=True) as http:
        begin = {"client_id": client, "handler": ["homeassistant", None], "redirect_uri": client}
        async with http.post(f"{home.url}/auth/login_flow", json=begin) as response:
            flow = (await response.json())["flow_id"]
        who = {"client_id": client, "username": USERNAME, "password": home.password}
        async with http.post(f"{home.url}/auth/login_flow/{flow}", json=who) as response:
            code = (await response.json())["result"]
        form = {"client_id": client, "grant_type": "authorization_code", "code": code}
        async with http.post(f"{home.url}/auth/token", data=form) as response:
            tokens = await response.json()
    expires = int((time.time() + tokens["expires_in"]) * 1000)
    return json.dumps({**tokens, "hassUrl": home.url, "clientId": client, "expires": expires})


async def add_entry(home: House, live: Live, kind: str, **first: Any) -> str:
    """An entry of another kind than paired glasses, as somebody makes it by hand; its id. `first` is for its first form."""
    flow = (await home.post(_FLOWS, {"handler": "shelfsight"}))["flow_id"]
    step = await home.step(flow, {"next_step_id": kind})
    where = {"host": live.server.host, "port": live.server.port, "api_key": live.key}
    forms = {kind: first, "local": where, "certificate": {}, "addresses": {}}
    while step["type"] in {"menu", "form"}:
        if step.get("errors"):
            raise DemoError(f"the entry was not made: {step}")
        step = await home.step(flow, {"next_step_id": "local"} if step["type"] == "menu" else forms[step["step_id"]])
    entry: str = step["result"]["entry_id"]
    return entry


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    """Start all of it."""
    jpeg, answer = _shelves()
    oracle, log, key = Oracle(answer, asyncio.Event()), LiveLog(), "key-of-the-browser-suite"
    oracle.thinks.set()
    server = await serve(
        "127.0.0.1", 0, folder / "live", lambda: oracle, key=key, voice=lambda _text: tones("7", 3), max_sessions=16
    )
    async with (
        server,
        house(folder / "house", components=[HISTORY]) as home,
        wearing(NAME, WEARABLE_ID, jpeg) as glasses,
        chromium(folder / "chromium") as browser,
    ):
        live = Live(server, log, key)
        entry = await pair(home, glasses, live)
        cameras = await add_entry(home, live, "cameras")
        yield Stage(home, glasses, oracle, answer, browser, live, entry, cameras, await sign_in(home))
