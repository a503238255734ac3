"""The words of an errand, in the languages of the phrases: what is asked, and what is understood without asking anybody. Pure.

Only what is nothing but such words counts: "yes, got it" does, "yes, but where is it" is a question. What was said comes as the
session wrote it down, in whatever language that was, so the words of all languages hold at once.
"""

from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
import re
from typing import Final
import unicodedata


class Sign(Enum):
    """What a person says of the thing that is looked for."""

    TAKEN = auto()
    """They have it."""
    LEFT = auto()
    """It shall stay on the list; the next one, please."""
    STOP = auto()
    """No more shopping."""


@dataclass(frozen=True, slots=True)
class Words:
    """One language. `{item}` is the thing; several ways of saying the same are parted by `|`."""

    looking: str
    question: str
    taken: str
    left: str
    stop: str
    around: str
    """What may stand around all of them and means nothing."""


_WORDS: Final = {
    "de": Words(
        looking="Ich suche {item}.",
        question="Wo ist {item}?",
        taken="ich hab es|ich habe es|ich habs|hab ich|habe ich|hab es|habs|ja|gefunden|weiter|nächstes|das nächste",
        left="überspringen|auslassen|lass es|nicht da|gibt es nicht|gibts nicht|nein",
        stop="stopp|stop|aufhören|genug|fertig|schluss|das reicht",
        around="ok|okay|danke|bitte|gut|super|so|jetzt|prima",
    ),
    "en": Words(
        looking="I am looking for {item}.",
        question="Where is {item}?",
        taken="i have it|i've got it|i got it|got it|have it|yes|yeah|yep|found it|next|next one|next item",
        left="skip|skip it|skip this|leave it|not there|they don't have it|no",
        stop="stop|stop it|that's enough|enough|i'm done|finished",
        around="ok|okay|thanks|thank you|please|good|great|now|alright|all right|well",
    ),
    "es": Words(
        looking="Busco {item}.",
        question="¿Dónde está {item}?",
        taken="lo tengo|la tengo|ya lo tengo|ya la tengo|ya está|sí|encontrado|siguiente|el siguiente",
        left="saltar|sáltalo|déjalo|no hay|no está|no",
        stop="para|parar|basta|suficiente|he terminado|terminado",
        around="vale|gracias|por favor|bien|bueno|ahora",
    ),
    "fr": Words(
        looking="Je cherche {item}.",
        question="Où est {item}?",
        taken="je l'ai|je l'ai trouvé|je l'ai prise|je l'ai pris|oui|ça y est|trouvé|suivant|le suivant",
        left="passe|passer|laisse|laisse tomber|il n'y en a pas|non",
        stop="arrête|arrêter|assez|ça suffit|j'ai fini|terminé",
        around="ok|d'accord|merci|s'il te plaît|s'il vous plaît|bien|bon|maintenant",
    ),
    "it": Words(
        looking="Cerco {item}.",
        question="Dove si trova {item}?",
        taken="ce l'ho|l'ho preso|l'ho presa|preso|presa|sì|trovato|trovata|avanti|il prossimo|prossimo",
        left="salta|saltalo|lascia|lascia stare|non c'è|no",
        stop="basta|fermati|smetti|ho finito|finito",
        around="ok|va bene|grazie|per favore|bene|adesso|ora",
    ),
    "nl": Words(
        looking="Ik zoek {item}.",
        question="Waar is {item}?",
        taken="ik heb het|ik heb hem|ik heb ze|heb ik|hebbes|ja|gevonden|volgende|de volgende",
        left="overslaan|sla over|laat maar|is er niet|nee",
        stop="stop|stoppen|genoeg|klaar|ik ben klaar",
        around="ok|oké|dank je|bedankt|alsjeblieft|goed|mooi|nu|prima",
    ),
}
LANGUAGES: Final = tuple(_WORDS)
# Where the person was asked something ("Do you mean the green one?"), these answer that and say nothing of the thing.
_REPLIES: Final = frozenset({"ja", "nein", "yes", "yeah", "yep", "no", "si", "oui", "non", "nee"})
# As much of a list's item as anybody says in one breath; somebody may keep a recipe there.
ITEM_LIMIT: Final = 120


def words_of(language: str) -> Words:
    """The words of an IETF tag's language; English where there are none."""
    return _WORDS.get(language.replace("_", "-").split("-")[0].lower(), _WORDS["en"])


def item_name(summary: str) -> str:
    """An item of a list as it can be said: one line, not too long."""
    return " ".join(summary.split())[:ITEM_LIMIT].strip()


def sign_in(said: str, *, asked_back: bool = False) -> Sign | None:
    """What was said of the thing, or None where it was something else, a question for example, or two things at once.

    `asked_back`: the person had just been asked something, so a yes or no alone is the answer to that.
    """
    text = _plain(said)
    if asked_back:
        text = " ".join(word for word in text.split() if word not in _REPLIES)
    signs = {sign for sign in Sign if _pattern(sign).fullmatch(text)}
    return signs.pop() if len(signs) == 1 else None


def sayings(sign: Sign, language: str) -> tuple[str, ...]:
    """All ways to say it in one of `LANGUAGES`."""
    words = _WORDS[language]
    return tuple({Sign.TAKEN: words.taken, Sign.LEFT: words.left, Sign.STOP: words.stop}[sign].split("|"))


def _plain(said: str) -> str:
    """Lower case words with single spaces: no accents and no punctuation, which a transcript may have or not have."""
    letters = unicodedata.normalize("NFKD", said.lower().replace("’", "'").replace("'", ""))
    return " ".join("".join(one if one.isalnum() else " " for one in letters if not unicodedata.combining(one)).split())


@cache
def _pattern(sign: Sign) -> re.Pattern[str]:
    """One of the sign's sayings or several, with words around them that mean nothing."""
    meant = "|".join(re.escape(_plain(one)) for language in LANGUAGES for one in sayings(sign, language))
    around = "|".join(re.escape(_plain(one)) for words in _WORDS.values() for one in words.around.split("|"))
    return re.compile(rf"(?:(?:{around}) )*(?:{meant})(?: (?:{meant}|{around}))*")
