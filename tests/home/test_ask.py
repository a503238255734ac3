"""The action `shelfsight.ask`: about what a wearable sees or any camera, with the answer as data."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from homeassistant.components.camera import Camera
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component

from custom_components.shelfsight import question
from custom_components.shelfsight.sight.frame import examine
from custom_components.shelfsight.sound.phrases import load
from local_live import wire
from local_live.server import Server
from tests import pictures
from tests.home.conftest import Dial
from tests.home.parts import WEARABLE_ID, camera_entry, choose, eventually, state, until_state, wearable_entry
from tests.local_live.server_parts import BREAD, Brains

SHELF = pictures.jpeg(1, (1600, 1200))
KEYS = {
    "answer", "found", "item", "shelf", "shelf_count", "counted_from", "side", "read_text", "price", "confidence", "box",
    "frame_age_ms", "first_audio_ms", "source", "tokens",
}  # fmt: skip
OTHER_ID = "ffffffffffffffff"


class ShopCamera(Camera):
    """A camera that is no wearable."""

    _attr_name = "Shop"
    picture: bytes | None = SHELF

    async def async_camera_image(self, width: int | None = None, height: int | None = None) -> bytes | None:
        return self.picture


@pytest_asyncio.fixture
async def shop(hass: HomeAssistant) -> ShopCamera:
    """A camera entity of another integration: camera.shop."""
    camera = ShopCamera()
    assert await async_setup_component(hass, "camera", {})
    await hass.data["entity_components"]["camera"].async_add_entities([camera])
    return camera


async def ask(hass: HomeAssistant, **data: Any) -> dict[str, Any]:
    response = await hass.services.async_call(
        "shelfsight", "ask", {"question": "Where is the bread?", **data}, blocking=True, return_response=True
    )
    assert response is not None
    return dict(response)


def device_of(hass: HomeAssistant, identifier: str) -> str:
    (device,) = dr.async_get(hass).async_get_devices(identifiers={("shelfsight", identifier)})
    return device.id


async def refused(hass: HomeAssistant, kind: type[Exception] = HomeAssistantError, **data: Any) -> Any:
    with pytest.raises(kind) as caught:
        await ask(hass, **data)
    return caught.value


async def test_a_wearable_looks_and_speaks_and_the_answer_comes_as_data(
    hass: HomeAssistant, dial: Dial, brains: Brains
) -> None:
    wearable = await dial()
    wearable.still_jpeg = SHELF
    response = await ask(hass)
    assert set(response) == KEYS
    assert response["answer"] == "Answer number 1, after 1 pictures."
    assert {name: response[name] for name in ("found", "item", "shelf", "shelf_count", "counted_from", "side", "read_text")} == {
        "found": True, "item": "bread", "shelf": 3, "shelf_count": 5, "counted_from": "top", "side": "far right",
        "read_text": "Gluten Free",
    }  # fmt: skip
    assert response["box"] == list(BREAD.box or ())
    assert response["price"] is None and response["confidence"] == pytest.approx(0.91, abs=0.01)
    assert 0 <= response["frame_age_ms"] < 5000 and 0 < response["first_audio_ms"] < 5000
    assert response["tokens"] > 0 and response["source"].startswith("local Live server 127.0.0.1:")
    assert brains.first.questions == ["Where is the bread?"]
    assert len(wearable.played_pcm) > 24_000
    assert not wearable.all("capture", audio=True), "nobody pressed: the microphone stays closed"
    await until_state(hass, lambda: state(hass, "sensor", "state") == "idle")
    assert state(hass, "sensor", "last_answer") == response["answer"]


async def test_an_answer_can_be_had_without_a_sound(hass: HomeAssistant, dial: Dial) -> None:
    wearable = await dial()
    wearable.still_jpeg = SHELF
    response = await ask(hass, speak=False)
    assert response["answer"] and wearable.sounds == [] and not wearable.all("cue")


@pytest.mark.parametrize("model", ["gemini-3.8-live", "gemini-3.8-live-extended-thinking", "gemini-3.1-flash-live-preview",
                                   "gemini-2.5-flash-native-audio-preview-12-2025"])  # fmt: skip
async def test_every_model_gets_the_question_in_the_form_it_takes(
    hass: HomeAssistant, live: Server, brains: Brains, shop: ShopCamera, model: str
) -> None:
    entry = wearable_entry(live, model=model)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    response = await ask(hass, camera="camera.shop")
    assert (response["item"], response["answer"]) == ("bread", "Answer number 1, after 1 pictures.")
    assert brains.first.pictures and brains.first.questions == ["Where is the bread?"]
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
async def test_any_camera_can_be_asked_about_while_the_wearable_is_away(
    hass: HomeAssistant, entry: MockConfigEntry, shop: ShopCamera, brains: Brains, live: Server, form: str
) -> None:
    shop.picture = pictures.encoded(pictures.view(1, (2000, 1500)), form)
    response = await ask(hass, camera="camera.shop", mode="read")
    assert set(response) == KEYS
    assert response["answer"] == "Answer number 1, after 1 pictures."
    assert brains.first.pictures[0].startswith(b"\xff\xd8") and len(brains.first.pictures[0]) <= 290_000
    await eventually(lambda: live._open == 0)


async def test_a_wearable_speaks_of_another_cameras_picture(
    hass: HomeAssistant, dial: Dial, shop: ShopCamera, brains: Brains
) -> None:
    wearable = await dial()
    assert (await ask(hass, camera="camera.shop"))["found"]
    assert len(wearable.played_pcm) > 24_000
    assert not [one for one in wearable.all("capture") if one["still"]], "its own camera is not asked"


async def test_the_wearables_own_camera_entity_is_the_wearable(hass: HomeAssistant, dial: Dial) -> None:
    wearable = await dial()
    wearable.still_jpeg = SHELF
    assert (await ask(hass, camera="camera.desk_camera"))["found"]
    assert len([one for one in wearable.all("capture") if one["still"]]) == 1


async def test_an_entry_without_a_wearable_answers_about_cameras_only(
    hass: HomeAssistant, live: Server, shop: ShopCamera
) -> None:
    entry = camera_entry(live)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert (await ask(hass, camera="camera.shop"))["found"]
    told = hass.states.get("sensor.shelfsight_last_answer")
    assert told is not None and told.state == "Answer number 1, after 1 pictures."
    error = await refused(hass, ServiceValidationError)
    assert error.translation_key == "no_camera_given"
    await live.close()
    error = await refused(hass, camera="camera.shop")
    assert error.translation_key == "not_answered"
    assert error.translation_placeholders == {"reason": load("en")["no_server"].text}
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_of_several_wearables_the_named_one_is_asked(
    hass: HomeAssistant, entry: MockConfigEntry, live: Server, dial: Dial, shop: ShopCamera
) -> None:
    other = wearable_entry(live, OTHER_ID, b"o" * 32)
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    wearable = await dial(wearable_id=OTHER_ID, key=b"o" * 32)
    wearable.still_jpeg = SHELF
    assert (await refused(hass, ServiceValidationError)).translation_key == "which_wearable"
    assert (await ask(hass, device_id=device_of(hass, OTHER_ID)))["found"]
    assert wearable.sounds
    error = await refused(hass, device_id=device_of(hass, WEARABLE_ID))
    assert error.translation_key == "wearable_not_connected"
    own_camera = next(
        name for name in hass.states.async_entity_ids("camera") if name not in ("camera.desk_camera", "camera.shop")
    )
    assert (await ask(hass, camera=own_camera))["answer"], "a wearable's camera names its wearable"
    assert (await ask(hass, camera="camera.shop", speak=False))["answer"], "about a camera anybody can answer"
    assert await hass.config_entries.async_unload(other.entry_id)


async def test_a_device_that_is_no_wearable_is_refused(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    lamp = MockConfigEntry(domain="lamp")
    lamp.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(config_entry_id=lamp.entry_id, identifiers={("lamp", "1")})
    for device_id in (device.id, "nothing"):
        error = await refused(hass, ServiceValidationError, device_id=device_id)
        assert error.translation_key == "unknown_wearable"


async def test_before_anything_is_set_up_it_says_so(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "shelfsight", {})
    assert (await refused(hass, ServiceValidationError)).translation_key == "not_set_up"


async def test_a_wearable_that_is_away_cannot_look(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert (await refused(hass)).translation_key == "wearable_not_connected"


BAD_CALLS: dict[str, tuple[dict[str, Any], str]] = {
    "no question": ({"question": None}, "bad_question"),
    "an empty question": ({"question": "  "}, "bad_question"),
    "a long question": ({"question": "x" * 501}, "bad_question"),
    "a number for a question": ({"question": 5}, "bad_question"),
    "many questions": ({"question": ["Where?", "Why?"]}, "bad_question"),
    "no time": ({"timeout": 1}, "bad_seconds"),
    "too much time": ({"timeout": 1000}, "bad_seconds"),
    "endless time": ({"timeout": float("inf")}, "bad_seconds"),
    "time that is no number": ({"timeout": "soon"}, "bad_seconds"),
    "yes for a time": ({"timeout": True}, "bad_seconds"),
    "a camera that is a lamp": ({"camera": "light.lamp"}, "bad_camera"),
    "a camera that is no entity": ({"camera": "the one in the shop"}, "bad_camera"),
    "two cameras": ({"camera": ["camera.shop", "camera.home"]}, "bad_camera"),
    "a mode that is no text": ({"mode": 7}, "bad_mode"),
    "an empty mode": ({"mode": ""}, "bad_mode"),
    "speaking perhaps": ({"speak": "perhaps"}, "bad_yes_or_no"),
    "a device that is no text": ({"device_id": ["one", "two"]}, "unknown_wearable"),
    "an empty device": ({"device_id": ""}, "unknown_wearable"),
}


@pytest.mark.parametrize(("data", "key"), BAD_CALLS.values(), ids=BAD_CALLS)
async def test_a_field_that_makes_no_sense_is_refused_in_words_of_its_own(
    hass: HomeAssistant, entry: MockConfigEntry, data: dict[str, Any], key: str
) -> None:
    error = await refused(hass, ServiceValidationError, **data)
    assert error.translation_key == key
    texts = await async_get_translations(hass, "en", "exceptions", {"shelfsight"})
    (message,) = [text for name, text in texts.items() if f".{key}." in name]
    assert message.format(**(error.translation_placeholders or {})).removesuffix(".") == str(error)


async def test_a_question_that_is_missing_is_one_that_is_empty(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await hass.services.async_call("shelfsight", "ask", {}, blocking=True, return_response=True)
    assert caught.value.translation_key == "bad_question"


async def test_a_field_that_nobody_knows_is_refused(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await refused(hass, vol.Invalid, colour="blue")


async def test_the_numbers_that_automations_give_are_understood(
    hass: HomeAssistant, dial: Dial, shop: ShopCamera
) -> None:
    response = await ask(hass, question=" Where? ", camera="camera.shop", timeout="30.0", speak="off")
    assert response["answer"]


@pytest.mark.parametrize(("mode", "key"), [("dance", "unknown_mode"), ("watch", "mode_by_button")])
async def test_a_mode_that_is_none_or_goes_on_by_itself_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, mode: str, key: str
) -> None:
    assert (await refused(hass, ServiceValidationError, mode=mode)).translation_key == key


async def test_while_a_mode_goes_on_by_itself_a_written_question_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    await choose(hass, entry, mode="watch")
    wearable = await dial()
    await wearable.press()
    await until_state(hass, lambda: state(hass, "sensor", "state") == "watching")
    assert (await refused(hass)).translation_key == "mode_running"


async def test_a_mode_that_whoever_answers_cannot_do_is_told_about_a_cameras_picture_too(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    runtime = entry.runtime_data
    frame = await hass.async_add_executor_job(examine, SHELF, 0.0)
    translate = runtime.answering.mode("translate")
    told = await runtime.ask("Where?", mode=translate, speak=False, frame=frame, timeout_s=5)
    assert told.phrase == "mode_unsupported"
    assert told.answer == runtime.answering.phrases["mode_unsupported"].text


BAD_PICTURES: dict[str, tuple[bytes, str]] = {
    "text": (b"no picture", "damaged"),
    "a tiny one": (pictures.jpeg(size=(10, 10)), "10x10 pixels"),
    "a broken one": (pictures.damaged(), "damaged: cut short"),
}


@pytest.mark.parametrize(("picture", "reason"), BAD_PICTURES.values(), ids=BAD_PICTURES)
async def test_a_cameras_picture_that_is_none_is_told(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    shop: ShopCamera,
    brains: Brains,
    caplog: pytest.LogCaptureFixture,
    picture: bytes,
    reason: str,
) -> None:
    shop.picture = picture
    error = await refused(hass, camera="camera.shop")
    assert error.translation_key == "picture_refused"
    assert error.translation_placeholders == {"camera": "camera.shop"}
    assert f"A picture of camera.shop was refused: {reason}" in caplog.messages
    assert brains.made == []


async def test_a_camera_without_a_picture_is_an_error(
    hass: HomeAssistant, entry: MockConfigEntry, shop: ShopCamera
) -> None:
    shop.picture = None
    await refused(hass, camera="camera.shop")


@pytest.mark.parametrize(("jpeg", "phrase"), [(None, "no_picture"), (pictures.damaged(), "picture_damaged")],
                         ids=["none", "damaged"])  # fmt: skip
async def test_a_wearable_that_gives_no_picture_says_so_aloud_and_to_the_caller(
    hass: HomeAssistant, dial: Dial, jpeg: bytes | None, phrase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question, "_STILL_TIMEOUT_S", 0.2)
    wearable = await dial()
    wearable.still_jpeg = jpeg
    error = await refused(hass)
    assert (error.translation_key, error.translation_placeholders) == (
        "not_answered",
        {"reason": load("en")[phrase].text},
    )
    assert wearable.sounds and wearable.all("cue", name="error")
    wearable.forget()
    await refused(hass, speak=False)
    assert wearable.sounds == []


async def test_an_answer_that_takes_too_long_is_given_up(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Brains
) -> None:
    brains.first.gate.clear()
    wearable = await dial()
    wearable.still_jpeg = SHELF
    with pytest.raises(HomeAssistantError) as caught:
        await entry.runtime_data.ask(
            "Where?", mode=entry.runtime_data.answering.mode("find"), speak=True, frame=None, timeout_s=0.3
        )
    assert caught.value.translation_key == "timeout"


async def test_questions_wait_for_each_other_but_not_too_many(hass: HomeAssistant, dial: Dial, brains: Brains) -> None:
    brains.first.gate.clear()
    wearable = await dial()
    wearable.still_jpeg = SHELF
    first = hass.async_create_task(ask(hass, question="number 0", speak=False))
    await brains.first.asked.wait()
    waiting = [hass.async_create_task(ask(hass, question=f"number {at}", speak=False)) for at in range(1, 5)]
    await eventually(lambda: len(brains.first.questions) == 1)
    await asyncio.sleep(0)
    assert (await refused(hass, question="one too many")).translation_key == "too_many_questions"
    brains.first.gate.set()
    answers = [await task for task in (first, *waiting)]
    assert [answer["answer"] for answer in answers] == [
        f"Answer number {at}, after {at} pictures." for at in range(1, 6)
    ]
    assert brains.first.questions == [f"number {at}" for at in range(5)]


async def test_a_press_goes_before_a_written_question(hass: HomeAssistant, dial: Dial, brains: Brains) -> None:
    brains.first.gate.clear()
    wearable = await dial()
    wearable.still_jpeg = SHELF
    asking = hass.async_create_task(ask(hass))
    await brains.first.asked.wait()
    await wearable.press()
    with pytest.raises(HomeAssistantError) as caught:
        await asking
    assert caught.value.translation_key == "stopped"
    await until_state(hass, lambda: state(hass, "sensor", "state") == "listening")


async def test_a_written_question_in_follow_up_time_is_answered_at_once(
    hass: HomeAssistant, dial: Dial, brains: Brains
) -> None:
    wearable = await dial()
    wearable.still_jpeg = SHELF
    await wearable.ask(SHELF)
    await wearable.heard("spoken")
    wearable.forget()
    await wearable.heard("capture", audio=True)
    response = await ask(hass)
    assert response["answer"] == "Answer number 2, after 2 pictures.", "in the same session"
    assert len(brains.made) == 1
    assert wearable.all("capture")[-1]["audio"] is False


async def test_another_mode_gets_a_session_of_its_own(hass: HomeAssistant, dial: Dial, brains: Brains) -> None:
    wearable = await dial()
    wearable.still_jpeg = SHELF
    first = hass.async_create_task(ask(hass, mode="find", speak=False))
    second = hass.async_create_task(ask(hass, mode="describe", speak=False))
    assert (await first)["answer"] == (await second)["answer"] == "Answer number 1, after 1 pictures."
    assert len(brains.made) == 2


@pytest.mark.parametrize("moment", ["before the picture", "while it thinks"])
async def test_a_wearable_that_leaves_midway_ends_the_question(
    hass: HomeAssistant, dial: Dial, brains: Brains, live: Server, moment: str
) -> None:
    brains.first.gate.clear()
    wearable = await dial()
    wearable.still_jpeg = None if moment == "before the picture" else SHELF
    asking = hass.async_create_task(ask(hass))
    if moment == "while it thinks":
        await brains.first.asked.wait()
    else:
        await wearable.heard("capture")
    await wearable.leave()
    with pytest.raises(HomeAssistantError) as caught:
        await asking
    assert caught.value.translation_key in ("stopped", "wearable_not_connected")
    await eventually(lambda: live._open == 0)


async def test_questions_that_wait_when_the_wearable_leaves_are_told_so(
    hass: HomeAssistant, dial: Dial, brains: Brains
) -> None:
    brains.first.gate.clear()
    wearable = await dial()
    wearable.still_jpeg = SHELF
    asking = [hass.async_create_task(ask(hass, speak=False)) for _ in range(3)]
    await brains.first.asked.wait()
    await wearable.leave()
    for task in asking:
        with pytest.raises(HomeAssistantError) as caught:
            await task
        assert caught.value.translation_key in ("stopped", "wearable_not_connected")


async def test_nothing_but_the_question_and_the_picture_goes_up(
    hass: HomeAssistant, entry: MockConfigEntry, shop: ShopCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    parse = wire.parse
    monkeypatch.setattr(wire, "parse", lambda frame: sent.append(parse(frame)) or sent[-1])
    await ask(hass, camera="camera.shop")
    assert [type(one).__name__ for one in sent] == ["Setup", "Content", "ToolAnswers"]
    (said,) = sent[1].turns
    assert [type(part).__name__ for part in said.parts] == ["Picture", "Typed"], "the picture comes first"
