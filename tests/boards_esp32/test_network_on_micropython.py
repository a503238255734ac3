"""Wi-Fi, names, the date, saving power, setting up and the journal on the real MicroPython; the air is played (`fakes`)."""

import board_interpreter
import pytest

SCRIPTS = ("network_checks.py", "setup_checks.py")


@pytest.mark.parametrize(
    ("script", "name"), [(script, name) for script in SCRIPTS for name in board_interpreter.names_of_checks(script)]
)
def test_it_holds_that(script: str, name: str) -> None:
    wrong = board_interpreter.outcomes(script)[name]
    assert not wrong, wrong
