"""Every field of every step with what nobody should type, over Home Assistant's own HTTP: an error at that field, and a clean log.

Fields are walked as the steps show them: a field or a step that nobody has thought of here fails the test.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from ipaddress import ip_address
import json
import logging
from pathlib import Path
from typing import Any, Final

from aiohttp.test_utils import TestClient
import probatio as vol
import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.auth.models import User
from homeassistant.config_entries import SOURCE_ZEROCONF
from homeassistant.core import HomeAssistant
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from homeassistant.setup import async_setup_component

from custom_components.shelfsight.form_fields import PORT
from custom_components.shelfsight.nearby import FoundServer
from custom_components.shelfsight.options import Options, options_of
from custom_components.shelfsight.typed import read_fields, read_host, read_port
from local_live.server import Server
from tests.home.flows import as_gemini, leave_nothing
from tests.home.plain import STREAM_ID, STREAM_KEY

WORDS = json.loads(
    (Path(__file__).parents[2] / "custom_components/shelfsight/translations/en.json").read_text(encoding="utf-8")
)
CONFIG: Final = "/api/config/config_entries/flow"
OPTIONS: Final = "/api/config/config_entries/options/flow"
GEMINI: Final = {"api_key": "right", "model": "gemini-3.8-live"}
OWN_MODE: Final = {"name": "Short", "instructions": "Answer in three words."}

LONG: Final = "x" * 10_000
NUL, ESCAPE, TURNED = "a\x00b", "\x1b[31mred", "\u202eoneuq"
# What no form can mean, whatever it asks for.
NO_TEXT: Final = (None, 5, 1.5, True, [], ["x"], {}, {"a": "b"})
ODD: Final = (LONG, NUL, ESCAPE, TURNED)
RIGHT_TO_LEFT, EMOJI = (
    "نظارات المتجر",
    "👩‍🦯 🛒",
)  # a woman with a white cane, joined by a character that cannot be seen
# What each kind of field must refuse, and what it must take although it looks odd.
REFUSED: Final[dict[str, tuple[Any, ...]]] = {
    "name": (*NO_TEXT, *ODD, "", " \n\t ", "n" * 41),
    "mode name": (*NO_TEXT, *ODD, "", "?!", EMOJI, "Find a thing", "n" * 41),
    "instructions": (*NO_TEXT, *ODD[1:], "", "  ", "x" * 2001, LONG),
    "host": (
        *NO_TEXT, *ODD, "", "  ", RIGHT_TO_LEFT, EMOJI, "http://192.0.2.1", "192.0.2.1:8443", "a b", "256.1.1.1", "-a.local",
        "a..b", "fe80::1%eth0", "[::1", "a" * 64, "user@host", "host/path", "1",
    ),
    "port": (None, "8443", "", True, [], {}, 0, -1, 65_536, 8443.5, 10**18, 1e300),
    "key": (*NO_TEXT, *ODD, "", "  ", RIGHT_TO_LEFT, EMOJI, "two words", "k" * 201),
    "optional key": (*NO_TEXT, *ODD, RIGHT_TO_LEFT, EMOJI, "two words", "k" * 201),
    "model": (*NO_TEXT, *ODD, "", RIGHT_TO_LEFT, EMOJI, "a model", "../gemini", "m" * 101),
    "choice": (*NO_TEXT, *ODD, "", "nothing that is offered", RIGHT_TO_LEFT, EMOJI),
    "flag": (None, 0, 1, "true", "no", "", [], {}, LONG, NUL),
    "language": (*NO_TEXT, *ODD, "English please", "e", "en-", RIGHT_TO_LEFT, EMOJI, "en" + "-a" * 17),
    "voice": (*NO_TEXT, *ODD, "", "light.kitchen", "tts.nobody", "tts.", "0" * 32, RIGHT_TO_LEFT, EMOJI),
    "number": (None, "8", "", True, [], {}, -1, 2.5, 10**9, 10**18, -1e300),
    "shown": NO_TEXT,
}  # fmt: skip
REFUSED |= {"needed language": (*REFUSED["language"], "")}

KINDS: Final = {
    "pair": {"host": "host", "port": "port"},
    "phone": {"name": "name", "user_id": "choice"},
    "streams": {"name": "name"},
    "addresses": dict.fromkeys(("key", "video", "audio", "speaker", "button"), "shown"),
    "reuse": {"answerer": "choice"},
    "gemini": {"api_key": "key", "model": "model"},
    "servers": {"server": "choice"},
    "local": {"host": "host", "port": "port", "api_key": "optional key", "follows_instructions": "flag"},
    "reauth_confirm": {"api_key": "key", "everywhere": "flag"},
    # The options.
    "settings": {
        "mode": "choice", "language": "language", "voice": "choice", "verbosity": "choice", "units": "choice",
        "turn_end": "choice", "follow_up_s": "number", "session_limit_s": "number", "session_limit_tokens": "number",
        "compression_tokens": "number", "rotate_after_s": "number", "fallback_generate": "flag", "fallback_local": "flag",
        "tts_entity": "voice", "llm_api": "choice", "places_by_second_call": "flag", "translate_from": "needed language",
        "translate_to": "needed language", "keep_words": "flag", "record_media": "flag",
    },
    "plain streams": {**dict.fromkeys(("key", "video", "audio", "speaker", "button"), "shown"), "renew": "flag"},
    "add_mode": {"name": "mode name", "instructions": "instructions"},
    "edit_mode": {"mode": "choice"},
    "edit_mode_text": {"name": "mode name", "instructions": "instructions"},
    "remove_mode": {"mode": "choice"},
}  # fmt: skip
# What stands in the fields that suggest nothing.
GOOD: Final = {
    "host": "192.0.2.1", "port": 8443, "name": "Webcam", "api_key": "right", "instructions": "Answer in three words.",
    "mode": "own_short",
}  # fmt: skip


class Step:
    """A step of a flow over HTTP, and how to get to the next."""

    def __init__(self, client: TestClient, path: str, shown: dict[str, Any]) -> None:
        self._client = client
        self._path = path
        self.shown = shown

    @classmethod
    async def begin(cls, client: TestClient, path: str, handler: str) -> Step:
        response = await client.post(path, json={"handler": handler})
        assert response.status == HTTPStatus.OK, await response.text()
        return cls(client, path, await response.json())

    async def post(self, values: Any) -> tuple[int, Any]:
        """Send this; NaN and infinity as JavaScript would write them, which is no JSON."""
        response = await self._client.post(
            f"{self._path}/{self.shown['flow_id']}",
            data=json.dumps(values),
            headers={"Content-Type": "application/json"},
        )
        return response.status, await response.json()

    async def go(self, **values: Any) -> Step:
        status, self.shown = await self.post(values)
        assert status == HTTPStatus.OK and not self.shown.get("errors"), self.shown
        return self

    async def ways(self, *ways: str) -> Step:
        for way in ways:
            await self.go(next_step_id=way)
        return self

    async def leave(self) -> None:
        """Close the flow, which must still be there."""
        response = await self._client.delete(f"{self._path}/{self.shown['flow_id']}")
        assert response.status == HTTPStatus.OK, await response.text()

    def fields(self) -> dict[str, str]:
        """All fields, and the section of each; empty where there is none."""
        return {
            field["name"]: part["name"] if part is not field else ""
            for part in self.shown["data_schema"]
            for field in part.get("schema", [part])
        }

    def good(self) -> dict[str, Any]:
        """What the form would send if nothing but this were wrong."""
        values: dict[str, Any] = {}
        for part in self.shown["data_schema"]:
            inner = {field["name"]: _shown(field) for field in part.get("schema", [part])}
            inner = {name: value for name, value in inner.items() if value is not None}
            values |= {part["name"]: inner} if "schema" in part else inner
        return values


def _shown(field: dict[str, Any]) -> Any:
    value = field.get("default", (field.get("description") or {}).get("suggested_value"))
    return value if value is not None else GOOD.get(field["name"])


async def _refuses(step: Step, name: str, section: str, value: Any) -> str | None:
    """Send one wrong value; what is wrong with the answer, or None."""
    values = step.good()
    (values[section] if section else values)[name] = value
    status, answer = await step.post(values)
    if status == HTTPStatus.BAD_REQUEST:
        told = json.dumps(answer)
        # Home Assistant tells of fields in sections by their path.
        return None if f'"{name}"' in told or f"'{section}.{name}" in told else f"elsewhere: {told}"
    if status != HTTPStatus.OK:
        return f"status {status}: {answer}"
    errors = answer.get("errors") or {}
    if answer.get("step_id") != step.shown["step_id"] or name not in errors:
        return f"taken: {str(answer)[:200]}"
    words = WORDS["options" if "options" in step._path else "config"]["error"]
    return None if set(errors) <= {name, section} and set(errors.values()) <= set(words) else f"told as {errors}"


type Open = Callable[[], Awaitable[Step]]


@pytest_asyncio.fixture(autouse=True)
async def _unload(hass: HomeAssistant) -> AsyncIterator[None]:
    yield
    await leave_nothing(hass)


@pytest_asyncio.fixture
async def entry(hass: HomeAssistant, live: Server, monkeypatch: pytest.MonkeyPatch) -> MockConfigEntry:
    """An entry that has every field in its options."""
    as_gemini(live, monkeypatch)
    made = MockConfigEntry(
        domain="shelfsight",
        title="Webcam",
        unique_id=STREAM_ID,
        data={"stream_id": STREAM_ID, "stream_key": STREAM_KEY, "name": "Webcam", "answerer": GEMINI},
        options={"own_modes": [OWN_MODE]},
    )
    made.add_to_hass(hass)
    assert await hass.config_entries.async_setup(made.entry_id)
    return made


@pytest_asyncio.fixture
async def client(hass: HomeAssistant, entry: MockConfigEntry, hass_client: Any) -> TestClient:
    """Of an administrator. A server of tests takes no more paths once it runs, which Home Assistant's own does."""
    assert await async_setup_component(hass, "config", {})
    return await hass_client()


