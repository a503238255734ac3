"""Who answers, in a flow: one that answers already, Gemini, or a Live server of this network; chosen, checked, chosen again.

```
answerer -> reuse ----------------------------------------------------+-> _answerer_chosen
         -> gemini ---------------------------------------------------+
         -> local -+-> servers -+-> local (typed) ---> certificate ---+
                   `------------+   (no server was found, one is typed, or it wants a key)
```
"""

from abc import abstractmethod
from collections.abc import Mapping
import logging
import ssl
from typing import Any, Final

import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_API_KEY, CONF_HOST, CONF_MODEL, CONF_PORT
from homeassistant.helpers.selector import SelectOptionDict, SelectSelectorMode, TextSelector

from . import answerers
from .const import CONF_ANSWERER, CONF_CERTIFICATE, CONF_FOLLOWS_INSTRUCTIONS
from .form_fields import FLAG, PASSWORD, PORT, choice, selector_texts
from .live.answerer import make_client
from .live.certificate import CertificateError, fetch, fingerprint
from .live.faults import LiveError
from .live.models import DEFAULT_MODEL, MODELS
from .making import answerer_from
from .nearby import FoundServer, find_servers
from .runtime import CHECK_ERRORS
from .typed import read_fields, read_host, read_key, read_model, read_optional_key, read_port

_LOGGER = logging.getLogger(__name__)

_LOCAL_PORT: Final = 8443
_SERVER: Final = "server"
_TYPED: Final = "typed"
_MODEL = choice(list(MODELS), SelectSelectorMode.DROPDOWN, custom_value=True)
_CHECK: Final = "This session only checks that it can be opened."
# At which field of a form the error of a check is shown; the others belong to no field.
_FIELDS: Final = {"invalid_auth": CONF_API_KEY, "model_refused": CONF_MODEL}


