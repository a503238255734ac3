"""How a word is probably said that no dictionary has: letters to the sounds of ARPAbet, by rule.

Brand names on packs are made to be said at sight, so that plain rules go far. Only for recognising: a sound that is a
little off still fits better than no word at all.
"""

from local_live.reading.words import NUMBERS

_RULES: tuple[tuple[str, str], ...] = (
    ("tion", "SH AH N"), ("sion", "ZH AH N"), ("ough", "OW"), ("augh", "AO"), ("eigh", "EY"), ("igh", "AY"),
    ("tch", "CH"), ("sch", "SH"), ("dge", "JH"), ("ious", "IY AH S"), ("ous", "AH S"), ("ture", "CH ER"),
    ("que", "K"), ("ch", "CH"), ("ck", "K"), ("sh", "SH"), ("th", "TH"), ("ph", "F"), ("wh", "W"), ("qu", "K W"),
    ("ng", "NG"), ("kn", "N"), ("wr", "R"), ("gh", "G"), ("ee", "IY"), ("ea", "IY"), ("oo", "UW"), ("ou", "AW"),
    ("ow", "OW"), ("oa", "OW"), ("oi", "OY"), ("oy", "OY"), ("ai", "EY"), ("ay", "EY"), ("au", "AO"), ("aw", "AO"),
    ("ei", "IY"), ("ey", "IY"), ("ie", "IY"), ("ue", "UW"), ("ew", "UW"), ("eu", "Y UW"), ("ar", "AA R"),
    ("er", "ER"), ("ir", "ER"), ("or", "AO R"), ("ur", "ER"), ("bb", "B"), ("cc", "K"), ("dd", "D"), ("ff", "F"),
    ("gg", "G"), ("ll", "L"), ("mm", "M"), ("nn", "N"), ("pp", "P"), ("rr", "R"), ("ss", "S"), ("tt", "T"),
    ("zz", "Z"), ("ce", "S EH"), ("ci", "S IH"), ("cy", "S IY"), ("ge", "JH EH"), ("gi", "JH IH"),
)  # fmt: skip

_LETTERS = {
    "a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH", "i": "IH", "j": "JH", "k": "K",
    "l": "L", "m": "M", "n": "N", "o": "AA", "p": "P", "q": "K", "r": "R", "s": "S", "t": "T", "u": "AH", "v": "V",
    "w": "W", "x": "K S", "y": "Y", "z": "Z",
}  # fmt: skip

_LONG = {"a": "EY", "e": "IY", "i": "AY", "o": "OW", "u": "UW"}
_END = {"a": "AH", "e": "", "i": "IY", "o": "OW", "u": "UW", "y": "IY"}


def pronounce(word: str) -> str:
    """ARPAbet of a plain lower-case word, sounds parted by spaces; "" where it has no letter that is known."""
    sounds: list[str] = []
    at = 0
    while at < len(word):
        for letters, said in _RULES:
            if word.startswith(letters, at):
                last = at + len(letters) == len(word)
                # The e of a final 'ce' or 'ge' is silent.
                sounds.append(said.split()[0] if last and letters in {"ce", "ge"} else said)
                at += len(letters)
                break
        else:
            letter = word[at]
            rest = word[at + 1 :]
            if not rest and letter in _END and len(word) > 1:
                sounds.append(_END[letter])
            elif letter == "y" and at:
                sounds.append("IH")
            elif letter in _LONG and len(rest) == 2 and rest[1] == "e" and rest[0] not in "aeiouyr":
                sounds.append(_LONG[letter])
            else:
                sounds.append(_LETTERS.get(letter, ""))
            at += 1
    return " ".join(sound for sound in sounds if sound)


def spoken(word: str) -> tuple[str, ...]:
    """A word of a label as it is said: '1' as 'one'; numbers without a short name not at all."""
    if not word.isdigit():
        return (word,)
    return next(((name,) for name, digits in NUMBERS.items() if digits == word), ())
