"""How hard a drawn shelf is to read: one knob for each thing that makes real shelves hard, each from easy to very hard.

The middle of each knob's settings is what a shop is like on an ordinary day; `scene` sets all of them at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

from drawn_shelves.goods import GOODS, Good
from drawn_shelves.more_goods import LANGUAGES, TWINS, abroad
from drawn_shelves.scene import Scene, Wanted


@dataclass(frozen=True, slots=True)
class Knob:
    """``settings`` run from easy to hard, in the ``unit`` that plots name."""

    settings: tuple[float, ...]
    unit: str

    @property
    def middle(self) -> float:
        """The setting in the middle."""
        return self.settings[len(self.settings) // 2]


KNOBS: Mapping[str, Knob] = MappingProxyType({
    "shelves": Knob((3, 4, 5, 6, 7), "shelves in the picture"),
    "gaps": Knob((0.06, 0.15, 0.25, 0.4, 0.55), "part of the shelves that is empty"),
    "slant": Knob((0, 1, 2, 4, 7), "degrees the head is tilted"),
    "turn": Knob((0, 0.03, 0.06, 0.1, 0.15), "strength of the perspective"),
    "blur": Knob((0.3, 0.6, 0.9, 1.4, 2.0), "radius of the blur in pixels"),
    "dark": Knob((1, 0.75, 0.5, 0.3, 0.15), "brightness"),
    "languages": Knob((0, 0.15, 0.3, 0.6, 1), "part of the goods from abroad"),
    "bays": Knob((1, 1, 2, 2, 3), "bays side by side"),
    "obstacles": Knob((0, 1, 2, 4, 8), "things that hang in front"),
    "twins": Knob((0, 1, 2, 4, 6), "pairs of look-alike names"),
})  # fmt: skip
"""The fourth and fifth setting of ``bays`` have unlike numbers of shelves side by side."""

_SIGNS = ("GLUTEN FREE", "ORGANIC", "BREAD & CEREALS", "VEGAN", "COFFEE & TEA", "SOUPS")


def middle() -> dict[str, float]:
    """Every knob at its middle setting."""
    return {name: knob.middle for name, knob in KNOBS.items()}


def scene(seed: int, settings: Mapping[str, float], *, uneven: bool = False) -> Scene:
    """A shelf with these settings; whatever they leave open is decided by ``seed``. A knob that is left out is easy."""
    rng = Random(f"{seed} difficulty")
    at = {name: settings.get(name, knob.settings[0]) for name, knob in KNOBS.items()}
    bays = int(at["bays"])
    pairs = _pairs(seed, int(at["twins"]))
    twins = {good.name: good for pair in pairs for good in pair}
    there = [one.name for one, _ in pairs] + [other.name for _, other in pairs[::2]]
    return Scene(
        seed=seed,
        shelves=int(at["shelves"]),
        wanted=tuple(Wanted(name) for name in there),
        without=frozenset(twins) - frozenset(there),
        goods=(*(good for good in _range(rng, at["languages"]) if good.name not in twins), *twins.values()),
        goods_a_shelf=max(2, 4 // bays),
        fullness=1 - at["gaps"],
        yaw=at["turn"] * rng.choice((-1, 1)),
        pitch=at["turn"] * rng.choice((-0.5, 0.5)),
        slant_deg=at["slant"] * rng.choice((-1, 1)),
        light=at["dark"],
        blur_px=at["blur"],
        bays=bays,
        uneven=uneven,
        obstacles=int(at["obstacles"]),
        sign=rng.choice(_SIGNS) if at["twins"] else "",
    )


def missing_twins(seed: int, twins: int) -> tuple[tuple[str, str], ...]:
    """Names that differ by a word from one that is there, and are not there: the missing name, and that which is there."""
    return tuple((other.name, one.name) for one, other in _pairs(seed, twins)[1::2])


def _pairs(seed: int, twins: int) -> list[tuple[Good, Good]]:
    """Pairs of look-alikes: of the first, third and so on both are there, of the others only one."""
    return Random(f"{seed} twins").sample(TWINS, twins)


def _range(rng: Random, share: float) -> tuple[Good, ...]:
    """What this shop sells: the usual goods, of which a share is replaced by goods with names from abroad."""
    usual = list(GOODS)
    rng.shuffle(usual)
    count = round(len(usual) * share)
    foreign = [good for language in rng.sample(LANGUAGES, len(LANGUAGES)) for good in abroad(language)]
    return (*usual[count:], *foreign[:count]) if count else GOODS
