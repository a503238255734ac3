"""Camera, microphone, loudspeaker, button, LED, battery and settings, each with a chip that is played. On MicroPython."""

import array
import asyncio
import json
import time

from boards.esp32 import (
    battery,
    camera as board_camera,
    clock,
    config,
    controls,
    microphone,
    pcm,
    speaker,
    store,
    tables,
)
import camera
from check_runner import raised, raised_by, run_all, until
import esp32
import machine
from wearable.drivers import DriverError


def _camera():
    return board_camera.BoardCamera(tables.XIAO, clock.BoardClock())


async def check_a_picture_is_read_in_parts_from_the_cameras_own_memory():
    camera.world.jpeg_bytes = 200001
    eye = _camera()
    eye.start()
    frame = await eye.take(1600, 1200, 80)
    assert frame.size == 200001
    part = memoryview(bytearray(4096))
    whole = bytearray()
    for offset in range(0, frame.size, 4096):
        count = min(4096, frame.size - offset)
        frame.read_into(offset, part[:count])
        if offset in (0, 49 * 4096):
            whole += part[:count]
    memory = camera.world.memory
    assert bytes(whole) == bytes(memory[:4096]) + bytes(memory[49 * 4096 : 49 * 4096 + len(whole) - 4096])
    frame.release()
    raised(DriverError, frame.read_into, 0, part)
    eye.stop()


async def check_the_sensor_runs_only_while_pictures_are_wanted():
    eye = _camera()
    assert camera.world.starts == 0
    eye.start()
    (await eye.take(640, 480, 50)).release()
    assert camera.world.running is not None
    (await eye.take(640, 480, 50)).release()
    assert camera.world.starts == 1
    eye.stop()
    assert camera.world.running is None
    eye.start()
    (await eye.take(640, 480, 50)).release()
    assert camera.world.starts == 2
    eye.stop()


async def check_its_buffers_fit_the_largest_size_whatever_is_asked_first():
    for modern in (True, False):
        camera.world.modern = modern
        camera.world.settings = []
        eye = _camera()
        eye.start()
        (await eye.take(320, 240, 60)).release()
        (await eye.take(1600, 1200, 100)).release()
        assert camera.world.options["frame_size"] == camera.FrameSize.UXGA
        assert camera.world.options["data_pins"] == [15, 17, 18, 16, 14, 12, 11, 48]
        assert camera.world.settings == [
            ("frame_size", camera.FrameSize.QVGA),
            ("quality", 60),
            ("frame_size", camera.FrameSize.UXGA),
            ("quality", 90),
        ], camera.world.settings
        eye.stop()


def check_the_nearest_size_is_the_nearest_in_pixels():
    sizes = tables.XIAO.sizes
    assert board_camera.nearest(sizes, 1600, 1200)[0] == "UXGA"
    assert board_camera.nearest(sizes, 4000, 3000)[0] == "UXGA"
    assert board_camera.nearest(sizes, 1, 1)[0] == "QVGA"
    assert board_camera.nearest(sizes, 1000, 700)[0] == "XGA"


async def check_a_camera_that_is_missing_blind_or_broken_is_a_driver_error_and_can_start_again():
    eye = _camera()
    camera.world.missing = True
    eye.start()
    assert "does not start" in str(await raised_by(DriverError, eye.take(640, 480, 80)))
    eye.stop()
    camera.world.missing = False
    camera.world.broken_frames = 2 + 2  # two are thrown away for the exposure, two more are tried
    eye.start()
    (await eye.take(640, 480, 80)).release()
    camera.world.broken_frames = 3
    assert "none" in str(await raised_by(DriverError, eye.take(640, 480, 80)))
    board_camera._FRAME_S = 0.1
    camera.world.blind = True
    assert "no picture" in str(await raised_by(DriverError, eye.take(640, 480, 80)))
    camera.world.blind = False
    (await eye.take(640, 480, 80)).release()
    eye.stop()


