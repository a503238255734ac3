"""What the person has chosen for an entry, as typed values. Stored in the entry's options, one flat mapping.

Whatever is stored and makes no sense (an older version wrote it, or a hand did) is replaced by the default: a wearable must
not stay silent because of an option.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import valid_entity_id
from homeassistant.util import slugify

from .live.models import VOICES
from .spatial import Mode, Verbosity
from .typed import NAME_LIMIT, TypedError, is_language, is_odd

OWN_PREFIX: Final = "own_"
# Modes are chosen by ear, from a list that is read out: more than eight of one's own nobody keeps in mind.
OWN_MODES_LIMIT: Final = 8
# Instructions are billed again at every turn; this is about 500 tokens.
INSTRUCTIONS_LIMIT: Final = 2000

# Bounds of the numbers, low and high. A connection to Live lives about 10 minutes and warns a minute before its end, so
# a rotation after 9 comes too late; Live takes 131,072 tokens, and compression needs room to work in.
FOLLOW_UP_S: Final = (0, 60)
SESSION_LIMIT_S: Final = (60, 14_400)
SESSION_LIMIT_TOKENS: Final = (20_000, 10_000_000)
COMPRESSION_TOKENS: Final = (8_000, 100_000)
ROTATE_AFTER_S: Final = (60, 530)
VOLUME: Final = (0, 100)


class Units(StrEnum):
    """In which units sizes and distances are said."""

    HOME = "home"
    """Those of Home Assistant."""
    METRIC = "metric"
    IMPERIAL = "imperial"


class TurnEnd(StrEnum):
    """Who finds the end of a question that was asked with a tapped button."""

    HOME = "home"
    """Home Assistant, by silence: works with every model and costs no round trip."""
    SERVER = "server"
    """The Live server: it also understands a pause for thought, but wants sound until the answer starts."""


class OwnModeError(TypedError):
    """An own mode that cannot be kept."""


@dataclass(frozen=True, slots=True)
class OwnMode:
    """A mode of the person's own: a name of at most 40 characters, instructions of at most 2000."""

    name: str
    instructions: str

    @property
    def key(self) -> str:
        """What it is called in `Options.mode` and in the action."""
        return OWN_PREFIX + slugify(self.name)


@dataclass(frozen=True, slots=True)
class Options:
    """All options, with the values that are right for almost everybody."""

    mode: str = Mode.FIND.value
    """Key of a built-in mode or of an own one."""
    turn_end: TurnEnd = TurnEnd.HOME
    follow_up_s: int = 8
    """How long after an answer a question needs no press; 0 = off. People who had to think asked within 8 s."""
    follow_up: bool = True
    """Whether it is waited for so long at all: to switch it off and on again without losing the time."""
    language: str = ""
    """IETF tag; empty = Home Assistant's."""
    voice: str = ""
    """One of Gemini's voices; empty = the model's own."""
    verbosity: Verbosity = Verbosity.NORMAL
    """How much is said; who follows no instructions says what it says."""
    units: Units = Units.HOME
    volume: int | None = None
    """How loud the wearable is, 0 to 100; None = as it is there."""
    privacy: bool = False
    """The wearable captures nothing, whatever its own switch says."""
    record_media: bool = False
    """Words, sound and pictures of the last questions are kept for a bug report, in memory; off again by itself."""
    session_limit_s: int = 900
    """No conversation stays open longer, whoever forgot it: Live bills its whole context again every turn."""
    session_limit_tokens: int = 300_000
    """Nor uses more. About 40 questions with pictures."""
    compression_tokens: int = 16_000
    """The context is cut back from here on: about ten questions with their pictures."""
    rotate_after_s: int = 480
    """A new connection before the old one's ten minutes are over."""
    fallback_generate: bool = True
    fallback_local: bool = True
    tts_entity: str = ""
    """Who says an answer that came as text; empty = Gemini's speech model."""
    places_by_second_call: bool = False
    """Off: the tool in the session reports places; a second call costs a second picture."""
    llm_api: str = ""
    """Identifier of the API of Home Assistant that the session may use; empty = none. Never on by itself."""
    translate_from: str = "en"
    translate_to: str = "de"
    keep_words: bool = True
    """What was asked and answered last stands in entities, and so in the history of Home Assistant."""
    own_modes: tuple[OwnMode, ...] = ()

    def own_mode(self, key: str) -> OwnMode | None:
        """The own mode with this key."""
        return next((mode for mode in self.own_modes if mode.key == key), None)

    @property
    def follow_up_wait_s(self) -> int:
        """How long is waited for a question without a press; 0 = not at all."""
        return self.follow_up_s if self.follow_up else 0

    @property
    def mode_keys(self) -> tuple[str, ...]:
        """All modes there are, built-in ones first."""
        return (*(mode.value for mode in Mode), *(mode.key for mode in self.own_modes))

    def stored(self) -> dict[str, Any]:
        """As kept in the entry: plain JSON values."""
        words = {"turn_end": self.turn_end.value, "verbosity": self.verbosity.value, "units": self.units.value}
        return asdict(self) | words | {"own_modes": [asdict(mode) for mode in self.own_modes]}


_DEFAULTS: Final = Options()


def options_of(entry: ConfigEntry[Any]) -> Options:
    """The options of an entry."""
    return read_options(entry.options)


