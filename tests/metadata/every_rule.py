"""All rules there are, in one list."""

from . import action_rules, code_rules, hacs_rules, icon_rules, manifest_rules, scale_rules, word_rules
from .house import Rule

ROOMS = (manifest_rules, code_rules, action_rules, word_rules, icon_rules, scale_rules, hacs_rules)
RULES: dict[str, Rule] = {rule.name: rule for room in ROOMS for rules in room.ALL for rule in rules.kept}