async def check_the_next_picture_is_taken_after_the_one_before_and_a_cancelled_one_blocks_nothing():
    eye = _camera()
    eye.start()
    first = await eye.take(640, 480, 80)
    taking = asyncio.create_task(eye.take(640, 480, 80))
    await asyncio.sleep(0)
    taking.cancel()
    second = await eye.take(640, 480, 80)
    assert second.taken_ms >= first.taken_ms + camera.world.frame_ms
    eye.stop()
    eye.start()
    stopped = asyncio.create_task(eye.take(640, 480, 80))
    await asyncio.sleep(0)
    eye.stop()
    assert "stopped" in str(await raised_by(DriverError, stopped))


def _samples(data):
    return list(array.array("h", bytes(data)))


def check_wide_samples_become_narrow_ones_and_loud_ones_are_limited():
    source = array.array("i", [0, 1 << 13, -(1 << 13), 0x7FFFFFFF, -0x80000000, (5 << 13) | 0x1FFF, -1])
    target = bytearray(14)
    assert pcm.narrow(target, source, 7, 13) == 6
    assert _samples(target) == [0, 1, -1, 32767, -32768, 5, -1]
    assert pcm.narrow(target, source, 7, 16) == 6
    assert _samples(target) == [0, 0, -1, 32767, -32768, 0, -1]
    assert pcm.narrow(target, array.array("i", [7, 7, 7]), 3, 13) == 0


def check_volume_is_a_factor_that_never_wraps():
    target = bytearray(8)
    source = array.array("h", [1000, -1000, 32767, -32768])
    pcm.scale(target, source, 4, 4096)
    assert _samples(target) == [1000, -1000, 32767, -32768]
    pcm.scale(target, source, 4, 2048)
    assert _samples(target) == [500, -500, 16383, -16384]
    pcm.scale(target, source, 4, 4 * 4096)
    assert _samples(target) == [4000, -4000, 32767, -32768]
    assert [speaker.factor_of(percent) for percent in (-5, 0, 50, 100, 200)] == [0, 0, 1024, 4096, 4096]


async def check_sound_comes_without_a_gap_in_chunks_of_twenty_milliseconds():
    ear = microphone.BoardMicrophone(tables.XIAO.microphone)
    chunk = memoryview(bytearray(640))
    ear.start()
    heard = []
    for _ in range(10):
        await ear.read_into(chunk)
        heard.extend(_samples(chunk))
    ear.stop()
    assert heard == [number & 0x7FF for number in range(3200)]
    assert machine.world.microphone_starts == [(machine.I2S.RX, 32, 16000, 64000)]
    assert machine.world.ports == []


async def check_nothing_is_lost_while_nobody_reads_for_half_a_second():
    ear = microphone.BoardMicrophone(tables.XIAO.microphone)
    chunk = memoryview(bytearray(640))
    ear.start()
    await ear.read_into(chunk)
    time.sleep_ms(480)
    for _ in range(20):
        await ear.read_into(chunk)
    ear.stop()
    assert machine.world.lost_samples == 0
    assert _samples(chunk)[0] == 20 * 320 & 0x7FF


async def check_a_microphone_that_stops_or_is_not_wired_is_a_driver_error_and_can_start_again():
    microphone._SILENCE_S = 0.1
    ear = microphone.BoardMicrophone(tables.XIAO.microphone)
    chunk = memoryview(bytearray(640))
    machine.world.deaf = True
    ear.start()
    assert "stopped" in str(await raised_by(DriverError, ear.read_into(chunk)))
    machine.world.deaf, machine.world.flat = False, True
    ear.start()

    async def read_on():
        while True:
            await ear.read_into(chunk)

    assert "connected" in str(await raised_by(DriverError, read_on()))
    machine.world.flat = False
    ear.start()
    await ear.read_into(chunk)
    ear.stop()
    machine.world.no_memory = True
    assert "does not start" in str(raised(DriverError, ear.start))


