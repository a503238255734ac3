"""Which pin does what, board by board. Numbers are GPIO numbers; None means that the board has no such part.

Sources: camera pins of the community camera module (cnadler86/micropython-camera-API, src/camera_pins.h), which are the
makers' own; free pins of the XIAO from Seeed's wiki page on pin multiplexing, of the Freenove board (FNK0085) from its
pin diagram. The wiring is ours: `docs/build-esp32.md` shows it, and a test compares it with this table.
"""

from collections import namedtuple

CameraPins = namedtuple("CameraPins", ("data", "pclk", "vsync", "href", "sda", "scl", "xclk", "xclk_hz"))
MicrophonePins = namedtuple("MicrophonePins", ("sck", "ws", "sd"))  # `ws` is None for a PDM microphone
AmplifierPins = namedtuple("AmplifierPins", ("sck", "ws", "sd", "enable"))
LedPin = namedtuple("LedPin", ("pin", "lit"))  # `lit` is the level that lights it

# `sizes` are pairs of the camera module's name and (width, height), largest first.
Table = namedtuple(
    "Table",
    ("model", "name", "camera", "sizes", "microphone", "pdm", "amplifier", "button", "led", "battery", "privacy"),
)

# What the sensors OV2640 and OV3660 both have. Larger ones of the OV3660 do not fit into the link's time budget.
_SIZES = (
    ("UXGA", (1600, 1200)),
    ("SXGA", (1280, 1024)),
    ("XGA", (1024, 768)),
    ("SVGA", (800, 600)),
    ("VGA", (640, 480)),
    ("QVGA", (320, 240)),
)
_XCLK_HZ = 20000000

XIAO = Table(
    model="xiao_esp32s3_sense",
    name="Seeed XIAO ESP32S3 Sense",
    camera=CameraPins((15, 17, 18, 16, 14, 12, 11, 48), 13, 38, 47, 40, 39, 10, _XCLK_HZ),
    sizes=_SIZES,
    microphone=MicrophonePins(sck=7, ws=8, sd=9),  # D8, D9, D10: the card slot's pins; no card may be in it
    pdm=MicrophonePins(sck=42, ws=None, sd=41),  # on the Sense board itself
    amplifier=AmplifierPins(sck=4, ws=5, sd=6, enable=44),  # D3, D4, D5, D7
    button=2,  # D1
    led=LedPin(21, 0),  # the board's own, next to the USB socket
    battery=1,  # D0, behind a divider of two equal resistors
    privacy=3,  # D2
)

FREENOVE = Table(
    model="freenove_esp32s3_cam",
    name="Freenove ESP32-S3 WROOM CAM",
    camera=CameraPins((11, 9, 8, 10, 12, 18, 17, 16), 13, 6, 7, 4, 5, 15, _XCLK_HZ),
    sizes=_SIZES,
    microphone=MicrophonePins(sck=38, ws=39, sd=40),  # the card slot's pins; no card may be in it
    pdm=None,
    amplifier=AmplifierPins(sck=41, ws=42, sd=47, enable=21),
    button=14,
    led=LedPin(2, 1),
    battery=1,
    privacy=3,
)

TABLES = {table.model: table for table in (XIAO, FREENOVE)}
