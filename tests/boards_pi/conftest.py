"""The Pi's tests use the home and the processes of the wearable's."""

from pathlib import Path
import sys

sys.path.insert(0, str(Path(__file__).parents[1] / "wearable"))
