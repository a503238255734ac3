"""Everything here needs a network of its own."""

import pytest

from .namespaces import why_not


@pytest.fixture(scope="session", autouse=True)
def _namespaces_are_possible() -> None:
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
