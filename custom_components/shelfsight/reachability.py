"""Whether the address for outside leads to this home: tried from here, once in a while, with a request to ourselves.

| what happened | what comes next |
| --- | --- |
| Home Assistant has started, with a wearable that may leave the house | a try after a minute; later ones as below |
| the address is another one | a try after ten seconds |
| a try succeeds | nothing more, until the address changes |
| a try fails | another one after five minutes; if that fails too, the issue |
| the issue is told | a try every hour, and whenever the person wants one |
| a wearable comes by this address | it leads here, whatever a try from here has found |
| there is no such address, or no wearable | no try, and no issue |

Having no address for outside is no fault: many want none. A failed try is not yet proof either, because there are routers
that do not let anybody inside use their address from outside. The issue's text says so, and a wearable that comes by it
settles it.

A try is a GET of a path that nobody can guess, open for the seconds of the try and once only. The answer is a second secret, which
only this home knows: whoever passes the first one on to somewhere else cannot make it up. Whoever asks for another path
gets what any path gets that does not exist, for which nothing is kept and nothing computed: there is nothing to be limited.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
import logging
import secrets
from typing import Final

from aiohttp import ClientConnectorCertificateError, ClientError, ClientResponse, ClientSSLError, ClientTimeout, web
import yarl

from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import CALLBACK_TYPE, Event, HassJob, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.http import HomeAssistantView
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.helpers.start import async_at_started
from homeassistant.util.hass_dict import HassKey

from . import issues
from .const import DOMAIN
from .issues import Unreached

_LOGGER = logging.getLogger(__name__)

REACHABILITY: HassKey[Reachability] = HassKey(f"{DOMAIN}_reachability")
REACH_PATH: Final = "/api/shelfsight/reach"

# Proxies and tunnels on this machine start with Home Assistant, and the names of the network may come up later still.
FIRST_TRY_S = 60.0
# Whoever changes an address often changes it again at once.
CHANGED_TRY_S = 10.0
# One failure may be a router that was starting.
SECOND_TRY_S = 300.0
TOLD_TRY_S = 3600.0
_TRY_LIMIT_S = 10.0
_SECRET_BYTES = 16
_ANSWER_LIMIT_BYTES = 64


class ReachView(HomeAssistantView):
    """`GET /api/shelfsight/reach/...`: answers the try that is under way, and nobody else."""

    url = REACH_PATH + "/{asked}"
    name = "api:shelfsight:reach"
    requires_auth = False

    def __init__(self) -> None:
        self._answers: dict[str, str] = {}

    def open(self) -> tuple[str, str]:
        """A path's last part that is answered once, and its answer; close it when the try is over."""
        asked, answer = secrets.token_hex(_SECRET_BYTES), secrets.token_hex(_SECRET_BYTES)
        self._answers[asked] = answer
        return asked, answer

    def close(self, asked: str) -> None:
        """Nobody is answered there any more."""
        self._answers.pop(asked, None)

    async def get(self, _request: web.Request, asked: str) -> web.Response:
        """The answer, or what a path gets that does not exist."""
        answer = self._answers.pop(asked, None)
        if answer is None:
            raise web.HTTPNotFound
        return web.Response(text=answer, headers={"Cache-Control": "no-store"})


def outside_url(hass: HomeAssistant) -> str | None:
    """The address that wearables are given for outside; None where there is none."""
    try:
        return get_url(hass, allow_internal=False, prefer_external=True)
    except NoURLAvailableError:
        return None


