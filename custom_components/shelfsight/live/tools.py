"""Tools that a session may use besides its own: what a room must offer to be such a box of tools."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from google.genai import types


class Toolbox(Protocol):
    """Declared when a session is set up, called when the model asks. Cancel the call, and the tool is cancelled."""

    @property
    def declarations(self) -> Sequence[types.FunctionDeclaration]:
        """For the session's setup. Names are the box's own; a session adds its report tool beside them."""

    @property
    def instructions(self) -> str:
        """To be added to the system instruction; may be empty."""

    async def call(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Call a tool; never raises for what the model or a tool did wrong.

        Plain JSON values come back: `{"status": "ok", "result": ...}`, with `cut` and `message` where the result was too
        long; or `{"status": "error", "retryable": bool, "message": str}`.
        """
