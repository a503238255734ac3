"""A process that listens: PocketSphinx holds Python's lock while it decodes, and nobody else would get a turn meanwhile.

``python -m local_live.reading.listener`` reads lines of JSON from its standard input, answers each with one, and ends with it::

    {"grammar": "#JSGF ...", "words": {"muesli": "M Y UW Z L IY"}}   ->  {}
    {"sound": "<base64 of s16le mono, 16 kHz>", "trial": 0}          ->  {"text": "where is the muesli"}
    {"sounds": [["oat", "milk"]]}                                    ->  {"sounds": ["OW T M IH L K"]}

A word whose sounds nobody knows is said as its spelling suggests (``pronouncing.py``); where a grammar brings sounds for a
word, they count.
"""

import base64
import json
import sys
from typing import Any

import numpy as np
from pocketsphinx import Decoder

from local_live.reading.pronouncing import pronounce

RATE_HZ = 16_000

TRIALS = ((10.0, 10.0), (30.0, 6.5), (50.0, 8.0))
"""Listenings, each with its noise floor (of 32768) and its weight of the grammar.

The recogniser's features need some noise where sound is digitally silent. Where they understand different things, the
sound alone does not say which is right.
"""


class Recogniser:
    """The decoders, one for each trial, each made when it is first needed."""

    def __init__(self) -> None:
        self._grammar = ""
        self._words: dict[str, str] = {}
        self._decoders: dict[int, Decoder] = {}
        self._ready: set[int] = set()

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer one request."""
        if "grammar" in request:
            self._grammar, self._words = request["grammar"], request["words"]
            self._ready.clear()
            return {}
        if "sounds" in request:
            decoder = self._decoder(0)
            said = [
                " ".join(decoder.lookup_word(word) or pronounce(word) for word in words) for words in request["sounds"]
            ]
            return {"sounds": said}
        return {"text": self._listen(base64.b64decode(request["sound"]), request["trial"])}

    def _decoder(self, trial: int) -> Decoder:
        decoder = self._decoders.get(trial)
        if decoder is None:
            decoder = self._decoders[trial] = Decoder(loglevel="FATAL", cmn="batch", lm=None, lw=TRIALS[trial][1])
        if self._grammar and trial not in self._ready:
            for word, sounds in sorted(self._words.items()):
                if decoder.lookup_word(word) is None:
                    decoder.add_word(word, sounds or pronounce(word) or "AH", update=True)
            decoder.add_jsgf_string("shelf", self._grammar)
            decoder.activate_search("shelf")
            self._ready.add(trial)
        return decoder

    def _listen(self, pcm: bytes, trial: int) -> str:
        """One listening. The noise is the same each time: equal sound is understood equally."""
        pause = np.zeros(RATE_HZ // 5, np.float32)
        whole = np.concatenate([pause, np.frombuffer(pcm, "<i2").astype(np.float32), pause])
        whole += np.random.default_rng(0).normal(0, TRIALS[trial][0], len(whole)).astype(np.float32)
        decoder = self._decoder(trial)
        decoder.start_utt()
        decoder.process_raw(np.clip(whole, -32768, 32767).astype("<i2").tobytes(), no_search=False, full_utt=True)
        decoder.end_utt()
        found = decoder.hyp()
        return str(found.hypstr) if found else ""


def main() -> None:
    """Answer until the standard input ends."""
    recogniser = Recogniser()
    for line in sys.stdin.buffer:
        sys.stdout.write(json.dumps(recogniser.answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
