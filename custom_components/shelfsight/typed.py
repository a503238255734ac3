"""What people type into forms: taken as it was meant, or refused with the key of a translated text.

All functions are pure: text in, text out. Nothing of what is refused is repeated in an error: it may be a key.
"""

from collections.abc import Callable, Mapping
import ipaddress
import re
from typing import Any, Final
import unicodedata

NAME_LIMIT: Final = 40  # as in `hello` (PROTOCOL.md)
# Google's keys have 39 characters; a Live server of one's own may have been started with something longer.
KEY_LIMIT: Final = 200
PORTS: Final = (1, 65_535)
# RFC 1035, 2.3.4: 255 octets on the wire, which are 253 characters.
_HOST_LIMIT: Final = 253
# BCP 47 (RFC 5646, 4.4.1) asks for room for 35 characters.
_LANGUAGE_LIMIT: Final = 35

_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_KEY = re.compile(r"[!-~]+")  # it travels in a header of HTTP, and in an address
_MODEL = re.compile(r"(?:models/)?[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
# What CommonMark lets a backslash take the meaning of, but for what means nothing in the midst of a line.
_MARKS = re.compile(r"[\\`*_{}\[\]()<>#!|~&:.@]")
# Unicode, annex 9: embeddings, overrides and isolates. Writing from right to left needs none of them in a name, and they can make
# a name look like another one.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class TypedError(ValueError):
    """What was typed cannot be taken; `key` is that of a translated text, `field` the field it belongs to."""

    def __init__(self, field: str, key: str) -> None:
        super().__init__(f"{field}: {key}")
        self.field = field
        self.key = key


def is_odd(text: str, but: str = "") -> bool:
    """True where a text holds what nobody can type or see: control characters (`but` for these), halves of characters."""
    return any(one not in but and (one in _TURNING or unicodedata.category(one) in {"Cc", "Cs"}) for one in text)


def read_name(text: str, field: str = "name") -> str:
    """A name of 1 to 40 characters, in any script, without needless spaces.

    Raises:
        TypedError: it is empty, too long, or has characters that cannot be seen.
    """
    name = " ".join(text.split())
    if not name:
        raise TypedError(field, "name_empty")
    if is_odd(name):
        raise TypedError(field, "name_odd")
    if len(name) > NAME_LIMIT:
        raise TypedError(field, "name_long")
    return name


def tidy_name(text: object, otherwise: str) -> str:
    """A name that a device gave itself, cut to what a name may be; `otherwise` where nothing is left of it."""
    seen = "".join(one for one in text if one.isspace() or not is_odd(one)) if isinstance(text, str) else ""
    return " ".join(seen.split())[:NAME_LIMIT].rstrip() or otherwise


def read_host(text: str, field: str = "host") -> str:
    """The name or IP address of a machine; IPv6 without brackets.

    Raises:
        TypedError: it is neither, for instance because it comes with `http://` or a port.
    """
    host = text.strip()
    if not host:
        raise TypedError(field, "host_empty")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        pass
    else:
        if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
            raise TypedError(field, "host_odd")  # the name of an interface has no place in a URL
        return str(address)
    labels = host.removesuffix(".").split(".")
    # A name that ends in digits alone would be taken for an address (RFC 1123, 2.1).
    if len(host) > _HOST_LIMIT or labels[-1].isdigit() or not all(_LABEL.fullmatch(label) for label in labels):
        raise TypedError(field, "host_odd")
    return host


def is_whole(number: float, bounds: tuple[int, int]) -> bool:
    """True for a whole number from the first to the second of `bounds`; the frontend's numbers may be floats."""
    return bounds[0] <= number <= bounds[1] and number == int(number)


def read_port(number: float, field: str = "port") -> int:
    """The number of a port.

    Raises:
        TypedError: it cannot be one.
    """
    if not is_whole(number, PORTS):
        raise TypedError(field, "port_odd")
    return int(number)


def read_key(text: str, field: str = "api_key") -> str:
    """A key: 1 to 200 characters of ASCII without spaces.

    Raises:
        TypedError: it is something else.
    """
    key = text.strip()
    if not key:
        raise TypedError(field, "key_empty")
    if len(key) > KEY_LIMIT or not _KEY.fullmatch(key):
        raise TypedError(field, "key_odd")
    return key


def read_optional_key(text: str, field: str = "api_key") -> str:
    """As `read_key`, but there may be none."""
    return read_key(text, field) if text.strip() else ""


def read_model(text: str, field: str = "model") -> str:
    """The name of a Live model.

    Raises:
        TypedError: it cannot be one.
    """
    model = text.strip()
    if not _MODEL.fullmatch(model):
        raise TypedError(field, "model_odd")
    return model


def is_language(text: str) -> bool:
    """True for what has the form of an IETF language tag."""
    return len(text) <= _LANGUAGE_LIMIT and _LANGUAGE.fullmatch(text) is not None


def read_fields(
    typed: Mapping[str, Any], readers: Mapping[str, Callable[[Any, str], Any]]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Read several fields of a form at once; a field that was not sent is an empty text.

    Returns:
        What was read, by field, and the keys of errors of the others, by field.
    """
    values, errors = {}, {}
    for field, read in readers.items():
        try:
            values[field] = read(typed.get(field, ""), field)
        except TypedError as err:
            errors[field] = err.key
    return values, errors


def in_markdown(text: str) -> str:
    """A text that a stranger chose, so that it stands in Markdown as it is: no link, no picture, no HTML of theirs."""
    return _MARKS.sub(r"\\\g<0>", text)
