"""What was chosen when the board was flashed: `config.json`, which holds no secret."""

from collections import namedtuple
import json

from .tables import TABLES, XIAO

Config = namedtuple("Config", ("table", "name", "pdm", "battery", "privacy_switch", "speaker_hz", "language"))

DEFAULT = Config(XIAO, "Shelfsight", False, False, False, 24000, "en")
_SPEAKER_RATES_HZ = (24000, 16000)
_MAX_NAME = 40


def read_config(text: str) -> Config:
    """The choices; what is missing or makes no sense is as in DEFAULT, so that a board always starts."""
    try:
        value = json.loads(text)
    except ValueError:
        return DEFAULT
    if not isinstance(value, dict):
        return DEFAULT
    speaker_hz = value.get("speaker_hz")
    return Config(
        TABLES.get(value.get("board"), DEFAULT.table),
        _text(value, "name", DEFAULT.name)[:_MAX_NAME],
        value.get("microphone") == "pdm",
        value.get("battery") is True,
        value.get("privacy_switch") is True,
        speaker_hz if speaker_hz in _SPEAKER_RATES_HZ else DEFAULT.speaker_hz,
        _text(value, "language", DEFAULT.language),
    )


def _text(value: dict, name: str, default: str) -> str:
    text = value.get(name)
    return text if isinstance(text, str) and text else default
