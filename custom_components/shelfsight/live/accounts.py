"""What a turn costs: tokens in and out by what they carry, and an estimate in dollars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING

from .prices import PRICES_READ, price_of

if TYPE_CHECKING:
    from google.genai import types

# Values of the SDK's `MediaModality`, whose members are texts.
_TEXT, _AUDIO = "TEXT", "AUDIO"
_IMAGES = ("IMAGE", "VIDEO", "DOCUMENT")
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens. Live models bill the whole context again every turn, so turns are added up and nothing is subtracted."""

    text_in: int = 0
    audio_in: int = 0
    image_in: int = 0
    text_out: int = 0
    audio_out: int = 0
    thoughts: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Usage)))

    @property
    def total(self) -> int:
        """All tokens that are paid for."""
        return sum(getattr(self, one.name) for one in fields(self))

    @classmethod
    def from_metadata(cls, metadata: types.UsageMetadata) -> Usage:
        """What a Live server counted for a turn.

        Totals were seen to be larger than the sum of their details, and thoughts are in neither: what has no kind is text.
        """
        return _usage(
            metadata.prompt_token_count,
            (metadata.prompt_tokens_details, metadata.tool_use_prompt_tokens_details),
            metadata.tool_use_prompt_token_count,
            metadata.response_token_count,
            metadata.response_tokens_details,
            metadata.thoughts_token_count,
        )

    @classmethod
    def from_generate(cls, metadata: types.GenerateContentResponseUsageMetadata) -> Usage:
        """What Gemini counted for a `generateContent` call."""
        return _usage(
            metadata.prompt_token_count,
            (metadata.prompt_tokens_details, metadata.tool_use_prompt_tokens_details),
            metadata.tool_use_prompt_token_count,
            metadata.candidates_token_count,
            metadata.candidates_tokens_details,
            metadata.thoughts_token_count,
        )


type _Details = Sequence[types.ModalityTokenCount] | None


def _usage(
    prompt: int | None,
    details_in: tuple[_Details, ...],
    tool_use: int | None,
    response: int | None,
    details_out: _Details,
    thoughts: int | None,
) -> Usage:
    audio_in = sum(_tokens(details, _AUDIO) for details in details_in)
    image_in = sum(_tokens(details, *_IMAGES) for details in details_in)
    text_in = sum(_tokens(details, _TEXT) for details in details_in)
    audio_out = _tokens(details_out, _AUDIO)
    text_out = _tokens(details_out, _TEXT)
    return Usage(
        text_in=max(text_in, _count(prompt) + _count(tool_use) - audio_in - image_in),
        audio_in=audio_in,
        image_in=image_in,
        text_out=max(text_out, _count(response) - audio_out),
        audio_out=audio_out,
        thoughts=_count(thoughts),
    )


def _tokens(details: _Details, *kinds: str) -> int:
    return sum(_count(one.token_count) for one in details or () if one.modality in kinds)


def _count(tokens: int | None) -> int:
    return max(0, tokens or 0)


def cost_usd(model: str, usage: Usage, day: date = PRICES_READ) -> float | None:
    """An estimate in US dollars at the prices of a day; None for a model without a price, as those of a local server are."""
    price = price_of(model, day)
    if price is None:
        return None
    return (
        usage.text_in * price.text_in
        + usage.audio_in * price.audio_in
        + usage.image_in * price.image_in
        + (usage.text_out + usage.thoughts) * price.text_out
        + usage.audio_out * price.audio_out
    ) / _MILLION


type Bills = Mapping[str | None, Usage]
"""Tokens by the model that took them, whose prices hold; None stands for what costs nothing, as a server of this network does."""


def cost_of_bills(bills: Bills, day: date = PRICES_READ) -> float | None:
    """An estimate of all bills together; None where there is nothing to pay, or one of them has no price that is known."""
    costs = [cost_usd(model, usage, day) for model, usage in bills.items() if model is not None]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known and len(known) == len(costs) else None
