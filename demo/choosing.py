"""Options, chosen as a person does: in Home Assistant's own form, section by section."""

from typing import Any

from .house import House
from .parts import Desk
from .processes import DemoError

_FLOW = "/api/config/config_entries/options/flow"


async def choose(house: House, wearable: Desk, **options: Any) -> None:
    """Change options of the one entry; at least one must be another than before. The wearable is back when this returns.

    Raises:
        DemoError: the form has no such option, or did not take it.
    """
    entries = await house.get("/api/config/config_entries/entry?domain=shelfsight")
    flow = await house.post(_FLOW, {"handler": entries[0]["entry_id"]})
    form = await house.post(f"{_FLOW}/{flow['flow_id']}", {"next_step_id": "settings"})
    filled = {section["name"]: _filled(section["schema"], options) for section in form["data_schema"]}
    if missing := options.keys() - {name for fields in filled.values() for name in fields}:
        raise DemoError(f"the form has no {', '.join(sorted(missing))}")
    done = await house.post(f"{_FLOW}/{flow['flow_id']}", filled)
    if done.get("type") != "create_entry":
        raise DemoError(f"the options were not taken: {done.get('errors') or done}")
    await wearable.event("connected", timeout_s=30)  # the entry was set up again with what was chosen


def _filled(fields: list[dict[str, Any]], changes: dict[str, Any]) -> dict[str, Any]:
    """A section as it was shown, with changes; a field that was empty stays so."""
    shown = {
        field["name"]: (field.get("description") or {}).get("suggested_value", field.get("default")) for field in fields
    }
    wanted = {name: changes.get(name, value) for name, value in shown.items()}
    return {name: value for name, value in wanted.items() if value is not None}