async def check_a_pdm_microphone_needs_firmware_that_can():
    raised(DriverError, microphone.BoardMicrophone, tables.XIAO.pdm)
    machine.I2S, microphone.I2S = machine.PdmI2S, machine.PdmI2S
    try:
        ear = microphone.BoardMicrophone(tables.XIAO.pdm)
        ear.start()
        chunk = memoryview(bytearray(640))
        await ear.read_into(chunk)
        ear.stop()
        assert _samples(chunk)[:4] == [0, 4, 8, 12], "four times as loud"
        assert machine.world.microphone_starts == [(machine.PdmI2S.PDM_RX, 16, 16000, 64000)]
    finally:
        microphone.I2S = machine.PlainI2S


async def _play(mouth, pcm_bytes):
    for offset in range(0, len(pcm_bytes), 960):
        await asyncio.sleep(max(0, mouth.queued_ms() - 60) / 1000)
        await mouth.write(memoryview(pcm_bytes)[offset : offset + 960])


async def check_what_is_written_is_heard_at_its_volume_and_the_amplifier_sleeps_before_and_after():
    mouth = speaker.BoardSpeaker(tables.XIAO.amplifier, clock.BoardClock())
    assert machine.world.outputs[44] == 0
    mouth.set_volume(50)
    sound = bytes(array.array("h", [4000, -4000] * 4800))
    mouth.begin(1)
    assert machine.world.outputs[44] == 1
    await _play(mouth, sound)
    assert 0 < mouth.queued_ms() <= 80
    await until(lambda: mouth.queued_ms() == 0)
    mouth.end()
    assert machine.world.outputs[44] == 0
    mouth.close()
    heard = _samples(machine.world.heard)
    assert heard[:4] == [1000, -1000, 1000, -1000] and len(heard) >= 9600 - 240
    assert sound[:2] == bytes(array.array("h", [4000])), "the caller's memory is as it was"


async def check_clear_is_silence_at_once_and_the_next_sound_is_heard():
    mouth = speaker.BoardSpeaker(tables.XIAO.amplifier, clock.BoardClock(), 16000)
    mouth.begin(1)
    await mouth.write(memoryview(bytes(3200)))
    mouth.clear()
    assert (mouth.queued_ms(), machine.world.outputs[44], machine.world.ports) == (0, 0, [])
    heard = machine.world.heard_bytes
    mouth.begin(None)
    await mouth.write(memoryview(bytes(640)))
    await until(lambda: mouth.queued_ms() == 0)
    mouth.close()
    assert 0 < machine.world.heard_bytes - heard <= 640


async def check_a_speaker_that_is_stuck_is_a_driver_error():
    speaker._STUCK_S = 0.1
    mouth = speaker.BoardSpeaker(tables.XIAO.amplifier, clock.BoardClock())
    mouth.begin(1)
    machine.world.stuck = True
    assert "stuck" in str(await raised_by(DriverError, mouth.write(memoryview(bytes(960)))))
    mouth.clear()
    machine.world.stuck = False
    mouth.begin(1)
    await mouth.write(memoryview(bytes(960)))
    mouth.clear()


async def check_every_edge_of_the_button_comes_with_its_time():
    watch = clock.BoardClock()
    button = controls.BoardButton(2, watch)
    waiting = asyncio.create_task(button.edge())
    await asyncio.sleep(0.02)
    before_ms = watch.ms()
    machine.world.push(2, 0)
    time.sleep_ms(30)
    machine.world.push(2, 1)
    down, at_ms = await waiting
    assert down and 0 <= at_ms - before_ms < 15, (down, at_ms, before_ms)
    up, up_ms = await button.edge()
    assert not up and 25 <= up_ms - at_ms < 60