@pytest.fixture
def steps(
    hass: HomeAssistant,
    client: TestClient,
    entry: MockConfigEntry,
    hass_owner_user: User,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Open]:
    """How to get to each step that has fields."""

    async def nearby(_hass: HomeAssistant) -> list[FoundServer]:
        return [FoundServer("Attic", "192.0.2.9", 8443, wants_key=True, follows_instructions=False)]

    monkeypatch.setattr("custom_components.shelfsight.answerer_flow.find_servers", nearby)

    def config(*ways: str) -> Open:
        async def begin() -> Step:
            return await (await Step.begin(client, CONFIG, "shelfsight")).ways(*ways)

        return begin

    def options(*ways: str) -> Open:
        async def begin() -> Step:
            return await (await Step.begin(client, OPTIONS, entry.entry_id)).ways(*ways)

        return begin

    async def local() -> Step:
        return await (await config("cameras", "local")()).go(server="typed")

    async def addresses() -> Step:
        step = await (await config("streams")()).go(name="Another")
        return await (await step.ways("reuse")).go(answerer=entry.entry_id)

    async def reauth() -> Step:
        other = MockConfigEntry(domain="shelfsight", title="Kitchen", data={"answerer": GEMINI})
        other.add_to_hass(hass)
        flow = await entry.start_reauth_flow(hass)
        shown = await (await client.get(f"{CONFIG}/{flow['flow_id']}")).json()
        return Step(client, CONFIG, shown)

    async def edit_mode_text() -> Step:
        return await (await options("edit_mode")()).go(mode="own_short")

    return {
        "pair": config("pair"), "phone": config("phone"), "streams": config("streams"), "addresses": addresses,
        "reuse": config("cameras", "reuse"), "gemini": config("cameras", "gemini"), "servers": config("cameras", "local"),
        "local": local, "reauth_confirm": reauth,
        "settings": options("settings"), "plain streams": options("streams"), "add_mode": options("add_mode"),
        "edit_mode": options("edit_mode"), "edit_mode_text": edit_mode_text, "remove_mode": options("remove_mode"),
    }  # fmt: skip


