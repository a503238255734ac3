"""A wearable is found, or its address typed, and paired by six digits.

```
zeroconf -> discovery_confirm -+-> answerer ... -> digits -> entry
pair --------------------------+                   ^    v
                                             pair_again
```
Where the network fails at the digits, the way leads over pair_again to digits once more.
Who answers is chosen before the digits, so that the wearable's two minutes in pairing mode are not spent on typing a key.
"""

import logging
from typing import Any, override

import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PORT
from homeassistant.core import callback
from homeassistant.helpers.selector import TextSelector
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from . import DOORBOOK, portraits
from .answerer_flow import AnswererFlow
from .const import CONF_ANSWERER, CONF_HOME_ADDRESS, CONF_LINK_KEY, CONF_WEARABLE_ID
from .form_fields import PORT, selector_texts
from .home_urls import home_urls
from .link.fields import LinkProtocolError, read_identifier
from .link.pairing import Pairing, PairingError
from .typed import in_markdown, read_fields, read_host, read_port, tidy_name

_LOGGER = logging.getLogger(__name__)

_BUTTON_WAIT_S = 20
# A network that was cut may come back, and the wearable is in pairing mode for two minutes.
_MAY_PASS = ("unreachable", "time")


class PairingFlow(AnswererFlow):
    """The steps of a wearable that speaks the link."""

    def __init__(self) -> None:
        super().__init__()
        self._host: str | None = None
        self._port = 0
        self._name = ""
        self._model = ""
        self._pairing: Pairing | None = None
        self._digits_shown = False

    # --- which wearable -----------------------------------------------------------------------------------------------

    async def async_step_pair(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """The address that a wearable in pairing mode says."""
        errors: dict[str, str] = {}
        if user_input is not None:
            values, errors = read_fields(user_input, {CONF_HOST: read_host, CONF_PORT: read_port})
            if not errors:
                self._host, self._port = values[CONF_HOST], values[CONF_PORT]
                return await self.async_step_answerer()
        schema = vol.Schema({vol.Required(CONF_HOST): TextSelector(), vol.Required(CONF_PORT): PORT})
        return self.async_show_form(
            step_id="pair", data_schema=self.add_suggested_values_to_schema(schema, user_input), errors=errors
        )

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
        self._name = tidy_name(properties.get("name"), wearable_id)
        self._model = str(properties.get("model") or "")
        self.context["title_placeholders"] = {"name": self._name}
        return await self.async_step_discovery_confirm()

    async def async_step_discovery_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Shall it be set up? With a picture, and in words what is on it."""
        if user_input is not None:
            # A wearable that is known and pairs again keeps who answers, and gets a new key.
            return await self.async_step_digits() if self._known_entry() else await self.async_step_answerer()
        self._set_confirm_only()
        portrait = portraits.portrait_of(self._model)
        return self.async_show_form(
            step_id="discovery_confirm",
            description_placeholders={
                "name": in_markdown(self._name),
                "host": str(self._host),
                "picture": await portraits.async_url(self.hass, portrait),
                "what": (await selector_texts(self.hass, "portrait"))[portrait],
            },
        )

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
            if self._digits_shown and err.reason in _MAY_PASS:
                return await self.async_step_pair_again()
            return self.async_abort(reason=f"pairing_{err.reason}")
        self._digits_shown = True
        return self.async_show_form(
            step_id="digits",
            errors=errors,
            description_placeholders={
                "digits": " ".join(self._pairing.digits),
                "name": in_markdown(tidy_name(self._pairing.name, self._pairing.wearable_id)),
            },
        )

    async def async_step_pair_again(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """The network failed while the digits were compared. Nothing would discover the wearable a second time: it is
        advertised as before.
        """
        if user_input is not None:
            return await self.async_step_digits()
        self._set_confirm_only()
        return self.async_show_form(step_id="pair_again", description_placeholders={"host": str(self._host)})

    async def _claim(self, wearable_id: str) -> None:
        """The wearable at this address is who it says, or it is another one than was found."""
        if self.unique_id is not None and self.unique_id != wearable_id:
            raise PairingError("protocol")
        await self.async_set_unique_id(wearable_id)

    async def _paired(self, pairing: Pairing) -> ConfigFlowResult:
        doorbook = self.hass.data.get(DOORBOOK)
        expected = doorbook.expected if doorbook is not None else set[str]()  # there is no door before the first entry
        expected.add(pairing.wearable_id)  # it dials before the entry is set up
        home_address = pairing.local_address()
        try:
            paired = await pairing.finish(home_urls(self.hass, home_address))
        except PairingError:
            expected.discard(pairing.wearable_id)  # it has no key of this home: nobody waits for it
            raise
        self._pairing = None
        if (entry := self._known_entry()) is not None:
            return self.async_update_reload_and_abort(
                entry,
                data_updates={CONF_LINK_KEY: paired.link_key.hex(), CONF_HOME_ADDRESS: home_address},
                reason="paired_again",
            )
        name = tidy_name(paired.name, "")
        return self.async_create_entry(
            title=name or paired.wearable_id,
            data={
                CONF_WEARABLE_ID: paired.wearable_id,
                CONF_NAME: name,
                CONF_LINK_KEY: paired.link_key.hex(),
                CONF_HOME_ADDRESS: home_address,
                CONF_ANSWERER: self._answerer,
            },
        )

    def _known_entry(self) -> ConfigEntry[Any] | None:
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