async def check_a_contact_that_bounces_for_ever_fills_no_memory_and_the_last_level_counts():
    button = controls.BoardButton(2, clock.BoardClock())
    for _ in range(200):
        machine.world.push(2, 0)
        machine.world.push(2, 1)
    machine.world.push(2, 0)
    for _ in range(32):
        down, _at_ms = await button.edge()
    assert down is True
    await raised_by(asyncio.TimeoutError, asyncio.wait_for(button.edge(), 0.05))


async def check_a_press_that_no_interrupt_told_of_is_noticed():
    button = controls.BoardButton(2, clock.BoardClock())
    machine.world.levels[2] = 0
    button.check()
    button.check()
    assert (await button.edge())[0] is True
    assert button.held_ms() == 0
    time.sleep_ms(30)
    assert 20 < button.held_ms() < 100
    machine.world.levels[2] = 1
    assert button.held_ms() == 0


async def check_a_privacy_switch_with_a_broken_wire_means_privacy():
    switch = controls.BoardSwitch(3)
    assert switch.on
    waiting = asyncio.create_task(switch.changed())
    await asyncio.sleep(0)
    machine.world.levels[3] = 0
    await asyncio.wait_for(waiting, 1)
    assert not switch.on


def check_the_led_knows_which_level_lights_it():
    led = controls.BoardLed(tables.XIAO.led)
    assert machine.world.outputs[21] == 1
    led.set(True)
    assert machine.world.outputs[21] == 0
    other = controls.BoardLed(tables.FREENOVE.led)
    other.set(True)
    assert machine.world.outputs[2] == 1


def check_the_battery_is_read_behind_its_divider():
    cell = battery.Battery(1)
    machine.world.microvolts[1] = 1900000
    assert (cell.millivolts(), cell.percent()) == (3800, 50)
    machine.world.microvolts[1] = 300000
    assert cell.percent() is None, "there is no cell"
    points = [battery.percent_of(millivolts) for millivolts in range(3000, 4400, 10)]
    assert points == sorted(points) and points[0] == 0 and points[-1] == 100


