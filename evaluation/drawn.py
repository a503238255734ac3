"""Drawn shelves as pictures with questions: what stands there, what does not, and what differs from something there by one word."""

from collections.abc import Iterator, Mapping
import io
from random import Random
from typing import Final

from drawn_shelves import Product, Truth, draw
from drawn_shelves.difficulty import KNOBS, middle, missing_twins, scene
from evaluation.cases import Case, Picture, There

A_PICTURE: Final = 12
"""Questions about one picture: 8 of 12 about things that are there, 2 that are not, 2 that nearly are."""

_THERE, _ABSENT = 8, 2
_COVERED: Final = 0.2
"""A thing is asked for when of one of its packs no more than this is hidden."""

_NOWHERE: Final = (
    "dog food", "aluminium foil", "toothpaste", "cat litter", "laundry detergent", "baby wipes", "light bulbs", "paper towels",
    "shampoo", "frozen pizza", "orange lemonade", "cheddar cheese",
)  # fmt: skip
_CLAIMS: Final = ("gluten free", "vegan", "organic", "sugar free", "lactose free")
_ASKS: Final = (
    "where is the {}",
    "where are the {}",
    "find the {}",
    "is there any {}",
    "do you see {}",
    "I'm looking for {}",
)


def drawn(
    questions: int, seed: int, settings: Mapping[str, float] | None = None, uneven: bool = False
) -> Iterator[Picture]:
    """Pictures with so many questions in all, every knob at its middle, with 3 to 7 shelves, but for ``settings``."""
    rng = Random(f"{seed} evaluation")
    asked = 0
    number = 0
    while asked < questions:
        shelves = {"shelves": rng.choice(KNOBS["shelves"].settings)}
        at = middle() | shelves | (settings or {})
        picture = one_picture(seed * 100_000 + number, at, min(A_PICTURE, questions - asked), uneven=uneven)
        asked += len(picture.cases)
        number += 1
        yield picture


def one_picture(seed: int, settings: Mapping[str, float], questions: int, *, uneven: bool = False) -> Picture:
    """One drawn shelf with so many questions at the most."""
    image, truth = draw(scene(seed, settings, uneven=uneven))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    cases = questions_about(seed, truth, int(settings.get("twins", 0)))
    return Picture(f"drawn-{seed}", out.getvalue(), truth.shelf_count, tuple(cases[:questions]))


def questions_about(seed: int, truth: Truth, twins: int) -> list[Case]:
    """What is asked about the drawn shelf of that seed, which has so many pairs of twins."""
    return _cases(Random(f"{seed} questions"), truth, [name for name, _ in missing_twins(seed, twins)])


def _cases(rng: Random, truth: Truth, twins: list[str]) -> list[Case]:
    there = [product for product in truth.products if product.covered <= _COVERED and _in_view(product)]
    rng.shuffle(there)
    cases = [_there(rng, product, truth) for product in there[:_THERE]]
    cases += [Case(_ask(rng, name), (), "absent") for name in rng.sample(_NOWHERE, _ABSENT)]
    printed = " ".join(product.label.lower() for product in truth.products)
    claimed = [f"{claim} {product.name.lower()}" for product in there for claim in _CLAIMS if not _has_claim(product)]
    rng.shuffle(claimed)
    near = [name for name in [*twins[:1], *claimed] if name not in printed]
    cases += [Case(_ask(rng, name), (), "near") for name in near[: A_PICTURE - _THERE - _ABSENT]]
    rng.shuffle(cases)
    return cases


def _there(rng: Random, product: Product, truth: Truth) -> Case:
    """A thing that is there, wherever it is: several goods may have the asked words on them."""
    words = set(product.name.lower().split())
    same = [other for other in truth.products if words <= set(other.label.lower().split())]
    places = tuple(There(other.shelf, other.spans) for other in same)
    label = " ".join(other.label for other in same)
    colours = {other.colour for other in same}
    price, colour = product.price if len(same) == 1 else "", product.colour if len(colours) == 1 else ""
    return Case(_ask(rng, product.name), places, "there", price, label, colour)


def _ask(rng: Random, name: str) -> str:
    return rng.choice(_ASKS).format(name)


def _in_view(product: Product) -> bool:
    """Whether at least one pack is wholly in the picture, by its run's box."""
    top, left, bottom, right = product.box
    return top > 5 and bottom < 995 and left > 5 and right < 995


def _has_claim(product: Product) -> bool:
    label = product.label.lower()
    return any(word in label for word in ("free", "vegan", "organic", "gluten", "sin ", "sans ", "senza "))
