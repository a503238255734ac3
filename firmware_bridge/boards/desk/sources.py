"""What a person writes after --camera, --microphone and --speaker, and the ffmpeg arguments it means. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
STREAM_CAMERA_HZ = 5
_URL_SCHEMES = ("http://", "https://", "rtsp://", "rtmp://", "udp://", "tcp://")
# `format:input` names an ffmpeg input device outright; lavfi makes test pictures and tones without any hardware.
_CAMERA_FORMATS = ("lavfi", "v4l2", "avfoundation", "dshow")
_MICROPHONE_FORMATS = ("lavfi", "alsa", "pulse", "avfoundation", "dshow")
_DEFAULT_MICROPHONE = {"linux": ("alsa", "default"), "darwin": ("avfoundation", ":default")}


class Kind(Enum):
    """What sort of source it is."""

    NONE = "none"
    FILES = "files"
    STREAM = "stream"


@dataclass(frozen=True, slots=True)
class Source:
    """A source: for FILES the paths in the order they are used, for STREAM ffmpeg's input arguments."""

    kind: Kind
    paths: tuple[Path, ...] = ()
    input_arguments: tuple[str, ...] = ()


def camera_source(text: str) -> Source:
    """`none`, a picture, a folder of pictures, a video file, a URL, a webcam, or `format:input` for ffmpeg.

    Raises:
        ValueError: there is no such thing; the text says so in one line.
    """
    if text == "none":
        return Source(Kind.NONE)
    device = _named_device(text, _CAMERA_FORMATS)
    if device:
        return Source(Kind.STREAM, input_arguments=device)
    if text.startswith(_URL_SCHEMES):
        transport = ("-rtsp_transport", "tcp") if text.startswith("rtsp") else ()
        return Source(Kind.STREAM, input_arguments=("-fflags", "nobuffer", *transport, "-i", text))
    if text.startswith("/dev/video"):
        return Source(Kind.STREAM, input_arguments=("-f", "v4l2", "-i", text))
    path = Path(text).expanduser()
    if path.is_dir():
        paths = tuple(sorted(child for child in path.iterdir() if child.suffix.lower() in PICTURE_SUFFIXES))
        if not paths:
            raise ValueError(f"no pictures in the folder {path}")
        return Source(Kind.FILES, paths)
    if not path.exists():
        raise ValueError(f"no such picture or video: {path}")
    if path.suffix.lower() in PICTURE_SUFFIXES:
        return Source(Kind.FILES, (path,))
    return Source(Kind.STREAM, input_arguments=("-re", "-stream_loop", "-1", "-i", str(path)))


def microphone_source(text: str, platform: str) -> Source:
    """`none`, a sound file, `device` for the sound card, or `format:input`; `platform` is `sys.platform`.

    Raises:
        ValueError: there is no such thing; the text says so in one line.
    """
    if text == "none":
        return Source(Kind.NONE)
    if text == "device":
        if platform not in _DEFAULT_MICROPHONE:
            raise ValueError("name the sound card of this system, for example dshow:audio=Microphone")
        form, name = _DEFAULT_MICROPHONE[platform]
        return Source(Kind.STREAM, input_arguments=("-f", form, "-i", name))
    device = _named_device(text, _MICROPHONE_FORMATS)
    if device:
        return Source(Kind.STREAM, input_arguments=device)
    path = Path(text).expanduser()
    if not path.is_file():
        raise ValueError(f"no such sound file: {path}")
    return Source(Kind.FILES, (path,))


def pictures_command(input_arguments: Sequence[str]) -> list[str]:
    """The ffmpeg command from a source to a stream of JPEGs, each behind a header with its length (multipart)."""
    output = ("-an", "-vf", f"fps={STREAM_CAMERA_HZ}", "-c:v", "mjpeg", "-q:v", "2", "-f", "mpjpeg", "pipe:1")
    return [*_quiet(), *input_arguments, *output]


def sound_command(input_arguments: Sequence[str], rate_hz: int, limit_s: int | None = None) -> list[str]:
    """The ffmpeg command from a source to s16le mono PCM at `rate_hz`; at most `limit_s` seconds of it."""
    limit = () if limit_s is None else ("-t", str(limit_s))
    output = ("-vn", *limit, "-ac", "1", "-ar", str(rate_hz), "-f", "s16le", "-flush_packets", "1", "pipe:1")
    return [*_quiet(), *input_arguments, *output]


def _quiet() -> tuple[str, ...]:
    return ("ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error")


def _named_device(text: str, formats: Sequence[str]) -> tuple[str, ...]:
    form, colon, name = text.partition(":")
    if not colon or form not in formats or not name:
        return ()
    pace = ("-re",) if form == "lavfi" else ()
    return (*pace, "-f", form, "-i", name)
