"""Tokens by what they carry, and what they cost."""

import homeassistant  # noqa: F401  before google.genai: it decides which httpx there is

# isort: split
from datetime import date
from pathlib import Path

from google.genai import types
import pytest
import yaml

from custom_components.shelfsight.live.accounts import Bills, Usage, cost_of_bills, cost_usd
from custom_components.shelfsight.live.models import MODELS
from custom_components.shelfsight.live.prices import price_of

RECORDINGS = sorted((Path(__file__).parents[3] / "shared" / "live-recordings").glob("*.yaml"))


def live_usage(counted: dict[str, object]) -> Usage:
    return Usage.from_metadata(types.UsageMetadata.model_validate(counted))


def details(**tokens: int) -> list[dict[str, object]]:
    return [{"modality": modality, "tokenCount": count} for modality, count in tokens.items()]


def test_tokens_that_the_details_do_not_cover_count_as_text() -> None:
    usage = live_usage(
        {
            "promptTokenCount": 522,
            "responseTokenCount": 42,
            "totalTokenCount": 564,
            "promptTokensDetails": details(TEXT=332, AUDIO=165),
            "responseTokensDetails": details(AUDIO=42),
            "thoughtsTokenCount": 136,
        }
    )
    assert usage == Usage(text_in=357, audio_in=165, audio_out=42, thoughts=136)
    assert usage.total == 522 + 42 + 136


def test_pictures_videos_and_documents_are_pictures() -> None:
    usage = live_usage(
        {"promptTokenCount": 600, "promptTokensDetails": details(IMAGE=256, VIDEO=64, DOCUMENT=200, TEXT=80)}
    )
    assert usage == Usage(text_in=80, image_in=520)


def test_details_without_totals_count_and_so_do_totals_without_details() -> None:
    assert live_usage({"promptTokensDetails": details(TEXT=5, AUDIO=7)}) == Usage(text_in=5, audio_in=7)
    assert live_usage({"promptTokenCount": 9, "responseTokenCount": 3}) == Usage(text_in=9, text_out=3)
    assert live_usage({}) == Usage()


def test_what_a_tool_brought_into_the_prompt_counts() -> None:
    usage = live_usage(
        {
            "promptTokenCount": 10,
            "toolUsePromptTokenCount": 30,
            "toolUsePromptTokensDetails": details(IMAGE=20),
            "promptTokensDetails": details(TEXT=10),
        }
    )
    assert usage == Usage(text_in=20, image_in=20)


def test_a_negative_count_is_none() -> None:
    assert live_usage({"promptTokenCount": -5, "thoughtsTokenCount": -1}) == Usage()


def test_a_generated_answer_is_counted_the_same_way() -> None:
    metadata = types.GenerateContentResponseUsageMetadata.model_validate(
        {
            "promptTokenCount": 1300,
            "candidatesTokenCount": 60,
            "thoughtsTokenCount": 200,
            "promptTokensDetails": details(TEXT=100, IMAGE=1100, AUDIO=100),
        }
    )
    assert Usage.from_generate(metadata) == Usage(100, 100, 1100, 60, 0, 200)


def test_turns_add_up() -> None:
    assert Usage(1, 2, 3, 4, 5, 6) + Usage(10, 20, 30, 40, 50, 60) == Usage(11, 22, 33, 44, 55, 66)


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.name)
def test_what_recorded_servers_counted_is_what_is_counted(path: Path) -> None:
    for entry in yaml.safe_load(path.read_text())["interactions"]:
        counted = entry["data"].get("usageMetadata", {})
        known = {
            key: counted[key]
            for key in counted
            if key in {one.alias for one in types.UsageMetadata.model_fields.values()}
        }
        usage = live_usage(known)
        assert usage.text_in + usage.audio_in + usage.image_in == counted.get("promptTokenCount", 0)
        assert usage.text_out + usage.audio_out == known.get("responseTokenCount", 0)


def test_a_million_of_each_costs_the_sum_of_the_prices() -> None:
    assert cost_usd("gemini-3.8-live", Usage(10**6, 10**6, 10**6, 10**6, 10**6, 10**6)) == pytest.approx(
        0.75 + 3.00 + 1.00 + 4.50 + 12.00 + 4.50
    )
    assert cost_usd("models/gemini-3.8-live", Usage(audio_out=1000)) == pytest.approx(0.012)


def test_the_introductory_price_ends_with_the_year() -> None:
    usage = Usage(text_in=10**6, text_out=10**6)
    assert cost_usd("gemini-3.8-flash", usage, date(2026, 12, 31)) == pytest.approx(4.50)
    assert cost_usd("gemini-3.8-flash", usage, date(2027, 1, 1)) == pytest.approx(9.00)
    assert cost_usd("gemini-3.8-flash-lite-tts", Usage(audio_out=10**6), date(2027, 6, 1)) == pytest.approx(12.00)


def test_a_model_without_a_price_costs_nothing_that_could_be_said() -> None:
    assert cost_usd("somebodys-live", Usage(text_in=10**6)) is None
    assert cost_usd("gemini-3.8-live", Usage(text_in=1), date(2020, 1, 1)) is None


def test_each_bill_is_priced_as_the_model_that_took_the_tokens() -> None:
    bills = {"gemini-3.8-live": Usage(audio_out=10**6), "gemini-3.8-flash": Usage(text_out=10**6), None: Usage(10**9)}
    assert cost_of_bills(bills) == pytest.approx(12.00 + 3.75)
    assert cost_of_bills(bills, date(2027, 1, 1)) == pytest.approx(12.00 + 7.50)


@pytest.mark.parametrize("bills", [{}, {None: Usage(5)}, {"gemini-3.8-flash": Usage(5), "somebodys-live": Usage(5)}],
                         ids=["nothing", "only what costs nothing", "one of them is not known"])  # fmt: skip
def test_bills_are_not_priced_where_that_would_not_be_true(bills: Bills) -> None:
    assert cost_of_bills(bills) is None


@pytest.mark.parametrize("model", [*MODELS, "gemini-3.8-flash", "gemini-3.8-flash-lite-tts"])
def test_every_model_that_can_be_chosen_has_a_price(model: str) -> None:
    assert price_of(model) is not None
