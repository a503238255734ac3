"""Reading fields of a message from the network: the right type and size, or a clear refusal."""

from collections.abc import Mapping
import json
import re
from typing import Any


class LinkProtocolError(Exception):
    """The other side broke the protocol. The text names the field, never its content."""


_IDENTIFIER = re.compile(r"[0-9a-f]{16}")
_HEX = re.compile(r"[0-9a-f]*")


def parse_object(text: str, limit_bytes: int) -> dict[str, Any]:
    """One JSON object with a string `type`, at most `limit_bytes` long in UTF-8."""
    if len(text.encode(errors="surrogatepass")) > limit_bytes:
        raise LinkProtocolError(f"message longer than {limit_bytes} bytes")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as err:
        raise LinkProtocolError("message is not JSON") from err
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise LinkProtocolError("message is not an object with a type")
    return message


def read_text(message: Mapping[str, Any], name: str, limit: int, default: str | None = None) -> str:
    """A string of at most `limit` characters."""
    value = message.get(name, default)
    if not isinstance(value, str) or len(value) > limit:
        raise LinkProtocolError(f"{name} is not a text of at most {limit} characters")
    return value


def read_number(message: Mapping[str, Any], name: str, low: int, high: int, default: int | None = None) -> int:
    """A whole number from `low` to `high`."""
    value = message.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise LinkProtocolError(f"{name} is not a whole number from {low} to {high}")
    return value


def read_rate(message: Mapping[str, Any], name: str, high: float, default: float | None = None) -> float:
    """A number above 0 and at most `high`, whole or not."""
    value = message.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= high:
        raise LinkProtocolError(f"{name} is not a rate up to {high}")
    return float(value)


def read_flag(message: Mapping[str, Any], name: str, *, default: bool | None = None) -> bool:
    """True or false."""
    value = message.get(name, default)
    if not isinstance(value, bool):
        raise LinkProtocolError(f"{name} is not true or false")
    return value


def read_hex(message: Mapping[str, Any], name: str, length_bytes: int) -> bytes:
    """Lower-case hex of exactly `length_bytes` bytes."""
    value = message.get(name)
    if not isinstance(value, str) or len(value) != 2 * length_bytes or not _HEX.fullmatch(value):
        raise LinkProtocolError(f"{name} is not {length_bytes} bytes of hex")
    return bytes.fromhex(value)


def read_identifier(message: Mapping[str, Any], name: str) -> str:
    """A wearable's id: 16 lower-case hex digits."""
    value = message.get(name)
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise LinkProtocolError(f"{name} is not 16 hex digits")
    return value


def read_object(message: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """An object, or None where it is null or missing."""
    value = message.get(name)
    if value is not None and not isinstance(value, dict):
        raise LinkProtocolError(f"{name} is neither an object nor null")
    return value