class AnswererFlow(ConfigFlow):
    """The steps that end with somebody who answers."""

    def __init__(self) -> None:
        self._answerer: dict[str, Any] = {}
        self._found: dict[str, FoundServer] = {}

    @abstractmethod
    async def _answerer_chosen(self, answerer: dict[str, Any]) -> ConfigFlowResult:
        """Who answers is chosen, and has passed the check."""

    async def async_step_answerer(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Who answers already, if anybody does; Gemini; or a Live server on this network."""
        return self.async_show_menu(
            step_id="answerer",
            menu_options=["reuse", "gemini", "local"] if self._known() else ["gemini", "local"],
        )

    # --- who answers already ------------------------------------------------------------------------------------------

    def _known(self) -> list[answerers.KnownAnswerer]:
        mine = self._get_reconfigure_entry().data[CONF_ANSWERER] if self.source == SOURCE_RECONFIGURE else None
        return answerers.known(self.hass, but=mine)

    async def async_step_reuse(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """The same as another entry: nothing is typed again."""
        errors: dict[str, str] = {}
        known = {one.entry_id: one for one in self._known()}
        if not known:  # the other entry was removed meanwhile
            return await self.async_step_answerer()
        if user_input is not None and user_input[CONF_ANSWERER] not in known:
            user_input, errors = None, {CONF_ANSWERER: "answerer_gone"}
        if user_input is not None:
            answerer = dict(known[user_input[CONF_ANSWERER]].data)
            if (error := await self._check(answerer)) is None:
                return await self._answerer_chosen(answerer)
            errors[CONF_ANSWERER] = error
        texts = await selector_texts(self.hass, "known_answerer")
        choices = [
            SelectOptionDict(
                value=one.entry_id,
                label=texts["local" if one.address else "gemini"].format(
                    address=one.address, names=", ".join(one.names)
                ),
            )
            for one in known.values()
        ]
        schema = vol.Schema(
            {vol.Required(CONF_ANSWERER, default=choices[0]["value"]): choice(choices, SelectSelectorMode.LIST)}
        )
        return self.async_show_form(
            step_id="reuse", data_schema=self.add_suggested_values_to_schema(schema, user_input), errors=errors
        )

    # --- Gemini -------------------------------------------------------------------------------------------------------

    async def async_step_gemini(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Gemini's key, checked by opening a session."""
        errors: dict[str, str] = {}
        if user_input is not None:
            answerer, errors = read_fields(user_input, {CONF_API_KEY: read_key, CONF_MODEL: read_model})
            if not errors and (error := await self._check(answerer)) is not None:
                errors[_FIELDS.get(error, "base")] = error
            if not errors:
                return await self._answerer_chosen(dict(answerer))
        schema = vol.Schema(
            {vol.Required(CONF_API_KEY): PASSWORD, vol.Required(CONF_MODEL, default=DEFAULT_MODEL): _MODEL}
        )
        return self.async_show_form(
            step_id="gemini",
            data_schema=self.add_suggested_values_to_schema(schema, _without_key(user_input)),
            errors=errors,
            description_placeholders={"url": "https://aistudio.google.com/apikey"},
        )

    # --- a Live server of this network --------------------------------------------------------------------------------

    async def async_step_local(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """A Live server of this network: one that makes itself known, else by its address."""
        if user_input is None:
            self._found = {f"{one.host} {one.port}": one for one in await find_servers(self.hass)}
            return await self.async_step_servers() if self._found else self._address_form({})
        values, errors = read_fields(
            user_input, {CONF_HOST: read_host, CONF_PORT: read_port, CONF_API_KEY: read_optional_key}
        )
        if not errors:
            self._answerer = _server(
                values[CONF_HOST],
                values[CONF_PORT],
                key=values[CONF_API_KEY],
                follows_instructions=user_input[CONF_FOLLOWS_INSTRUCTIONS],
            )
            if (error := await self._fetch_certificate()) is None:
                return await self.async_step_certificate()
            errors[CONF_HOST] = error
        return self._address_form(_without_key(user_input), errors)

    async def async_step_servers(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Which of the servers that were found, or another one?"""
        errors: dict[str, str] = {}
        if user_input is not None:
            if user_input[_SERVER] == _TYPED:
                return self._address_form({})
            found = self._found[user_input[_SERVER]]
            if found.wants_key:
                return self._address_form(
                    {
                        CONF_HOST: found.host,
                        CONF_PORT: found.port,
                        CONF_FOLLOWS_INSTRUCTIONS: found.follows_instructions,
                    }
                )
            self._answerer = _server(found.host, found.port, follows_instructions=found.follows_instructions)
            if (error := await self._fetch_certificate()) is None:
                return await self.async_step_certificate()
            errors[_SERVER] = error
        choices = [SelectOptionDict(value=key, label=one.label) for key, one in self._found.items()]
        choices.append(SelectOptionDict(value=_TYPED, label=_TYPED))
        selector = choice(choices, SelectSelectorMode.LIST, "live_server")
        return self.async_show_form(
            step_id="servers",
            data_schema=vol.Schema({vol.Required(_SERVER, default=choices[0]["value"]): selector}),
            errors=errors,
        )

    def _address_form(self, suggested: Mapping[str, Any], errors: dict[str, str] | None = None) -> ConfigFlowResult:
        schema = vol.Schema(
            {
                vol.Required(CONF_HOST): TextSelector(),
                vol.Required(CONF_PORT, default=_LOCAL_PORT): PORT,
                vol.Optional(CONF_API_KEY): PASSWORD,
                vol.Optional(CONF_FOLLOWS_INSTRUCTIONS, default=False): FLAG,
            }
        )
        return self.async_show_form(
            step_id="local", data_schema=self.add_suggested_values_to_schema(schema, suggested), errors=errors
        )

    async def _fetch_certificate(self) -> str | None:
        """The certificate that the chosen server shows, kept with it; the error's key, or None."""
        server = self._answerer
        try:
            server[CONF_CERTIFICATE] = await self.hass.async_add_executor_job(
                fetch, server[CONF_HOST], server[CONF_PORT]
            )
        except CertificateError as err:
            return "no_tls" if err.reason == "no_tls" else "cannot_connect"
        return None

    async def async_step_certificate(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the fingerprint once; from then on only this certificate is accepted."""
        errors: dict[str, str] = {}
        if user_input is not None:
            error = await self._check(self._answerer)
            if error is None:
                return await self._answerer_chosen(self._answerer)
            if error in _FIELDS:  # its field is in the form before
                return self._address_form(_without_key(self._answerer), {_FIELDS[error]: error})
            errors["base"] = error
        return self.async_show_form(
            step_id="certificate",
            errors=errors,
            description_placeholders={
                "fingerprint": fingerprint(self._answerer[CONF_CERTIFICATE]),
                "address": f"{self._answerer[CONF_HOST]}:{self._answerer[CONF_PORT]}",
            },
        )

    # --- checked before it is saved -----------------------------------------------------------------------------------

    async def _check(self, data: Mapping[str, Any]) -> str | None:
        """Open a session and close it again; the error's key, or None when it works."""
        answerer = answerer_from(data)
        try:
            client = await self.hass.async_add_executor_job(make_client, answerer)
        except ssl.SSLError:  # another entry's certificate, which was spoiled since
            _LOGGER.warning("The certificate of %s cannot be read", answerer.name)
            return "certificate_changed"
        from .live.session import LiveSession  # with the client the SDK came, which takes long to import
        from .live.terms import Terms

        try:
            session = await LiveSession.open(client, answerer.model, Terms(_CHECK))
        except LiveError as err:
            _LOGGER.warning("The check of who answers failed: %s", err)
            return CHECK_ERRORS.get(err.trouble, "cannot_connect")
        finally:
            await client.aio.aclose()
        await session.close()
        return None

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose again who answers."""
        return await self.async_step_answerer()


def _server(host: str, port: int, *, key: str = "", follows_instructions: bool) -> dict[str, Any]:
    """The part of an entry's data that says who answers, for a Live server; its certificate is still to come."""
    return {
        CONF_HOST: host,
        CONF_PORT: port,
        CONF_API_KEY: key,
        CONF_MODEL: DEFAULT_MODEL,
        CONF_FOLLOWS_INSTRUCTIONS: follows_instructions,
    }


def _without_key(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """What may be shown again after an error."""
    return {name: value for name, value in (values or {}).items() if name != CONF_API_KEY}
