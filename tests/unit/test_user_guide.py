"""What a user is told is complete and true: every option with its default, every entity, every fault that is spoken, every price."""

from collections.abc import Iterator
from dataclasses import fields
import json
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.shelfsight.live.accounts import Usage, cost_usd
from custom_components.shelfsight.live.models import DEFAULT_MODEL
from custom_components.shelfsight.live.prices import PRICES_READ, price_of
from custom_components.shelfsight.options import Options
from custom_components.shelfsight.options_form import SECTIONS
from tests.metadata.house import House
from tests.metadata.scale_rules import NAMES, statuses
from tests.unit.test_documents import anchors_of

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "custom_components" / "shelfsight"
WORDS = json.loads((HOUSE / "translations" / "en.json").read_text(encoding="utf-8"))


def page(name: str) -> str:
    """A document as one would hear it: lines that go on are one."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.sub(r"\n(?! *$)(?=[ \w\"*(])(?!\d+\. |\*\*)\s*", " ", text)


def parts(text: str, level: str = "##") -> dict[str, str]:
    """What stands under each heading of a level."""
    found = re.split(rf"^{level} (.+)$", text, flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


# --- options ----------------------------------------------------------------------------------------------------------

SETTINGS = WORDS["options"]["step"]["settings"]["sections"]
OPTIONS_PAGE = page("docs/options.md")
# What a default is called that is stored as nothing, or is no number.
CALLED = {
    "language": "empty",
    "tts_entity": "empty",
    "llm_api": WORDS["selector"]["llm_api"]["options"]["off"],
    "mode": WORDS["selector"]["mode"]["options"]["find"],
    "turn_end": WORDS["selector"]["turn_end"]["options"]["home"],
    "translate_from": "English",
    "translate_to": "German",
    "units": WORDS["selector"]["units"]["options"]["home"],
    "verbosity": "Normal",
    "voice": WORDS["selector"]["voice"]["options"]["default"],
}


def default_as_told(key: str) -> str:
    value = getattr(Options(), key)
    if key in CALLED:
        return CALLED[key]
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else f"{value:,}"


@pytest.mark.parametrize(("section", "key"), [(name, key) for name, keys in SECTIONS.items() for key in keys])
def test_every_option_stands_in_its_section_with_its_default(section: str, key: str) -> None:
    told = parts(OPTIONS_PAGE)[SETTINGS[section]["name"]]
    label = SETTINGS[section]["data"][key]
    found = re.search(rf"^- \*\*{re.escape(label)}\*\* \(default: ([^)]*)\)\. \S", told, re.MULTILINE)
    assert found, f"{label} is not told with its default"
    assert re.match(rf"{re.escape(default_as_told(key))}\b", found[1]), found[1]


def test_no_section_and_no_option_is_told_that_there_is_not() -> None:
    told = parts(OPTIONS_PAGE)
    names = [SETTINGS[section]["name"] for section in SECTIONS]
    assert [heading for heading in told if heading in names] == names, "in the order in which they are read out"
    for section, words in SETTINGS.items():
        labels = re.findall(r"^- \*\*(.+?)\*\*", told[words["name"]], re.MULTILINE)
        assert labels == [words["data"][key] for key in SECTIONS[section]]


def test_the_bounds_of_numbers_are_told() -> None:
    from custom_components.shelfsight import options

    for key in ("follow_up_s", "session_limit_s", "session_limit_tokens", "compression_tokens", "rotate_after_s"):
        low, high = getattr(options, key.upper())
        assert f"{low:,} to {high:,})" in OPTIONS_PAGE, key


def test_every_mode_is_told() -> None:
    for key, name in WORDS["selector"]["mode"]["options"].items():
        assert f"- **{name}** ({key}): " in parts(OPTIONS_PAGE)["Modes"]


def test_every_field_of_modes_and_streams_is_told() -> None:
    for step, heading in (("add_mode", "Modes of your own"), ("streams", "Plain streams")):
        for label in WORDS["options"]["step"][step]["data"].values():
            assert f"**{label}**" in parts(OPTIONS_PAGE)[heading], label


def test_every_option_that_has_no_field_has_an_entity() -> None:
    """Whatever is stored can be chosen somewhere: in the settings, by an entity, or in a menu of its own."""
    in_settings = {key for keys in SECTIONS.values() for key in keys}
    elsewhere = {"follow_up": "follow_up", "volume": "volume", "privacy": "privacy"}
    assert {one.name for one in fields(Options)} - in_settings - {"own_modes"} == set(elsewhere)
    entities = {key for platform in WORDS["entity"].values() for key in platform}
    assert set(elsewhere.values()) <= entities


# --- setting up -------------------------------------------------------------------------------------------------------

START = page("docs/getting-started.md")


def labels_of_the_setup() -> Iterator[tuple[str, str]]:
    for step, words in WORDS["config"]["step"].items():
        if step not in {
            "addresses",
            "reauth_confirm",
            "reuse",
            "servers",
        }:  # nothing is typed there, or it is told in words
            yield from ((step, label) for label in words.get("data", {}).values())


@pytest.mark.parametrize(("step", "label"), list(labels_of_the_setup()))
def test_every_field_of_the_setup_is_told(step: str, label: str) -> None:
    assert f"**{label}**" in parts(START)["What the setup asks"], step


def test_every_way_to_set_it_up_is_told() -> None:
    for menu in ("user", "answerer"):
        for label in WORDS["config"]["step"][menu]["menu_options"].values():
            short = re.split(r",? with a key| \(", label)[0]
            assert short in START, label


# --- entities ---------------------------------------------------------------------------------------------------------

ENTITIES_PAGE = page("docs/entities.md")
KINDS = {
    "assist_satellite": "satellite", "binary_sensor": "binary sensor", "button": "button", "camera": "camera", "event": "event",
    "image": "image", "media_player": "media player", "number": "number", "select": "select", "sensor": "sensor", "switch": "switch",
}  # fmt: skip


@pytest.mark.parametrize(
    ("platform", "name"),
    [(platform, words["name"]) for platform, keys in WORDS["entity"].items() for words in keys.values()],
)
def test_every_entity_is_told(platform: str, name: str) -> None:
    item = next((line for line in ENTITIES_PAGE.splitlines() if line.startswith("- ") and f"**{name}**" in line), None)
    assert item is not None, f"{name} is not told"
    kinds = re.findall(rf"\*\*{re.escape(name)}\*\*[^(]*\(([^)]*)\)", item)
    assert any(KINDS[platform] in kind for kind in kinds), item


def test_no_entity_is_told_that_there_is_not() -> None:
    told = {name for title in ("Ask and hear", "See", "Know", "Choose") for line in parts(ENTITIES_PAGE)[title].splitlines()
            for name in re.findall(r"\*\*(.+?)\*\*", line.split(":")[0])}  # fmt: skip
    assert told == {words["name"] for keys in WORDS["entity"].values() for words in keys.values()}


def test_entities_that_are_off_by_default_are_told() -> None:
    off = set()
    for source in HOUSE.glob("*.py"):
        text = source.read_text(encoding="utf-8")
        for found in re.finditer(r"entity_registry_enabled_default=False", text):
            (key,) = re.findall(r'key="(\w+)"', text[: found.start()])[-1:]
            off.add(WORDS["entity"]["sensor"][key]["name"])
    assert off
    assert set(re.findall(r"\*\*(.+?)\*\*", parts(ENTITIES_PAGE)["What is off by default"])) == off


def test_every_state_is_told() -> None:
    for name in WORDS["entity"]["sensor"]["state"]["state"].values():
        assert f"*{name}*" in ENTITIES_PAGE
    for name in WORDS["entity"]["event"]["button"]["state_attributes"]["event_type"]["state"].values():
        assert f"*{name}*" in ENTITIES_PAGE


# --- troubleshooting --------------------------------------------------------------------------------------------------

TROUBLE = page("docs/troubleshooting.md")
# What is said when all is well, or as a part of something else that is told.
ALL_IS_WELL = {
    "answering", "digits", "errand_done", "errand_how", "errand_left", "errand_taken", "guiding", "guiding_over", "listening",
    "paired", "setup_wifi", "thinking", "translating", "translating_over", "watching", "watching_over", "wifi_saved",
    *(f"digit_{digit}" for digit in range(10)),
}  # fmt: skip


@pytest.mark.parametrize(
    "folder",
    [
        "custom_components/shelfsight/sound/phrases",
        "firmware_bridge/phrases",
        "custom_components/shelfsight/frontend/phone/phrases",
    ],
)
def test_whatever_is_said_of_a_fault_is_explained(folder: str) -> None:
    phrases: dict[str, str] = json.loads((ROOT / folder / "en" / "phrases.json").read_text(encoding="utf-8"))
    missing = []
    for key, text in phrases.items():
        first = text.split(". ")[0].rstrip(".")  # of two sentences, the first says what is the matter
        if key not in ALL_IS_WELL and first not in TROUBLE:
            missing.append(text)
    assert missing == []


# Where each issue under Repairs is explained.
ISSUES = {
    "certificate_changed": "the-certificate-has-changed",
    "firmware_too_old": "the-software-is-too-old",
    "home_too_old": "the-software-is-too-old",
    "media_kept": "reporting-a-bug",
    "overloaded": "the-quota-is-used-up",
    "quota": "the-quota-is-used-up",
    "rivals": "it-says-that-it-is-not-accepted",
    "url_certificate": "at-home-it-works-in-the-shop-it-does-not",
    "url_no_answer": "at-home-it-works-in-the-shop-it-does-not",
    "url_stranger": "at-home-it-works-in-the-shop-it-does-not",
}


def test_every_issue_is_explained() -> None:
    assert set(ISSUES) == set(WORDS["issues"])
    assert set(ISSUES.values()) <= anchors_of(Path("docs/troubleshooting.md"))


def test_the_way_in_leads_to_every_symptom() -> None:
    contents = TROUBLE.split("\n## ")[0]
    symptoms = {
        anchor
        for title in ("By ear", "While setting up")
        for anchor in map(_anchor, parts(parts(TROUBLE)[title], "###"))
    }
    assert symptoms <= set(re.findall(r"\(#([\w-]+)\)", contents))


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


# --- prices -----------------------------------------------------------------------------------------------------------

COST = page("docs/privacy-and-cost.md")
# What a question takes, as the page says it; sound is 32 tokens a second on the way in and 25 on the way out, a picture 256.
FIRST = Usage(text_in=900, audio_in=96, image_in=512, audio_out=200, text_out=80)
# Nine others before it are billed again: what was said by both, seen, and reported.
TENTH = Usage(text_in=900 + 9 * 80, audio_in=10 * 96 + 9 * 200, image_in=10 * 512, audio_out=200, text_out=80)


def test_the_prices_on_the_page_are_those_of_the_table() -> None:
    price = price_of(DEFAULT_MODEL)
    assert price is not None
    assert DEFAULT_MODEL in COST
    told = re.findall(r"^- a million tokens of [a-z ]+: ([\d.]+) US dollars", COST, re.MULTILINE)
    assert [float(one) for one in told] == [
        price.text_in,
        price.image_in,
        price.audio_in,
        price.text_out,
        price.audio_out,
    ]
    assert f"{PRICES_READ.day} {PRICES_READ:%B %Y}" in COST


def test_the_costs_on_the_page_are_what_these_prices_make() -> None:
    first, tenth = cost_usd(DEFAULT_MODEL, FIRST), cost_usd(DEFAULT_MODEL, TENTH)
    assert first is not None
    assert tenth is not None
    assert f"the first question of a conversation: about {first * 100:.1f} US cents" in COST
    assert re.search(rf"the tenth in one conversation[^:]*: about {tenth * 100:.1f} US cents", COST)
    assert f"a hundred questions a month, each a conversation of its own: about {first * 100:.2f} US dollars" in COST
    for tokens in (FIRST.audio_in, FIRST.image_in, FIRST.text_in, FIRST.audio_out, FIRST.text_out):
        assert f"{tokens} of" in COST or f"{tokens} tokens of" in COST
    assert f"about {first * 100:.1f} US cents" in page("README.md")


# --- the quality scale's documents ------------------------------------------------------------------------------------

DOCUMENTED: dict[str, tuple[str, str]] = {
    "docs-actions": ("docs/automations.md", "the-action-shelfsightask"),
    "docs-configuration-parameters": ("docs/options.md", "options"),
    "docs-data-update": ("docs/entities.md", "how-the-data-is-updated"),
    "docs-examples": ("docs/automations.md", "blueprints"),
    "docs-high-level-description": ("README.md", "shelfsight"),
    "docs-installation-instructions": ("docs/getting-started.md", "install-shelfsight"),
    "docs-installation-parameters": ("docs/getting-started.md", "what-the-setup-asks"),
    "docs-known-limitations": ("docs/devices.md", "known-limitations"),
    "docs-removal-instructions": ("docs/removal.md", "removing-it"),
    "docs-supported-devices": ("docs/devices.md", "supported-devices"),
    "docs-supported-functions": ("docs/entities.md", "what-there-is-in-home-assistant"),
    "docs-troubleshooting": ("docs/troubleshooting.md", "by-ear"),
    "docs-use-cases": ("README.md", "what-it-is-for"),
}


def test_every_document_of_the_quality_scale_that_is_done_has_its_place() -> None:
    said = statuses(House(ROOT))
    done = {name for name in NAMES if name.startswith("docs-") and said[name] == "done"}
    assert done == set(DOCUMENTED)
    for file, anchor in DOCUMENTED.values():
        assert anchor in anchors_of(Path(file)), (file, anchor)


def test_the_readme_leads_to_every_page_for_users() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in (ROOT / "docs").glob("*.md"):
        assert f"(docs/{path.name}" in readme, path.name


def test_every_action_is_told() -> None:
    told: Any = page("docs/automations.md")
    for action, words in WORDS["services"].items():
        assert f"## The action `shelfsight.{action}`" in told
        for field in words["fields"]:
            assert f"| `{field}` |" in parts(told)[f"The action `shelfsight.{action}`"], field
