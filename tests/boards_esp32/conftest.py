"""The homes that play against wearables stand in tests/wearable."""

from pathlib import Path
import sys

sys.path.append(str(Path(__file__).parents[1] / "wearable"))
