"""The words of the flows, held against their code: what is shown, asked, refused or ended has a text, and no text is left over."""

import ast
from collections.abc import Iterator
import json
from pathlib import Path
import re

import pytest

from custom_components.shelfsight.options import TurnEnd, Units
from custom_components.shelfsight.options_form import SECTIONS
from custom_components.shelfsight.portraits import FOLDER, PORTRAITS
from custom_components.shelfsight.runtime import CHECK_ERRORS
from custom_components.shelfsight.spatial import Verbosity

HOUSE = Path(__file__).parents[2] / "custom_components" / "shelfsight"
WORDS = json.loads((HOUSE / "translations" / "en.json").read_text(encoding="utf-8"))
CONFIG, OPTIONS, SELECTOR = WORDS["config"], WORDS["options"], WORDS["selector"]
FLOWS = "\n".join((HOUSE / f"{name}_flow.py").read_text() for name in ("config", "answerer", "key", "pairing"))
OPTIONS_FLOW = (HOUSE / "options_flow.py").read_text()
TYPED = (HOUSE / "typed.py").read_text()


def calls(source: str, *names: str) -> Iterator[ast.Call]:
    """All calls of functions or methods of these names."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if called in names:
                yield node


def texts(node: ast.AST | None) -> set[str]:
    """The words written in an expression."""
    leaves = ast.walk(node or ast.Pass())
    return {leaf.value for leaf in leaves if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)}


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == name), None)


def keys(source: str, error: str) -> set[str]:
    """The last argument of all that is raised of this class."""
    return set().union(*(texts(call.args[-1]) for call in calls(source, error)))


def placeholders(words: object) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", json.dumps(words)))


# --- setting up -------------------------------------------------------------------------------------------------------


def test_every_step_that_is_shown_has_its_words_and_every_words_their_step() -> None:
    shown = calls(FLOWS, "async_show_form", "async_show_menu")
    assert set().union(*(texts(keyword(call, "step_id")) for call in shown)) == set(CONFIG["step"])


def test_every_menu_names_its_ways() -> None:
    for call in calls(FLOWS, "async_show_menu"):
        (step,) = texts(keyword(call, "step_id"))
        assert texts(keyword(call, "menu_options")) == set(CONFIG["step"][step]["menu_options"])


@pytest.mark.parametrize("words", [CONFIG, OPTIONS], ids=["config", "options"])
def test_every_field_of_a_form_is_named_and_explained(words: dict[str, dict[str, dict[str, object]]]) -> None:
    for step, told in words["step"].items():
        assert told.get("title"), step
        assert set(told.get("data", {})) == set(told.get("data_description", {})), step


def test_the_words_of_a_form_use_what_the_code_gives() -> None:
    for call in calls(FLOWS, "async_show_form"):
        (step,) = texts(keyword(call, "step_id"))
        given = keyword(call, "description_placeholders")
        names = set().union(*(texts(key) for key in given.keys)) if isinstance(given, ast.Dict) else set()
        assert placeholders(CONFIG["step"][step]) == names, step


def test_every_error_has_its_words_and_every_words_their_error() -> None:
    of_a_step = {"answerer_gone", "button_not_pressed", "cannot_connect", "no_tls", "user_gone"}
    assert all(f'"{key}"' in FLOWS for key in of_a_step)
    assert keys(TYPED, "TypedError") | set(CHECK_ERRORS.values()) | of_a_step == set(CONFIG["error"])


def test_every_abort_has_its_words_and_every_words_their_abort() -> None:
    pairing = {"unreachable"} | keys((HOUSE / "link" / "pairing.py").read_text(), "PairingError")
    own = set().union(*(texts(keyword(call, "reason")) for call in calls(FLOWS, "async_abort"))) - {"pairing_"}
    updates = {
        reason for call in calls(FLOWS, "async_update_reload_and_abort") for reason in texts(keyword(call, "reason"))
    }
    core = {"already_configured", "already_in_progress", "reauth_successful", "reconfigure_successful"}
    phone = {key for key in keys(TYPED, "TypedError") if key.startswith("name_")} | {"user_gone"}
    told = own | updates | core | phone | {f"pairing_{reason}" for reason in pairing}
    assert told == set(CONFIG["abort"])


def test_every_picture_of_a_wearable_is_there_and_told_in_words() -> None:
    assert set(SELECTOR["portrait"]["options"]) == set(PORTRAITS) == {path.stem for path in FOLDER.iterdir()}


# --- options ----------------------------------------------------------------------------------------------------------


def test_every_option_is_named_and_explained_in_its_section_and_every_section_has_an_icon() -> None:
    sections = OPTIONS["step"]["settings"]["sections"]
    for words in sections.values():
        assert set(words) == {"name", "description", "data", "data_description"}
        assert all(words["data"].values()) and all(words["data_description"].values())
    for kind in ("data", "data_description"):
        assert {name: set(words[kind]) for name, words in sections.items()} == {k: set(v) for k, v in SECTIONS.items()}
    icons = json.loads((HOUSE / "icons.json").read_text())["options"]["step"]["settings"]["sections"]
    assert set(icons) == set(SECTIONS)


def test_every_step_of_the_options_has_its_words_and_every_words_their_step() -> None:
    assert set(OPTIONS["step"]) == set(re.findall(r"async def async_step_(\w+)", OPTIONS_FLOW))
    assert set(OPTIONS["step"]["init"]["menu_options"]) == {
        "settings", "streams", "add_mode", "edit_mode", "remove_mode",
    }  # fmt: skip
    aborts = set().union(*(texts(keyword(call, "reason")) for call in calls(OPTIONS_FLOW, "async_abort")))
    assert set(OPTIONS["abort"]) == aborts


def test_every_error_of_the_options_has_its_words_and_every_words_their_error() -> None:
    of_the_form = {"language_empty", "language_odd", "number_odd", "same_language", "voice_gone"}
    assert all(f'"{key}"' in (HOUSE / "options_form.py").read_text() for key in of_the_form)
    assert keys((HOUSE / "options.py").read_text(), "OwnModeError") | of_the_form == set(OPTIONS["error"])


def test_every_choice_that_is_not_a_name_has_its_words() -> None:
    for key, values in {"turn_end": TurnEnd, "units": Units, "verbosity": Verbosity}.items():
        assert set(SELECTOR[key]["options"]) == set(values)
