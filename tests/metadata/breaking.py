"""Ways to break a copy of the project. `breaks.py` uses them: a rule that nothing breaks would be none."""

from collections.abc import Callable
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

from PIL import Image
import yaml

from .house import House

type Change = Callable[[House], None]

FLOW_FILES = "*flow*.py"


@dataclass(frozen=True, slots=True)
class Break:
    """One mutation: the rule it breaks, what is done, and words of the complaint that must follow."""

    rule: str
    change: Change
    says: str


def change_json(path: str, change: Callable[[Any], object]) -> Change:
    def apply(house: House) -> None:
        file = house.root / path if path == "hacs.json" else house.folder / path
        data = json.loads(file.read_text(encoding="utf-8"))
        change(data)
        file.write_text(
            json.dumps(data, indent=2, ensure_ascii=False, sort_keys="translations" in path) + "\n", encoding="utf-8"
        )

    return apply


def manifest(**values: Any) -> Change:
    """With these values; `...` takes the key away. The order of keys is kept, new ones come last."""

    def change(data: dict[str, Any]) -> None:
        for key, value in values.items():
            if value is ...:
                del data[key]
            else:
                data[key] = value

    return change_json("manifest.json", change)


def words(way: str, value: object) -> Change:
    """Another English text at this way; `...` takes it away."""

    def change(data: dict[str, Any]) -> None:
        *steps, last = way.split("/")
        for step in steps:
            data = data.setdefault(step, {})
        if value is ...:
            del data[last]
        else:
            data[last] = value

    return change_json("translations/en.json", change)


def icons(way: str, value: object) -> Change:
    def change(data: dict[str, Any]) -> None:
        *steps, last = way.split("/")
        for step in steps:
            data = data.setdefault(step, {})
        data[last] = value

    return change_json("icons.json", change)


def change_yaml(path: str, change: Callable[[Any], object]) -> Change:
    def apply(house: House) -> None:
        file = house.folder / path
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        change(data)
        file.write_text(yaml.safe_dump(data), encoding="utf-8")

    return apply


def replace(path: str, old: str, new: str) -> Change:
    """Another text in the files of the integration that this pattern finds, wherever it stands; it must stand somewhere."""

    def apply(house: House) -> None:
        files = [file for file in house.folder.rglob(path) if old in file.read_text(encoding="utf-8")]
        if not files:
            raise LookupError(f"nothing to break: {old!r} is not in {path}")
        for file in files:
            file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    return apply


def write(path: str, text: str) -> Change:
    def apply(house: House) -> None:
        file = house.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    return apply


def append(path: str, text: str) -> Change:
    def apply(house: House) -> None:
        file = house.folder / path
        file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")

    return apply


def away(path: str) -> Change:
    def apply(house: House) -> None:
        (house.folder / path).unlink()

    return apply


def at_root(path: str, text: str | None) -> Change:
    def apply(house: House) -> None:
        file = house.root / path
        if text is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    return apply


def picture(name: str, size: int, mode: str = "RGBA", picture_format: str = "PNG") -> Change:
    def apply(house: House) -> None:
        Image.new(mode, (size, size)).save(house.folder / "brand" / name, format=picture_format)

    return apply


def scale(name: str, said: object) -> Change:
    def change(data: dict[str, Any]) -> None:
        if said is ...:
            del data["rules"][name]
        else:
            data["rules"][name] = said

    return change_yaml("quality_scale.yaml", change)


def other_domain(house: House) -> None:
    house.folder.rename(house.folder.parent / "camera")


def second_integration(house: House) -> None:
    (house.root / "custom_components" / "another").mkdir()


def no_reauth(house: House) -> None:
    replace(FLOW_FILES, "async def async_step_reauth(", "async def async_step_some_other(")(house)


def another_language(change: Callable[[dict[str, Any]], object]) -> Change:
    """Welsh, made of the English texts, with a change."""

    def apply(house: House) -> None:
        data = json.loads((house.folder / "translations" / "en.json").read_text(encoding="utf-8"))
        change(data)
        text = json.dumps(data, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        (house.folder / "translations" / "cy.json").write_text(text, encoding="utf-8")

    return apply


def a_field_twice(data: dict[str, Any]) -> None:
    fields = data["ask"]["fields"]
    fields["more"] = {"fields": {"question": fields["question"]}}


def broken(one: Break, target: House) -> House:
    """The copy after the change; read anew, because what was read before is kept."""
    one.change(target)
    return House(Path(target.root))
