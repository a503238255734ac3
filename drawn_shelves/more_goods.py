"""Goods for harder shelves: twins, which differ from another good by one word, and goods from abroad.

Names from abroad are printed as a shop there has them, as far as the font goes, which has no accents; claims on health are
among them.
"""

from dataclasses import replace

from drawn_shelves.goods import GOODS, Good

_BY_NAME = {good.name: good for good in GOODS}


def _like(of: str, name: str, colour: str = "") -> Good:
    """A good like another, under another name and perhaps in another colour."""
    good = _BY_NAME[of]
    return replace(good, name=name, colour=colour or good.colour)


TWINS: tuple[tuple[Good, Good], ...] = (
    (_like("penne pasta", "lentil pasta"), _like("penne pasta", "rice pasta")),
    (_like("gluten free pasta", "gluten free pasta"), _like("gluten free pasta", "egg pasta")),
    (_like("gluten free bread", "gluten free rolls"), _like("gluten free bread", "butter rolls")),
    (_like("oat milk", "soy milk"), _like("oat milk", "rice milk")),
    (_like("peanut butter", "almond butter"), _like("peanut butter", "cashew butter")),
    (_like("salted crackers", "vegan crackers"), _like("salted crackers", "cheese crackers")),
    (_like("tomato soup", "organic tomato soup"), _like("tomato soup", "tomato soup")),
    (_like("dark chocolate", "white chocolate", "white"), _like("dark chocolate", "milk chocolate", "purple")),
    (_like("green tea", "black tea", "black"), _like("green tea", "herbal tea")),
    (_like("raspberry jam", "sugar free jam"), _like("raspberry jam", "cherry jam")),
    (_like("ground coffee", "decaf coffee", "red"), _like("ground coffee", "instant coffee")),
    (_like("apple sauce", "apple puree"), _like("apple sauce", "plum puree", "purple")),
)
"""Pairs of goods; one word tells them apart, and most of them look alike."""

_ABROAD: dict[str, dict[str, str]] = {
    "de": {
        "gluten free bread": "Glutenfreies Brot", "oat milk": "Haferdrink", "tomato soup": "Tomatensuppe",
        "strawberry jam": "Erdbeermarmelade", "brown rice": "Naturreis", "rolled oats": "Haferflocken",
        "honey": "Heidehonig", "white sugar": "Feinzucker", "plain flour": "Weizenmehl", "lentil soup": "Linsensuppe",
    },
    "fr": {
        "gluten free bread": "Pain sans gluten", "oat milk": "Lait d'avoine", "tomato soup": "Soupe de tomates",
        "strawberry jam": "Confiture de fraises", "brown rice": "Riz complet", "rolled oats": "Flocons d'avoine",
        "honey": "Miel de fleurs", "white sugar": "Sucre blanc", "plain flour": "Farine de froment", "chick peas": "Pois chiches",
    },
    "es": {
        "gluten free bread": "Pan sin gluten", "oat milk": "Bebida de avena", "tomato soup": "Sopa de tomate",
        "strawberry jam": "Mermelada de fresa", "brown rice": "Arroz integral", "olive oil": "Aceite de oliva",
        "honey": "Miel de azahar", "white sugar": "Azucar blanco", "plain flour": "Harina de trigo", "tuna chunks": "Bonito natural",
    },
    "it": {
        "gluten free bread": "Pane senza glutine", "oat milk": "Bevanda avena", "tomato soup": "Zuppa di pomodoro",
        "strawberry jam": "Confettura fragole", "brown rice": "Riso integrale", "olive oil": "Olio extra vergine",
        "honey": "Miele di acacia", "white sugar": "Zucchero bianco", "plain flour": "Farina di grano", "tuna chunks": "Tonno naturale",
    },
    "nl": {
        "gluten free bread": "Glutenvrij brood", "oat milk": "Haverdrank", "tomato soup": "Tomatensoep",
        "strawberry jam": "Aardbeienjam", "brown rice": "Zilvervliesrijst", "rolled oats": "Havermout",
        "honey": "Bloemenhoning", "white sugar": "Kristalsuiker", "plain flour": "Tarwebloem", "orange juice": "Sinaasappelsap",
    },
}  # fmt: skip


def abroad(language: str) -> tuple[Good, ...]:
    """Goods with the names that they have in a language ("de", "fr", "es", "it" or "nl")."""
    return tuple(_like(of, name) for of, name in _ABROAD[language].items())


LANGUAGES: tuple[str, ...] = tuple(_ABROAD)
