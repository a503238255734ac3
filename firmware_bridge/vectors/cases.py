"""How the cases of text messages are written: as they stand on the wire, with what they say or the rule they break.

A case is {"name", "text"} and, where it is right, "value": what was said, in the protocol's own names, defaults filled in;
where it is wrong, "field" (or "message", for the whole) and "rule": `size` (longer than allowed), `json` (no JSON object
with a string `type`), `type` (not a message of this moment), `missing`, `kind` (another kind of JSON value), `range` (a
number too small or too large), `form` (a text or list that is not of its form).
"""

import json

ID = "00c0ffee12345678"
U32 = 4294967295

type Case = dict[str, object]


def right(name: str, text: str | dict[str, object], /, **value: object) -> Case:
    """A message that has to be understood, as `value` says."""
    return {"name": name, "text": text if isinstance(text, str) else json.dumps(text), "value": value}


def wrong(name: str, text: str | dict[str, object], field: str, rule: str) -> Case:
    """A message that has to be refused."""
    return {"name": name, "text": text if isinstance(text, str) else json.dumps(text), "field": field, "rule": rule}


def changed(message: dict[str, object], faults: dict[str, tuple[dict[str, object], str, str]]) -> list[Case]:
    """`message` with one fault after the other; a field that is changed to `...` is left out."""
    cases = []
    for name, (change, field, rule) in faults.items():
        whole = {key: value for key, value in {**message, **change}.items() if value is not ...}
        cases.append(wrong(name, whole, field, rule))
    return cases


def padded(message: dict[str, object], size_bytes: int) -> str:
    """The message with an unknown field that makes its text so long."""
    bare = len(json.dumps({**message, "x": ""}))
    return json.dumps({**message, "x": "x" * (size_bytes - bare)})


GARBAGE = [
    wrong("nothing", "", "message", "json"),
    wrong("a word", "hello", "message", "json"),
    wrong("half an object", '{"type": "hello"', "message", "json"),
    wrong("a list", '["hello"]', "message", "json"),
    wrong("a number", "7", "message", "json"),
    wrong("null", "null", "message", "json"),
    wrong("no type", '{"x": 1}', "message", "json"),
    wrong("a type that is a number", '{"type": 1}', "message", "json"),
    wrong("a type that is null", '{"type": null}', "message", "json"),
    wrong("a nest of lists", "[" * 3000, "message", "json"),
]


def said(message: dict[str, object], /, **change: object) -> dict[str, object]:
    """What a message says, as a case's value."""
    value = {"message": message["type"], **message, **change}
    del value["type"]
    return value


def plain(name: str, message: dict[str, object], /, **change: object) -> Case:
    """A message, with changes, that says what stands in it."""
    return right(name, {**message, **change}, **said(message, **change))


def conversation(case: dict[str, object]) -> list[dict[str, str]]:
    """A whole pairing, line by line, of the values of a case of pairing.json."""
    home, wearable = "home", "wearable"
    said: list[tuple[str, dict[str, object]]] = [
        (home, {"type": "pair_begin", "protocol": 1, "home": "Home", "commit": case["commit"]}),
        (wearable, {"type": "pair_reply", "protocol": 1, "id": ID, "name": "Desk", "model": "desk",
                    "public": case["wearable_public"], "nonce": case["wearable_nonce"]}),
        (home, {"type": "pair_reveal", "public": case["home_public"], "nonce": case["home_nonce"]}),
        (wearable, {"type": "pair_confirm", "proof": case["wearable_proof"]}),
        (home, {"type": "pair_done", "proof": case["home_proof"], "urls": case["urls"]}),
        (wearable, {"type": "pair_stored"}),
    ]  # fmt: skip
    return [{"from": who, "text": json.dumps(message, ensure_ascii=False)} for who, message in said]


# (the home's oldest and newest version, the wearable's, the version of `hello`, whether it is welcome)
VERSIONS = (
    ((1, 1), (1, 1), 1, True),
    ((1, 3), (1, 1), 1, True),
    ((1, 1), (1, 3), 1, True),
    ((1, 2), (2, 3), 2, True),
    ((2, 5), (1, 4), 4, True),
    ((2, 3), (1, 1), 1, False),
    ((1, 1), (2, 3), 3, False),
)


def version_cases() -> list[Case]:
    """Which version is spoken."""
    return [
        {
            "home_oldest": home[0],
            "home_newest": home[1],
            "wearable_oldest": wearable[0],
            "wearable_newest": wearable[1],
            "hello": hello,
            "welcome": welcome,
        }
        for home, wearable, hello, welcome in VERSIONS
    ]
