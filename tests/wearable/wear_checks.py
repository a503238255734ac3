"""Pure checks of what a day's wear is made of, run by both interpreters: `micropython wear_checks.py`.

As shared_checks.py: every function whose name begins with `check_` is one check.
"""

# ruff: noqa: ASYNC110 -- it runs on MicroPython too
import asyncio
import sys

try:
    from firmware_bridge.wearable import pace, tasks, transport, wall
    from firmware_bridge.wearable.capture import Ear, Eye, Orders
    from firmware_bridge.wearable.codec import DEFAULT_SETTINGS, Capture, Video
    from firmware_bridge.wearable.faults import DriverError
    from firmware_bridge.wearable.outbox import Outbox
    from firmware_bridge.wearable.status import BatteryWatch, StateReports
except ImportError:  # MicroPython: the package stands alone
    from wearable import pace, tasks, transport, wall
    from wearable.capture import Ear, Eye, Orders
    from wearable.codec import DEFAULT_SETTINGS, Capture, Video
    from wearable.faults import DriverError
    from wearable.outbox import Outbox
    from wearable.status import BatteryWatch, StateReports
from checks_main import main
from memory_board import MemoryBoard, Network, Phrases, SetClock, Switch

# the battery


def warned_at(percents: tuple, charging: tuple = ()) -> list:
    watch = BatteryWatch()
    return [percent for percent in percents if watch.low(percent, percent in charging)]


def check_a_battery_is_said_to_be_low_at_fifteen_and_at_five_percent_and_not_between() -> None:
    assert warned_at((100, 16, 15, 14, 10, 6, 5, 4, 1)) == [15, 5]


def check_a_battery_that_jumps_over_a_warning_is_said_to_be_low_once() -> None:
    assert warned_at((40, 12, 3, 2)) == [12, 3]
    assert warned_at((3, 2, 1)) == [3]


def check_jitter_around_a_warning_does_not_repeat_it() -> None:
    assert warned_at((16, 15, 17, 15, 18, 14, 19, 13)) == [15]
    assert warned_at((15, 5, 8, 5, 9, 4)) == [15, 5]


def check_a_battery_that_was_charged_warns_again_and_one_that_charges_does_not() -> None:
    watch = BatteryWatch()
    assert watch.low(15, False)
    assert not watch.low(14, True)
    assert watch.low(14, False)
    assert not watch.low(80, False)
    assert watch.low(15, False)
    assert not watch.low(None, False)


# when the home is told


def told_at(busy: bool, *changes: tuple) -> list:
    reports = StateReports()
    reports.opened()
    return [at_ms for at_ms, state in changes if reports.due(state, busy, at_ms)]


def check_the_state_is_told_at_once_and_then_only_when_something_that_matters_has_changed() -> None:
    first = {"battery_percent": 80, "charging": False, "rssi_dbm": -60, "free_bytes": 1000}
    assert told_at(False, (0, first), (61000, dict(first)), (200000, dict(first, free_bytes=5))) == [0]
    assert told_at(False, (0, first), (61000, dict(first, battery_percent=79))) == [0, 61000]
    assert told_at(False, (0, first), (61000, dict(first, charging=True))) == [0, 61000]
    assert told_at(False, (0, {})) == []


def check_an_idle_wearable_tells_its_state_once_a_minute_at_most_and_a_busy_one_every_ten_seconds() -> None:
    changes = [(second * 1000, {"battery_percent": 100 - second}) for second in range(0, 80, 5)]
    assert told_at(False, *changes) == [0, 60000]
    assert told_at(True, *changes) == [0, 10000, 20000, 30000, 40000, 50000, 60000, 70000]


def check_the_signal_matters_from_six_decibels_on() -> None:
    assert told_at(False, (0, {"rssi_dbm": -60}), (60000, {"rssi_dbm": -65}), (120000, {"rssi_dbm": -66})) == [
        0,
        120000,
    ]
    assert told_at(False, (0, {"rssi_dbm": -60}), (60000, {})) == [0], "nothing known is nothing to tell"


def check_privacy_is_told_at_once() -> None:
    off, on = {"privacy": False, "battery_percent": 80}, {"privacy": True, "battery_percent": 80}
    assert told_at(False, (0, off), (100, on), (200, on), (300, off)) == [0, 100, 300]


# how much may be under way


def limits(first_ms: int, *took_ms: int) -> list:
    """The limits after pings that took so long; the first was sent when the connection opened."""
    paced, now_ms, found = pace.Pace(), 0, []
    for took in (first_ms,) + took_ms:  # noqa: RUF005 -- MicroPython has no stars there
        now_ms += 1000
        paced.answered(paced.ask(len(found) > 0, now_ms), now_ms + took)
        found.append(paced.limit_bytes)
    return found


def check_a_near_home_on_a_slow_link_gets_little_at_a_time() -> None:
    assert limits(2, 28, 30, 9, 29) == [4096] * 5


