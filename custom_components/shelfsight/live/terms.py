"""What a session is for: its terms, which say nothing of how the SDK puts them."""

from dataclasses import dataclass, field

from .tools import Toolbox

# The whole context is billed again every turn, so it is cut back early: about ten questions with their pictures.
COMPRESSION_TOKENS = 16_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What the session is for. `handle` goes on with an earlier session; `history` is the talk so far, as text."""

    instructions: str = field(repr=False)
    server_ends_turns: bool = False
    """The server's voice activity ends turns; else they are marked by us."""
    compression_tokens: int = COMPRESSION_TOKENS
    reports_places: bool = True
    toolbox: Toolbox | None = None
    voice: str = ""
    """One of `models.VOICES`; empty = the model's own."""
    handle: str | None = field(default=None, repr=False)
    history: str = field(default="", repr=False)
