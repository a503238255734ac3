"""Messages of the link (PROTOCOL.md, sections 2 to 4): bytes in, checked values out. No clock, no socket."""

from collections import namedtuple
import json
import struct

PROTOCOL = 1  # the newest version this wearable speaks
OLDEST_PROTOCOL = 1  # the oldest it still speaks
PAIRING_PROTOCOL = 1  # pairing has a number of its own
MICROPHONE, PICTURE, SPEAKER = 1, 2, 3

HEADER = ">BBHI"  # stream, flags, sequence, time_ms
PART_HEADER = ">BBHIII"  # the same, then offset and total size
HEADER_BYTES = 8
PART_HEADER_BYTES = 16
MAX_PART_BYTES = 4096
MAX_PICTURE_BYTES = 2 * 1024 * 1024
MAX_SPEAKER_BYTES = 4096
MAX_BINARY_BYTES = HEADER_BYTES + MAX_SPEAKER_BYTES
MAX_TEXT_BEFORE_PROOF_BYTES = 4096
MAX_TEXT_BYTES = 16384
MAX_URLS = 4
MAX_URL_BYTES = 200

CUES = ("listening", "thinking", "done", "error", "lost", "back", "refused")

Challenge = namedtuple("Challenge", ("protocol", "oldest", "nonce"))
Welcome = namedtuple("Welcome", ("protocol", "proof", "home", "settings"))
Video = namedtuple("Video", ("width", "height", "rate_hz", "quality"))
Still = namedtuple("Still", ("width", "height", "quality"))
Capture = namedtuple("Capture", ("press", "audio", "video", "still"))
Cue = namedtuple("Cue", ("name",))
Speak = namedtuple("Speak", ("turn", "rate_hz", "press"))
Spoken = namedtuple("Spoken", ("turn",))
Flush = namedtuple("Flush", ())
SettingsChange = namedtuple("SettingsChange", ("settings",))
Bye = namedtuple("Bye", ("reason",))
# The last three are None until the home has named them once.
Settings = namedtuple("Settings", ("audio", "video", "cues", "led", "volume", "privacy", "urls", "language"))

DEFAULT_SETTINGS = Settings(True, Video(1600, 1200, 1.0, 80), True, True, 80, None, None, None)


# Tuples of exceptions have names in this package: MicroPython needs the parentheses that the formatter takes away.
_NO_JSON = (ValueError, RuntimeError, MemoryError)  # the second: nested too deep; the third: too long for this board


class ProtocolError(Exception):
    """The other side broke PROTOCOL.md; the connection cannot go on."""


def agreed_version(
    home_oldest: int, home_newest: int, own_oldest: int = OLDEST_PROTOCOL, own_newest: int = PROTOCOL
) -> int:
    """The version to speak: the highest that both do, or, if there is none, our own newest."""
    version = min(own_newest, home_newest)
    return version if version >= max(own_oldest, home_oldest) else own_newest


def read_text(data: memoryview) -> tuple | None:
    """One text message as one of the named tuples above; None if its `type` is unknown.

    Args:
        data: UTF-8 JSON; its length has been checked by the caller.

    Raises:
        ProtocolError: not a JSON object with a `type`, or a field of a wrong type or out of range.
    """
    value = read_object(data)
    if value is None or not isinstance(value.get("type"), str):
        raise ProtocolError("not a JSON object with a type")
    reader = _READERS.get(value["type"])
    return None if reader is None else reader(value)


def read_object(data: memoryview) -> dict | None:
    """The JSON object in UTF-8 text; None if it is not one."""
    try:
        value = json.loads(str(data, "utf-8"))
    except _NO_JSON:
        return None
    return value if isinstance(value, dict) else None


def read_speaker(data: memoryview) -> memoryview:
    """The PCM (s16le, mono) of a speaker message, a view into `data`.

    Raises:
        ProtocolError: no speaker message, over its limit, or half a sample.
    """
    if not HEADER_BYTES <= len(data) <= MAX_BINARY_BYTES or len(data) % 2:
        raise ProtocolError("a binary message of a wrong size")
    if data[0] != SPEAKER:
        raise ProtocolError("a stream that does not go to a wearable")
    return data[HEADER_BYTES:]


def write_header(target: memoryview, stream: int, sequence: int, time_ms: int) -> None:
    """Puts the 8 bytes every binary message begins with into `target`; both numbers wrap."""
    struct.pack_into(HEADER, target, 0, stream, 0, sequence & 0xFFFF, time_ms & 0xFFFFFFFF)


def write_part_header(target: memoryview, sequence: int, time_ms: int, offset: int, size: int) -> None:
    """Puts the 16 bytes a picture's part begins with into `target`."""
    struct.pack_into(PART_HEADER, target, 0, PICTURE, 0, sequence & 0xFFFF, time_ms & 0xFFFFFFFF, offset, size)