def check_a_far_home_gets_more_at_a_time_until_it_waits_in_a_queue() -> None:
    assert limits(80, 81, 82, 84) == [16384, 24576, 36864, 55296]
    assert limits(80, 82, 130, 100, 130, 130, 130) == [16384, 24576, 12288, 12288, 6144, 4096, 4096]


def check_no_more_than_nine_pings_go_in_a_second_and_a_lost_one_is_not_waited_for_long() -> None:
    paced = pace.Pace()
    assert paced.due(0)
    paced.ask(True, 0)
    assert not paced.due(1999) and paced.due(2000)
    asked = paced.ask(True, 2000)
    paced.answered(asked, 2001)
    assert not paced.due(2119) and paced.due(2120)
    assert not paced.answered(asked, 2122), "a pong that nobody waits for changes nothing"


def check_only_the_answer_to_the_newest_ping_is_measured() -> None:
    paced = pace.Pace()
    older = paced.ask(False, 0)
    newer = paced.ask(False, 1000)
    assert not paced.answered(older, 1001)
    assert paced.answered(newer, 1080) and paced.limit_bytes == 4 * 4096


def check_a_home_that_was_busy_when_the_connection_opened_does_not_look_far_away_for_ever() -> None:
    paced = pace.Pace()
    paced.answered(paced.ask(False, 0), 60)
    assert paced.limit_bytes == 3 * 4096
    assert not paced.answered(paced.ask(False, 1000), 1002)
    assert paced.limit_bytes == 3 * 4096, "nothing was under way: that says nothing"
    for at_ms in (2000, 3000):
        paced.answered(paced.ask(True, at_ms), at_ms + 50)
    assert paced.limit_bytes == 4096


# the wall


def faults_of(run: object) -> list:
    """What is reported while `run(board, walled)` uses a board through the wall."""
    board = MemoryBoard(None, (), b"x" * 100)
    board.privacy, board.network, board.phrases = Switch(), Network(), Phrases()
    reported = []
    walled = wall.Walled(board, lambda event, **details: reported.append((event, details["what"])))
    run(board, walled)
    return reported


def raised(function: object, *arguments: object) -> object:
    try:
        outcome = function(*arguments)
        if hasattr(outcome, "send"):
            asyncio.run(outcome)
    except Exception as error:  # noqa: BLE001 -- whatever it is, its type is what is asked for
        return type(error)
    return None


def check_a_known_failure_passes_the_wall_and_is_no_fault() -> None:
    def run(board: object, walled: object) -> None:
        board.microphone.fails = board.store.fails = "known"
        assert raised(walled.microphone.read_into, bytearray(2)) is DriverError
        assert raised(walled.store.save, b"", []) is DriverError

    assert faults_of(run) == []


def check_nothing_but_a_driver_error_comes_through_the_wall_and_the_rest_is_reported() -> None:
    def run(board: object, walled: object) -> None:
        for part in (
            board.microphone,
            board.camera,
            board.store,
            board.speaker,
            board.led,
            board.network,
            board.phrases,
        ):
            part.fails = "wild"
        assert raised(walled.microphone.read_into, bytearray(2)) is DriverError
        assert raised(walled.camera.take, 1, 1, 1) is DriverError
        assert raised(walled.store.save_urls, []) is DriverError
        assert raised(walled.speaker.write, b"") is DriverError
        assert raised(walled.phrases.pieces, "lost", "", 24000) is DriverError
        assert raised(walled.led.set, True) is None
        assert walled.network.trouble() is None

    names = ["microphone", "camera", "store", "speaker", "phrases", "led", "network"]
    assert faults_of(run) == [("fault", name) for name in names]


def check_a_fault_that_comes_again_and_again_is_reported_now_and_then() -> None:
    def run(board: object, walled: object) -> None:
        board.led.fails = "wild"
        for _ in range(45):
            walled.led.set(True)

    assert faults_of(run) == [("fault", "led")] * 3


def check_a_switch_that_cannot_be_read_stays_as_it_was() -> None:
    class Broken:
        @property
        def on(self) -> bool:
            raise ValueError

        async def changed(self) -> None:
            return

    board = MemoryBoard(None, (), b"")
    board.privacy = Switch()
    walled = wall.Walled(board, lambda *_, **__: None)
    board.privacy.on = True
    assert walled.private()
    board.privacy = Broken()
    assert walled.private()


def check_a_log_that_cannot_be_written_ends_nothing() -> None:
    def report(_event: str, **_details: object) -> None:
        raise OSError("the disk is full")

    board = MemoryBoard(None, (), b"")
    board.led.fails = "wild"
    wall.Walled(board, report).led.set(True)


