"""Reading JSON objects the way Google's servers read protobuf JSON.

A name may come in camelCase (JavaScript) or snake_case (Python), ``null`` means unset, whole numbers may be strings,
bytes are base64 in either alphabet, with or without padding. Whatever does not fit is refused with 1007 and names the
field, in snake_case, as Gemini does.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
import re
from typing import Final, Self, cast

from local_live.refusal import RefusalError, invalid

_HUMP: Final = re.compile(r"[A-Z]")
_SNAKE: Final = re.compile(r"_([a-z0-9])")
_TO_STANDARD_ALPHABET: Final = str.maketrans("-_", "+/")
_SHOWN_CHARACTERS: Final = 40  # of a name or value from the other side: reasons are short and stand in logs


def snake(name: str) -> str:
    """Turn ``camelCase`` into ``camel_case``."""
    return _HUMP.sub(lambda hump: "_" + hump.group().lower(), name)


def camel(name: str) -> str:
    """Turn ``snake_case`` into ``snakeCase``; camelCase stays."""
    return _SNAKE.sub(lambda letter: letter.group(1).upper(), name)


def names(*camel_case: str) -> frozenset[str]:
    """Make the set of names an object may have."""
    return frozenset(camel_case)


class Fields:
    """One JSON object whose names are known; every getter returns None where the field is not set."""

    __slots__ = ("_values", "path")

    def __init__(self, value: object, path: str, allowed: Iterable[str]) -> None:
        """Check the names of an object.

        Raises:
            RefusalError: ``value`` is no object, or has an unknown name, or one name twice.
        """
        self.path = path
        if not isinstance(value, dict):
            raise self._wrong("", "an object", value)
        self._values: dict[str, object] = {}
        allowed = frozenset(allowed)
        for written, field in cast(dict[str, object], value).items():
            name = camel(written)
            if name not in allowed:
                raise unknown_name(written, path)
            if name in self._values:
                raise invalid(f"Invalid value at '{self._at(name)}', the field is set twice")
            if field is not None:
                self._values[name] = field

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def raw(self, name: str) -> object:
        """Return a field as it came."""
        return self._values.get(name)

    def text(self, name: str) -> str | None:
        """Return a string."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, str):
            raise self._wrong(name, "TYPE_STRING", value)
        if value is not None and not _is_unicode(value):
            raise self._wrong(name, "TYPE_STRING", ascii(value))
        return value

    def flag(self, name: str) -> bool | None:
        """Return true or false."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(name, "TYPE_BOOL", value)
        return value

    def whole(self, name: str) -> int | None:
        """Return a whole number from 0 on (no field of this protocol may be negative)."""
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
            return int(value)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or value != value // 1
            or not 0 <= value < 2**63
        ):
            raise self._wrong(name, "TYPE_INT64", value)
        return int(value)

    def data(self, name: str) -> bytes | None:
        """Return bytes, from either base64 alphabet."""
        value = self.text(name)
        if value is None:
            return None
        standard = value.translate(_TO_STANDARD_ALPHABET).rstrip("=")
        try:
            return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
        except (binascii.Error, ValueError) as error:  # ValueError: not ASCII
            raise invalid(f"Invalid value at '{self._at(name)}' (TYPE_BYTES), Base64 decoding failed") from error

    def child(self, name: str, allowed: Iterable[str]) -> Self | None:
        """Return an object."""
        if name not in self._values:
            return None
        return type(self)(self._values[name], self._at(name), allowed)

    def children(self, name: str, allowed: Iterable[str]) -> list[Self]:
        """Return a list of objects; one object alone counts as a list of one, as protobuf JSON has it."""
        value = self._values.get(name, [])
        rows = value if isinstance(value, list) else [value]
        return [type(self)(row, f"{self._at(name)}[{number}]", allowed) for number, row in enumerate(rows)]

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of strings."""
        value = self._values.get(name, [])
        rows = value if isinstance(value, list) else [value]
        for row in rows:
            if not isinstance(row, str):
                raise self._wrong(name, "TYPE_STRING", row)
        return tuple(cast(list[str], rows))

    def _at(self, name: str) -> str:
        return f"{self.path}.{snake(name)}" if self.path and name else self.path or snake(name)

    def _wrong(self, name: str, kind: str, value: object) -> RefusalError:
        shown = repr(value)[:_SHOWN_CHARACTERS]
        return invalid(f"Invalid value at '{self._at(name)}' ({kind}), {shown}")


def _is_unicode(text: str) -> bool:
    """Tell whether a text can be written as UTF-8; JSON can also spell half of a surrogate pair, which cannot."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def unknown_name(name: str, path: str) -> RefusalError:
    """Make the refusal of a name nobody knows, in Gemini's words."""
    place = f" at '{path}'" if path else ""
    return invalid(
        f'Invalid JSON payload received. Unknown name "{name[:_SHOWN_CHARACTERS]}"{place}: Cannot find field.'
    )
