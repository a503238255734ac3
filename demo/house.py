"""A real Home Assistant in a fresh folder, onboarded and used over its own HTTP and WebSocket API."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
import json
from pathlib import Path
import secrets
import shutil
from typing import Any

import aiohttp

from .processes import ROOT, DemoError, Program, free_port, in_use, running

USERNAME = "demo"
_START_TIMEOUT_S = 90
_CONFIGURATION = """\
homeassistant:
  name: Demo
  latitude: 52.0
  longitude: 5.0
  unit_system: metric
  time_zone: UTC
  country: NL
  currency: EUR
  language: en
http:
  server_port: {port}
frontend:
zeroconf:
repairs:
diagnostics:
logger:
  default: warning
"""
_DEBUG = """\
  logs:
    custom_components.shelfsight: debug
"""
_LOCATION_IS_KNOWN = {"version": 4, "minor_version": 1, "key": "onboarding", "data": {"done": ["core_config"]}}


class House:
    """Home Assistant, signed in."""

    def __init__(self, url: str, token: str, password: str, http: aiohttp.ClientSession, program: Program) -> None:
        self.url = url
        self.password = password
        self.program = program
        self._token = token
        self._http = http

    async def post(self, path: str, body: dict[str, Any] | None = None, timeout_s: float = 60) -> Any:
        """POST as the user; the JSON answer.

        Raises:
            DemoError: Home Assistant did not agree; its words are in the text.
        """
        headers = {"Authorization": f"Bearer {self._token}"}
        wait = aiohttp.ClientTimeout(total=timeout_s)
        async with self._http.post(f"{self.url}{path}", json=body or {}, headers=headers, timeout=wait) as response:
            text = await response.text()
            if response.status >= 400:
                raise DemoError(f"Home Assistant answered {response.status} to {path}: {text[:300]}")
            return await response.json() if text else None

    async def get(self, path: str) -> Any:
        """GET as the user; the JSON answer."""
        async with self._http.get(f"{self.url}{path}", headers={"Authorization": f"Bearer {self._token}"}) as response:
            if response.status >= 400:
                raise DemoError(f"Home Assistant answered {response.status} to {path}")
            return await response.json()

    async def states(self) -> dict[str, dict[str, Any]]:
        """All states by entity id."""
        return {state["entity_id"]: state for state in await self.get("/api/states")}

    async def entity(self, unique_suffix: str) -> str:
        """The id of the integration's entity whose unique id ends so."""
        async with self.socket() as call:
            for entry in await call("config/entity_registry/list"):
                if entry["platform"] == "shelfsight" and entry["unique_id"].endswith(f"_{unique_suffix}"):
                    entity_id: str = entry["entity_id"]
                    return entity_id
        raise DemoError(f"the integration has no entity for {unique_suffix}")

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[Callable[..., Any]]:
        """Home Assistant's WebSocket API: a function that sends a command and gives its result."""
        async with self._signed_in() as ws:
            number = 0

            async def call(kind: str, **fields: Any) -> Any:
                nonlocal number
                number += 1
                await ws.send_json({"id": number, "type": kind, **fields})
                while True:
                    message = await ws.receive_json()
                    if message.get("id") == number and message["type"] == "result":
                        if not message["success"]:
                            raise DemoError(f"Home Assistant refused {kind}: {message['error']['message']}")
                        return message["result"]

            yield call

    @asynccontextmanager
    async def following(self, entity_id: str, changed: Callable[[dict[str, Any]], None]) -> AsyncIterator[None]:
        """While this lasts `changed` gets every new state of an entity, in order."""
        async with self._signed_in() as ws:
            await ws.send_json({"id": 1, "type": "subscribe_events", "event_type": "state_changed"})
            await ws.receive_json()

            async def follow() -> None:
                async for message in ws:
                    data = message.json()["event"]["data"]
                    if data["entity_id"] == entity_id and data["new_state"] is not None:
                        changed(data["new_state"])

            following = asyncio.create_task(follow(), name=f"following {entity_id}")
            try:
                yield
            finally:
                following.cancel()
                await asyncio.wait({following})

    @asynccontextmanager
    async def _signed_in(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        async with self._http.ws_connect(f"{self.url}/api/websocket", max_msg_size=0) as ws:
            await ws.receive_json()
            await ws.send_json({"type": "auth", "access_token": self._token})
            if (await ws.receive_json())["type"] != "auth_ok":
                raise DemoError("Home Assistant does not accept its own token")
            yield ws

    async def flow(self, wearable_id: str, timeout_s: float) -> dict[str, Any]:
        """The flow that discovery began for this wearable; there may be others in the network.

        Raises:
            DemoError: nothing was discovered in time.
        """
        deadline = asyncio.get_running_loop().time() + timeout_s
        async with self.socket() as call:
            while asyncio.get_running_loop().time() < deadline:
                for flow in await call("config_entries/flow/progress"):
                    if flow["handler"] == "shelfsight" and flow["context"].get("unique_id") == wearable_id:
                        return dict(flow)
                await asyncio.sleep(0.2)
        raise DemoError("Home Assistant did not discover the wearable over zeroconf")

    async def step(self, flow_id: str, answer: dict[str, Any]) -> dict[str, Any]:
        """One step of a config flow."""
        return dict(await self.post(f"/api/config/config_entries/flow/{flow_id}", answer))


@asynccontextmanager
async def house(
    folder: Path,
    port: int | None = None,
    components: Sequence[Path] = (),
    stored: Mapping[str, Any] | None = None,
    *,
    debug: bool = True,
) -> AsyncIterator[House]:
    """Start Home Assistant with the integration in `folder`, and onboard it; `components` are folders of further ones.

    `stored` is what it kept of an earlier life: files of its own storage, by name. With `debug` the integration logs everything.
    """
    port = port or free_port()
    if in_use(port):
        raise DemoError(f"port {port} is in use: is another Home Assistant running?")
    config = folder / "config"
    config.mkdir(parents=True)
    configuration = _CONFIGURATION.format(port=port) + (_DEBUG if debug else "")
    configuration += "".join(f"{component.name}:\n" for component in components)
    (config / "configuration.yaml").write_text(configuration, encoding="utf-8")
    # Where the house stands is in the configuration above; answering that step over HTTP would make Home Assistant fetch
    # its default integrations (radio, weather) from the internet.
    storage = config / ".storage"
    storage.mkdir()
    for name, content in {"onboarding": _LOCATION_IS_KNOWN, **(stored or {})}.items():
        (storage / name).write_text(json.dumps(content), encoding="utf-8")
    # As HACS does: the integration's folder alone.
    for component in (ROOT / "custom_components" / "shelfsight", *components):
        shutil.copytree(
            component, config / "custom_components" / component.name, ignore=shutil.ignore_patterns("__pycache__")
        )
    arguments = ["-m", "homeassistant", "--config", config, "--skip-pip", "--log-no-color"]
    # Not where the sources are: Python would find the integration there before the one that was installed.
    async with running("home assistant", arguments, folder, cwd=config) as program, aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{port}"
        await _wait_until_up(http, url, program)
        password = secrets.token_urlsafe(12)
        home = House(url, await _onboard(http, url, password), password, http, program)
        await _keep_port(home)
        yield home
    _blocks_nobody(program)  # it has ended: all that it had to say is in its log


def _blocks_nobody(program: Program) -> None:
    """Home Assistant watches for calls that block its event loop, and logs whose they are (homeassistant/util/loop.py).

    Raises:
        DemoError: the integration made some.
    """
    log = program.log.read_text(encoding="utf-8", errors="replace").splitlines()
    blocking = [line for line in log if "blocking call" in line and "integration 'shelfsight'" in line]
    if blocking:
        raise DemoError(f"the integration blocked Home Assistant's event loop: {blocking[0]}")


async def _wait_until_up(http: aiohttp.ClientSession, url: str, program: Program) -> None:
    deadline = asyncio.get_running_loop().time() + _START_TIMEOUT_S
    while asyncio.get_running_loop().time() < deadline:
        if not program.running:
            raise DemoError(f"Home Assistant ended: {program.last_words()}")
        try:
            async with http.get(f"{url}/api/onboarding") as response:
                if response.status == 200:
                    return
        except aiohttp.ClientError:
            pass  # not yet up
        await asyncio.sleep(0.1)
    raise DemoError(f"Home Assistant did not come up: {program.last_words()}")


async def _keep_port(home: House) -> None:
    """Confirm the port: Home Assistant takes a new HTTP configuration on trial and restarts without it after 5 minutes."""
    async with home.socket() as call:
        if (await call("http/config"))["pending"] is not None:
            await call("http/config/promote")


async def _onboard(http: aiohttp.ClientSession, url: str, password: str) -> str:
    """Create the first user and finish onboarding, as the browser does; the access token."""
    client = f"{url}/"
    user = {"client_id": client, "name": "Demo", "username": USERNAME, "password": password, "language": "en"}
    async with http.post(f"{url}/api/onboarding/users", json=user) as response:
        if response.status != 200:
            raise DemoError(f"Home Assistant refused to be onboarded ({response.status})")
        code = (await response.json())["auth_code"]
    form = {"client_id": client, "grant_type": "authorization_code", "code": code}
    async with http.post(f"{url}/auth/token", data=form) as response:
        token: str = (await response.json())["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    for step, body in (
        ("analytics", {}),
        ("integration", {"client_id": client, "redirect_uri": client}),
    ):
        async with http.post(f"{url}/api/onboarding/{step}", json=body, headers=headers) as response:
            if response.status != 200:
                raise DemoError(f"onboarding stopped at {step} ({response.status})")
    return token
