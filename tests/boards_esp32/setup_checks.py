"""Setting Wi-Fi up without a cable, start-up and the journal, with an air that is played and real sockets. On MicroPython."""

# ruff: noqa: PTH107, PTH116, PTH123 -- MicroPython has no pathlib

import asyncio
import os

from boards.esp32 import journal, setup_mode, setup_page, start, store
from check_runner import run_all, until
import esp32
import network
from wearable import button

PAGE = ("127.0.0.1", 18580)
FORM = b"ssid=Home+%26+Garden&key=right%20password"


def _post(form, host=b"192.168.4.1", path=b"/"):
    head = b"POST " + path + b" HTTP/1.1\r\nHost: " + host + b"\r\nContent-Length: " + str(len(form)).encode()
    return head + b"\r\n\r\n" + form


async def _ask(request, port=18580):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    await writer.drain()
    answer = b""
    while True:
        more = await reader.read(1024)
        if not more:
            break
        answer += more
        head, _, page = answer.partition(b"\r\n\r\n")
        length = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")]
        if length and len(page) >= int(length[0][16:]):
            break
    writer.close()
    await writer.wait_closed()
    return answer


async def _page(names=("Home",), language="en"):
    kept = store.NvsStore()
    page = setup_mode.SetupPage(kept, list(names), language)
    await page.listen("127.0.0.1", 18580)
    return kept, page


async def check_a_network_is_added_with_a_form():
    kept, page = await _page()
    answer = await _ask(b"GET / HTTP/1.1\r\nHost: 192.168.4.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200") and b'<label for="ssid">' in answer and b'<label for="key">' in answer
    assert page.used and not page.saved.is_set()
    answer = await _ask(_post(FORM))
    assert b'role="status"' in answer
    assert kept.networks() == [("Home & Garden", "right password")] and page.saved.is_set()
    page.close()


async def check_what_is_wrong_is_said_first_and_the_password_never_comes_back():
    kept, page = await _page()
    answer = await _ask(_post(b"ssid=Home&key=short"))
    assert b'role="alert"' in answer and answer.find(b"8 to 63") < answer.find(b"<form") and b"short" not in answer
    assert b'id="key"' in answer and b'aria-invalid="true"' in answer and b'value="Home"' in answer
    answer = await _ask(_post(b"ssid=&key=right+password"))
    assert b'role="alert"' in answer and b"right password" not in answer
    esp32.world.full = True
    answer = await _ask(_post(FORM))
    assert b"memory is full" in answer
    assert kept.networks() == [] and not page.saved.is_set()
    page.close()


async def check_a_form_meant_for_another_host_changes_nothing():
    kept, page = await _page()
    answer = await _ask(_post(FORM, host=b"evil.example"))
    assert b"<form" in answer and kept.networks() == []
    assert b"form-action 'self'" in answer
    page.close()


