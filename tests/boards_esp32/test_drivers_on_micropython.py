"""The board's drivers on the real MicroPython interpreter; the chip and its modules are played (`fakes`)."""

import board_interpreter
import pytest


@pytest.mark.parametrize("name", board_interpreter.names_of_checks("driver_checks.py"))
def test_the_driver_holds_that(name: str) -> None:
    wrong = board_interpreter.outcomes("driver_checks.py")[name]
    assert not wrong, wrong
