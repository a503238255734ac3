"""The integration's words in every language there is: all of it, nothing else, and none of it left in English.

Same keys and same placeholders are held by `tests/metadata/word_rules.py`, for every file in the folder; this is about what the texts say.
"""

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
import re
from typing import Any

from tests.metadata.word_rules import leaves

FOLDER = Path(__file__).parents[2] / "custom_components" / "shelfsight" / "translations"
REQUIRED = frozenset({"en", "de", "es", "fr"})
"""Languages that must be there. A language that is there is held complete, whether it is required or not."""

# Names, units, and what is only a placeholder: the same in every language.
NAMES = {"Assist", "Gemini", "Shelfsight", "{name}"}
# Words that a language has from English, or English from it.
SAME: dict[str, set[str]] = {"de": {"Name", "Port"}, "fr": {"Instructions", "Mode", "Port", "Volume"}}

LANGUAGES = sorted(path.stem for path in FOLDER.glob("*.json"))
OTHERS = [language for language in LANGUAGES if language != "en"]


def words_of(language: str) -> dict[tuple[str, ...], object]:
    return dict(leaves(json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))))


def plain(text: str) -> str:
    """Without placeholders and marks, which are no words."""
    return re.sub(r"[\W\d_]+", " ", re.sub(r"\{\w+\}", " ", text)).strip()


def left_in_english(
    english: Mapping[tuple[str, ...], object], words: Mapping[tuple[str, ...], object], same: set[str]
) -> Iterator[str]:
    """Texts that are just the English ones, and have words in them that are not the same in this language."""
    for path, text in words.items():
        if text == english.get(path) and isinstance(text, str) and plain(text) and text not in same | NAMES:
            yield f"{'.'.join(path)}: {text}"


def marks(text: str) -> dict[str, int]:
    """What of Markdown a text has: bold, code, pictures, paragraphs."""
    return {mark: text.count(mark) for mark in ("**", "`", "![", "](", "\n\n")}


def test_the_required_languages_are_there() -> None:
    assert set(LANGUAGES) >= REQUIRED


def test_every_language_is_complete() -> None:
    for language in OTHERS:
        assert set(words_of(language)) == set(words_of("en")), language


def test_nothing_is_left_in_english() -> None:
    left = {one: list(left_in_english(words_of("en"), words_of(one), SAME.get(one, set()))) for one in OTHERS}
    assert not any(left.values()), left


def test_words_that_are_said_to_be_the_same_are() -> None:
    """An exception that nobody needs any more would hide a text that was forgotten later."""
    english = words_of("en")
    for language in OTHERS:
        same = {text for path, text in words_of(language).items() if text == english.get(path)}
        assert SAME.get(language, set()) <= same, language


def test_a_text_has_the_marks_of_the_english_one() -> None:
    for language in OTHERS:
        words = words_of(language)
        for path, text in words_of("en").items():
            assert marks(str(words[path])) == marks(str(text)), (language, *path)


def test_two_choices_of_one_list_are_called_differently() -> None:
    """Who hears a list read out has nothing but the words."""
    for language in LANGUAGES:
        lists: dict[tuple[str, ...], list[object]] = {}
        for path, text in words_of(language).items():
            if path[-2] in {"options", "menu_options", "state"}:
                lists.setdefault(path[:-1], []).append(text)
        for path, texts in lists.items():
            assert len(set(texts)) == len(texts), (language, *path)


ENGLISH: Any = {("a",): "Name", ("b",): "{name}", ("c",): "The key was refused.", ("d",): "**{digits}**"}


def test_a_text_that_was_forgotten_is_noticed() -> None:
    german: Any = {("a",): "Name", ("b",): "{name}", ("c",): "The key was refused.", ("d",): "**{digits}**"}
    assert list(left_in_english(ENGLISH, german, {"Name"})) == ["c: The key was refused."]
    assert list(left_in_english(ENGLISH, german, set())) == ["a: Name", "c: The key was refused."]


def test_a_text_that_is_translated_is_not() -> None:
    german: Any = {("a",): "Name", ("b",): "{name}", ("c",): "Der Schlüssel wurde abgewiesen.", ("d",): "**{digits}**"}
    assert list(left_in_english(ENGLISH, german, {"Name"})) == []


def test_marks_are_counted() -> None:
    assert marks("They are\n\n**{digits}**\n\npress") == {"**": 2, "`": 0, "![": 0, "](": 0, "\n\n": 2}
