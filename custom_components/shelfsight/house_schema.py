"""Parameters of Home Assistant's tools in the form that Gemini takes, and the model's arguments back in the tools' form.

Home Assistant describes parameters as OpenAPI; Gemini takes a part of it (types.Schema). A declaration that Gemini refuses
ends every session with 1007, so what is in doubt is left out: the tool checks its arguments anyway.
"""

from collections.abc import Mapping
import json
from typing import Any

from google.genai import types

_TYPES = {
    "string": types.Type.STRING,
    "integer": types.Type.INTEGER,
    "number": types.Type.NUMBER,
    "boolean": types.Type.BOOLEAN,
    "array": types.Type.ARRAY,
    "object": types.Type.OBJECT,
}
# The formats that Gemini documents for each type; any other is refused.
_FORMATS = {"string": {"enum", "date-time"}, "number": {"float", "double"}, "integer": {"int32", "int64"}}
_AS_JSON = "A JSON object, written as text."
# Deeper than any real tool; Gemini documents no number, and refuses what is nested too deep.
_DEPTH_LIMIT = 8


def to_gemini(openapi: Mapping[str, Any], depth: int = 0) -> types.Schema:
    """An OpenAPI schema as Gemini's; of alternatives the first is taken, which is always allowed."""
    chosen = _first_branch(openapi)
    kind = _kind(chosen)
    if kind == "object" and (not chosen.get("properties") or depth >= _DEPTH_LIMIT):
        # Gemini refuses objects whose properties are unknown.
        return types.Schema(
            type=types.Type.STRING, description=" ".join((_description(chosen) or "", _AS_JSON)).strip()
        )
    values = [value for value in chosen.get("enum") or () if value is not None]
    if values:
        kind = "string"  # Gemini has enumerations of texts only
    schema = types.Schema(
        type=_TYPES[kind],
        description=_description(chosen),
        nullable=True if chosen.get("nullable") else None,
        enum=[str(value) for value in values] if values else None,
        format=chosen["format"] if chosen.get("format") in _FORMATS.get(kind, ()) else None,
    )
    if kind == "object":
        schema.properties = {key: to_gemini(value, depth + 1) for key, value in chosen["properties"].items()}
        schema.required = [key for key in chosen.get("required", ()) if key in schema.properties] or None
    elif kind == "array":
        schema.items = to_gemini(chosen.get("items") or {}, depth + 1)
        schema.min_items, schema.max_items = chosen.get("minItems"), chosen.get("maxItems")
    elif kind in ("integer", "number"):
        schema.minimum, schema.maximum = chosen.get("minimum"), chosen.get("maximum")
    return schema


def from_gemini(value: Any, openapi: Mapping[str, Any]) -> Any:
    """A value of the model's arguments as the tool expects it: what had to be declared as a text is an object or a number again.

    Raises:
        ValueError: such a text is not JSON.
    """
    chosen = _first_branch(openapi)
    kind = _kind(chosen)
    if kind == "object" and isinstance(value, str):
        return json.loads(value)
    if kind == "object" and isinstance(value, Mapping):
        properties = chosen.get("properties") or {}
        return {key: from_gemini(part, properties.get(key, {})) for key, part in value.items()}
    if kind == "array" and isinstance(value, list):
        return [from_gemini(part, chosen.get("items") or {}) for part in value]
    return next((one for one in chosen.get("enum") or () if str(one) == value), value)


def _first_branch(openapi: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema without alternatives: the first one that has a type, with the description and nullability of the whole."""
    chosen = openapi
    while branches := _branches(chosen):
        typed = [branch for branch in branches if branch.get("type") not in (None, "null") or _branches(branch)]
        kept = {key: chosen[key] for key in ("description", "nullable") if key in chosen}
        if any(branch.get("type") == "null" for branch in branches):
            kept["nullable"] = True
        chosen = {**(typed or [{}])[0], **kept}
    return chosen


def _branches(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The alternatives, if there are any."""
    return next((schema[key] for key in ("anyOf", "oneOf", "allOf") if schema.get(key)), [])


def _kind(schema: Mapping[str, Any]) -> str:
    """The type's name; what has none is taken as a text, which everything can be written as."""
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), None)
    if kind is None and schema.get("properties"):
        return "object"
    return kind if kind in _TYPES else "string"


def _description(schema: Mapping[str, Any]) -> str | None:
    """Selectors and forms keep other things than texts under this key too."""
    text = schema.get("description")
    return text if isinstance(text, str) else None
