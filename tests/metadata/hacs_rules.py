"""What HACS, the Marketplace of Home Assistant, wants of a repository; and that the two programs themselves run at GitHub."""

from collections.abc import Iterator
import json
import re
from typing import Any

from PIL import Image
import probatio as vol
import yaml

from homeassistant.components.brands.const import ALLOWED_IMAGES

from .house import House, Rules, against

repository = Rules(
    "custom_components/hacs/validate (hacs_manifest.py, integration_manifest.py, information.py, license.py)"
)
brand = Rules(
    "custom_components/hacs/validate/brands.py, README.md of home-assistant/brands, homeassistant/components/brands"
)
workflow = Rules(
    "hacs.xyz, publish/action; developers.home-assistant.io, blog of 2020-04-16 (hassfest for custom integrations)"
)
ALL = (repository, brand, workflow)

_HACS = vol.Schema(
    {
        vol.Required("name"): str,
        vol.Optional("content_in_root"): bool,
        vol.Optional("country"): vol.Any(str, [str]),
        vol.Optional("filename"): str,
        vol.Optional("hacs"): str,
        vol.Optional("hide_default_branch"): bool,
        vol.Optional("homeassistant"): str,
        vol.Optional("persistent_directory"): str,
        vol.Optional("render_readme"): bool,
    }
)
_NEEDED = ("codeowners", "documentation", "domain", "issue_tracker", "name", "version")
# Sides in pixels.
_SIZES = {"icon.png": 256, "icon@2x.png": 512, "dark_icon.png": 256, "dark_icon@2x.png": 512}


def _hacs(house: House) -> Any:
    file = house.root / "hacs.json"
    try:
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
    except ValueError:
        return None


@repository.rule
def hacs_json_is_there_and_right(house: House) -> Iterator[str]:
    """Known keys; a name that is the integration's; a version of Home Assistant that can be compared."""
    data = _hacs(house)
    if data is None:
        yield "there is no hacs.json that could be read"
        return
    yield from against(_HACS, data, "hacs.json")
    if data.get("name") != house.manifest.get("name"):
        yield "hacs.json and the manifest have different names"
    if not re.fullmatch(r"20\d\d\.(?:[1-9]|1[0-2])\.\d+", str(data.get("homeassistant", ""))):
        yield "hacs.json names no version of Home Assistant"


@repository.rule
def the_manifest_has_what_hacs_reads(house: House) -> Iterator[str]:
    """Six keys."""
    yield from (f"the manifest has no {key}, which HACS needs" for key in _NEEDED if not house.manifest.get(key))


@repository.rule
def there_is_one_integration(house: House) -> Iterator[str]:
    """HACS copies the folder of one integration."""
    folders = sorted(
        path.name
        for path in (house.root / "custom_components").iterdir()
        if path.is_dir() and path.name != "__pycache__"
    )
    if len(folders) != 1:
        yield f"custom_components has {len(folders)} folders: {', '.join(folders)}"


@repository.rule
def there_is_something_to_read(house: House) -> Iterator[str]:
    """A README of more than a heading."""
    readme = house.root / "README.md"
    if not readme.is_file() or len(readme.read_text(encoding="utf-8")) < 300:
        yield "there is no README.md that says something"


@repository.rule
def there_is_a_licence(house: House) -> Iterator[str]:
    """One of the Open Source Initiative, whole."""
    licence = house.root / "LICENSE"
    text = licence.read_text(encoding="utf-8") if licence.is_file() else ""
    if not all(part in text for part in ("Apache License", "Version 2.0, January 2004", "END OF TERMS AND CONDITIONS")):
        yield "LICENSE is not the whole Apache License 2.0"


@brand.rule
def there_are_pictures_of_the_brand(house: House) -> Iterator[str]:
    """PNGs with the names that Home Assistant serves, square, 256 pixels, and 512 for @2x, with transparency."""
    folder = house.folder / "brand"
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if "icon.png" not in names:
        yield "there is no brand/icon.png"
    yield from (f"brand/{name} is served by nobody" for name in sorted(names - ALLOWED_IMAGES))
    for name in sorted(names & set(_SIZES)):
        try:
            with Image.open(folder / name) as image:
                image.load()
                if image.format != "PNG":
                    yield f"brand/{name} is no PNG"
                if image.size != (_SIZES[name], _SIZES[name]):
                    yield f"brand/{name} is {image.width} x {image.height} and not {_SIZES[name]} x {_SIZES[name]}"
                if image.mode not in {"RGBA", "LA"} and "transparency" not in image.info:
                    yield f"brand/{name} is not transparent anywhere"
        except OSError:
            yield f"brand/{name} is no picture"


@workflow.rule
def the_programs_themselves_run(house: House) -> Iterator[str]:
    """Hassfest and the HACS action, at every push, every request, and once a week: their rules change."""
    file = house.root / ".github" / "workflows" / "validate.yml"
    flow = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}
    used = {str(step.get("uses", "")).split("@")[0] for job in flow.get("jobs", {}).values() for step in job["steps"]}
    for action in ("home-assistant/actions/hassfest", "hacs/action"):
        if action not in used:
            yield f"validate.yml does not run {action}"
    started = flow.get(True) or flow.get("on") or {}  # `on` is a word for true in YAML 1.1
    yield from (
        f"validate.yml does not run at {event}"
        for event in ("push", "pull_request", "schedule")
        if event not in started
    )


@workflow.rule
def versions_agree(house: House) -> Iterator[str]:
    """The manifest's, by which people know what they have, and the project's."""
    found = re.search(
        r'^version = "([^"]+)"', (house.root / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    if found is None or found[1] != house.manifest.get("version"):
        yield "the manifest and pyproject.toml have different versions"


@workflow.rule
def forms_for_reports_can_be_filled_by_ear(house: House) -> Iterator[str]:
    """GitHub's forms for issues: every field has a label, the ids are different, and there is one that must be filled.

    (docs.github.com, "Syntax for GitHub's form schema".)
    """
    for path in sorted((house.root / ".github" / "ISSUE_TEMPLATE").glob("*.yml")):
        form = yaml.safe_load(path.read_text(encoding="utf-8"))
        if path.name == "config.yml":
            continue
        if not form.get("name") or not form.get("description"):
            yield f"{path.name} has no name or no description"
        fields = [field for field in form.get("body", []) if field.get("type") != "markdown"]
        ids = [field.get("id") for field in fields]
        if len(set(ids)) != len(ids) or None in ids:
            yield f"{path.name} has fields without an id of their own"
        yield from (f"a field of {path.name} has no label" for field in fields if not field["attributes"].get("label"))
        if not any(field.get("validations", {}).get("required") for field in fields):
            yield f"{path.name} can be sent empty"