def merge_settings(settings: Settings, change: dict) -> Settings:
    """`settings` with what `change` names; missing keys stay as they are (PROTOCOL.md, section 3).

    Raises:
        ProtocolError: a value of a wrong type or out of range.
    """
    capture = _typed(change, "capture", dict, {})
    return Settings(
        _typed(capture, "audio", bool, settings.audio),
        _video(capture["video"]) if "video" in capture else settings.video,
        _typed(change, "cues", bool, settings.cues),
        _typed(change, "led", bool, settings.led),
        _number(change, "volume", 0, 100) if "volume" in change else settings.volume,
        _typed(change, "privacy", bool) if "privacy" in change else settings.privacy,
        read_urls(change["urls"]) if "urls" in change else settings.urls,
        _language(change["language"]) if "language" in change else settings.language,
    )


def read_urls(value: object) -> tuple:
    """The addresses of a home, as it names them in settings and in pairing: one to four, the likeliest first.

    Raises:
        ProtocolError: no list of URLs, too many, or one that is too long.
    """
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_URLS or not all(_is_url(url) for url in value):
        raise ProtocolError("urls is no list of a home's URLs")
    return tuple(value)


def _is_url(url: object) -> bool:
    return (
        isinstance(url, str)
        and url.startswith(("http://", "https://"))
        and len(url.split()) == 1
        and len(url.encode()) <= MAX_URL_BYTES
    )


def _language(value: object) -> str:
    # It becomes the name of a folder: nothing but what a tag of BCP 47 is made of.
    if not isinstance(value, str) or not 1 <= len(value) <= 35 or any(not _is_of_tag(letter) for letter in value):
        raise ProtocolError("language is no language tag")
    return value


def _is_of_tag(letter: str) -> bool:
    return "a" <= letter <= "z" or "A" <= letter <= "Z" or "0" <= letter <= "9" or letter == "-"


def _challenge(value: dict) -> Challenge:
    protocol = _integer(value, "protocol")
    oldest = _integer(value, "oldest", 0, protocol) if "oldest" in value else protocol
    return Challenge(protocol, oldest, read_hex(value.get("nonce"), 16))


def _welcome(value: dict) -> Welcome:
    return Welcome(
        _integer(value, "protocol"),
        read_hex(value.get("proof"), 32),
        _typed(value, "home", str),
        _settings(value, {}),
    )


def _settings(value: dict, default: object = None) -> dict:
    """The field `settings`, checked as a whole: nothing of it may be wrong when it is merged later."""
    change = _typed(value, "settings", dict, default)
    merge_settings(DEFAULT_SETTINGS, change)
    return change


def _capture(value: dict) -> Capture:
    still = value.get("still")
    return Capture(
        _integer(value, "press"),
        _typed(value, "audio", bool),
        _video(value.get("video")),
        None if still is None else Still(*_picture_wish(still)),
    )


def _video(value: object) -> Video | None:
    if value is None:
        return None
    width, height, quality = _picture_wish(value)
    return Video(width, height, _number(value, "rate_hz", 0.01, 60), quality)


def _picture_wish(value: object) -> tuple:
    if not isinstance(value, dict):
        raise ProtocolError("a picture's wish is no object")
    return (
        _integer(value, "width", 1, 16384),
        _integer(value, "height", 1, 16384),
        _integer(value, "quality", 1, 100),
    )


def _cue(value: dict) -> Cue:
    return Cue(_typed(value, "name", str))


def _speak(value: dict) -> Speak:
    press = _integer(value, "press") if "press" in value else None
    return Speak(_integer(value, "turn"), _integer(value, "rate_hz", 1, 192000), press)


def _typed(value: dict, name: str, kind: type, default: object = None) -> object:
    """The field `name` if it is of this kind; `default`, if given, when it is missing."""
    field = value.get(name, default)
    if not isinstance(field, kind):
        raise ProtocolError("the field " + name + " is missing or of a wrong type")
    return field


def _integer(value: dict, name: str, least: int = 0, most: int = 0xFFFFFFFF) -> int:
    field = value.get(name)
    if not isinstance(field, int) or isinstance(field, bool) or not least <= field <= most:
        raise ProtocolError("the field " + name + " is no number in range")
    return field


def _number(value: dict, name: str, least: float, most: float) -> float:
    field = value.get(name)
    if not isinstance(field, (int, float)) or isinstance(field, bool) or not least <= field <= most:
        raise ProtocolError("the field " + name + " is no number in range")
    return field


def read_hex(text: object, count: int) -> bytes:
    """`count` bytes from lower case hex.

    Raises:
        ProtocolError: no text, another length, or other letters.
    """
    if not isinstance(text, str) or len(text) != 2 * count or any(letter not in "0123456789abcdef" for letter in text):
        raise ProtocolError("a field is not the hex it has to be")
    return bytes(int(text[index : index + 2], 16) for index in range(0, 2 * count, 2))


_READERS = {
    "challenge": _challenge,
    "welcome": _welcome,
    "capture": _capture,
    "cue": _cue,
    "speak": _speak,
    "spoken": lambda value: Spoken(_integer(value, "turn")),
    "flush": lambda _value: Flush(),
    "settings": lambda value: SettingsChange(_settings(value)),
    "bye": lambda value: Bye(_typed(value, "reason", str)),
}
