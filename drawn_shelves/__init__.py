"""Drawn shop shelves with the truth about them: pictures to test, to measure and to show with."""

from drawn_shelves.drawing import draw
from drawn_shelves.goods import GOODS, Good
from drawn_shelves.scene import DEFAULT, Scene, Wanted
from drawn_shelves.truth import Product, Truth

__all__ = ["DEFAULT", "GOODS", "Good", "Product", "Scene", "Truth", "Wanted", "draw"]
