"""What the desk says about its own state, with this project's local voice where that is installed."""

import asyncio
from collections.abc import Callable, Iterator

from ...wearable import drivers

_TEXTS = {
    "ready": "Ready.",
    "back": "Connected again.",
    "lost": "I have lost the connection to your home. I keep trying.",
    "refused": "Your home does not accept me. Please check the pairing.",
    "unpaired": "I am not paired with a home yet.",
    "pairing": "Ready for pairing. Please look into Home Assistant.",
    "digits": "The pairing code is {detail}. Press the button if your home shows the same.",
    "paired": "Paired.",
    "pairing_failed": "Pairing failed.",
    "pairing_over": "Pairing is over. No home was paired.",
    "no_camera": "The camera does not work.",
    "no_microphone": "The microphone does not work.",
    "unanswered": "Your home did not answer.",
}


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
        except OSError, RuntimeError, ValueError:
            return None
        piece_bytes = rate_hz // 50 * 2
        return (pcm[start : start + piece_bytes] for start in range(0, len(pcm), piece_bytes))
