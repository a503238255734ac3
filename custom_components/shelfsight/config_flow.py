"""Setting up: find the wearable, choose who answers, compare six digits, done.

```
zeroconf -> discovery_confirm -+
user -> pair ------------------+-> answerer -> gemini ----------------+-> digits -> entry
user -> cameras ---------------+          `-> local -> certificate --+       (no digits without a wearable)
reauth -> reauth_confirm;  reconfigure -> answerer
```
Who answers is chosen before the digits, so that the wearable's two minutes in pairing mode are not spent on typing a key.
"""

from collections.abc import Mapping
import logging
from typing import Any, override

import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, ConfigEntry, ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_API_KEY, CONF_HOST, CONF_MODEL, CONF_NAME, CONF_PORT
from homeassistant.core import callback
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
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from . import DOORBOOK, repairs
from .const import CONF_ANSWERER, CONF_CERTIFICATE, CONF_FOLLOWS_INSTRUCTIONS, CONF_LINK_KEY, CONF_WEARABLE_ID, DOMAIN
from .home_urls import home_urls
from .link.fields import LinkProtocolError, read_identifier
from .link.pairing import Pairing, PairingError
from .live.answerer import make_client
from .live.certificate import CertificateError, fetch, fingerprint
from .live.faults import LiveError
from .live.models import DEFAULT_MODEL, MODELS
from .live.session import LiveSession
from .live.setup import Terms
from .making import answerer_from
from .options_flow import ShelfsightOptionsFlow
from .runtime import CHECK_ERRORS

_LOGGER = logging.getLogger(__name__)

_BUTTON_WAIT_S = 20
_LOCAL_PORT = 8443

_PORT = vol.All(NumberSelector(NumberSelectorConfig(min=1, max=65535, mode=NumberSelectorMode.BOX)), vol.Coerce(int))
_PASSWORD = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
_MODEL = SelectSelector(SelectSelectorConfig(options=list(MODELS), mode=SelectSelectorMode.DROPDOWN, custom_value=True))
_CHECK = Terms("This session only checks that it can be opened.")


