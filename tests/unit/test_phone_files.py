"""The files of the phone's page: complete in six languages, small, and nothing in them that a strict content policy forbids."""

import gzip
import json
from pathlib import Path
import re

import pytest

from custom_components.shelfsight.sound import phrases

FRONTEND = Path(__file__).parents[2] / "custom_components" / "shelfsight" / "frontend"
PAGE = FRONTEND / "phone"
MODULES = sorted(PAGE.glob("*.js"))
LANGUAGES = ("de", "en", "es", "fr", "it", "nl")
LIMIT_BYTES = 60_000
# Not imported by anything: the panel is loaded by Home Assistant, worklets by their names.
_ROOTS = ("panel.js", "ear-worklet.js", "mouth-worklet.js")


def texts(kind: str, language: str) -> dict[str, str]:
    path = PAGE / "texts" / f"{language}.json" if kind == "texts" else PAGE / "phrases" / language / "phrases.json"
    read: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return read


def loaded() -> set[Path]:
    """Every module that the page loads, from its own folder and from the card's."""
    found, waiting = set(), [PAGE / name for name in _ROOTS]
    while waiting:
        path = waiting.pop().resolve()
        if path not in found:
            found.add(path)
            waiting += [path.parent / name for name in re.findall(r'from "([^"]+)"', path.read_text(encoding="utf-8"))]
    return found


@pytest.mark.parametrize("kind", ["texts", "phrases"])
def test_every_language_has_every_text_with_the_same_gaps(kind: str) -> None:
    english = texts(kind, "en")
    for language in LANGUAGES:
        translated = texts(kind, language)
        assert translated.keys() == english.keys()
        assert all(text.strip() == text and text for text in translated.values())
        for key, text in translated.items():
            assert re.findall(r"\{\w+\}", text) == re.findall(r"\{\w+\}", english[key])
        if language != "en":
            same = {key for key in english if translated[key] == english[key]}
            assert len(same) <= 3, f"{language} has the English {same}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_is_whole_sentences_and_speech_as_long_as_they_take(language: str) -> None:
    folder = PAGE / "phrases" / language
    sentences = texts("phrases", language)
    assert {path.stem for path in folder.glob("*.wav")} == sentences.keys()
    assert len(set(sentences.values())) == len(sentences)
    for name, text in sentences.items():
        assert re.fullmatch(r"\w[^.]*\.( \w[^.]*\.){0,2}", text), (name, text)
        assert len(text.split()) <= 23, (name, text)
        sound = phrases.read_wav((folder / f"{name}.wav").read_bytes())
        assert 9 <= len(text) / (sound.samples / phrases.PHRASES_HZ) <= 24, name


def test_every_phrase_that_is_said_is_there_and_every_one_that_is_there_is_said() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in MODULES)
    made = {f"{what}_{why}" for what in ("camera", "microphone") for why in ("denied", "busy")}
    made |= {"no_camera", "no_microphone"}
    known = texts("phrases", "en").keys()
    assert {name for name in known - made if f'"{name}"' not in source and f"{name}:" not in source} == set()
    said = set(re.findall(r'(?:say|_say|_stop|_tell)\("(\w+)"\)', source))
    assert said <= known, said - known


def test_no_text_is_there_for_nothing() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in loaded())
    composed = r"(state|verb|hint|microphone|camera)_\w+"
    assert {
        key
        for key in texts("texts", "en")
        if not re.fullmatch(composed, key) and f"exts.{key}" not in source.replace("?.", ".")
    } <= {"away"}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_nothing_is_made_of_text_nor_fetched_from_elsewhere_nor_kept(module: Path) -> None:
    source = module.read_text(encoding="utf-8")
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", source, flags=re.DOTALL)
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|importScripts", code
    )
    assert not re.search(r"setTimeout\(\s*[\"'`]|style=|\.style\b|<script", code)
    assert not re.search(r"https?://|data:", code)
    assert not re.search(r"sessionStorage|indexedDB|document\.cookie|caches\.", code)
    if module.name == "session.js":
        assert re.findall(r"localStorage\.setItem\((\w+), (\w+)\)", code) == [("CHOSEN", "id")]
    else:
        assert "localStorage" not in code
    assert all(re.fullmatch(r"\.\.?/[\w-]+\.js", name) for name in re.findall(r'from "([^"]*)"', code))


def test_a_module_is_a_room_of_one_purpose() -> None:
    for module in MODULES:
        source = module.read_text(encoding="utf-8")
        assert source.startswith("/**"), module.name
        assert source.count("\n") <= 300, module.name


def test_all_that_the_page_loads_is_under_60_kilobytes_compressed() -> None:
    modules = loaded()
    assert {path.name for path in MODULES} <= {path.name for path in modules}
    code = sum(len(gzip.compress(path.read_bytes())) for path in modules)
    words = max(
        sum(len(gzip.compress(json.dumps(texts(kind, language)).encode())) for kind in ("texts", "phrases"))
        for language in LANGUAGES
    )
    assert code + words < LIMIT_BYTES, (code, words)


def test_the_sound_of_the_sentences_is_what_it_costs_beside_that() -> None:
    # Fetched after the page works, one language of it, and held in memory: what must be heard when nothing can be fetched any more.
    for language in LANGUAGES:
        sound = sum(path.stat().st_size for path in (PAGE / "phrases" / language).glob("*.wav"))
        assert sound < 800_000
