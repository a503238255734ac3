"""picamera2 and libcamera where there is no camera: fakes, not the real packages, which exist only on a Raspberry Pi.

They do what the sources of picamera2 0.3 do as far as the driver uses it: requests that complete at the configured pace
with the time at which their exposure began, `capture_request(wait, flush)`, requests that must be released, encoders that
are started with size, format, stride and output, and hand bytes to the output from a thread of their own.
"""

from dataclasses import dataclass, field
import io
import sys
import threading
import time
import types
from typing import Any

import numpy as np
from PIL import Image

STRIDE_STEP = 128  # rows are padded, as the image processor does


@dataclass
class Scene:
    """What is in front of the camera, and what goes wrong."""

    brightness: int = 128
    cameras: int = 1
    stalled: bool = False
    encoder_dumb: bool = False
    encoder_cut: bool = False
    opened: int = 0
    starts: int = 0
    running: bool = False
    held: int = 0
    closed: int = 0
    bit_rates: list[int] = field(default_factory=list)
    transforms: list[Any] = field(default_factory=list)
    controls: dict[str, Any] = field(default_factory=dict)


SCENE = Scene()


class Transform:
    def __init__(self, hflip: int = 0, vflip: int = 0) -> None:
        self.hflip, self.vflip = hflip, vflip


class Request:
    def __init__(self, camera: Any, exposed_ns: int) -> None:
        self._camera = camera
        self._exposed_ns = exposed_ns
        SCENE.held += 1

    def get_metadata(self) -> dict[str, Any]:
        return {"SensorTimestamp": self._exposed_ns + 5_000_000, "ExposureTime": 5000}

    def make_array(self, name: str) -> Any:
        made = self._camera.stream_configuration(name)
        width, height = made["size"]
        array = np.full((height * 3 // 2, made["stride"]), 128, np.uint8)
        array[:height, :width] = SCENE.brightness
        array[:height, : width // 2] = 16  # the left half is black, the padding grey
        return array

    def release(self) -> None:
        SCENE.held -= 1


class Picamera2:
    def __init__(self, camera_num: int = 0) -> None:
        if camera_num >= SCENE.cameras:
            raise IndexError("list index out of range")
        SCENE.opened += 1
        self._made: dict[str, Any] = {}
        self._frame_ns = 0
        self.camera_controls = {"AfMode": (0, 2, 0)}

    def create_video_configuration(self, **wishes: Any) -> dict[str, Any]:
        SCENE.transforms.append(wishes.get("transform"))
        self._frame_ns = wishes["controls"]["FrameDurationLimits"][1] * 1000
        made = {}
        for name in ("main", "lores"):
            stride = -(-wishes[name]["size"][0] // STRIDE_STEP) * STRIDE_STEP
            made[name] = {**wishes[name], "stride": stride}
        return made

    def configure(self, made: dict[str, Any]) -> None:
        self._made = made

    def set_controls(self, controls: dict[str, Any]) -> None:
        SCENE.controls.update(controls)

    def stream_configuration(self, name: str = "main") -> dict[str, Any]:
        return self._made[name]

    def start(self) -> None:
        SCENE.starts += 1
        SCENE.running = True

    def stop(self) -> None:
        SCENE.running = False

    def cancel_all_and_flush(self) -> None:
        pass

    def close(self) -> None:
        SCENE.running = False
        SCENE.closed += 1

    def capture_request(self, wait: float, flush: int) -> Request:
        assert SCENE.running
        if SCENE.stalled:
            time.sleep(0.05)
            raise TimeoutError
        exposed_ns = -(-max(flush, time.monotonic_ns()) // self._frame_ns) * self._frame_ns
        time.sleep((exposed_ns + self._frame_ns - time.monotonic_ns()) / 1e9)
        return Request(self, exposed_ns)


class Output:
    def outputframe(self, frame: Any, keyframe: bool = True, timestamp: Any = None, packet: Any = None) -> None:
        raise NotImplementedError


class MJPEGEncoder:
    """Stands for the encoder of the chip."""

    def __init__(self, bitrate: int) -> None:
        SCENE.bit_rates.append(bitrate)
        self.output: Any = None
        self.running = False

    def start(self) -> None:
        assert (self.width, self.height) in {(1600, 1200), (640, 480)}  # type: ignore[attr-defined]
        assert self.stride % STRIDE_STEP == 0 and self.format == "YUV420"  # type: ignore[attr-defined]
        self.running = True

    def stop(self) -> None:
        self.running = False

    def encode(self, name: str, request: Request) -> None:
        assert self.running
        made = request._camera.stream_configuration(name)
        width, height = made["size"]
        brightness = request.make_array(name)[:height, :width]

        def work() -> None:
            target = io.BytesIO()
            Image.fromarray(brightness).save(target, "JPEG", quality=80)
            jpeg = target.getvalue()
            if not SCENE.encoder_dumb:
                self.output.outputframe(memoryview(jpeg[:-100] if SCENE.encoder_cut else jpeg + bytes(64)), True, 0)

        threading.Thread(target=work, daemon=True).start()


class LibavMjpegEncoder:
    """What picamera2 calls MJPEGEncoder where the chip has none."""


def install(chip: bool = True) -> None:
    """Makes `import picamera2` and `import libcamera` find these."""
    encoders, outputs = types.ModuleType("picamera2.encoders"), types.ModuleType("picamera2.outputs")
    encoders.MJPEGEncoder = MJPEGEncoder if chip else LibavMjpegEncoder  # type: ignore[attr-defined]
    outputs.Output = Output  # type: ignore[attr-defined]
    package = types.ModuleType("picamera2")
    package.Picamera2, package.encoders, package.outputs = Picamera2, encoders, outputs  # type: ignore[attr-defined]
    libcamera = types.ModuleType("libcamera")
    libcamera.Transform = Transform  # type: ignore[attr-defined]
    libcamera.controls = types.SimpleNamespace(  # type: ignore[attr-defined]
        AeExposureModeEnum=types.SimpleNamespace(Short=1), AfModeEnum=types.SimpleNamespace(Continuous=2)
    )
    for name, module in (
        ("picamera2", package),
        ("picamera2.encoders", encoders),
        ("picamera2.outputs", outputs),
        ("libcamera", libcamera),
    ):
        sys.modules[name] = module
