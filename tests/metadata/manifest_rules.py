"""The manifest: what Home Assistant and HACS read before anything of the integration runs."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any
from urllib.parse import urlparse

from awesomeversion import AwesomeVersion, AwesomeVersionException, AwesomeVersionStrategy
import probatio as vol

import homeassistant.components
from homeassistant.const import Platform

from .house import House, Rules, against

COMPONENTS = Path(next(iter(homeassistant.components.__path__)))

hassfest = Rules("script/hassfest/manifest.py")
codeowners = Rules("script/hassfest/codeowners.py")
requirements = Rules("script/hassfest/requirements.py")
integration_type = Rules("script/hassfest/integration_type.py")
zeroconf = Rules("script/hassfest/zeroconf.py, script/hassfest/manifest.py, and RFC 6763, section 4.1.2")
json_files = Rules("script/hassfest/json.py")
ALL = (hassfest, codeowners, requirements, integration_type, zeroconf, json_files)

_VERSIONS = [
    AwesomeVersionStrategy.CALVER,
    AwesomeVersionStrategy.SEMVER,
    AwesomeVersionStrategy.SIMPLEVER,
    AwesomeVersionStrategy.BUILDVER,
    AwesomeVersionStrategy.PEP440,
]
# Only what this project could want: ssdp, bluetooth, usb and the like would be unknown keys, and would be noticed.
_TYPES = ("device", "entity", "hardware", "helper", "hub", "service", "system")
_IOT_CLASSES = ("assumed_state", "calculated", "cloud_polling", "cloud_push", "local_polling", "local_push")
_SCALES = ("bronze", "silver", "gold", "platinum", "custom", "no_score", "internal", "legacy")
_REQUIREMENT = re.compile(r"[-_.\w\[\],]+(?:(?:==|>=|<=|~=|!=|<|>|===)[\w.*+!]+(?:,(?:==|>=|<=|~=|!=|<|>)[\w.*+!]+)*)?")


def _version(value: str) -> str:
    try:
        AwesomeVersion(value, ensure_strategy=_VERSIONS)
    except AwesomeVersionException as err:
        raise vol.Invalid(f"{value} is no version") from err
    return value


def _https(value: str) -> str:
    url = urlparse(value)
    if url.scheme != "https" or not url.netloc:
        raise vol.Invalid("must begin with https")
    if url.netloc.endswith("home-assistant.io"):
        raise vol.Invalid("must be the documentation of this integration, not of Home Assistant")
    return value


def _lowercase(value: str) -> str:
    if value != value.lower():
        raise vol.Invalid("must be lowercase")
    return value


_SERVICE_TYPE = vol.All(str, vol.Match(r"^_[a-z0-9-]{1,15}\._(?:tcp|udp)\.local\.$"))
_SCHEMA = vol.Schema(
    {
        vol.Required("domain"): vol.Match(r"^[a-z0-9_]+$"),
        vol.Required("name"): str,
        vol.Required("codeowners"): [str],
        vol.Required("documentation"): vol.All(str, _https),
        vol.Required("iot_class"): vol.In(_IOT_CLASSES),
        vol.Required("issue_tracker"): vol.All(str, _https),
        vol.Required("version"): vol.All(str, _version),
        vol.Optional("after_dependencies"): [str],
        vol.Optional("config_flow"): bool,
        vol.Optional("dependencies"): [str],
        vol.Optional("import_executor"): bool,
        vol.Optional("integration_type"): vol.In(_TYPES),
        vol.Optional("loggers"): [str],
        vol.Optional("quality_scale"): vol.In(_SCALES),
        vol.Optional("requirements"): [str],
        vol.Optional("single_config_entry"): bool,
        vol.Optional("zeroconf"): [
            vol.Any(
                _SERVICE_TYPE,
                {
                    vol.Required("type"): _SERVICE_TYPE,
                    vol.Optional("name"): vol.All(str, _lowercase),
                    vol.Optional("properties"): {str: vol.All(str, _lowercase)},
                },
            )
        ],
    }
)


@json_files.rule
def every_json_file_can_be_read(house: House) -> Iterator[str]:
    """JSON, in UTF-8."""
    for path in sorted(house.folder.rglob("*.json")):
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except ValueError as err:
            yield f"{path.relative_to(house.folder)} is no JSON: {err}"


@hassfest.rule
def the_manifest_has_the_keys_it_needs_and_no_others(house: House) -> Iterator[str]:
    """With values of the right kind."""
    yield from against(_SCHEMA, house.manifest, "manifest.json")


@hassfest.rule
def the_manifest_is_sorted(house: House) -> Iterator[str]:
    """Domain and name first, then by the alphabet."""
    keys = list(house.manifest)
    if keys != sorted(keys, key=lambda key: {"domain": ".domain", "name": ".name"}.get(key, key)):
        yield "manifest.json is not sorted: domain, name, then by the alphabet"


@hassfest.rule
def the_folder_is_called_like_the_domain(house: House) -> Iterator[str]:
    """Home Assistant looks for it there."""
    if house.manifest.get("domain") != house.folder.name:
        yield f"the domain is {house.manifest.get('domain')}, its folder {house.folder.name}"


@hassfest.rule
def the_domain_is_nobody_elses(house: House) -> Iterator[str]:
    """An integration of Home Assistant with this domain would be hidden by it."""
    if (COMPONENTS / house.folder.name).exists():
        yield "Home Assistant has an integration with this domain"
    if house.folder.name in set(Platform):
        yield "a platform has this name"


@codeowners.rule
def code_owners_are_handles(house: House) -> Iterator[str]:
    """Somebody looks after it; HACS wants one, and so does the quality scale from silver on."""
    owners = house.manifest.get("codeowners") or []
    if not owners:
        yield "nobody owns the code"
    yield from (f"{owner} is no handle of GitHub" for owner in owners if not re.fullmatch(r"@[\w/-]+", owner))


@integration_type.rule
def the_type_is_named(house: House) -> Iterator[str]:
    """Whoever has a config flow says what kind of integration it is."""
    if house.manifest.get("config_flow") and "integration_type" not in house.manifest:
        yield "the manifest names no integration_type"


@requirements.rule
def requirements_can_be_read(house: House) -> Iterator[str]:
    """A package and its versions, without spaces."""
    for requirement in house.manifest.get("requirements", []):
        if " " in requirement:
            yield f"the requirement {requirement!r} has a space in it"
        elif not _REQUIREMENT.fullmatch(requirement):
            yield f"the requirement {requirement!r} cannot be read"


@requirements.rule
def requirements_are_no_tools(house: House) -> Iterator[str]:
    """Packages that are for tests, documents or building have no business at run time; some stand in the way of Home Assistant's."""
    unwanted = {"async-timeout", "codecov", "mkdocs", "pyserial-asyncio", "pytest", "setuptools", "sphinx", "wheel"}
    core = {"aiohttp", "numpy", "pillow", "probatio", "voluptuous", "zeroconf"}
    for requirement in house.manifest.get("requirements", []):
        name = re.split(r"[=<>~!\[ ]", requirement)[0].lower()
        if name in unwanted:
            yield f"{name} is not for run time"
        if name in core:
            yield f"{name} is Home Assistant's own to choose"


@zeroconf.rule
def discovery_has_its_step(house: House) -> Iterator[str]:
    """What is discovered needs a step that takes it."""
    steps = {name for tree in house.flows for name in _methods(tree)}
    if house.manifest.get("zeroconf") and "async_step_zeroconf" not in steps:
        yield "the manifest names zeroconf, and the flow has no async_step_zeroconf"


def _methods(tree: Any) -> Iterator[str]:
    for item in tree.body:
        yield from (one.name for one in getattr(item, "body", []) if hasattr(one, "name"))
