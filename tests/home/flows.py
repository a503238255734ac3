"""A flow, step by step, for the tests of setting up; and Gemini, as far as its address goes."""

from dataclasses import replace
from typing import Any

import pytest

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from custom_components.shelfsight import answerer_flow
from custom_components.shelfsight.live.answerer import Answerer, make_client
from local_live.server import Server


class Flow:
    """One flow; each step says what it must show."""

    def __init__(self, hass: HomeAssistant, result: Any) -> None:
        self._hass = hass
        self.result = result

    @classmethod
    async def begin(cls, hass: HomeAssistant, source: str = SOURCE_USER, data: Any = None) -> Flow:
        return cls(hass, await hass.config_entries.flow.async_init("shelfsight", context={"source": source}, data=data))

    def shows(self, step: str, **errors: str) -> Flow:
        assert self.result.get("step_id") == step, self.result
        assert (self.result.get("errors") or {}) == errors
        return self

    async def give(self, **user_input: Any) -> Flow:
        self.result = await self._hass.config_entries.flow.async_configure(self.result["flow_id"], user_input)
        return self

    async def choose(self, option: str) -> Flow:
        assert self.result["type"] is FlowResultType.MENU and option in self.result["menu_options"]
        return await self.give(next_step_id=option)

    def choices(self, field: str) -> dict[str, str]:
        """What can be chosen in a field, and what it is called."""
        selector = self.result["data_schema"].schema[field]
        return {one["value"]: one["label"] for one in selector.config["options"]}

    def suggested(self) -> dict[str, Any]:
        """What stands in the fields that suggest something."""
        return {
            str(key): key.description["suggested_value"]
            for key in self.result["data_schema"].schema
            if (key.description or {}).get("suggested_value") is not None
        }

    def aborts(self, reason: str) -> None:
        assert (self.result["type"], self.result.get("reason")) == (FlowResultType.ABORT, reason)

    def creates(self, title: str) -> dict[str, Any]:
        assert self.result["type"] is FlowResultType.CREATE_ENTRY, self.result
        assert self.result["title"] == title
        data: dict[str, Any] = self.result["data"]
        return data


async def choose_local(flow: Flow, live: Server) -> Flow:
    """Who answers is this Live server."""
    await flow.shows("answerer").choose("local")
    await flow.shows("local").give(host="127.0.0.1", port=live.port)
    flow.shows("certificate")
    assert flow.result["description_placeholders"]["fingerprint"] == live.fingerprint
    return await flow.give()


def as_gemini(live: Server, monkeypatch: pytest.MonkeyPatch, key: str = "right") -> Server:
    """Whoever dials Gemini in a flow gets the Live server, with the key and model that were given; only `key` is let in."""

    def dialled(answerer: Answerer) -> Any:
        pem = live.identity.certificate_path.read_text()
        return make_client(replace(answerer, host="127.0.0.1", port=live.port, certificate_pem=pem))

    monkeypatch.setattr(answerer_flow, "make_client", dialled)
    live._door = type(live._door)(key=key, max_sessions=8)
    return live


async def leave_nothing(hass: HomeAssistant) -> None:
    """What was set up is unloaded, and what is open is closed."""
    for progress in hass.config_entries.flow.async_progress():
        hass.config_entries.flow.async_abort(progress["flow_id"])
    for entry in hass.config_entries.async_loaded_entries("shelfsight"):
        await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
