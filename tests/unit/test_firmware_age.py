"""Which software of a wearable counts as too old: by its numbers alone, and only where they are ours."""

import pytest

from custom_components.shelfsight.firmware_age import OLDEST_SOUND, OUR_MODELS, is_too_old, version_of
from firmware_bridge.boards.desk import desk
from firmware_bridge.boards.esp32 import tables


@pytest.mark.parametrize(
    ("firmware", "version"),
    [
        ("0.1.0", (0, 1, 0)), ("1.2", (1, 2, 0)), ("10.20.30-rc1", (10, 20, 30)), ("0.1.0+dirty", (0, 1, 0)),
        ("", None), ("v1.2.3", None), ("1", None), ("1.2.3.4", None), ("9999999.1.1", None), ("now", None),
    ],
)  # fmt: skip
def test_a_version_is_what_begins_with_numbers(firmware: str, version: tuple[int, int, int] | None) -> None:
    assert version_of(firmware) == version


@pytest.mark.parametrize(
    ("model", "firmware", "too_old"),
    [
        ("pi", "0.9.9", True), ("pi", "0.10.0", False), ("pi", "0.10", False), ("pi", "1.0.0", False),
        ("pi", "unknown", False), ("pi", "", False), ("a pair of another maker", "0.0.1", False), ("", "0.0.1", False),
    ],
)  # fmt: skip
def test_only_software_of_ours_is_judged_and_only_by_numbers(model: str, firmware: str, *, too_old: bool) -> None:
    assert is_too_old(model, firmware, oldest="0.10.0") is too_old


def test_our_boards_are_known_by_their_models_and_none_of_them_is_too_old_today() -> None:
    assert {"desk", "pi", *tables.TABLES} == OUR_MODELS
    assert not any(is_too_old(model, desk.FIRMWARE, OLDEST_SOUND) for model in OUR_MODELS)
