"""What differs between the models, in the table and in the setup."""

import pytest

from custom_components.shelfsight.live.models import (
    DEFAULT_MODEL,
    MODELS,
    Proactive,
    Profile,
    Tools,
    TypedQuestion,
    profile_of,
)
from custom_components.shelfsight.live.setup import live_config, without_secrets
from custom_components.shelfsight.live.terms import Terms
from local_live.profiles import PROFILES


def test_every_model_is_known_to_the_live_server_too() -> None:
    theirs = {name for profile in PROFILES for name in (profile.name, *profile.aliases)}
    assert set(MODELS) <= theirs
    assert MODELS[0] == DEFAULT_MODEL == "gemini-3.8-live"


@pytest.mark.parametrize("model", MODELS)
def test_the_name_may_come_with_its_collection(model: str) -> None:
    assert profile_of(f"models/{model}") is profile_of(model)
    assert profile_of(model).name == model


def test_an_unknown_model_is_taken_for_the_default_and_keeps_its_name(caplog: pytest.LogCaptureFixture) -> None:
    profile = profile_of("gemini-9-live")
    default = profile_of(DEFAULT_MODEL)
    assert profile.name == "gemini-9-live"
    assert (profile.typed_question, profile.tools, profile.thinking_level) == (
        default.typed_question, default.tools, default.thinking_level,
    )  # fmt: skip
    assert "gemini-9-live is not known" in caplog.text


def setup(model: str) -> tuple[Profile, dict[str, object]]:
    profile = profile_of(model)
    return profile, live_config(profile, Terms("Be brief.")).model_dump(exclude_none=True, mode="json")


@pytest.mark.parametrize("model", MODELS)
def test_every_setup_asks_for_sound_and_words_and_marks_its_own_turns(model: str) -> None:
    _, config = setup(model)
    assert config["response_modalities"] == ["AUDIO"]
    assert config["system_instruction"] == "Be brief."
    assert config["input_audio_transcription"] == config["output_audio_transcription"] == {}
    assert config["realtime_input_config"] == {"automatic_activity_detection": {"disabled": True}}
    assert config["context_window_compression"] == {"trigger_tokens": 16000, "sliding_window": {}}
    assert config["session_resumption"] == {}


def test_proactive_audio_is_switched_off_where_it_can_be_and_unsaid_where_that_is_an_error() -> None:
    said = {model: setup(model)[1].get("proactivity") for model in MODELS}
    assert {model for model, value in said.items() if value is not None} == {
        profile.name for profile in map(profile_of, MODELS) if profile.proactive is Proactive.OFF
    }
    assert said["gemini-2.5-flash-native-audio-preview-12-2025"] == {"proactive_audio": False}


def test_a_setup_in_the_log_tells_its_shape_and_none_of_its_words() -> None:
    terms = Terms("Where Anna lives", handle="secret-handle", history="Person: my pin is 1234")
    shown = str(without_secrets(live_config(profile_of(DEFAULT_MODEL), terms)))
    assert "report_place" in shown and "trigger_tokens" in shown
    assert not any(word in shown for word in ("Anna", "secret-handle", "1234"))


def test_the_talk_so_far_and_the_handle_go_into_the_setup() -> None:
    config = live_config(
        profile_of(DEFAULT_MODEL), Terms("Be brief.", handle="h", history="Person: bread?\nYou: third.")
    )
    assert config.system_instruction == "Be brief.\n\nThe talk so far:\nPerson: bread?\nYou: third."
    assert config.session_resumption is not None and config.session_resumption.handle == "h"


def test_where_the_server_finds_the_end_its_detection_is_on() -> None:
    config = live_config(profile_of(DEFAULT_MODEL), Terms("Be brief.", server_ends_turns=True))
    assert config.realtime_input_config is not None
    assert config.realtime_input_config.automatic_activity_detection is not None
    assert config.realtime_input_config.automatic_activity_detection.disabled is False


def test_a_thinking_level_is_sent_where_it_is_required_and_nowhere_else() -> None:
    levels = {model: setup(model)[1].get("thinking_config") for model in MODELS}
    assert {model for model, level in levels.items() if level is not None} == {"gemini-3.8-live-extended-thinking"}
    assert levels["gemini-3.8-live-extended-thinking"] == {"thinking_level": "LOW"}


def test_only_the_model_that_needs_it_declares_its_calls_non_blocking() -> None:
    for model in MODELS:
        profile, config = setup(model)
        declaration = config["tools"][0]["function_declarations"][0]  # type: ignore[index]
        assert declaration["name"] == "report_place"
        assert declaration.get("behavior") == ("NON_BLOCKING" if profile.declares_non_blocking else None)


def test_the_model_that_refuses_pictures_in_content_gets_them_as_realtime_input() -> None:
    realtime = {model for model in MODELS if profile_of(model).typed_question is TypedQuestion.REALTIME}
    assert realtime == {p.name for p in PROFILES if not p.pictures_in_content} & set(MODELS)
    assert profile_of("gemini-3.1-flash-live-preview").tools is Tools.BLOCKING
