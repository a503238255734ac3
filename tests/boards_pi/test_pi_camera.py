"""The Pi's camera on a fake picamera2 (see fake_picamera2.py): what is tested is the driver, not the real library."""

import asyncio
from collections.abc import Iterator
import importlib.util
import io
import sys
import time

import fake_picamera2
from fake_picamera2 import SCENE, Scene
from PIL import Image
import pytest

from firmware_bridge.boards.linux.frame import BytesFrame
from firmware_bridge.boards.pi.camera import PiCamera, stream_for
from firmware_bridge.boards.pi.jpeg import bit_rate, whole
from firmware_bridge.boards.pi.settings import CameraSettings
from firmware_bridge.wearable.drivers import DriverError

FAKES = ("picamera2", "picamera2.encoders", "picamera2.outputs", "libcamera")
ENCODERS = ["chip", "software"]


@pytest.fixture(autouse=True, params=ENCODERS)
def _picamera2(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.param == "software" and importlib.util.find_spec("simplejpeg") is None:
        pytest.skip("simplejpeg, which encodes where the chip cannot, is not installed")
    fake_picamera2.install(chip=request.param == "chip")
    for name, value in vars(Scene()).items():
        setattr(SCENE, name, value)
    yield
    for name in FAKES:
        sys.modules.pop(name, None)


def chip_only() -> None:
    from picamera2 import encoders

    if encoders.MJPEGEncoder.__name__ != "MJPEGEncoder":
        pytest.skip("this is about the encoder of the chip")


def opened(frame: BytesFrame) -> Image.Image:
    content = bytearray(frame.size)
    frame.read_into(0, memoryview(content))
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


async def test_a_picture_is_of_the_nearest_size_and_was_exposed_after_it_was_asked_for() -> None:
    camera = PiCamera(CameraSettings())
    assert SCENE.opened == 0, "nothing is opened before it is wanted"
    camera.start()
    for wish, size in (
        ((1600, 1200), (1600, 1200)),
        ((640, 480), (640, 480)),
        ((641, 10), (1600, 1200)),
        ((320, 240), (640, 480)),
    ):
        SCENE.brightness = 200
        asked_ms = time.monotonic_ns() // 1_000_000
        frame = await camera.take(*wish, 80)
        assert frame.taken_ms >= asked_ms
        image = opened(frame)
        assert image.size == size
        left, right = image.convert("L").getpixel((size[0] // 4, 99)), image.convert("L").getpixel((size[0] - 2, 99))
        assert abs(left - 16) < 6 and abs(right - 200) < 6, "the padding of the rows is not in the picture"
        frame.release()
    assert SCENE.held == 0, "every request was given back"
    camera.stop()
    await camera.close()
    assert not SCENE.running and SCENE.closed == 1


async def test_it_runs_only_while_it_is_wanted_and_stays_open() -> None:
    camera = PiCamera(CameraSettings())
    for count in (1, 2):
        camera.start()
        await camera.take(640, 480, 80)
        assert SCENE.running and SCENE.starts == count
        camera.stop()
        with pytest.raises(DriverError, match="closed"):
            await camera.take(640, 480, 80)
        assert not SCENE.running
    await camera.close()


async def test_prepared_it_is_open_but_does_not_run_and_starts_at_once() -> None:
    SCENE.cameras = 0
    camera = PiCamera(CameraSettings())
    camera.prepare()
    with pytest.raises(DriverError, match="closed"):
        await camera.take(640, 480, 80)
    await camera.close()
    SCENE.cameras = 1
    camera = PiCamera(CameraSettings())
    camera.prepare()
    with pytest.raises(DriverError, match="closed"):
        await camera.take(640, 480, 80)
    assert (SCENE.opened, SCENE.starts) == (1, 0)
    camera.start()
    await camera.take(640, 480, 80)
    assert (SCENE.opened, SCENE.starts) == (1, 1)
    await camera.close()


async def test_a_missing_camera_is_said_and_found_at_the_next_start() -> None:
    SCENE.cameras = 0
    camera = PiCamera(CameraSettings())
    camera.start()
    with pytest.raises(DriverError, match="does not start"):
        await camera.take(640, 480, 80)
    camera.stop()
    SCENE.cameras = 1
    camera.start()
    assert opened(await camera.take(640, 480, 80)).size == (640, 480)
    await camera.close()


async def test_a_camera_that_gives_nothing_is_closed_and_opened_anew() -> None:
    camera = PiCamera(CameraSettings())
    camera.start()
    await camera.take(640, 480, 80)
    SCENE.stalled = True
    with pytest.raises(DriverError, match="is the cable seated"):
        await camera.take(640, 480, 80)
    assert SCENE.closed == 1
    SCENE.stalled = False
    camera.stop()
    camera.start()
    await camera.take(640, 480, 80)
    assert SCENE.opened == 2
    await camera.close()


async def test_a_picture_that_is_given_up_leaves_the_camera_usable() -> None:
    camera = PiCamera(CameraSettings())
    camera.start()
    taking = asyncio.create_task(camera.take(1600, 1200, 80))
    await asyncio.sleep(0.01)
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    assert opened(await camera.take(640, 480, 80)).size == (640, 480)
    await camera.close()
    assert SCENE.held == 0


async def test_upside_down_is_turned_by_the_image_processor_and_the_exposure_is_short() -> None:
    camera = PiCamera(CameraSettings(upside_down=True))
    camera.start()
    await camera.take(640, 480, 80)
    assert (SCENE.transforms[0].hflip, SCENE.transforms[0].vflip) == (1, 1)
    assert SCENE.controls == {"AeExposureMode": 1, "AfMode": 2}
    await camera.close()


async def test_without_picamera2_it_is_said() -> None:
    for name in FAKES:
        sys.modules[name] = None  # type: ignore[assignment]  # this is how Python is told that there is none
    camera = PiCamera(CameraSettings())
    camera.start()
    with pytest.raises(DriverError, match="python3-picamera2"):
        await camera.take(640, 480, 80)
    await camera.close()


@pytest.mark.parametrize(("fault", "words"), [("encoder_dumb", "gave nothing"), ("encoder_cut", "no whole picture")])
async def test_what_the_chip_does_not_encode_is_said(fault: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chip_only()
    monkeypatch.setattr("firmware_bridge.boards.pi.jpeg._WAIT_S", 0.2)
    camera = PiCamera(CameraSettings())
    setattr(SCENE, fault, True)
    camera.start()
    with pytest.raises(DriverError, match=words):
        await camera.take(640, 480, 80)
    setattr(SCENE, fault, False)
    assert opened(await camera.take(640, 480, 80)).size == (640, 480)
    assert SCENE.held == 0
    await camera.close()


async def test_the_chips_encoder_is_begun_anew_only_for_another_size_or_quality() -> None:
    chip_only()
    camera = PiCamera(CameraSettings())
    camera.start()
    for wish in ((640, 480, 80), (640, 480, 80), (640, 480, 50), (1600, 1200, 50)):
        await camera.take(*wish)
    assert SCENE.bit_rates == [bit_rate(640, 480, 80), bit_rate(640, 480, 50), bit_rate(1600, 1200, 50)]
    await camera.close()


def test_bit_rates_rise_with_quality_and_size() -> None:
    rates = [bit_rate(1600, 1200, quality) for quality in range(1, 101)]
    assert rates == sorted(rates) and rates[0] == rates[19] and rates[94] == rates[99]
    assert bit_rate(640, 480, 80) * 25 == bit_rate(1600, 1200, 80) * 4
    # About 310 kB a picture at the usual quality: the encoder is told of 30 a second.
    assert 250_000 < rates[79] / 30 / 8 < 350_000


def test_a_jpeg_ends_at_its_end() -> None:
    assert whole(b"\xff\xd8 picture \xff\xd9" + bytes(20)) == b"\xff\xd8 picture \xff\xd9"
    for broken in (b"", b"\xff\xd8 cut", b"no picture \xff\xd9"):
        with pytest.raises(DriverError):
            whole(broken)


def test_the_small_stream_is_for_what_fits_into_it() -> None:
    assert [stream_for(*wish) for wish in ((640, 480), (1, 1), (640, 481), (1600, 1200), (9999, 9999))] == [
        "lores",
        "lores",
        "main",
        "main",
        "main",
    ]