class ShelfsightConfigFlow(ConfigFlow, domain=DOMAIN):
    """One flow; what is known so far is kept in its attributes."""

    VERSION = 1

    @staticmethod
    @override
    @callback
    def async_get_options_flow(config_entry: ConfigEntry) -> ShelfsightOptionsFlow:
        """What can be changed later without pairing again."""
        return ShelfsightOptionsFlow()

    def __init__(self) -> None:
        self._host: str | None = None
        self._port = 0
        self._name = ""
        self._answerer: dict[str, Any] = {}
        self._pairing: Pairing | None = None

    # --- which wearable -----------------------------------------------------------------------------------------------

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """By hand: a wearable by its address, or no wearable."""
        return self.async_show_menu(step_id="user", menu_options=["pair", "cameras"])

    async def async_step_pair(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """The address that a wearable in pairing mode says."""
        if user_input is not None:
            self._host, self._port = user_input[CONF_HOST].strip(), user_input[CONF_PORT]
            return await self.async_step_answerer()
        schema = vol.Schema({vol.Required(CONF_HOST): TextSelector(), vol.Required(CONF_PORT): _PORT})
        return self.async_show_form(step_id="pair", data_schema=schema)

    async def async_step_cameras(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """No wearable: questions are asked about Home Assistant's cameras."""
        await self.async_set_unique_id("cameras")
        self._abort_if_unique_id_configured()
        return await self.async_step_answerer()

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """A wearable in pairing mode was found."""
        properties = discovery_info.properties
        try:
            wearable_id = read_identifier(properties, "id")
        except LinkProtocolError:
            return self.async_abort(reason="not_a_wearable")
        if properties.get("v") != "1":
            return self.async_abort(reason="other_version")
        await self.async_set_unique_id(wearable_id)
        self._host, self._port = discovery_info.host, discovery_info.port or 0
        self._name = str(properties.get("name") or wearable_id)[:40]
        self.context["title_placeholders"] = {"name": self._name}
        return await self.async_step_discovery_confirm()

    async def async_step_discovery_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Shall it be set up?"""
        if user_input is not None:
            # A wearable that is known and pairs again keeps who answers, and gets a new key.
            return await self.async_step_digits() if self._known_entry() else await self.async_step_answerer()
        self._set_confirm_only()
        return self.async_show_form(
            step_id="discovery_confirm", description_placeholders={"name": self._name, "host": str(self._host)}
        )

    # --- who answers --------------------------------------------------------------------------------------------------

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
                vol.Required(CONF_PORT, default=_LOCAL_PORT): _PORT,
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

    async def _answerer_chosen(self, answerer: dict[str, Any]) -> ConfigFlowResult:
        self._answerer = answerer
        if self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
            repairs.clear(self.hass, entry)  # who was chosen has just answered the check
            return self.async_update_reload_and_abort(entry, data_updates={CONF_ANSWERER: answerer})
        if self._host is None:
            return self.async_create_entry(title="Shelfsight", data={CONF_ANSWERER: answerer})
        return await self.async_step_digits()

    # --- pairing ------------------------------------------------------------------------------------------------------

    async def async_step_digits(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Compare the digits; the person presses the wearable's button, and confirms."""
        errors: dict[str, str] = {}
        try:
            if self._pairing is None:
                self._pairing = await Pairing.open(str(self._host), self._port, self.hass.config.location_name)
                await self._claim(self._pairing.wearable_id)
            elif await self._pairing.wait_for_button(_BUTTON_WAIT_S):
                return await self._paired(self._pairing)
            else:
                errors["base"] = "button_not_pressed"
        except PairingError as err:
            _LOGGER.warning("Pairing with %s failed: %s", self._host, err.reason)
            await self._end_pairing()
            return self.async_abort(reason=f"pairing_{err.reason}")
        return self.async_show_form(
            step_id="digits",
            errors=errors,
            description_placeholders={"digits": " ".join(self._pairing.digits), "name": self._pairing.name},
        )

    async def _claim(self, wearable_id: str) -> None:
        """The wearable at this address is who it says, or it is another one than was found."""
        if self.unique_id is not None and self.unique_id != wearable_id:
            raise PairingError("protocol")
        await self.async_set_unique_id(wearable_id)

    async def _paired(self, pairing: Pairing) -> ConfigFlowResult:
        doorbook = self.hass.data.get(DOORBOOK)
        if doorbook is not None:
            doorbook.expected.add(pairing.wearable_id)  # it dials before the entry is set up
        paired = await pairing.finish(home_urls(self.hass, pairing.local_address()))
        self._pairing = None
        if (entry := self._known_entry()) is not None:
            return self.async_update_reload_and_abort(
                entry, data_updates={CONF_LINK_KEY: paired.link_key.hex()}, reason="paired_again"
            )
        return self.async_create_entry(
            title=paired.name or paired.wearable_id,
            data={
                CONF_WEARABLE_ID: paired.wearable_id,
                CONF_NAME: paired.name,
                CONF_LINK_KEY: paired.link_key.hex(),
                CONF_ANSWERER: self._answerer,
            },
        )

    def _known_entry(self) -> ConfigEntry | None:
        """The entry of this wearable, if it was paired before."""
        return next((entry for entry in self._async_current_entries() if entry.unique_id == self.unique_id), None)

    async def _end_pairing(self) -> None:
        if self._pairing is not None:
            pairing, self._pairing = self._pairing, None
            await pairing.close()

    @override
    @callback
    def async_remove(self) -> None:
        """The flow was closed: the wearable must not wait for it."""
        if self._pairing is not None:
            self.hass.async_create_background_task(self._end_pairing(), "shelfsight end of pairing")

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
