"""What a JSON value must look like for the SDK to take it, read off the SDK's own types: no list of fields is kept here.

A `Cleaner` takes a JSON value and gives back the part of it that the SDK's type takes; what it leaves out it names in
`Faults`. Without a fault the value is as it came.
"""

from collections.abc import Callable
from enum import Enum
import math
import re
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

import pydantic

# An answer has 50 words, a page that is read out a few hundred. Only texts that are read are cut: a cut handle or id would be
# a wrong one, so a longer one of those is left out.
_TEXT_CHARS = 16_384
_OTHER_CHARS = 65_536
# The SDK builds an object with twenty fields for every part: a frame of a megabyte could hold 300 000 of them.
_ITEMS = 256
_DEPTH = 24
_FAULTS = 20
_INT64 = 2**63
_DECIMAL = re.compile(r"-?[0-9]{1,18}")
# The engine and setting with which the SDK's types read base64, so that both take and refuse the same.
_BASE64 = pydantic.TypeAdapter(bytes, config=pydantic.ConfigDict(val_json_bytes="base64"))


class _Gone(Enum):
    GONE = "gone"


GONE: Final = _Gone.GONE
"""What a cleaner gives back when nothing of a value can be used."""

type Cleaner = Callable[[Any, str, Faults], Any]


class Faults:
    """What was left out of one value: field and reason, never what stood there. Holds the first twenty."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def add(self, path: str, reason: str) -> None:
        """One more field that cannot be used as it came."""
        if len(self._found) < _FAULTS:
            self._found.append(f"{path}: {reason}")

    def names(self, path: str) -> bool:
        """True if there is a fault at this field already."""
        return any(fault.startswith(f"{path}: ") for fault in self._found)

    def __bool__(self) -> bool:
        return bool(self._found)

    def found(self) -> tuple[str, ...]:
        """What was added."""
        return tuple(self._found)


def whole_text(text: str, limit_chars: int = _TEXT_CHARS) -> str:
    """A text that can be encoded and is not too long: half surrogate pairs become U+FFFD."""
    text = text[:limit_chars]
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def named(name: str) -> str:
    """A name from outside as it may stand in a log: short, in one line, printable ASCII."""
    short = name[:60]
    return short if short.isascii() and short.isprintable() else ascii(short)[1:61]


def cleaner_of(annotation: Any) -> Cleaner:
    """The cleaner for one annotation of the SDK's types; None is taken where the annotation allows it."""
    if get_origin(annotation) in (Union, UnionType):
        inner = [one for one in get_args(annotation) if one is not type(None)]
        if len(inner) != 1:
            raise TypeError(f"no cleaner for {annotation}")
        return _optional(cleaner_of(inner[0]))
    origin = get_origin(annotation)
    if origin is list:
        return _list(cleaner_of(get_args(annotation)[0]))
    if origin is dict:
        return _struct
    if origin is Literal:
        return _choice(frozenset(get_args(annotation)))
    if isinstance(annotation, type):
        if issubclass(annotation, pydantic.BaseModel):
            return object_cleaner(annotation)
        if issubclass(annotation, Enum):
            return _choice(frozenset(one.value for one in annotation))
    if annotation in _SIMPLE:
        return _SIMPLE[annotation]
    raise TypeError(f"no cleaner for {annotation}")


def object_cleaner(model: type[pydantic.BaseModel], *, snake_case: bool = True) -> Cleaner:
    """The cleaner for one of the SDK's types. Its fields are known by their JSON name, and by their Python one too."""
    fields: dict[str, tuple[str, Cleaner]] = {}
    for name, field in model.model_fields.items():
        alias = field.alias or name
        clean = _cut_text if name == "text" else cleaner_of(field.annotation)
        fields[alias] = (alias, clean)
        if snake_case:
            fields.setdefault(name, (alias, clean))

    def clean_object(value: Any, path: str, faults: Faults) -> Any:
        if not isinstance(value, dict):
            faults.add(path, "not an object")
            return GONE
        kept: dict[str, Any] = {}
        for key, inner in value.items():
            place = f"{path}.{key}" if path else key
            if key not in fields:
                faults.add(f"{path}.{named(key)}" if path else named(key), "unknown field")
                continue
            alias, clean = fields[key]
            if alias != key and alias in value:
                faults.add(place, f"a second {alias}")
                continue
            cleaned = clean(inner, place, faults)
            if cleaned is not GONE:
                kept[key] = cleaned
        return kept

    return clean_object


