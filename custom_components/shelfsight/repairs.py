"""The flows that mend what `issues.py` tells of: each says what happened and what helps, and confirming does it."""

from abc import abstractmethod
from typing import Any, Final, Protocol, override

import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.components.repairs.const import FlowType
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntry, ConfigEntryState, ConfigFlowContext
from homeassistant.core import HomeAssistant

from .const import DOMAIN
from .issues import answerer_placeholders, certificate_id, clear

__all__ = ["RETRY_ERRORS", "CertificateFlow", "ShortageFlow", "async_create_fix_flow", "clear"]

# What another try can come to, besides a refused key: each has a text in the flow.
RETRY_ERRORS: Final = frozenset({"cannot_connect", "certificate_changed", "model_refused", "quota"})


class ChecksAnswerer(Protocol):
    """What the repairs need of an entry's run time."""

    async def check_answerer(self) -> str | None:
        """Open a session and close it again: None, or the error's key as in the setup's flow."""


class _FixFlow(RepairsFlow):
    """Says what happened and what helps; confirming does it."""

    def __init__(self, entry: ConfigEntry[Any]) -> None:
        self._entry = entry

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

    def _show(self, error: str | None = None) -> RepairsFlowResult:
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            errors={"base": error} if error is not None else {},
            description_placeholders=answerer_placeholders(self._entry),
        )


class ShortageFlow(_FixFlow):
    """Try again now, and say what came of it."""

    @override
    async def _mend(self) -> RepairsFlowResult:
        if self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded", description_placeholders=answerer_placeholders(self._entry))
        checker: ChecksAnswerer = self._entry.runtime_data
        error = await checker.check_answerer()
        if error is None:
            return self.async_create_entry(data={})  # which removes the issue
        if error == "invalid_auth":
            clear(self.hass, self._entry)
            self._entry.async_start_reauth(self.hass)
            return self.async_abort(reason="key_refused")
        return self._show(error if error in RETRY_ERRORS else "cannot_connect")


class CertificateFlow(_FixFlow):
    """Choose the server again: its new certificate is shown there, compared and accepted, which clears the issue."""

    @override
    async def _mend(self) -> RepairsFlowResult:
        flows = self.hass.config_entries.flow
        context = ConfigFlowContext(source=SOURCE_RECONFIGURE, entry_id=self._entry.entry_id)
        begun = flows.async_progress_by_handler(DOMAIN, match_context=dict(context))
        flow = begun[0] if begun else await flows.async_init(DOMAIN, context=context)
        # Aborting keeps the issue until the new certificate is accepted, whatever becomes of the flow that opens now.
        return self.async_abort(reason="choose_again", next_flow=(FlowType.CONFIG_FLOW, flow["flow_id"]))


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Home Assistant's question for the flow of an issue."""
    entry = hass.config_entries.async_get_known_entry(str((data or {})["entry_id"]))
    return CertificateFlow(entry) if issue_id == certificate_id(entry) else ShortageFlow(entry)
