"""Whether a file is firmware that this wearable can use. Pure: bytes in, sentences out."""

from __future__ import annotations

from dataclasses import dataclass
import hashlib
import io
import re
import zipfile

SOURCE = "https://github.com/cnadler86/micropython-camera-API/releases"
# What the release's files have in their names (its ESP32.yml, the job's matrix of boards).
NAMES = {"xiao_esp32s3_sense": "XIAO_ESP32S3", "freenove_esp32s3_cam": "FREENOVE_ESP32S3_CAM"}

_OLDEST = (1, 26)
_MAGIC = 0xE9  # the first byte of an ESP32 image; ESP-IDF, "App Image Format"
_CHIP_OFFSET, _ESP32_S3 = 12, 9  # esp_chip_id_t in the extended header
_LEAST_BYTES, _MOST_BYTES = 1_000_000, 8_000_000
_VERSION = re.compile(rb"MicroPython v(\d+)\.(\d+)|(?<![\d.])v(\d+)\.(\d+)\.\d+(?:-[\w.]+)? on 20\d\d-\d\d-\d\d")
_CAMERA = b"free_buffer"  # a name only the camera module has
_PDM = b"PDM_RX"


@dataclass(frozen=True)
class Firmware:
    """An image and what was found in it."""

    image: bytes
    sha256: str
    version: tuple[int, int]
    pdm: bool


class FirmwareError(Exception):
    """The file cannot be used; the text is a sentence for a person."""


def unpack(data: bytes) -> bytes:
    """The image itself, if the file is the archive it is published in.

    Raises:
        FirmwareError: an archive with no image, or with several.
    """
    if not data.startswith(b"PK"):
        return data
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name for name in archive.namelist() if name.endswith(".bin")]
            images = [name for name in names if name.rsplit("/", 1)[-1] == "firmware.bin"] or names
            if len(images) != 1:
                raise FirmwareError(f"The archive holds {len(names)} images; unpack it and choose one.")
            if archive.getinfo(images[0]).file_size > _MOST_BYTES:
                raise FirmwareError("The image in the archive is too large for these boards.")
            return archive.read(images[0])
    except zipfile.BadZipFile as error:
        raise FirmwareError("The file is a damaged archive; download it again.") from error


def examine(data: bytes, wanted_sha256: str | None) -> Firmware:
    """Checks a downloaded file (an image, or the archive around one).

    `wanted_sha256` may be that of the file or of the image in it.

    Raises:
        FirmwareError: it is something else, too old, without a camera, or not the file that was meant.
    """
    image = unpack(data)
    sums = (hashlib.sha256(data).hexdigest(), hashlib.sha256(image).hexdigest())
    if wanted_sha256 is not None and wanted_sha256.lower() not in sums:
        raise FirmwareError(f"The file is not the one you mean: its SHA-256 is {sums[0]}.")
    if not _LEAST_BYTES <= len(image) <= _MOST_BYTES:
        raise FirmwareError(f"The file has {len(image)} bytes; firmware has one to eight million.")
    if image[0] != _MAGIC:
        raise FirmwareError("The file is no ESP32 image.")
    if int.from_bytes(image[_CHIP_OFFSET : _CHIP_OFFSET + 2], "little") != _ESP32_S3:
        raise FirmwareError("The image is for another chip than the ESP32-S3.")
    version = _version(image)
    if version is None:
        raise FirmwareError("The image is not MicroPython.")
    if version < _OLDEST:
        raise FirmwareError(f"The image is MicroPython {version[0]}.{version[1]}; 1.26 or later is needed.")
    if _CAMERA not in image:
        raise FirmwareError(f"The image has no camera module; take one from {SOURCE}.")
    return Firmware(image, sums[0], version, _PDM in image)


def _version(image: bytes) -> tuple[int, int] | None:
    found = _VERSION.search(image)
    if found is None:
        return None
    major, minor = found[1] or found[3], found[2] or found[4]
    return int(major), int(minor)
