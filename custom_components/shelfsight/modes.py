"""How a mode runs: what it tells the model, whether it looks, and whether it goes on by itself."""

from dataclasses import dataclass
from enum import Enum, auto

from .options import Options, Units
from .spatial import Mode, instructions, own_instructions, translating


class Kind(Enum):
    """What happens after a press."""

    ASK = auto()
    """A question and its answer; follow-ups need no press."""
    GUIDE = auto()
    """A question; then corrections from a picture a second, until a press or the thing is reached."""
    TRANSLATE = auto()
    """What is said is said again in the other language, turn after turn, until a press."""
    WATCH = auto()
    """Pictures alone, when the view has changed, until a press."""


@dataclass(frozen=True, slots=True)
class Running:
    """A mode, ready to be run."""

    key: str
    kind: Kind
    text: str
    """The system instruction."""
    is_own: bool = False

    @property
    def looks(self) -> bool:
        """Whether a question of this mode needs a picture, and is answered with a place."""
        return self.kind is not Kind.TRANSLATE


_KINDS = {Mode.GUIDE: Kind.GUIDE, Mode.TRANSLATE: Kind.TRANSLATE, Mode.WATCH: Kind.WATCH}


def running(key: str, options: Options, language: str, *, imperial_home: bool = False) -> Running:
    """The mode with this key, a built-in one or one of the person's own; `imperial_home` where Home Assistant's units are.

    Raises:
        KeyError: there is none.
    """
    imperial = imperial_home if options.units is Units.HOME else options.units is Units.IMPERIAL
    own = options.own_mode(key)
    if own is not None:
        text = own_instructions(own.instructions, language, options.verbosity, imperial=imperial)
        return Running(key, Kind.ASK, text, is_own=True)
    try:
        mode = Mode(key)
    except ValueError as err:
        raise KeyError(key) from err
    if mode is Mode.TRANSLATE:
        return Running(key, Kind.TRANSLATE, translating(options.translate_from, options.translate_to))
    text = instructions(mode, language, options.verbosity, imperial=imperial)
    return Running(key, _KINDS.get(mode, Kind.ASK), text)