async def test_what_nobody_should_type_is_told_at_its_field(
    hass: HomeAssistant,
    steps: dict[str, Open],
    entry: MockConfigEntry,
    clean_log: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = dict(entry.data), dict(entry.options)
    told: list[str] = []
    for name, kinds in KINDS.items():
        step = await steps[name]()
        fields = step.fields()
        assert set(fields) == set(kinds), f"every field of {name} is thought of"
        told += [
            f"{name}, {field} with {str(value)[:60]!r}: {wrong}"
            for field, section in fields.items()
            for value in REFUSED[kinds[field]]
            if (wrong := await _refuses(step, field, section, value)) is not None
        ]
        for nonsense in ([], "text", 5, [step.good()], {**step.good(), "a field of nobody": 1}):
            if (await step.post(nonsense))[0] != HTTPStatus.BAD_REQUEST:
                told.append(f"{name} takes {str(nonsense)[:60]}")
        await step.leave()
    assert told == []
    assert before == (dict(entry.data), dict(entry.options))
    assert {made.title for made in hass.config_entries.async_entries("shelfsight")} == {"Webcam", "Kitchen"}
    # Home Assistant itself logs bodies that are no objects.
    loud = [one for one in caplog.records if one.levelno > logging.WARNING and not one.name.endswith("data_validator")]
    assert [record.getMessage() for record in loud] == []


def test_every_step_with_fields_is_walked() -> None:
    shown = {step for words in (WORDS["config"], WORDS["options"]) for step, told in words["step"].items()
             if "data" in told or "sections" in told}  # fmt: skip
    assert shown == {"streams" if name == "plain streams" else name for name in KINDS}


async def test_names_in_any_script_and_with_pictures_are_taken(steps: dict[str, Open], entry: MockConfigEntry) -> None:
    for name in ("streams", "phone"):
        for value in (RIGHT_TO_LEFT, EMOJI, "n" * 40, "乳糖なし"):
            step = await steps[name]()
            await step.go(**{**step.good(), "name": value})
            assert step.shown["step_id"] == "answerer"
    step = await steps["add_mode"]()
    await step.go(name=RIGHT_TO_LEFT, instructions=f"{EMOJI}\r\n\t{RIGHT_TO_LEFT}")
    assert options_of(entry).own_modes[1].name == RIGHT_TO_LEFT


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("shelf_1.local.", "shelf_1.local."),
        (" a-b ", "a-b"),
    ],
)
def test_names_and_addresses_of_machines_are_taken(typed: str, host: str) -> None:
    values, errors = read_fields({"host": typed, "port": 8443.0}, {"host": read_host, "port": read_port})
    assert (values, type(values["port"]), errors) == ({"host": host, "port": 8443}, int, {})


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_json_cannot_say_is_no_number_either(number: float) -> None:
    with pytest.raises(vol.Invalid):
        PORT(number)