def check_the_time_goes_on_when_the_ticks_wrap():
    real_ms, real_diff = time.ticks_ms, time.ticks_diff
    period = 1 << 30
    now = [period - 1000]

    class Ticks:
        gmtime, time = time.gmtime, time.time

        @staticmethod
        def ticks_ms():
            return now[0] % period

        @staticmethod
        def ticks_diff(later, earlier):
            return (later - earlier + period // 2) % period - period // 2

    clock.time = Ticks
    try:
        watch = clock.BoardClock()
        now[0] += 5000
        assert watch.ms() == 5000
        at = Ticks.ticks_ms()
        now[0] += period // 2 - 1
        assert watch.ms() == 5000 + period // 2 - 1
        now[0] += 100
        assert watch.ms_at(Ticks.ticks_ms()) == watch.ms()
        assert at < 5000
    finally:
        clock.time = time
    assert real_ms is time.ticks_ms and real_diff is time.ticks_diff


def check_the_key_and_urls_are_there_after_power_off():
    kept = store.NvsStore()
    assert kept.key is None and len(kept.device_id) == 16
    kept.save(bytes(range(32)), ["http://192.168.1.2:8123", "https://home.example"])
    again = store.NvsStore()
    assert (again.key, again.urls) == (bytes(range(32)), ("http://192.168.1.2:8123", "https://home.example"))
    again.save_urls(["http://10.0.0.2:8123"])
    assert store.NvsStore().urls == ("http://10.0.0.2:8123",)
    again.forget()
    again.forget()
    assert store.NvsStore().key is None and store.NvsStore().device_id == kept.device_id


def check_what_was_copied_from_another_chip_is_forgotten():
    first = store.NvsStore()
    first.save(bytes(32), ["http://192.168.1.2:8123"])
    machine.world.unique_id = b"\x0a\x0b\x0c\x0d\x0e\x0f"
    copy = store.NvsStore()
    assert copy.key is None and copy.device_id != first.device_id
    machine.world.unique_id = b"\x01\x02\x03\x04\x05\x06"
    assert store.NvsStore().key is None, "it was deleted, not only passed over"


def check_full_storage_is_a_driver_error_and_what_was_there_stays():
    kept = store.NvsStore()
    kept.save(bytes(32), ["http://192.168.1.2:8123"])
    esp32.world.full = True
    assert str(raised(DriverError, kept.save, bytes(range(32)), ["http://other"])) == "storage full"
    raised(DriverError, kept.save_urls, ["http://other"])
    raised(DriverError, kept.add_network, "Home", "12345678")
    kept.save_language("de")
    assert (kept.key, kept.urls) == (bytes(32), ("http://192.168.1.2:8123",))
    assert store.NvsStore().key == bytes(32)
    esp32.world.full, esp32.world.broken = False, True
    assert "fails" in str(raised(DriverError, kept.save, bytes(32), []))


def check_several_networks_are_known_the_newest_first_and_the_oldest_goes():
    kept = store.NvsStore()
    for number in range(10):
        kept.add_network(f"Net {number}", f"password{number}")
    kept.add_network("Net 4", "another password")
    names = [ssid for ssid, _key in kept.networks()]
    assert names == ["Net 4", "Net 9", "Net 8", "Net 7", "Net 6", "Net 5", "Net 3", "Net 2"]
    assert store.NvsStore().networks()[0] == ("Net 4", "another password")
    kept.forget_networks()
    assert kept.networks() == []


def check_impossible_networks_are_refused():
    kept = store.NvsStore()
    for ssid, key in (
        ("", ""),
        ("x" * 33, ""),
        ("a\0b", ""),
        ("Home", "1234567"),
        ("Home", "x" * 64),
        ("\xe9" * 17, ""),
    ):
        raised(ValueError, kept.add_network, ssid, key)
    kept.add_network("\xe9" * 16, "")
    kept.add_network("Home", "x" * 63)


def check_damaged_settings_are_as_none():
    for blob in (b"", b"\xff\xfe", b"[1, 2]", b'{"id": 5}', b'{"key": "zz"}', b"null"):
        esp32.world.blobs = {("shelfsight", name): blob for name in ("home", "wifi", "language")}
        kept = store.NvsStore()
        assert kept.key is None and kept.networks() == [] and kept.language() is None
    right = {"id": kept.device_id, "key": "00", "urls": ["http://x"]}
    esp32.world.blobs["shelfsight", "home"] = json.dumps(right).encode()
    assert store.NvsStore().key is None, "a key of one byte is none"


def check_a_board_starts_whatever_its_configuration_says():
    for text in ("", "{", "[]", "null", '{"board": 7, "speaker_hz": 1, "name": null, "battery": 1}'):
        assert config.read_config(text) == config.DEFAULT, text
    read = config.read_config(
        '{"board": "freenove_esp32s3_cam", "name": "Ana", "battery": true, "speaker_hz": 16000, "language": "de"}'
    )
    assert (read.table, read.name, read.battery, read.speaker_hz) == (tables.FREENOVE, "Ana", True, 16000)


def check_no_pin_has_two_uses_and_none_belongs_to_memory_or_usb():
    for table in tables.TABLES.values():
        used = [table.button, table.led.pin, table.battery, table.privacy]
        used.extend(table.camera.data)
        used.extend(table.camera[1:7])
        used.extend(table.microphone)
        used.extend(table.amplifier)
        used.extend(pin for pin in table.pdm or () if pin is not None)
        assert len(used) == len(set(used)), table.model
        # 19 and 20 are USB, 22 to 32 do not exist or are the flash's, 33 to 37 are the octal PSRAM's.
        assert not [pin for pin in used if pin in (0, 19, 20) or 22 <= pin <= 37], table.model
        assert table.button <= 21, "only these wake from sleep"
        assert table.battery <= 10, "only ADC1 works beside Wi-Fi"


run_all(globals())