class Reachability:
    """One for a home. Tries while any wearable is watched for that may leave the house."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._view = ReachView()
        self._watched = 0
        self._url: str | None = None
        self._stops: list[CALLBACK_TYPE] = []
        self._stop_timer: CALLBACK_TYPE | None = None
        self._trying: asyncio.Task[None] | None = None
        hass.http.register_view(self._view)

    def watch(self) -> Callable[[], None]:
        """A wearable that may leave the house is set up; call the result when it is not any more."""
        self._watched += 1
        if self._watched == 1:
            self._begin()

        def stop() -> None:
            self._watched -= 1
            if not self._watched:
                self._end()

        return stop

    def _begin(self) -> None:
        self._url = outside_url(self._hass)
        self._stops = [
            async_at_started(self._hass, self._started),
            self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._config_changed),
        ]

    def _end(self) -> None:
        for stop in self._stops:
            stop()
        self._stops.clear()
        self._no_try()
        issues.clear_unreached(self._hass)

    @callback
    def _started(self, _hass: HomeAssistant) -> None:
        self._try_in(FIRST_TRY_S, told=False)

    @callback
    def _config_changed(self, _event: Event) -> None:
        url = outside_url(self._hass)
        if url == self._url:
            return
        self._url = url
        self._no_try()
        issues.clear_unreached(self._hass)  # what was told was told of another address
        if self._hass.is_running:
            self._try_in(CHANGED_TRY_S, told=False)

    @callback
    def came_by(self, host: str | None) -> None:
        """A wearable has proven itself over a connection to this host (as in the header Host)."""
        if host is None or self._url is None or host.lower() != _host_header(self._url):
            return
        self._no_try()
        issues.clear_unreached(self._hass)

    # --- trying -------------------------------------------------------------------------------------------------------

    def _no_try(self) -> None:
        if self._stop_timer is not None:
            self._stop_timer()
            self._stop_timer = None
        if self._trying is not None:
            self._trying.cancel()
            self._trying = None

    def _try_in(self, delay_s: float, *, told: bool, failed: bool = False) -> None:
        """Try once more after a while, in which nothing else happens; `told` while there is an issue."""
        self._no_try()
        if outside_url(self._hass) is None:
            issues.clear_unreached(self._hass)
            return

        @callback
        def due(_now: datetime) -> None:
            self._stop_timer = None
            self._trying = self._hass.async_create_background_task(
                self._try(told=told, failed=failed), "shelfsight reachability"
            )

        job = HassJob(due, "shelfsight reachability", cancel_on_shutdown=True)
        self._stop_timer = async_call_later(self._hass, delay_s, job)

    async def _try(self, *, told: bool, failed: bool) -> None:
        why = await self.reach()
        self._trying = None
        if why is None:
            issues.clear_unreached(self._hass)
        elif told or failed:
            self.tell(why)
        else:
            self._try_in(SECOND_TRY_S, told=False, failed=True)

    def tell(self, why: Unreached) -> None:
        """It does not lead here: say so, and look after it every hour from now on."""
        if self._url is None or not self._watched:
            return
        _LOGGER.debug("The address for outside does not lead here: %s", why.value)
        issues.report_unreached(self._hass, self._url, why)
        self._try_in(TOLD_TRY_S, told=True)

    async def reach(self) -> Unreached | None:
        """Try now: why the address does not lead here, as far as can be told; None when it does, or there is none."""
        self._url = url = outside_url(self._hass)
        if url is None:
            return None
        asked, answer = self._view.open()
        try:
            async with async_get_clientsession(self._hass).get(
                f"{url}{REACH_PATH}/{asked}", timeout=ClientTimeout(total=_TRY_LIMIT_S)
            ) as response:
                came = await _beginning_of(response)
        except ClientSSLError, ClientConnectorCertificateError:
            return Unreached.CERTIFICATE
        except ClientError, TimeoutError, ValueError:
            return Unreached.NO_ANSWER
        finally:
            self._view.close(asked)
        return None if secrets.compare_digest(came, answer.encode()) else Unreached.STRANGER


async def _beginning_of(response: ClientResponse) -> bytes:
    """As much of it as an answer may be long, and a piece more: whoever answers may never stop."""
    came = b""
    async for piece in response.content.iter_chunked(_ANSWER_LIMIT_BYTES):
        came += piece
        if len(came) >= _ANSWER_LIMIT_BYTES:
            break
    return came


def _host_header(url: str) -> str:
    """What a client of this address writes into its header Host (RFC 9110, section 7.2): the port where it is no usual one."""
    parsed = yarl.URL(url)
    host = (parsed.host_subcomponent or "").lower()
    return host if parsed.is_default_port() else f"{host}:{parsed.port}"
