"""What tests of the frontend's modules share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

FRONTEND = Path(__file__).parents[2] / "custom_components" / "shelfsight" / "frontend"

type Run = Callable[..., Any]
"""Runs a script in Node; what it returns. See `run` in conftest.py."""
