"""An answer as JSON: what is known of it, under the names that a schema has for it. Pure.

The names are ``heard``, ``answer`` and ``place`` (an object), and those of a place at the top, if the schema has them
there. Schemas come in OpenAPI's spelling (``responseSchema``) or as JSON Schema with ``$defs`` and ``anyOf``.
"""

from collections.abc import Mapping
from typing import cast

from local_live.brain import Answer, Place
from local_live.calls import place_arguments

_NO_PLACE: Mapping[str, object] = {"found": False, "item": ""}

type Schema = Mapping[str, object]


def json_answer(answer: Answer, schema: Schema | None) -> dict[str, object]:
    """Put an answer into a schema's form; without one all that is known. What is unknown but required becomes null."""
    place = _values(answer.place)
    known: dict[str, object] = {"heard": answer.heard, "answer": answer.text, "place": place or None}
    if schema is None:
        return known
    return _fit({**(place or _NO_PLACE), **known}, schema, schema)


def _values(place: Place | None) -> dict[str, object]:
    return place_arguments(place, None) if place else {}


def _fit(known: Mapping[str, object], schema: Schema, root: Schema) -> dict[str, object]:
    properties = cast(Mapping[str, Schema], schema.get("properties") or {})
    required = cast(list[str], schema.get("required") or [])
    fitted: dict[str, object] = {}
    for name, inner in properties.items():
        value = known.get(name)
        if isinstance(value, dict):
            fitted[name] = _fit(value, _object_schema(inner, root), root)
        elif value is not None or name in required:
            fitted[name] = value
    return fitted


def _object_schema(schema: Schema, root: Schema) -> Schema:
    """Find the schema with properties behind references and alternatives; an empty one where there is none."""
    reference = schema.get("$ref")
    if isinstance(reference, str):
        definitions = cast(Mapping[str, Schema], root.get("$defs") or {})
        return definitions.get(reference.rpartition("/")[2], {})
    alternatives = cast(list[Schema], schema.get("anyOf") or [])
    for alternative in alternatives:
        found = _object_schema(alternative, root)
        if found.get("properties"):
            return found
    return schema
