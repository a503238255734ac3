"""Setting up the wearable in Home Assistant as a person does: through the real config flow."""

from dataclasses import dataclass
from typing import Any

from .house import House
from .parts import Desk, LiveServer
from .processes import DemoError
from .timeline import Timeline


@dataclass(frozen=True, slots=True)
class Gemini:
    """Gemini answers, with this key."""

    api_key: str


async def pair(house: House, wearable: Desk, answerer: LiveServer | Gemini, timeline: Timeline) -> None:
    """From discovery to the connected wearable.

    Raises:
        DemoError: a step of the flow was not as it should be.
    """
    flow = await house.flow(await wearable.wearable_id(), timeout_s=30)
    if flow["context"]["source"] != "zeroconf":
        raise DemoError(f"the flow began by {flow['context']['source']}, not by discovery")
    timeline.step(f"Home Assistant discovered {flow['context']['title_placeholders']['name']!r} over zeroconf")
    flow_id = flow["flow_id"]
    _expect(await house.step(flow_id, {}), "answerer")
    step = await _choose(house, flow_id, answerer, timeline)
    digits = "".join(character for character in step["description_placeholders"]["digits"] if character.isdigit())
    said = str((await wearable.event("pairing_digits"))["digits"])
    timeline.step(f"pairing: Home Assistant shows {digits}, the wearable says {said}")
    if digits != said:
        raise DemoError("the digits differ: somebody sits in between")
    await wearable.do("press")
    await wearable.do("release")
    done = await house.step(flow_id, {})
    if done.get("type") != "create_entry":
        raise DemoError(f"the flow did not end with an entry: {done}")
    await wearable.event("connected", timeout_s=20)
    timeline.step("paired; the wearable dialled in, and both sides proved their key")


async def _choose(house: House, flow_id: str, answerer: LiveServer | Gemini, timeline: Timeline) -> dict[str, Any]:
    """Who answers; the next step shows the digits."""
    if isinstance(answerer, Gemini):
        _expect(await house.step(flow_id, {"next_step_id": "gemini"}), "gemini")
        return _expect(await house.step(flow_id, {"api_key": answerer.api_key, "model": "gemini-3.8-live"}), "digits")
    _expect(await house.step(flow_id, {"next_step_id": "local"}), "local")
    where = {"host": answerer.host, "port": answerer.port, "follows_instructions": answerer.follows_instructions}
    step = _expect(await house.step(flow_id, where), "certificate")
    shown = step["description_placeholders"]["fingerprint"]
    timeline.step("the Live server's certificate, pinned from now on")
    timeline.detail("sha256", shown)
    if answerer.fingerprint is not None and shown != answerer.fingerprint:
        raise DemoError("Home Assistant shows another fingerprint than the Live server printed")
    return _expect(await house.step(flow_id, {}), "digits")


def _expect(step: dict[str, Any], step_id: str) -> dict[str, Any]:
    if step.get("step_id") != step_id or step.get("errors"):
        raise DemoError(f"the flow should be at {step_id}: {step.get('errors') or step.get('reason') or step}")
    return step