async def test_a_number_out_of_its_bounds_is_told_with_its_name_and_its_bounds(
    steps: dict[str, Open], entry: MockConfigEntry
) -> None:
    step = await steps["settings"]()
    values = step.good()
    values["limits"] |= {"rotate_after_s": 600, "session_limit_s": 59}
    _, step.shown = await step.post(values)
    assert step.shown["errors"] == {"limits": "number_odd", "session_limit_s": "number_odd"}
    told = WORDS["options"]["error"]["number_odd"].format(**step.shown["description_placeholders"])
    assert told == "Longest conversation: only a whole number from 60 to 14400 can be taken."
    opened = {part["name"] for part in step.shown["data_schema"] if part["expanded"]}
    assert opened == {"limits"}, "where something is wrong"
    values["limits"]["session_limit_s"] = 60.0
    _, step.shown = await step.post(values)
    assert step.shown["description_placeholders"]["field"] == "New connection after"
    values["limits"]["rotate_after_s"] = 530
    await step.go(**values)
    stored = Options(rotate_after_s=530, session_limit_s=60, own_modes=options_of(entry).own_modes)
    assert options_of(entry) == stored


async def test_a_way_that_a_menu_does_not_offer_is_refused(
    client: TestClient, entry: MockConfigEntry, clean_log: None
) -> None:
    for path, handler in ((CONFIG, "shelfsight"), (OPTIONS, entry.entry_id)):
        step = await Step.begin(client, path, handler)
        for choice in ("", "digits", LONG, NUL, EMOJI, None, 5, [], {}):
            assert (await step.post({"next_step_id": choice}))[0] == HTTPStatus.BAD_REQUEST


async def test_whatever_is_announced_on_the_network_ends_in_a_form_or_a_reason(
    hass: HomeAssistant, clean_log: None
) -> None:
    address = ip_address("192.0.2.1")
    for key in ("id", "name", "v", "model"):
        for value in ("", LONG, NUL, TURNED, RIGHT_TO_LEFT, EMOJI, "<img src=x>", None, b"\xff"):
            properties: dict[str, Any] = {
                "id": "00c0ffee12345678",
                "name": "Desk",
                "v": "1",
                "model": "desk",
                key: value,
            }
            info = ZeroconfServiceInfo(
                ip_address=address, ip_addresses=[address], hostname="desk.local.", port=None, properties=properties,
                type="_shelfsight._tcp.local.", name="desk._shelfsight._tcp.local.",
            )  # fmt: skip
            flows = hass.config_entries.flow
            result = await flows.async_init("shelfsight", context={"source": SOURCE_ZEROCONF}, data=info)
            if key in {"id", "v"}:
                assert result["reason"] == {"id": "not_a_wearable", "v": "other_version"}[key]
                continue
            assert result["step_id"] == "discovery_confirm"
            shown = result["description_placeholders"]
            assert 0 < len(shown["name"]) <= 80 and not set(shown["name"]) & set("\x00\u202e")
            assert shown["picture"] == f"/shelfsight/portraits/{'any' if key == 'model' else 'desk'}.svg"
            flows.async_abort(result["flow_id"])
