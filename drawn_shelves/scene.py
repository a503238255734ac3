"""What can be said about a drawn shelf before it is drawn: every knob, and where each thing is to stand."""

from dataclasses import dataclass, field, replace
from random import Random
from typing import Literal

from drawn_shelves.goods import GOODS, Good

MARGIN = 0.1
"""Part of the picture's width and height drawn beyond each edge, so that a tilted camera still sees shop."""

HEAD, FOOT = 0.03, 0.07
"""Parts of the picture's height above the first compartment and below the last rail."""

RAIL = 0.19
"""Part of a shelf's height that its board and its rail with the price tags take."""

ASPECT = {"box": 0.76, "bag": 0.86, "jar": 0.8, "can": 0.82, "carton": 0.62, "bottle": 0.5}
TALLNESS = {"box": 0.88, "bag": 0.86, "jar": 0.72, "can": 0.68, "carton": 0.93, "bottle": 0.95}


SIGNS = ("OFFER", "NEW", "2 FOR 1", "-30%", "SALE")
"""What hangs before the packs says."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A good that must be there, by name; ``shelf`` counts from the top, ``end`` is which end of that shelf."""

    name: str
    shelf: int | None = None
    end: Literal["left", "right"] | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """All that decides a picture; equal scenes give equal pictures.

    ``fullness`` is the part of a shelf's width that packs take; ``goods_a_shelf`` how many different ones.
    ``yaw`` and ``pitch`` are the strengths of the perspective (0 none, 0.1 strong), ``slant_deg`` turns the picture.
    ``bays`` stand side by side, each with shelves at heights of its own, ``uneven`` also with one more or less of them;
    ``obstacles`` hang in front of the packs; ``sign`` is what a board above the shelves says.
    ``light`` multiplies the brightness, ``fall_off`` is how much darker the darkest corner is (0 to 1), ``noise`` is
    the standard deviation in steps of 255, ``blur_px`` the radius of the blur.
    """

    seed: int = 1
    shelves: int = 5
    width_px: int = 1600
    height_px: int = 1200
    wanted: tuple[Wanted, ...] = ()
    without: frozenset[str] = frozenset()
    goods: tuple[Good, ...] = field(default=GOODS, repr=False)
    goods_a_shelf: int = 4
    fullness: float = 0.94
    yaw: float = 0.035
    pitch: float = 0.02
    slant_deg: float = 0.6
    light: float = 1.0
    fall_off: float = 0.3
    noise: float = 3.0
    blur_px: float = 0.5
    currency: str = ""
    bays: int = 1
    uneven: bool = False
    obstacles: int = 0
    sign: str = ""


DEFAULT = Scene(
    wanted=(
        Wanted("gluten free bread", shelf=3, end="right"),
        Wanted("oat milk"),
        Wanted("tomato soup"),
        Wanted("strawberry jam"),
        Wanted("brown rice"),
    ),
    without=frozenset({"gluten free pasta", "dog food"}),
)
"""The scene of the demonstration."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle of the flat shelf, in pixels of the picture before the camera; y runs down."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Standing:
    """A good on a shelf: one rectangle for each of its packs, its price and its tag on the rail."""

    good: Good
    shelf: int
    packs: tuple[Rect, ...]
    price: str
    tag: Rect
    bay: int = 1


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that hangs in front of the packs: a cloth, or a sign with words."""

    rect: Rect
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Flat shelves: compartments from the top, each with the rail below it, bay by bay; and what stands in them.

    ``shelf_counts`` are those of the bays, from the left.
    """

    compartments: tuple[Rect, ...]
    rails: tuple[Rect, ...]
    standing: tuple[Standing, ...]
    shelf_counts: tuple[int, ...]
    obstacles: tuple[Obstacle, ...] = ()


def plan(scene: Scene) -> Plan:
    """Decide what stands where. Raises `ValueError` where a wanted good does not exist or does not fit."""
    rng = Random(scene.seed)
    bays = _bays(scene)
    shares = _share_out(scene, rng, [len(bay) for bay in bays])
    standing: list[Standing] = []
    for bay, (shelves, goods_of) in enumerate(zip(bays, shares, strict=True), 1):
        for number, ((room, rail), goods) in enumerate(zip(shelves, goods_of, strict=True), 1):
            standing += [replace(one, bay=bay) for one in _stand(scene, rng, number, goods, room, rail)]
    every = [shelf for bay in bays for shelf in bay]
    return Plan(
        tuple(room for room, _ in every),
        tuple(rail for _, rail in every),
        tuple(standing),
        tuple(len(bay) for bay in bays),
        tuple(_obstacles(scene, bays)),
    )


def _bays(scene: Scene) -> list[list[tuple[Rect, Rect]]]:
    """The shelves of each bay: a compartment and the rail below it. The first bay's shelves share the height evenly."""
    rng = Random(f"{scene.seed} bays")
    width, height = float(scene.width_px), float(scene.height_px)
    across = width / scene.bays
    bays = []
    for bay in range(scene.bays):
        count = scene.shelves + (rng.choice((-1, 1)) if bay and scene.uneven else 0)
        usual = height * (1 - HEAD - FOOT) / count
        shift = usual * rng.uniform(0.1, 0.3) if bay else 0.0
        pitch = (height * (1 - HEAD - FOOT) - shift) / count
        shelves = []
        for number in range(count):
            top = height * HEAD + shift + number * pitch
            edge = top + pitch * (1 - RAIL)
            left, right = bay * across, (bay + 1) * across
            room = Rect(left + width * 0.02, top, right - width * 0.02, edge)
            shelves.append((room, Rect(left, edge, right, top + pitch)))
        bays.append(shelves)
    return bays


