"""The project keeps what hassfest, core's linter, the quality scale and HACS want of files; and each rule is able to complain."""

from collections import Counter
import json
from pathlib import Path
import re

import pytest
import yaml

from tests.metadata import NOT_ON_FILES, action_rules, icon_rules, scale_rules
from tests.metadata.breaking import Break, broken
from tests.metadata.breaks import BREAKS
from tests.metadata.every_rule import RULES
from tests.metadata.house import House, copy_of
from tests.metadata.manifest_rules import COMPONENTS
from tests.metadata.word_rules import faults_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def house() -> House:
    return House(ROOT)


@pytest.mark.parametrize("name", RULES)
def test_the_project_keeps_every_rule(name: str, house: House) -> None:
    rule = RULES[name]
    assert rule.complaints(house) == [], rule.source


@pytest.mark.parametrize("one", BREAKS, ids=[f"{one.rule}-{one.says}".replace(" ", "_") for one in BREAKS])
def test_a_broken_copy_is_complained_of(one: Break, tmp_path: Path) -> None:
    copy = copy_of(ROOT, tmp_path / "copy")
    before = RULES[one.rule].complaints(copy)
    after = RULES[one.rule].complaints(broken(one, House(copy.root)))
    new = Counter(after) - Counter(before)
    assert any(one.says in complaint for complaint in new), after


def test_every_rule_is_broken_by_something() -> None:
    assert {one.rule for one in BREAKS} == set(RULES)


def test_every_rule_says_where_it_comes_from() -> None:
    for name, rule in RULES.items():
        assert rule.source, name
        assert rule.check.__doc__, name


def test_what_no_file_tells_is_named() -> None:
    assert all(reason for reason in NOT_ON_FILES.values())


# Integrations of Home Assistant that keep the highest grades: what they write must be taken, or the rules are our invention.
THEIRS = ["anthropic", "lamarzocco", "shelly", "unifiprotect"]


@pytest.mark.parametrize("domain", THEIRS)
def test_what_home_assistants_own_integrations_write_is_taken(domain: str) -> None:
    folder = COMPONENTS / domain
    icon_rules.SCHEMA(json.loads((folder / "icons.json").read_text(encoding="utf-8")))
    action_rules.SCHEMA(
        yaml.safe_load((folder / "services.yaml").read_text()) if (folder / "services.yaml").is_file() else {}
    )
    scale_rules.SCHEMA(yaml.safe_load((folder / "quality_scale.yaml").read_text(encoding="utf-8")))


def test_the_rules_of_the_quality_scale_are_those_that_home_assistant_has() -> None:
    used = {
        name
        for path in COMPONENTS.glob("*/quality_scale.yaml")
        for name in re.findall(r"^  ([a-z-]+):", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert used == set(scale_rules.NAMES)
    assert len(scale_rules.NAMES) == 54


@pytest.mark.parametrize(
    "text",
    [
        "Third shelf of five, far right.",
        "{name} says six digits. If they are\n\n**{digits}**",
        "less than 5 < 6",
        "100 % of {this}",
        "{{braces}}",
    ],
)
def test_a_good_text_has_no_faults(text: str) -> None:
    assert list(faults_of(text)) == []
