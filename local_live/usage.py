"""What a session costs, in tokens, by the rules Gemini publishes: the whole context is counted again every turn.

Sound is 32 tokens a second on the way in and 25 on the way out, a picture 256 tokens or, at low resolution, 64, text a
token for about four characters. Like Gemini's, the numbers are for the bill, not for exactness.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from local_live.replies import SPEECH_HZ, Reply
from local_live.setup import Compression
from local_live.speech_gate import RATE_HZ

CONTEXT_TOKENS: Final = 131_072
_SOUND_IN_PER_S: Final = 32
_SOUND_OUT_PER_S: Final = 25
_PICTURE: Final = 256
_PICTURE_LOW: Final = 64
_CHARACTERS_PER_TOKEN: Final = 4
_MAX_ENTRIES: Final = 512  # of the ledger; before that the oldest are counted together


@dataclass(slots=True)
class Tokens:
    """Tokens by modality."""

    text: int = 0
    audio: int = 0
    image: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.text + self.audio + self.image

    def add(self, other: Tokens) -> None:
        """Add another count to this one."""
        self.text += other.text
        self.audio += other.audio
        self.image += other.image

    def details(self) -> list[Reply]:
        """List them as the wire does: one entry for each modality there is, none where it is 0."""
        counts = (("TEXT", self.text), ("AUDIO", self.audio), ("IMAGE", self.image))
        return [{"modality": modality, "tokenCount": count} for modality, count in counts if count]


def text_tokens(text: str) -> int:
    """Count a text."""
    return -(-len(text) // _CHARACTERS_PER_TOKEN)


def sound_in_tokens(pcm_bytes: int) -> int:
    """Count s16le mono at 16 kHz."""
    return -(-pcm_bytes * _SOUND_IN_PER_S // (2 * RATE_HZ))


def speech_tokens(pcm_bytes: int) -> int:
    """Count s16le mono at 24 kHz."""
    return -(-pcm_bytes * _SOUND_OUT_PER_S // (2 * SPEECH_HZ))


def picture_tokens(resolution: str | None) -> int:
    """Count a picture at a media resolution."""
    return _PICTURE_LOW if resolution == "MEDIA_RESOLUTION_LOW" else _PICTURE


@dataclass(slots=True)
class Ledger:
    """The context's size, turn by turn. The oldest turns leave when the context is full or is to be compressed.

    ``fixed_tokens`` is what stays for ever: instructions and tools.
    """

    fixed_tokens: int = 0
    compression: Compression | None = None
    _turns: deque[Tokens] = field(default_factory=deque)
    _turn: Tokens = field(default_factory=Tokens)

    def note(self, text: int = 0, audio: int = 0, image: int = 0) -> None:
        """Add to what the current turn brings in."""
        self._turn.add(Tokens(text, audio, image))

    def bill(self, spoken: int) -> Reply:
        """End the current turn, whose answer was ``spoken`` tokens of sound; returns ``usageMetadata``."""
        self._turns.append(self._turn)
        self._make_room()
        prompt = Tokens(text=self.fixed_tokens)
        for turn in self._turns:
            prompt.add(turn)
        response = Tokens(audio=spoken)
        self._turns.append(response)
        self._turn = Tokens()
        return {
            "promptTokenCount": prompt.total,
            "responseTokenCount": response.total,
            "totalTokenCount": prompt.total + response.total,
            "promptTokensDetails": prompt.details(),
            "responseTokensDetails": response.details(),
        }

    def copy_for(self, fixed_tokens: int, compression: Compression | None) -> Ledger:
        """Take the context over into a resumed session, the current turn as far as it is known included."""
        past = [Tokens(turn.text, turn.audio, turn.image) for turn in (*self._turns, self._turn)]
        return Ledger(fixed_tokens, compression, deque(past))

    def _make_room(self) -> None:
        while len(self._turns) > _MAX_ENTRIES:
            oldest = self._turns.popleft()
            oldest.add(self._turns.popleft())
            self._turns.appendleft(oldest)
        # Gemini's defaults: compression begins at 80 % of the context, and keeps half of where it begins.
        trigger = CONTEXT_TOKENS
        if self.compression is not None:
            trigger = self.compression.trigger_tokens or CONTEXT_TOKENS * 4 // 5
        size = self.fixed_tokens + sum(turn.total for turn in self._turns)
        if size <= trigger:
            return
        target = (self.compression.target_tokens if self.compression else None) or trigger // 2
        while len(self._turns) > 1 and size > target:
            size -= self._turns.popleft().total
