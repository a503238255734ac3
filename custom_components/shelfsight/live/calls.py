"""The model's function calls: each gets one response, a cancelled one is cancelled. Every call gets an answer that says what to do."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
import logging
from typing import TYPE_CHECKING, Any

from ..spatial import REPORT_TOOL
from .tools import Toolbox

if TYPE_CHECKING:
    from google.genai import types

_LOGGER = logging.getLogger(__name__)

# A model that calls more at once than this has lost its way.
_AT_ONCE = 8
_END_LIMIT_S = 1.0


class Calls:
    """The calls of one session. `report` takes a place report's arguments, `respond` sends a response.

    `report` is None where no place report was declared.
    """

    def __init__(
        self,
        toolbox: Toolbox | None,
        report: Callable[[dict[str, Any]], Awaitable[None]] | None,
        respond: Callable[[types.FunctionCall, dict[str, Any]], Awaitable[None]],
    ) -> None:
        self._toolbox = toolbox
        self._names = {one.name for one in toolbox.declarations} if toolbox is not None else set()
        self._report = report
        self._respond = respond
        self._running: dict[str, asyncio.Task[None]] = {}
        self._faults: set[str] = set()

    async def begin(self, call: types.FunctionCall) -> None:
        """A call came. Reports are answered here and now; tools of the house run as tasks of their own."""
        if call.name == REPORT_TOOL and self._report is not None:
            await self._answer(call, await _take_report(self._report, call.args or {}))
        elif call.name not in self._names or self._toolbox is None:
            self._log("name: not a tool that was declared")
            await self._answer(call, _error("there is no such tool"))
        elif call.id is None:
            self._log("id: missing, the result could not be given back")
        elif call.id in self._running:
            self._log("id: that of a call which still runs")
        elif len(self._running) >= _AT_ONCE:
            await self._answer(call, _error("too many calls at once", retryable=True))
        else:
            self._running[call.id] = asyncio.create_task(
                self._run(self._toolbox, call, call.id), name="shelfsight tool"
            )

    def _log(self, fault: str) -> None:
        """Once for each kind and session: a model that calls what is not there does so again and again."""
        if fault not in self._faults:
            self._faults.add(fault)
            _LOGGER.warning("A tool was not called: toolCall.functionCalls[].%s", fault)

    async def _run(self, toolbox: Toolbox, call: types.FunctionCall, call_id: str) -> None:
        try:
            await self._answer(call, await toolbox.call(call.name or "", dict(call.args or {})))
        finally:
            self._running.pop(call_id, None)

    async def _answer(self, call: types.FunctionCall, response: dict[str, Any]) -> None:
        if call.id is not None:
            await self._respond(call, response)

    def cancel(self, call_ids: Iterable[str]) -> None:
        """The server does not want these results any more."""
        for call_id in call_ids:
            if (task := self._running.get(call_id)) is not None:
                task.cancel()

    async def close(self) -> None:
        """Cancel what runs, and wait for its end; not for ever for a tool that takes no notice."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        if tasks and (await asyncio.wait(tasks, timeout=_END_LIMIT_S))[1]:
            _LOGGER.warning("A tool goes on although it was cancelled")


async def _take_report(
    report: Callable[[dict[str, Any]], Awaitable[None]], arguments: dict[str, Any]
) -> dict[str, Any]:
    try:
        await report(arguments)
    except ValueError as err:
        return _error(str(err))
    return {"status": "ok"}


def _error(message: str, *, retryable: bool = False) -> dict[str, Any]:
    """Without `retryable: false` models were seen to call again for ever."""
    return {"status": "error", "retryable": retryable, "message": message}
