"""What a drawn shop sells: invented brands, everyday names, the form and the colours of the packs."""

from dataclasses import dataclass
from typing import Literal

Form = Literal["box", "bag", "jar", "can", "carton", "bottle"]
Motif = Literal["fruit", "leaf", "grain", "sun", "wave", "bean"]
Rgb = tuple[int, int, int]

COLOURS: dict[str, Rgb] = {
    "red": (190, 38, 40),
    "orange": (226, 118, 28),
    "yellow": (238, 196, 50),
    "green": (58, 138, 62),
    "blue": (38, 82, 160),
    "purple": (106, 56, 134),
    "pink": (222, 124, 158),
    "brown": (118, 76, 46),
    "white": (238, 236, 228),
    "black": (44, 42, 44),
}


@dataclass(frozen=True, slots=True)
class Good:
    """One product: ``name`` and ``brand`` are printed on every pack of it, ``colour`` is a key of `COLOURS`."""

    name: str
    brand: str
    form: Form
    colour: str
    accent: str
    motif: Motif
    amount: str


GOODS: tuple[Good, ...] = (
    Good("gluten free bread", "Millbrook", "bag", "green", "white", "grain", "400 g"),
    Good("oat milk", "Daybreak", "carton", "blue", "white", "wave", "1 l"),
    Good("tomato soup", "Kettle Lane", "can", "red", "white", "fruit", "400 g"),
    Good("strawberry jam", "Hedgerow", "jar", "red", "white", "fruit", "340 g"),
    Good("brown rice", "Paddy Gate", "bag", "brown", "yellow", "grain", "1 kg"),
    Good("wholemeal bread", "Millbrook", "bag", "brown", "white", "grain", "800 g"),
    Good("rolled oats", "Highmoor", "box", "orange", "white", "grain", "750 g"),
    Good("corn flakes", "Sunny Acre", "box", "yellow", "red", "sun", "500 g"),
    Good("peanut butter", "Nutwood", "jar", "brown", "yellow", "bean", "350 g"),
    Good("orange juice", "Grove Hill", "carton", "orange", "white", "fruit", "1 l"),
    Good("penne pasta", "Casa Luna", "bag", "blue", "yellow", "wave", "500 g"),
    Good("olive oil", "Monte Verde", "bottle", "green", "yellow", "leaf", "500 ml"),
    Good("baked beans", "Kettle Lane", "can", "blue", "white", "bean", "415 g"),
    Good("green tea", "Leaf & Pot", "box", "green", "white", "leaf", "40 bags"),
    Good("dark chocolate", "Cacao House", "box", "black", "orange", "bean", "200 g"),
    Good("potato chips", "Saltmarsh", "bag", "red", "yellow", "sun", "150 g"),
    Good("apple sauce", "Orchard End", "jar", "green", "white", "fruit", "360 g"),
    Good("tomato ketchup", "Redvale", "bottle", "red", "white", "fruit", "460 g"),
    Good("white sugar", "Fairmill", "box", "white", "blue", "wave", "1 kg"),
    Good("plain flour", "Fairmill", "bag", "white", "red", "grain", "1.5 kg"),
    Good("sweet corn", "Sunny Acre", "can", "yellow", "green", "sun", "325 g"),
    Good("chick peas", "Casa Luna", "can", "orange", "white", "bean", "400 g"),
    Good("ground coffee", "North Roast", "bag", "black", "orange", "bean", "250 g"),
    Good("honey", "Bee Meadow", "jar", "yellow", "brown", "sun", "340 g"),
    Good("almond milk", "Daybreak", "carton", "brown", "white", "leaf", "1 l"),
    Good("lentil soup", "Kettle Lane", "can", "brown", "white", "bean", "400 g"),
    Good("blueberry muesli", "Highmoor", "box", "purple", "white", "fruit", "600 g"),
    Good("salted crackers", "Saltmarsh", "box", "blue", "white", "grain", "250 g"),
    Good("apple vinegar", "Orchard End", "bottle", "brown", "yellow", "fruit", "500 ml"),
    Good("basil pesto", "Monte Verde", "jar", "green", "yellow", "leaf", "190 g"),
    Good("raspberry jam", "Hedgerow", "jar", "pink", "white", "fruit", "340 g"),
    Good("basmati rice", "Paddy Gate", "bag", "purple", "white", "grain", "1 kg"),
    Good("ginger biscuits", "Nutwood", "box", "red", "yellow", "sun", "300 g"),
    Good("soy sauce", "Jade River", "bottle", "black", "red", "wave", "250 ml"),
    Good("gluten free pasta", "Casa Luna", "box", "purple", "white", "wave", "500 g"),
    Good("tuna chunks", "Harbour", "can", "blue", "yellow", "wave", "145 g"),
)
"""The whole range; a scene takes a part of it."""
