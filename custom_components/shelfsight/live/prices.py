"""What Gemini's models cost, as a table with its date and source. For an estimate that is shown; Google's bill is what counts.

Source: "Gemini Developer API pricing" (ai.google.dev, standard paid tier), as price tables and model pages that name it as their
source quoted it between September and November 2026; the page itself was not read for this table. Gemini 3.8 Flash and its speech
models have an introductory price until 31 December 2026, and the one from 1 January 2027 is announced. For
gemini-3.8-live-extended-thinking nobody quoted what pictures cost: they are taken to cost what they do for gemini-3.8-live, with
which it shares all its other prices.
"""

from dataclasses import dataclass
from datetime import date

PRICES_READ = date(2026, 11, 21)
"""The day on which the table was put together."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens, by what they carry. Thoughts cost what written answers do."""

    text_in: float
    audio_in: float
    image_in: float
    text_out: float
    audio_out: float


_LIVE_3 = Price(text_in=0.75, audio_in=3.00, image_in=1.00, text_out=4.50, audio_out=12.00)
_START = date(2025, 12, 1)
_2027 = date(2027, 1, 1)

# Of each model the prices in order of the day from which they hold. A speech model writes no text and hears no sound: the
# zeros there are never multiplied with anything.
_PRICES: dict[str, tuple[tuple[date, Price], ...]] = {
    "gemini-3.8-live": ((_START, _LIVE_3),),
    "gemini-3.8-live-extended-thinking": ((_START, _LIVE_3),),
    "gemini-3.1-flash-live-preview": ((_START, _LIVE_3),),
    "gemini-2.5-flash-native-audio-preview-12-2025": (
        (_START, Price(text_in=0.50, audio_in=3.00, image_in=3.00, text_out=2.00, audio_out=12.00)),
    ),
    "gemini-3.8-flash": (
        (_START, Price(text_in=0.75, audio_in=0.75, image_in=0.75, text_out=3.75, audio_out=0.0)),
        (_2027, Price(text_in=1.50, audio_in=1.50, image_in=1.50, text_out=7.50, audio_out=0.0)),
    ),
    "gemini-3.8-flash-lite-tts": (
        (_START, Price(text_in=0.50, audio_in=0.0, image_in=0.0, text_out=0.0, audio_out=6.00)),
        (_2027, Price(text_in=1.00, audio_in=0.0, image_in=0.0, text_out=0.0, audio_out=12.00)),
    ),
}


def price_of(model: str, day: date = PRICES_READ) -> Price | None:
    """The price that holds on a day, None for models that are not in the table."""
    holding = [price for since, price in _PRICES.get(model.removeprefix("models/"), ()) if since <= day]
    return holding[-1] if holding else None
