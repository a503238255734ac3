"""Adding a Wi-Fi network without a cable: for five minutes the board is an access point with one small page.

The password of the access point is new each time and is spoken, so that only who is near can use it. What the person hears:
the phrase `setup_wifi`, then eight digits, again and again until somebody has joined; `wifi_saved` at the end.
"""

import asyncio

import network
from wearable.drivers import DriverError

from . import setup_page
from .say import Announcer
from .setup_page import RequestError, form_page, response, saved_page
from .store import NvsStore, check_network

LIMIT_S = 300
ADDRESS = "192.168.4.1"
_PORT = 80
_DIGITS = 8
_REPEAT_S = 20
_REQUEST_S = 5
_LINGER_S = 1
_MAX_AT_ONCE = 3
_GONE = (OSError, EOFError, asyncio.TimeoutError)


def password_from(random: bytes) -> str:
    """Eight digits from 8 random bytes; the last of 2^64 numbers favour some by a part in 10^11."""
    return "%08d" % (int.from_bytes(random, "big") % 10**_DIGITS)


def name_of(device_id: str) -> str:
    """The access point's name."""
    return "Shelfsight-" + device_id[-4:]


class SetupPage:
    """The page's server, without the radio: tests run it alone."""

    def __init__(self, store: NvsStore, names: list, language: str | None) -> None:
        """`names` are networks that were seen."""
        self._store = store
        self._names = names
        self._language = language
        self._open = 0
        self._server = None
        self.saved = asyncio.Event()
        self.used = False

    async def listen(self, host: str, port: int) -> None:
        """Serves until `close`."""
        self._server = await asyncio.start_server(self._serve, host, port)

    def close(self) -> None:
        """No more pages."""
        self._server.close()

    async def _serve(self, reader: object, writer: object) -> None:
        try:
            if self._open < _MAX_AT_ONCE:
                self._open += 1
                try:
                    answer = await asyncio.wait_for(self._answer(reader), _REQUEST_S)
                finally:
                    self._open -= 1
            else:
                answer = response("503 Service Unavailable", b"")
            writer.write(answer)
            await asyncio.wait_for(writer.drain(), _REQUEST_S)
            await asyncio.wait_for(_until_gone(reader), _LINGER_S)
        except _GONE:
            return
        finally:
            writer.close()
            await writer.wait_closed()

    async def _answer(self, reader: object) -> bytes:
        try:
            request = setup_page.read_head(await _read_head(reader))
            body = await reader.readexactly(request.body_bytes)
            # A name other than ours would be a page elsewhere that points at us.
            if request.method == b"GET" or request.host.partition(b":")[0] != ADDRESS.encode():
                self.used = True
                return response("200 OK", form_page(self._language, self._names))
            form = setup_page.read_form(body)
        except RequestError as error:
            return response(str(error), b"")
        wrong = check_network(form.ssid, form.key)
        if wrong is None:
            try:
                self._store.add_network(form.ssid, form.key)
            except DriverError:
                wrong = "full"
        if wrong is not None:
            return response("200 OK", form_page(self._language, self._names, form.ssid, wrong))
        self.saved.set()
        return response("200 OK", saved_page(self._language))


async def _read_head(reader: object) -> bytes:
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        if len(head) >= setup_page.MAX_REQUEST_BYTES:
            raise RequestError("431 Request Header Fields Too Large")
        head.extend(await reader.readexactly(1))
    return bytes(head)


async def _until_gone(reader: object) -> None:
    """Reads on until the other side closes: closing on what was not read would take the answer away from it."""
    for _ in range(setup_page.MAX_REQUEST_BYTES // 256):
        if not await reader.read(256):
            return


async def run(
    store: NvsStore, names: list, announcer: Announcer, random_bytes: object, alive: object, opened: object
) -> bool:
    """Until a network is saved (True) or time is up (False); then the access point is off.

    `alive()` feeds the watchdog, `opened()` is called when there is something to join.
    """
    password = password_from(random_bytes(8))
    point = network.WLAN(network.WLAN.IF_AP)
    page = SetupPage(store, names, store.language())
    point.active(True)
    speaking = feeding = None
    try:
        point.config(ssid=name_of(store.device_id), key=password, security=network.WLAN.SEC_WPA2, max_clients=2)
        await page.listen("0.0.0.0", _PORT)  # noqa: S104 -- there is only the access point's network
        opened()
        speaking = asyncio.create_task(_repeat(announcer, password, page))
        feeding = asyncio.create_task(_feed(alive))
        try:
            await asyncio.wait_for(page.saved.wait(), LIMIT_S)
        except asyncio.TimeoutError:
            return False
        speaking.cancel()
        await asyncio.sleep(1)  # the page goes out before the radio does
        await announcer.phrase("wifi_saved", "done")
        return True
    finally:
        for task in (speaking, feeding):
            if task is not None:
                task.cancel()
        if speaking is not None:
            page.close()
        point.active(False)


async def _repeat(announcer: Announcer, password: str, page: SetupPage) -> None:
    """Says the password until the page has been asked for."""
    while not page.used:
        await announcer.phrase("setup_wifi", "thinking")
        await announcer.digits(password)
        await asyncio.sleep(_REPEAT_S)


async def _feed(alive: object) -> None:
    while True:
        alive()
        await asyncio.sleep(1)
