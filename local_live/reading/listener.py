"""A process that listens: recognising keeps a core busy, and nobody else would get a turn meanwhile.

``python -m local_live.reading.listener neural`` (or ``gaussians``) reads lines of JSON from its standard input, answers each with
one, and ends with it::

    {"here": [[["oat", "milk"], 3]]}                      ->  {}
    {"sound": "<base64 of s16le mono, 16 kHz>"}           ->  {"heard": [{"texts": {"where is the oat milk": -302.5}, "gap": 0.8}]}
    {"sounds": [["oat", "milk"]]}                         ->  {"sounds": ["OW T M IH L K"]}

``here`` is what is read on the shelf, with how often; ``heard`` what each listening makes of it, the likeliest first, with logarithms.
"""

import base64
import json
import sys
from typing import Any, Final

import numpy as np

from local_live.reading.hear_questions import questions
from local_live.reading.hear_recogniser import Ear, Gaussians, Neural, Recogniser
from local_live.reading.hear_sounds import ways_to_say

EARS: Final[dict[str, tuple[Ear, ...]]] = {
    "neural": (Neural(),),
    "gaussians": (Gaussians(level=-4.0), Gaussians(noise=0.7, level=4.0)),
}
"""The listenings of each kind of process; where there are several they reckon with noise and voice in different ways."""

_FLOOR: Final = 10.0
"""Noise (of 32768) that is added: features need some where sound is digitally silent. The same each time."""


def answer(recogniser: Recogniser, ears: tuple[Ear, ...], request: dict[str, Any]) -> dict[str, Any]:
    """Answer one request."""
    if "here" in request:
        recogniser.prepare(questions({tuple(phrase): count for phrase, count in request["here"]}))
        return {}
    if "sounds" in request:
        said = [[sound for word in ways_to_say(words)[0] for sound in word] for words in request["sounds"]]
        return {"sounds": [" ".join(sounds) for sounds in said]}
    sound = np.frombuffer(base64.b64decode(request["sound"]), "<i2").astype(np.float32)
    sound += np.random.default_rng(0).normal(0, _FLOOR, len(sound)).astype(np.float32)
    heard = [recogniser.listen(sound, ear) for ear in ears]
    return {"heard": [{"texts": {one.text: one.score for one in some.candidates}, "gap": some.gap} for some in heard]}


def main(kind: str) -> None:
    """Answer until the standard input ends."""
    ears = EARS[kind]
    recogniser = Recogniser(ears[0])
    for line in sys.stdin.buffer:
        sys.stdout.write(json.dumps(answer(recogniser, ears, json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
