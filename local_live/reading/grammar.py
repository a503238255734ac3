"""What may be asked at this shelf, as a JSGF grammar: the ways people ask, the words on the packs, and common goods."""

from itertools import combinations

from local_live.reading.asking import FORMS
from local_live.reading.pronouncing import spoken
from local_live.reading.saying import spelling
from local_live.reading.shelfmap import ShelfMap
from local_live.reading.vocabulary import KINDS, QUALITIES, phrases
from local_live.reading.words import plain

_LEADS = (
    "where is", "where are", "where's", "where can i find", "where do i find", "find", "find me", "can you find",
    "do you see", "can you see", "do you have", "is there", "is there any", "are there any", "how much is",
    "how much are", "what is the price of", "which shelf is", "which shelf has", "i need", "i want", "i am looking for",
    "i'm looking for", "show me", "look for", "search for",
)  # fmt: skip

_OTHER = (
    "what do you see", "what can you see", "what is there", "what is this", "what is here", "what is on this shelf",
    "describe the shelf", "how many shelves are there", "what is on the (<nth>) shelf", "what is on shelf (<n>)",
    "read the (<nth>) shelf",
)  # fmt: skip

_MOST_PHRASES = 600
"""From the shelf; each makes the listening a little slower."""

Phrase = tuple[str, ...]


def shelf_phrases(shelf_map: ShelfMap) -> set[Phrase]:
    """How things on the shelf may be called: runs of words of a label, and two or three of them with others left out."""
    spell = spelling(shelf_map.labels)
    found: dict[Phrase, int] = {}
    for label in shelf_map.labels:
        read = [
            (spell.get(text, text if text.isdigit() else ""), word)
            for word, text in zip(label.words, label.tokens, strict=True)
        ]
        words = [said for text, word in read if text and word.score >= 0.8 for said in spoken(plain(text))]
        words = [word for index, word in enumerate(words) if not index or word != words[index - 1]][:8]
        runs = {tuple(words[i : i + n]) for i in range(len(words)) for n in range(1, 6) if i + n <= len(words)}
        if len(words) <= 6:
            runs |= {pair for n in (2, 3) for pair in combinations(words, n)}
        for run in runs:
            found[run] = found.get(run, 0) + 1
            if run[0] == "one" and len(run) > 1:
                found["number", *run] = found.get(("number", *run), 0) + 1
            for at in range(1, len(run)):
                if run[at - 1 : at + 1] in {("lawn", "leaf"), ("rip", "tear")} or len(run) <= 4:
                    joined = (*run[:at], "and", *run[at:])
                    found[joined] = found.get(joined, 0)
    ranked = sorted(found, key=lambda run: (-found[run], len(run), run))
    return set(ranked[:_MOST_PHRASES])


def grammar(shelf_map: ShelfMap | None) -> tuple[str, frozenset[str]]:
    """The grammar, and all words in it. What is on the shelf is likelier to be asked for than what is not."""
    here = shelf_phrases(shelf_map) if shelf_map else set()
    kinds = set(phrases(KINDS)) - here
    forms = sorted(FORMS & {"bags", "bag", "box", "boxes", "jar", "can", "bottle", "pack"})
    rules = {
        "question": f"/1/ <lead> <thing> | /0.01/ <lead> <thing> please | /0.3/ <thing> | /0.5/ ({_either(_OTHER)})",
        "lead": f"({_either(_LEADS)}) [ the | a | an | any | some | my ]",
        "thing": "/1/ <general> | /0.1/ <quality> <general>",
        "general": _either(sorted(" ".join(phrase) for phrase in kinds)),
        "quality": _either(sorted(" ".join(phrase) for phrase in phrases(QUALITIES))),
        "nth": "first | second | third | fourth | fifth | sixth | seventh | top | bottom | lowest | last",
        "n": "one | two | three | four | five | six | seven",
    }
    if here:
        rules["thing"] = "/8/ <here> | /2/ <here> <form> | /0.2/ <quality> <here> | " + rules["thing"]
        rules["here"] = _either(sorted(" ".join(phrase) for phrase in here))
        rules["form"] = _either(forms)
    body = " ".join(f"{'public ' if name == 'question' else ''}<{name}> = {rule};" for name, rule in rules.items())
    words = {
        word for text in (_either(_LEADS), _either(_OTHER)) for word in text.replace("(", " ").replace(")", " ").split()
    }
    words |= {word for rule in rules.values() for word in rule.replace("[", " ").replace("]", " ").split()}
    words |= {word.strip("()") for word in words}
    return f"#JSGF V1.0; grammar shelf; {body}", frozenset(word for word in words if word.replace("'", "").isalpha())


def _either(texts: tuple[str, ...] | list[str]) -> str:
    return " | ".join(text.replace("(<", "<").replace(">)", ">") for text in texts)
