"""What a person can mend when questions are not answered, told where Home Assistant tells such things.

A refused key is no repair: Home Assistant's own way for it is to ask for a new one (reauthentication).
"""

from abc import abstractmethod
from enum import StrEnum
from typing import Any, Final, Protocol, override

import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.components.repairs.const import FlowType
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntry, ConfigEntryState, ConfigFlowContext
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import CONF_ANSWERER, DOMAIN

_BILLING_URL: Final = "https://aistudio.google.com/billing"
_CERTIFICATE: Final = "certificate_changed"
_RIVALS: Final = "rivals"
# What another try can come to, besides a refused key: each has a text in the flow.
RETRY_ERRORS: Final = frozenset({"cannot_connect", "certificate_changed", "model_refused", "quota"})


class Shortage(StrEnum):
    """Why a server that works does not answer; named like the issue's texts."""

    QUOTA = "quota"
    """The key has used up what it may use: somebody has to wait long, or to pay."""
    OVERLOADED = "overloaded"
    """The server has no time: it passes by itself."""


class ChecksAnswerer(Protocol):
    """What the repairs need of an entry's run time."""

    async def check_answerer(self) -> str | None:
        """Open a session and close it again: None, or the error's key as in the setup's flow."""


@callback
def report_quota(hass: HomeAssistant, entry: ConfigEntry[Any], kind: Shortage) -> None:
    """Questions of this entry are refused; the newest reason replaces an older one."""
    _create(hass, entry, _shortage_id(entry), kind.value)


@callback
def report_certificate_changed(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """The Live server shows another certificate than the one that was accepted."""
    _create(hass, entry, _certificate_id(entry), _CERTIFICATE)


@callback
def clear(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """It answers again, or is asked no more. Costs nothing where there is no issue: call it after every answer."""
    ir.async_delete_issue(hass, DOMAIN, _shortage_id(entry))
    ir.async_delete_issue(hass, DOMAIN, _certificate_id(entry))


@callback
def report_rivals(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Two wearables dial in as this one, with its key. Nothing that Home Assistant could do itself would help."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _rivals_id(entry),
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=_RIVALS,
        translation_placeholders={"name": entry.title},
    )


@callback
def clear_rivals(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """There is one again, or the key is a new one, which only one of them has."""
    ir.async_delete_issue(hass, DOMAIN, _rivals_id(entry))


def _rivals_id(entry: ConfigEntry[Any]) -> str:
    return f"{_RIVALS}_{entry.entry_id}"


def _shortage_id(entry: ConfigEntry[Any]) -> str:
    return f"shortage_{entry.entry_id}"


def _certificate_id(entry: ConfigEntry[Any]) -> str:
    return f"{_CERTIFICATE}_{entry.entry_id}"


def _create(hass: HomeAssistant, entry: ConfigEntry[Any], issue_id: str, translation_key: str) -> None:
    """An issue of the running Home Assistant: after a restart the next question shows whether it is still true."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=translation_key,
        translation_placeholders=_placeholders(entry),
        data={"entry_id": entry.entry_id},
    )


def _placeholders(entry: ConfigEntry[Any]) -> dict[str, str]:
    answerer = entry.data[CONF_ANSWERER]
    host = answerer.get(CONF_HOST)
    return {
        "name": entry.title,
        "answerer": f"{host}:{answerer[CONF_PORT]}" if host else "Gemini",
        "url": _BILLING_URL,
    }


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
            description_placeholders=_placeholders(self._entry),
        )


class ShortageFlow(_FixFlow):
    """Try again now, and say what came of it."""

    @override
    async def _mend(self) -> RepairsFlowResult:
        if self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded", description_placeholders=_placeholders(self._entry))
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
    return CertificateFlow(entry) if issue_id == _certificate_id(entry) else ShortageFlow(entry)
