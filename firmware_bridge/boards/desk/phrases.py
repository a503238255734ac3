"""What the desk says about its own state, with this project's local voice where that is installed."""

import asyncio
from collections.abc import Callable, Iterator

from ...wearable import drivers

_TEXTS = {
    "ready": "Ready.",
    "back": "Connected again.",
    "lost": "I have lost the connection to your home. I keep trying.",
    "no_wifi": "None of the wireless networks that I know is here.",
    "wifi_refused": "The wireless network does not accept my password.",
    "no_address": "The wireless network gives me no address.",
    "clock": "My clock is wrong. I cannot check who your home is until it is right.",
    "refused": "Your home does not accept me. Please check the pairing.",
    "removed": "Your home has removed me. I have forgotten it.",
    "replaced": "Another wearable with my name has taken my place.",
    "old_version": "Your home and I do not speak the same version. One of us needs an update.",
    "unpaired": "I am not paired with a home yet.",
    "pairing": "Ready for pairing. Please look into Home Assistant.",
    "digits": "The pairing code is {detail}. Press the button if your home shows the same.",
    "paired": "Paired.",
    "pairing_failed": "Pairing failed.",
    "pairing_over": "Pairing is over. No home was paired.",
    "storage_full": "I cannot store anything. My memory is full or damaged.",
    "no_camera": "The camera does not work.",
    "no_microphone": "The microphone does not work.",
    "unanswered": "Your home did not answer.",
    "battery_low": "The battery is nearly empty.",
    "privacy": "Privacy is on. I do not listen.",
    "privacy_on": "Privacy is on.",
    "privacy_off": "Privacy is off.",
}
_FAILURES = (OSError, RuntimeError, ValueError)


def text_of(name: str, detail: str) -> str | None:
    """What to say for a phrase; None if there are no words for it."""
    text = _TEXTS.get(name)
    return None if text is None else text.format(detail=", ".join(detail) if name == "digits" else detail)


def find_voice() -> Callable[..., bytes] | None:
    """The local voice's `speak(text, rate_hz=...)`, or None if it is not installed."""
    try:
        from local_live.voice import speak
    except ImportError:
        return None
    return speak


class SpokenPhrases(drivers.Phrases):
    """Phrases from a text-to-speech function; a failure of the voice leaves the cue to stand for the phrase."""

    def __init__(self, speak: Callable[..., bytes]) -> None:
        """`speak(text, rate_hz=...)` returns s16le mono PCM; it blocks."""
        self._speak = speak

    async def pieces(self, name: str, detail: str, rate_hz: int) -> Iterator[bytes] | None:
        """Speaks in a thread of its own."""
        text = text_of(name, detail)
        if text is None:
            return None
        try:
            pcm = await asyncio.to_thread(self._speak, text, rate_hz=rate_hz)
        except _FAILURES:
            return None
        piece_bytes = rate_hz // 50 * 2
        return (pcm[start : start + piece_bytes] for start in range(0, len(pcm), piece_bytes))