async def check_what_fails_is_begun_again_while_the_rest_goes_on() -> None:
    told, rounds = [], []

    async def failing() -> None:
        rounds.append("failing")
        raise ValueError(len(rounds))

    async def steady() -> None:
        rounds.append("steady")
        await asyncio.sleep(1000)

    tasks._PAUSE_S, pause_s = 0.01, tasks._PAUSE_S
    keeper = tasks.Keeper(lambda name, error: told.append((name, repr(error)[:10])))
    keeper.add("one", failing)
    keeper.add("two", steady)
    running = asyncio.create_task(keeper.run())
    while len(told) < 3:
        await asyncio.sleep(0.01)
    assert told[:3] == [("one", "ValueError")] * 3
    assert rounds.count("steady") == 1
    await tasks.cancel(running)
    tasks._PAUSE_S = pause_s


# what stops without a word


def listening(board: object) -> tuple:
    orders, refused = Orders(), []
    box = Outbox(640, 5)
    ear = Ear(board.microphone, orders, box, board.clock, lambda *why: refused.append(why))
    eye = Eye(board.camera, orders, box, board.clock, lambda *why: refused.append(why))
    orders.pressed(1, DEFAULT_SETTINGS, board.clock.ms())
    ear.press()
    eye.update()
    return orders, ear, eye, refused


async def check_a_microphone_and_a_camera_that_fall_silent_are_stopped_and_refused() -> None:
    board = MemoryBoard(None, (), b"x" * 100)
    board.clock = SetClock()
    board.microphone.fails = board.camera.fails = "silent"
    orders, ear, eye, refused = listening(board)
    await asyncio.sleep(0.01)
    for now_ms in (0, 2999):
        ear.tick(now_ms)
        eye.tick(now_ms)
    assert refused == [] and board.microphone.running and board.camera.running
    ear.tick(3001)
    assert [what for what, _why in refused] == ["microphone"]
    assert not board.microphone.running and not orders.audio and orders.video
    eye.tick(15001)
    assert [what for what, _why in refused] == ["microphone", "camera"]
    assert not board.camera.running and not orders.active


async def check_a_camera_that_cannot_start_is_refused_and_the_microphone_goes_on() -> None:
    board = MemoryBoard(None, (), b"x" * 100)

    def start() -> None:
        raise DriverError("no camera there")

    board.camera.start = start
    orders, ear, _eye, refused = listening(board)
    assert refused == [("camera", "no camera there")]
    assert orders.audio and not orders.video
    ear.stop()
    assert not board.microphone.running


async def check_a_picture_that_is_lost_while_it_is_sent_is_no_whole_picture() -> None:
    board = MemoryBoard(None, (), b"x" * 9000)
    orders, ear, eye, refused = listening(board)
    ear.stop()
    orders.audio = False
    eye.on_sent = eye.on_idle = lambda *_: None
    box = eye._outbox
    while box._picture is None:
        await asyncio.sleep(0.001)
    assert box.next_message() is not None

    def read_into(_offset: int, _target: memoryview) -> None:
        raise DriverError("the frame buffer is gone")

    board.camera.frames[-1].read_into = read_into
    assert box.next_message() is None
    await asyncio.sleep(0.01)
    assert refused == [("camera", "the frame buffer is gone")]
    assert board.camera.frames[-1].released and not board.camera.running


async def check_a_press_takes_a_picture_at_once_and_a_slower_rate_counts_from_the_last_one_on() -> None:
    board = MemoryBoard(None, (), b"x" * 100)
    board.clock = clock = SetClock()
    orders, ear, eye, refused = listening(board)
    ear.stop()
    orders.audio = False
    eye.on_sent = lambda *_: None

    async def begun_at(now_ms: int) -> int:
        clock.now_ms = now_ms
        eye.update()
        for _ in range(10):
            await asyncio.sleep(0.001)
            while eye._outbox.next_message() is not None:
                pass
        return len(board.camera.wishes)

    assert await begun_at(0) == 1
    orders.ordered(Capture(1, False, Video(640, 480, 0.25, 80), None), 0)  # it was begun at a rate of one a second
    assert await begun_at(1500) == 1
    assert await begun_at(3990) == 1
    assert await begun_at(4000) == 2
    assert await begun_at(4500) == 2
    orders.pressed(2, DEFAULT_SETTINGS, 4500)
    assert await begun_at(4500) == 3
    assert await begun_at(5500) == 4
    orders.stop()
    eye.on_idle = lambda: None
    eye.update()
    assert refused == []


def check_a_certificate_of_the_future_is_told_from_other_failures() -> None:
    early, other = OSError("certificate is not yet valid"), OSError("refused")
    assert not transport.not_yet_valid(other)
    if sys.implementation.name == "cpython":
        early.verify_code = 9
        assert transport.not_yet_valid(early)
        early.verify_code = 10
        assert not transport.not_yet_valid(early)


if __name__ == "__main__":
    sys.exit(main(globals()))