def _obstacles(scene: Scene, bays: list[list[tuple[Rect, Rect]]]) -> list[Obstacle]:
    """Cloths and signs in turn, each somewhere in front of one shelf."""
    rng = Random(f"{scene.seed} obstacles")
    found = []
    for number in range(scene.obstacles):
        room, rail = rng.choice(rng.choice(bays))
        tall = rail.bottom - room.top
        wide = tall * (rng.uniform(0.25, 0.4) if number % 2 else rng.uniform(0.4, 0.5))
        left = rng.uniform(room.left, room.right - wide)
        top = room.top - tall * rng.uniform(0.05, 0.2)
        bottom = top + tall * (rng.uniform(0.8, 1.1) if number % 2 else 0.42)
        found.append(Obstacle(Rect(left, top, left + wide, bottom), "" if number % 2 else rng.choice(SIGNS)))
    return found


def _share_out(scene: Scene, rng: Random, counts: list[int]) -> list[list[list[Good]]]:
    """Which goods stand on which shelf of which bay, from left to right."""
    by_name = {good.name: good for good in scene.goods}
    missing = [wanted.name for wanted in scene.wanted if wanted.name not in by_name]
    if missing:
        raise ValueError(f"the shop does not sell {', '.join(missing)}")
    taken = {wanted.name for wanted in scene.wanted} | scene.without
    others = [good for good in scene.goods if good.name not in taken]
    rng.shuffle(others)
    shelves: list[list[Good]] = [[] for _ in range(sum(counts))]
    free = [number for number in range(len(shelves)) for _ in range(scene.goods_a_shelf)]
    rng.shuffle(free)
    for wanted in scene.wanted:
        number = free[0] if wanted.shelf is None else wanted.shelf - 1
        if number not in free:
            raise ValueError(f"there is no room for {wanted.name} on shelf {number + 1}")
        free.remove(number)
        shelves[number].append(by_name[wanted.name])
    for number, good in zip(free, others, strict=False):
        shelves[number].append(good)
    ends = {wanted.name: {"left": -1, "right": 1}.get(wanted.end or "", 0) for wanted in scene.wanted}
    for goods in shelves:
        rng.shuffle(goods)
        goods.sort(key=lambda good: ends.get(good.name, 0))
    first = [sum(counts[:bay]) for bay in range(len(counts))]
    return [shelves[begin : begin + count] for begin, count in zip(first, counts, strict=True)]


def _stand(scene: Scene, rng: Random, shelf: int, goods: list[Good], room: Rect, rail: Rect) -> list[Standing]:
    """Fill one compartment: each good at least once, then more facings while there is room."""
    clear = room.bottom - room.top
    sizes = []
    for good in goods:
        height = clear * TALLNESS[good.form] * rng.uniform(0.94, 1.0)
        sizes.append((min(height * ASPECT[good.form], scene.width_px * 0.2 / scene.bays**0.5), height))
    facings = [1] * len(goods)
    room_width = (room.right - room.left) * scene.fullness
    while goods:
        used = sum(count * size[0] * 1.03 for count, size in zip(facings, sizes, strict=True))
        fits = [i for i, size in enumerate(sizes) if used + size[0] * 1.03 <= room_width and facings[i] < 5]
        if not fits:
            break
        least = min(facings[i] for i in fits)
        facings[rng.choice([i for i in fits if facings[i] <= least + 1])] += 1
    used = sum(count * size[0] * 1.03 for count, size in zip(facings, sizes, strict=True))
    gaps = [rng.uniform(0.5, 1.5) for _ in goods[1:]]
    spare = max(0.0, room.right - room.left - used) / (sum(gaps) or 1.0)
    x = room.left
    standing = []
    for index, (good, (width, height), count) in enumerate(zip(goods, sizes, facings, strict=True)):
        packs = []
        for _ in range(count):
            sink = rng.uniform(0, clear * 0.006)
            packs.append(Rect(x, room.bottom - height + sink, x + width, room.bottom + sink))
            x += width * 1.03
        price = f"{scene.currency}{rng.randint(0, 6)}.{rng.choice((29, 49, 59, 79, 89, 99))}"
        standing.append(Standing(good, shelf, tuple(packs), price, _tag(rng, packs, rail)))
        x += spare * gaps[index] if index < len(gaps) else 0
    return standing


def _tag(rng: Random, packs: list[Rect], rail: Rect) -> Rect:
    """A price tag on the rail, somewhere under the packs it belongs to."""
    height = (rail.bottom - rail.top) * 0.74
    width = height * 2.1
    left = packs[0].left + rng.uniform(0, 0.35) * max(0.0, packs[-1].right - packs[0].left - width)
    top = rail.top + (rail.bottom - rail.top) * 0.2
    return Rect(left, top, left + width, top + height)
