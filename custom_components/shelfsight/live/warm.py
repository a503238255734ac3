"""What the SDK would build at its first use, in the event loop, built beforehand."""

from functools import cache

from google.genai import types

# The SDK's types put their building off to the first use: 15 to 30 ms each on a desk computer for those that hold many others.
_FIRST_USED_IN_A_QUESTION = (
    types.LiveConnectConfig,
    types.LiveSendRealtimeInputParameters,
    types.LiveClientContent,
    types.LiveServerMessage,
    types.GenerateContentConfig,
    types.GenerateContentResponse,
)


@cache
def warm_up() -> None:
    """Once for a process, before the first question. Blocks for a tenth of a second: run it in an executor."""
    for one in _FIRST_USED_IN_A_QUESTION:
        one.model_rebuild()