def read_options(stored: Mapping[str, Any]) -> Options:
    """Options from what is stored; unknown keys are ignored, senseless values replaced by defaults."""
    own_modes = _own_modes(stored.get("own_modes"))
    keys = {mode.value for mode in Mode} | {mode.key for mode in own_modes}
    mode = stored.get("mode")
    tts_entity, llm_api = stored.get("tts_entity"), stored.get("llm_api")
    voice = stored.get("voice")
    return Options(
        mode=mode if isinstance(mode, str) and mode in keys else _DEFAULTS.mode,
        turn_end=_word(stored, "turn_end", _DEFAULTS.turn_end),
        follow_up_s=_whole(stored, "follow_up_s", FOLLOW_UP_S),
        follow_up=_flag(stored, "follow_up"),
        language=_language(stored, "language"),
        voice=voice if isinstance(voice, str) and voice in VOICES else "",
        verbosity=_word(stored, "verbosity", _DEFAULTS.verbosity),
        units=_word(stored, "units", _DEFAULTS.units),
        volume=_volume(stored),
        privacy=_flag(stored, "privacy"),
        record_media=_flag(stored, "record_media"),
        session_limit_s=_whole(stored, "session_limit_s", SESSION_LIMIT_S),
        session_limit_tokens=_whole(stored, "session_limit_tokens", SESSION_LIMIT_TOKENS),
        compression_tokens=_whole(stored, "compression_tokens", COMPRESSION_TOKENS),
        rotate_after_s=_whole(stored, "rotate_after_s", ROTATE_AFTER_S),
        fallback_generate=_flag(stored, "fallback_generate"),
        fallback_local=_flag(stored, "fallback_local"),
        tts_entity=tts_entity if isinstance(tts_entity, str) and valid_entity_id(tts_entity) else "",
        places_by_second_call=_flag(stored, "places_by_second_call"),
        llm_api=llm_api if isinstance(llm_api, str) else "",
        translate_from=_language(stored, "translate_from"),
        translate_to=_language(stored, "translate_to"),
        keep_words=_flag(stored, "keep_words"),
        own_modes=own_modes,
    )


def make_own_mode(name: str, instructions: str, others: Iterable[OwnMode], labels: Collection[str] = ()) -> OwnMode:
    """An own mode from what was typed, beside `others`. `labels` are what the built-in modes are called on the screen.

    Raises:
        OwnModeError: it cannot be kept.
    """
    name, instructions = " ".join(name.split()), instructions.strip()
    if not any(character.isalnum() for character in name):
        raise OwnModeError("name", "name_empty")
    if is_odd(name):
        raise OwnModeError("name", "name_odd")
    if len(name) > NAME_LIMIT:
        raise OwnModeError("name", "name_long")
    slug = slugify(name)
    if slug in {mode.value for mode in Mode} | {slugify(label) for label in labels}:
        raise OwnModeError("name", "name_built_in")
    if slug in {slugify(other.name) for other in others}:
        raise OwnModeError("name", "name_taken")
    if not instructions:
        raise OwnModeError("instructions", "instructions_empty")
    if len(instructions) > INSTRUCTIONS_LIMIT:
        raise OwnModeError("instructions", "instructions_long")
    if is_odd(instructions, but="\r\n\t"):
        raise OwnModeError("instructions", "instructions_odd")
    return OwnMode(name, instructions)


def _own_modes(stored: object) -> tuple[OwnMode, ...]:
    kept: list[OwnMode] = []
    for one in stored if isinstance(stored, list | tuple) else ():
        name, instructions = (one.get("name"), one.get("instructions")) if isinstance(one, Mapping) else (None, None)
        if not isinstance(name, str) or not isinstance(instructions, str):
            continue
        try:
            kept.append(make_own_mode(name, instructions, kept))
        except OwnModeError:
            continue  # it was never made by the flow, which says what is wrong
    return tuple(kept[:OWN_MODES_LIMIT])


def _whole(stored: Mapping[str, Any], key: str, bounds: tuple[int, int]) -> int:
    """A whole number within bounds; number fields of the frontend arrive as floats."""
    value, (low, high) = stored.get(key), bounds
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        default: int = getattr(_DEFAULTS, key)
        return default
    return int(value)


def _volume(stored: Mapping[str, Any]) -> int | None:
    return _whole(stored, "volume", VOLUME) if "volume" in stored else None


def _flag(stored: Mapping[str, Any], key: str) -> bool:
    value, default = stored.get(key), getattr(_DEFAULTS, key)
    return value if isinstance(value, bool) else bool(default)


def _language(stored: Mapping[str, Any], key: str) -> str:
    value, default = stored.get(key), getattr(_DEFAULTS, key)
    return value if isinstance(value, str) and is_language(value) else str(default)


def _word[Word: StrEnum](stored: Mapping[str, Any], key: str, default: Word) -> Word:
    """One of a few words."""
    value = stored.get(key)
    return type(default)(value) if isinstance(value, str) and value in set(type(default)) else default


def told_mode(key: str) -> str:
    """A mode as it may be told: how people call their own ones is theirs."""
    return OWN_PREFIX.rstrip("_") if key.startswith(OWN_PREFIX) else key
