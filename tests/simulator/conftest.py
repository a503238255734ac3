"""Worlds for tests: each runs in a loop of its own, outside of pytest's."""

import pytest

from tests.rig.heard import learn_phrases


@pytest.fixture(scope="session", autouse=True)
def _phrases() -> None:
    """They are learnt once: it takes seconds."""
    learn_phrases()
