"""The flows that mend what `issues.py` tells of: each says what happened and what helps, and confirming does it."""

from abc import abstractmethod
from typing import Any, Final, Protocol, override

import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.components.repairs.const import FlowType
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntry, ConfigEntryState, ConfigFlowContext
from homeassistant.core import HomeAssistant

from . import media_keeping
from .const import DOMAIN
from .flight_recorder import FlightRecorder
from .issues import (
    URL_ISSUE,
    answerer_placeholders,
    certificate_id,
    clear,
    clear_media_kept,
    media_id,
    media_placeholders,
)
from .reachability import REACHABILITY, outside_url

__all__ = ["RETRY_ERRORS", "async_create_fix_flow", "clear"]

# What another try can come to, besides a refused key: each has a text in the flow.
RETRY_ERRORS: Final = frozenset({"cannot_connect", "certificate_changed", "model_refused", "quota"})


class RunsEntry(Protocol):
    """What the repairs need of an entry's run time."""

    recorder: FlightRecorder

    async def check_answerer(self) -> str | None:
        """Open a session and close it again: None, or the error's key as in the setup's flow."""


class _FixFlow(RepairsFlow):
    """Says what happened and what helps; confirming does it."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """The first and only step is `confirm`."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Shall it be done?"""
        if user_input is not None:
            return await self._mend()
        return self._show()

    @abstractmethod
    async def _mend(self) -> RepairsFlowResult:
        """Do what was confirmed."""

    @abstractmethod
    def _placeholders(self) -> dict[str, str]:
        """What the texts need."""

    def _show(self, error: str | None = None) -> RepairsFlowResult:
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            errors={"base": error} if error is not None else {},
            description_placeholders=self._placeholders(),
        )


class _EntryFlow(_FixFlow):
    """One about who answers an entry."""

    def __init__(self, entry: ConfigEntry[Any]) -> None:
        self._entry = entry

    @override
    def _placeholders(self) -> dict[str, str]:
        return answerer_placeholders(self._entry)


class _ShortageFlow(_EntryFlow):
    """Try again now, and say what came of it."""

    @override
    async def _mend(self) -> RepairsFlowResult:
        if self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded", description_placeholders=self._placeholders())
        runs: RunsEntry = self._entry.runtime_data
        error = await runs.check_answerer()
        if error is None:
            return self.async_create_entry(data={})  # which removes the issue
        if error == "invalid_auth":
            clear(self.hass, self._entry)
            self._entry.async_start_reauth(self.hass)
            return self.async_abort(reason="key_refused")
        return self._show(error if error in RETRY_ERRORS else "cannot_connect")


class _CertificateFlow(_EntryFlow):
    """Choose the server again: its new certificate is shown there, compared and accepted, which clears the issue."""

    @override
    async def _mend(self) -> RepairsFlowResult:
        flows = self.hass.config_entries.flow
        context = ConfigFlowContext(source=SOURCE_RECONFIGURE, entry_id=self._entry.entry_id)
        begun = flows.async_progress_by_handler(DOMAIN, match_context=dict(context))
        flow = begun[0] if begun else await flows.async_init(DOMAIN, context=context)
        # Aborting keeps the issue until the new certificate is accepted, whatever becomes of the flow that opens now.
        return self.async_abort(reason="choose_again", next_flow=(FlowType.CONFIG_FLOW, flow["flow_id"]))


class _MediaFlow(_EntryFlow):
    """Keep no words, sound and pictures any more."""

    @override
    def _placeholders(self) -> dict[str, str]:
        return media_placeholders(self.hass, self._entry)

    @override
    async def _mend(self) -> RepairsFlowResult:
        if self._entry.state is ConfigEntryState.LOADED:
            runs: RunsEntry = self._entry.runtime_data
            media_keeping.switch_off(self.hass, self._entry, runs.recorder)
        else:
            media_keeping.take_back(self.hass, self._entry)  # what was kept went when it was unloaded
            clear_media_kept(self.hass, self._entry)
        return self.async_create_entry(data={})


class _ReachFlow(_FixFlow):
    """Try now whether the address for outside leads here."""

    @override
    def _placeholders(self) -> dict[str, str]:
        return {"url": outside_url(self.hass) or ""}

    @override
    async def _mend(self) -> RepairsFlowResult:
        reachability = self.hass.data[REACHABILITY]
        why = await reachability.reach()
        if why is None:
            return self.async_create_entry(data={})
        reachability.tell(why)
        return self._show(why.value)


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Home Assistant's question for the flow of an issue."""
    if issue_id == URL_ISSUE:
        return _ReachFlow()
    entry = hass.config_entries.async_get_known_entry(str((data or {})["entry_id"]))
    flows = {certificate_id(entry): _CertificateFlow, media_id(entry): _MediaFlow}
    return flows.get(issue_id, _ShortageFlow)(entry)
