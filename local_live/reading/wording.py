"""Small change of language: numbers, lists, places on a shelf, and sentences that stay short."""

_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


MOST_WORDS = 35
"""Of an answer: what is remembered of one hearing."""


def count_word(count: int) -> str:
    """'no', 'one', 'two' and so on; digits above ten."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def shelf_word(shelf: int, count: int, *, cut: bool = False) -> str:
    """'third shelf of five from the top'; ``cut`` where the picture may not show all of them: 'third visible shelf'."""
    named = _ORDINALS[shelf] if shelf < len(_ORDINALS) else f"number {shelf}"
    return f"{named} {'visible ' if cut else ''}shelf of {count_word(count)} from the top"


def place_words(shelf: int, count: int, side: str, *, cut: bool = False) -> str:
    """'third shelf of five from the top, far right'; with one shelf in view only the side."""
    side = "in the middle" if side == "middle" else side
    return f"on the one shelf in view, {side}" if count == 1 else f"{shelf_word(shelf, count, cut=cut)}, {side}"


def listed(parts: list[str]) -> str:
    """'bread, honey and jam'; at least one part."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def with_article(word: str) -> str:
    """The article that goes before a word."""
    return "an" if word[0] in "aeiou" else "a"


def capital(text: str) -> str:
    """With a capital at its beginning, the rest as it is."""
    return text[:1].upper() + text[1:]


def short(sentences: list[str], most_words: int) -> str:
    """As many of the sentences as fit into so many words, in order; the first always."""
    said = sentences[0]
    for sentence in sentences[1:]:
        if len(f"{said} {sentence}".split()) <= most_words:
            said = f"{said} {sentence}"
    return said
