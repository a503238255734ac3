"""Who answers, in a flow: Gemini or a Live server of this network, chosen, checked, chosen again, or given another key."""

from abc import abstractmethod
from collections.abc import Mapping
import logging
from typing import Any

import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.config_entries import SOURCE_REAUTH, ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_API_KEY, CONF_HOST, CONF_MODEL, CONF_PORT
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from . import repairs
from .const import CONF_ANSWERER, CONF_CERTIFICATE, CONF_FOLLOWS_INSTRUCTIONS
from .live.answerer import make_client
from .live.certificate import CertificateError, fetch, fingerprint
from .live.faults import LiveError
from .live.models import DEFAULT_MODEL, MODELS
from .live.session import LiveSession
from .live.setup import Terms
from .making import answerer_from
from .runtime import CHECK_ERRORS

_LOGGER = logging.getLogger(__name__)

_LOCAL_PORT = 8443

PORT = vol.All(NumberSelector(NumberSelectorConfig(min=1, max=65535, mode=NumberSelectorMode.BOX)), vol.Coerce(int))
_PASSWORD = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
_MODEL = SelectSelector(SelectSelectorConfig(options=list(MODELS), mode=SelectSelectorMode.DROPDOWN, custom_value=True))
_CHECK = Terms("This session only checks that it can be opened.")


class AnswererFlow(ConfigFlow):
    """The steps that end with somebody who answers."""

    def __init__(self) -> None:
        self._answerer: dict[str, Any] = {}

    @abstractmethod
    async def _answerer_chosen(self, answerer: dict[str, Any]) -> ConfigFlowResult:
        """Who answers is chosen, and has passed the check."""

    async def async_step_answerer(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Gemini, or a Live server on this network."""
        return self.async_show_menu(step_id="answerer", menu_options=["gemini", "local"])

    async def async_step_gemini(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Gemini's key, checked by opening a session."""
        errors: dict[str, str] = {}
        if user_input is not None:
            answerer = {CONF_API_KEY: user_input[CONF_API_KEY].strip(), CONF_MODEL: user_input[CONF_MODEL]}
            if (error := await self._check(answerer)) is None:
                return await self._answerer_chosen(answerer)
            errors["base"] = error
        schema = vol.Schema(
            {vol.Required(CONF_API_KEY): _PASSWORD, vol.Required(CONF_MODEL, default=DEFAULT_MODEL): _MODEL}
        )
        return self.async_show_form(
            step_id="gemini",
            data_schema=self.add_suggested_values_to_schema(schema, _without_key(user_input)),
            errors=errors,
            description_placeholders={"url": "https://aistudio.google.com/apikey"},
        )

    async def async_step_local(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """The address of a Live server on this network."""
        errors: dict[str, str] = {}
        if user_input is not None:
            host, port = user_input[CONF_HOST].strip(), user_input[CONF_PORT]
            try:
                certificate = await self.hass.async_add_executor_job(fetch, host, port)
            except CertificateError as err:
                errors["base"] = {"unreachable": "cannot_connect", "no_tls": "no_tls"}[err.reason]
            else:
                self._answerer = {
                    CONF_HOST: host,
                    CONF_PORT: port,
                    CONF_API_KEY: user_input.get(CONF_API_KEY, "").strip(),
                    CONF_CERTIFICATE: certificate,
                    CONF_MODEL: DEFAULT_MODEL,
                    CONF_FOLLOWS_INSTRUCTIONS: user_input.get(CONF_FOLLOWS_INSTRUCTIONS, False),
                }
                return await self.async_step_certificate()
        schema = vol.Schema(
            {
                vol.Required(CONF_HOST): TextSelector(),
                vol.Required(CONF_PORT, default=_LOCAL_PORT): PORT,
                vol.Optional(CONF_API_KEY): _PASSWORD,
                vol.Optional(CONF_FOLLOWS_INSTRUCTIONS, default=False): BooleanSelector(),
            }
        )
        return self.async_show_form(
            step_id="local",
            data_schema=self.add_suggested_values_to_schema(schema, _without_key(user_input)),
            errors=errors,
        )

    async def async_step_certificate(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the fingerprint once; from then on only this certificate is accepted."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if (error := await self._check(self._answerer)) is None:
                return await self._answerer_chosen(self._answerer)
            errors["base"] = error
        return self.async_show_form(
            step_id="certificate",
            errors=errors,
            description_placeholders={
                "fingerprint": fingerprint(self._answerer[CONF_CERTIFICATE]),
                "address": f"{self._answerer[CONF_HOST]}:{self._answerer[CONF_PORT]}",
            },
        )

    async def _check(self, data: Mapping[str, Any]) -> str | None:
        """Open a session and close it again; the error's key, or None when it works."""
        answerer = answerer_from(data)
        client = await self.hass.async_add_executor_job(make_client, answerer)
        try:
            session = await LiveSession.open(client, answerer.model, _CHECK)
        except LiveError as err:
            _LOGGER.warning("The check of who answers failed: %s", err)
            return CHECK_ERRORS.get(err.trouble, "cannot_connect")
        finally:
            await client.aio.aclose()
        await session.close()
        return None

    # --- later --------------------------------------------------------------------------------------------------------

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose again who answers."""
        return await self.async_step_answerer()

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """The key was refused."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """A new key for who answered so far."""
        errors: dict[str, str] = {}
        entry = self._get_reauth_entry()
        if user_input is not None and self.source == SOURCE_REAUTH:
            answerer = {**entry.data[CONF_ANSWERER], CONF_API_KEY: user_input[CONF_API_KEY].strip()}
            if (error := await self._check(answerer)) is None:
                repairs.clear(self.hass, entry)  # what was wrong with the old key is over
                return self.async_update_reload_and_abort(entry, data_updates={CONF_ANSWERER: answerer})
            errors["base"] = error
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=vol.Schema({vol.Required(CONF_API_KEY): _PASSWORD}),
            errors=errors,
            description_placeholders={"name": entry.title},
        )


def _without_key(user_input: dict[str, Any] | None) -> dict[str, Any]:
    """What may be shown again after an error."""
    return {name: value for name, value in (user_input or {}).items() if name != CONF_API_KEY}
