"""The truth about a drawn picture: what stands where, as the camera sees it."""

from dataclasses import asdict, dataclass
from typing import Any

from drawn_shelves.camera import Homography
from drawn_shelves.scene import Obstacle, Plan, Rect, Scene


@dataclass(frozen=True, slots=True)
class Product:
    """One good: ``spans`` are [xmin, xmax] of its run of packs, 0 to 1 of the picture's width.

    ``shelf`` counts from the top of its bay, first is 1. ``box`` is ymin, xmin, ymax, xmax, 0 to 1000. ``label`` is all that is
    printed on a pack, ``covered`` how much of the least covered pack cannot be seen (0 to 1).
    """

    name: str
    brand: str
    form: str
    colour: str
    price: str
    shelf: int
    facings: int
    spans: tuple[tuple[float, float], ...]
    box: tuple[int, int, int, int]
    bay: int = 1
    label: str = ""
    covered: float = 0.0


@dataclass(frozen=True, slots=True)
class Truth:
    """All of one picture; ``shelf_count`` is that of the first bay, ``shelf_counts`` those of all, from the left."""

    width_px: int
    height_px: int
    shelf_count: int
    products: tuple[Product, ...]
    shelf_counts: tuple[int, ...] = ()

    def named(self, name: str) -> Product | None:
        """The product of that name, if it is there."""
        return next((product for product in self.products if product.name == name), None)

    def as_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)


def tell(scene: Scene, plan: Plan, seen: Homography) -> Truth:
    """The truth about ``plan`` after a camera that maps flat points with ``seen`` to the picture's pixels."""
    width, height = scene.width_px, scene.height_px
    products = []
    for standing in plan.standing:
        packs = standing.packs
        hull = Rect(packs[0].left, min(p.top for p in packs), packs[-1].right, max(p.bottom for p in packs))
        corners = [seen(x, y) for x in (hull.left, hull.right) for y in (hull.top, hull.bottom)]
        xs = [min(1.0, max(0.0, x / width)) for x, _ in corners]
        ys = [min(1.0, max(0.0, y / height)) for _, y in corners]
        products.append(
            Product(
                standing.good.name,
                standing.good.brand,
                standing.good.form,
                standing.good.colour,
                standing.price,
                standing.shelf,
                len(packs),
                ((round(min(xs), 4), round(max(xs), 4)),),
                (round(min(ys) * 1000), round(min(xs) * 1000), round(max(ys) * 1000), round(max(xs) * 1000)),
                standing.bay,
                f"{standing.good.brand} {standing.good.name} {standing.good.amount}",
                round(min(_covered(pack, plan.obstacles) for pack in packs), 2),
            )
        )
    return Truth(width, height, plan.shelf_counts[0], tuple(products), plan.shelf_counts)


def _covered(pack: Rect, obstacles: tuple[Obstacle, ...]) -> float:
    """How much of a pack the worst of the obstacles hides."""
    whole = (pack.right - pack.left) * (pack.bottom - pack.top)
    hidden = [
        max(0.0, min(pack.right, one.rect.right) - max(pack.left, one.rect.left))
        * max(0.0, min(pack.bottom, one.rect.bottom) - max(pack.top, one.rect.top))
        for one in obstacles
    ]
    return max(hidden, default=0.0) / whole
