"""What may be asked at a shelf: leads, claims, describing words, names and tails, with how likely each is."""

from dataclasses import dataclass

from local_live.reading.vocabulary import DESCRIBING, KINDS, phrases

Phrase = tuple[str, ...]
Chances = dict[Phrase, float]

_COMMON = ("where is", "where are", "find", "is there", "do you see", "i'm looking for")
_USUAL = (
    "where's", "where can i find", "where do i find", "find me", "please find", "can you find", "can you see", "do you have",
    "are there", "which shelf is", "which shelf has", "i need", "i want", "i am looking for", "show me", "look for",
)  # fmt: skip
_RARE = (
    "how much is", "how much are", "what is the price of", "what is next to", "what is beside", "what is left of",
    "what is right of", "what is above", "what is below", "read the label of", "how many",
)  # fmt: skip
_WITH_TAIL = ("how much does", "how much do", "how many", "what does", "when does")
_OF_TWO = ("which is cheaper", "what is cheaper", "which one is cheaper", "which costs less", "is", "are")
_LINKS = ("or", "or the", "cheaper than", "cheaper than the")
_ARTICLES = {"the": 0.5, "": 0.3, "any": 0.08, "a": 0.06, "an": 0.03, "some": 0.06, "my": 0.04}
_TAILS = ("cost", "are there", "are here", "do you see", "say", "expire")
_NTH = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "top", "bottom", "lowest", "last")
_WHOLE = (
    "what do you see", "what can you see", "what is there", "what is this", "what is here", "what is on this shelf",
    "describe the shelf", "how many shelves are there", "what else is there", "what else do you see", "what else",
    "anything else", *(f"what is on the {nth} shelf" for nth in _NTH), *(f"read the {nth} shelf" for nth in _NTH),
)  # fmt: skip
_CLAIMS = "gluten free; sugar free; lactose free; dairy free; vegan; organic"

_HERE = 20.0
"""How much likelier than something else a thing is asked for that is read on many packs."""

_NOUNS = frozenset(phrase[-1] for phrase in phrases(KINDS))


@dataclass(frozen=True, slots=True)
class Questions:
    """Phrases with their chances, any positive numbers."""

    leads: Chances
    leads_with_tail: Chances
    leads_of_two: Chances
    links: Chances
    whole: Chances
    claims: Chances
    describing: Chances
    please: Chances
    tails: Chances
    names: Chances


def questions(here: dict[Phrase, int]) -> Questions:
    """What may be asked where these phrases are read, each so often."""
    names = dict.fromkeys(phrases(KINDS), 1.0)
    for phrase, count in here.items():
        names[phrase] = names.get(phrase, 0.0) + _HERE * min(count, 4) / 4 * _share(phrase)
    return Questions(
        _with_articles((_COMMON, 2.0), (_USUAL, 1.0), (_RARE, 0.5)),
        _with_articles((_WITH_TAIL, 1.0)),
        {tuple(f"{lead} {article}".split()): 1.0 for lead in _OF_TWO for article in ("the", "")},
        _even(_LINKS),
        _even(_WHOLE),
        dict.fromkeys(phrases(_CLAIMS), 1.0),
        dict.fromkeys(phrases(DESCRIBING), 1.0),
        _even(("please",)),
        _even(_TAILS),
        names,
    )


def _with_articles(*leads: tuple[tuple[str, ...], float]) -> Chances:
    return {
        tuple(f"{lead} {article}".split()): chance * share
        for some, chance in leads
        for lead in some
        for article, share in _ARTICLES.items()
    }


def _even(texts: tuple[str, ...]) -> Chances:
    return dict.fromkeys((tuple(text.split()) for text in texts), 1.0)


def _share(phrase: Phrase) -> float:
    """How likely a run of words is what a thing is called: most names end with the kind of thing it is."""
    return 1.0 if phrase[-1] in _NOUNS else 0.5 if len(phrase) > 1 else 0.3