def _optional(clean: Cleaner) -> Cleaner:
    def clean_optional(value: Any, path: str, faults: Faults) -> Any:
        return None if value is None else clean(value, path, faults)

    return clean_optional


def _list(clean: Cleaner) -> Cleaner:
    def clean_list(value: Any, path: str, faults: Faults) -> Any:
        if not isinstance(value, list):
            faults.add(path, "not a list")
            return GONE
        if len(value) > _ITEMS:
            faults.add(path, f"more than {_ITEMS} items")
        cleaned = (clean(item, f"{path}[{number}]", faults) for number, item in enumerate(value[:_ITEMS]))
        return [item for item in cleaned if item is not GONE]

    return clean_list


def _choice(values: frozenset[Any]) -> Cleaner:
    def clean_choice(value: Any, path: str, faults: Faults) -> Any:
        if isinstance(value, str) and value in values:
            return value
        faults.add(path, "unknown value")
        return GONE

    return clean_choice


def _cut_text(value: Any, path: str, faults: Faults) -> Any:
    """A text that is shown or spoken: its beginning is of use, however long it is."""
    if value is None:
        return None
    if not isinstance(value, str):
        faults.add(path, "not a text")
        return GONE
    cleaned = whole_text(value)
    if len(value) > _TEXT_CHARS:
        faults.add(path, f"longer than {_TEXT_CHARS} characters")
    elif cleaned != value:
        faults.add(path, "half a surrogate pair")
    return cleaned


def _text(value: Any, path: str, faults: Faults) -> Any:
    if not isinstance(value, str):
        faults.add(path, "not a text")
        return GONE
    if len(value) > _OTHER_CHARS:
        faults.add(path, f"longer than {_OTHER_CHARS} characters")
        return GONE
    cleaned = whole_text(value, _OTHER_CHARS)
    if cleaned != value:
        faults.add(path, "half a surrogate pair")
    return cleaned


def _base64(value: Any, path: str, faults: Faults) -> Any:
    if isinstance(value, str):
        try:
            _BASE64.validate_python(value)
        except pydantic.ValidationError:
            pass
        else:
            return value
    faults.add(path, "not base64")
    return GONE


def _boolean(value: Any, path: str, faults: Faults) -> Any:
    if isinstance(value, bool):
        return value
    faults.add(path, "neither true nor false")
    return GONE


def _whole_number(value: Any, path: str, faults: Faults) -> Any:
    """64 bits; as a text too, which is how protocol buffers write such numbers in JSON."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return value
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and -_INT64 <= value < _INT64
        and value == int(value)
    ):
        return value
    faults.add(path, "not a whole number")
    return GONE


def _number(value: Any, path: str, faults: Faults) -> Any:
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and -_INT64 <= value < _INT64:
        return value
    faults.add(path, "not a number")
    return GONE


def _struct(value: Any, path: str, faults: Faults) -> Any:
    """An object whose fields are not the SDK's, a function call's arguments for one."""
    if not isinstance(value, dict):
        faults.add(path, "not an object")
        return GONE
    return _free(value, path, faults, _DEPTH)


def _free(value: Any, path: str, faults: Faults, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _cut_text(value, path, faults)
    if isinstance(value, int | float):
        return _number(value, path, faults)
    if depth == 0:
        faults.add(path, f"deeper than {_DEPTH} levels")
        return GONE
    if len(value) > _ITEMS:
        faults.add(path, f"more than {_ITEMS} items")
    # Names inside are the model's words and not fields: `path` stays that of the field.
    if isinstance(value, list):
        cleaned = (_free(item, path, faults, depth - 1) for item in value[:_ITEMS])
        return [item for item in cleaned if item is not GONE]
    kept: dict[str, Any] = {}
    for key, inner in list(value.items())[:_ITEMS]:
        name = _text(key, path, faults)
        cleaned_inner = _free(inner, path, faults, depth - 1)
        if name is not GONE and cleaned_inner is not GONE:
            kept[name] = cleaned_inner
    return kept


_SIMPLE: dict[Any, Cleaner] = {
    str: _text,
    bytes: _base64,
    bool: _boolean,
    int: _whole_number,
    float: _number,
    Any: lambda value, path, faults: _free(value, path, faults, _DEPTH),
}