async def check_hostile_requests_are_refused_and_the_page_goes_on():
    kept, page = await _page()
    for request, status in (
        (b"PUT / HTTP/1.1\r\n\r\n", b"405"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: 192.168.4.1\r\nContent-Length: 99999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nHost: 192.168.4.1\r\nContent-Length: -1\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nHost: 192.168.4.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"501"),
        (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n\r\n", b"431"),
        (_post(b"key=only+a+key"), b"400"),
        (_post(b"ssid=%zz&key="), b"400"),
        (_post(b"ssid=%ff%fe&key="), b"400"),
        (_post(b"ssid=%4"), b"400"),
    ):
        answer = await _ask(request)
        assert answer.startswith(b"HTTP/1.1 " + status), (request[:60], answer[:60])
    assert (await _ask(b"GET /generate_204 HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 200")
    assert kept.networks() == []
    page.close()


async def check_who_says_nothing_holds_nobody_up():
    setup_mode._REQUEST_S = 0.2
    _kept, page = await _page()
    silent = [(await asyncio.open_connection(*PAGE))[1]]
    silent.append((await asyncio.open_connection(*PAGE))[1])
    silent.append((await asyncio.open_connection(*PAGE))[1])
    await asyncio.sleep(0.05)
    assert (await _ask(b"GET / HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 503")
    await until(lambda: page._open == 0)
    assert (await _ask(b"GET / HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 200")
    for writer in silent:
        await writer.wait_closed()
    page.close()


async def check_what_others_call_their_networks_is_only_text():
    _kept, page = await _page(names=('"><script>alert(1)</script>', "a&b'c"))
    answer = await _ask(b"GET / HTTP/1.1\r\n\r\n")
    assert b"<script" not in answer and b"&quot;&gt;&lt;script&gt;" in answer and b"a&amp;b&#39;c" in answer
    answer = await _ask(_post(b"ssid=%22%3E%3Cimg%20src%3Dx%3E&key=short"))
    assert b"<img" not in answer
    page.close()


def check_every_language_says_all_and_unknown_ones_are_english():
    for tag, texts in setup_page.TEXTS.items():
        assert len(texts) == 9 and all(texts), tag
        for wrong in (None, "ssid", "key", "full"):
            page = setup_page.form_page(tag, ["Home"], "Home", wrong)
            assert ('<html lang="' + tag + '">').encode() in page
            assert page.count(b"<label") == page.count(b"<input") == 2
    assert setup_page.texts_of("de-AT")[0] == "de" and setup_page.texts_of("tlh")[0] == "en"
    assert setup_page.texts_of(None)[0] == "en"


def check_the_password_is_eight_digits_and_new_each_time():
    assert setup_mode.password_from(bytes(8)) == "00000000"
    words = [setup_mode.password_from(os.urandom(8)) for _ in range(50)]
    assert len(set(words)) == 50 and all(len(word) == 8 and word.isdigit() for word in words)


class Announcer:
    """Remembers what was said."""

    def __init__(self):
        self.said = []

    async def phrase(self, name, cue):
        self.said.append(name)

    async def digits(self, digits):
        self.said.append(digits)


async def check_the_access_point_is_closed_with_a_spoken_password_and_gone_when_a_network_is_saved():
    setup_mode._PORT = 18581
    kept, announcer, alive = store.NvsStore(), Announcer(), []
    running = asyncio.create_task(
        setup_mode.run(kept, ["Home"], announcer, os.urandom, lambda: alive.append(1), lambda: None)
    )
    await until(lambda: len(announcer.said) >= 2)
    point = network.world.point
    assert announcer.said[:2] == ["setup_wifi", point["key"]] and len(point["key"]) == 8
    assert point["security"] == network.WLAN.SEC_WPA2 and point["ssid"] == "Shelfsight-" + kept.device_id[-4:]
    assert (await _ask(_post(FORM), 18581)).startswith(b"HTTP/1.1 200")
    assert await running is True
    assert announcer.said[-1] == "wifi_saved" and alive
    assert not network.WLAN(network.WLAN.IF_AP).active()
    assert kept.networks() == [("Home & Garden", "right password")]


async def check_after_five_minutes_the_access_point_is_gone():
    assert setup_mode.LIMIT_S == 300
    setup_mode._PORT, setup_mode.LIMIT_S = 18582, 0.2
    try:
        announcer = Announcer()
        assert await setup_mode.run(store.NvsStore(), [], announcer, os.urandom, lambda: None, lambda: None) is False
        assert not network.WLAN(network.WLAN.IF_AP).active() and "wifi_saved" not in announcer.said
    finally:
        setup_mode.LIMIT_S = 300


def check_a_long_press_without_a_network_is_over_before_pairing_would_begin():
    assert start._HELD_AT_START_MS < start._HELD_WITHOUT_NETWORK_MS < button.LONG_MS
    assert start._ERRORS_SAID == 3


def _journal():
    path = "/tmp/shelfsight-journal-" + os.urandom(6).hex()
    journal.print = lambda text: None
    return path, journal.Journal(path)


def check_the_journal_outlives_a_restart_and_stays_small():
    path, book = _journal()
    try:
        for _ in range(300):
            book.started("pwron_reset")
            try:
                raise ValueError("a fault of the test")
            except ValueError as error:
                book.failed(error)
        assert os.stat(path)[6] < 6000
        with open(path) as file:
            text = file.read()
        assert "a fault of the test" in text and "start pwron_reset" in text
    finally:
        os.remove(path)


def check_restarts_after_faults_come_slower_and_slower_until_one_goes_well():
    path, book = _journal()
    waits = []
    real, journal.time = journal.time, None

    class Time:
        ticks_ms = real.ticks_ms
        sleep = staticmethod(waits.append)

    journal.time = Time
    try:
        for _ in range(9):
            book = journal.Journal(path)
            book.started("hard_reset")
            try:
                raise ValueError("again")
            except ValueError as error:
                book.failed(error)
            book.pause()
        assert waits[:3] == [5, 10, 20] and waits[-1] == 300, waits
        journal.Journal(path).started("hard_reset")
        book = journal.Journal(path)
        book.started("pwron_reset")
        assert book._faults == 0, "the one before ended without a fault"
    finally:
        journal.time = real
        os.remove(path)


def check_digits_are_not_written_anywhere():
    _path, book = _journal()
    printed = []
    journal.print = printed.append
    book.report("pairing_digits", digits="123456")
    assert "123456" not in printed[0] and "pairing_digits" in printed[0]


run_all(globals())
