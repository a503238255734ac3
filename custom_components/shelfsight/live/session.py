"""One Live session: opened once, any number of turns, closed once. Typed values out, bytes in, the SDK hidden.

A session lives about ten minutes. What goes on for longer, over several of them, is a `Talk` (talk.py).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
import logging
from typing import Any, Self

from google import genai
from google.genai import live as genai_live, types

from ..spatial import REPORT_TOOL, parse_report
from ..tasks import stop
from .accounts import Usage
from .calls import Calls
from .edge import EdgeConnection, connections
from .events import Reported, Sound, TurnBoundary, TurnEvent, TurnOver, content_events
from .faults import LiveError, Trouble
from .models import Profile, Tools, TypedQuestion, profile_of
from .sdk_errors import RAISED_BY_SDK, sort
from .setup import live_config, without_secrets
from .terms import Terms
from .upstream import picture_frame, sound_frame

_LOGGER = logging.getLogger(__name__)

INPUT_HZ = 16_000
# A long answer comes in about 250 pieces; one that nobody takes must not fill the memory.
_EVENTS_WAITING = 512
# A server that only says that it lives does not answer: after so many times the patience it is given up.
_SIGNS_OF_LIFE = 3
# From the first byte to `setupComplete`, which the SDK awaits for ever: Gemini needs about a second.
_SETUP_LIMIT_S = 6.0


@dataclass(frozen=True, slots=True)
class Handle:
    """With it the session can be gone on with in another one. `turns` is how many of the session's turns it covers."""

    text: str
    turns: int


class Turn:
    """One question's events. Iterate it until `TurnOver`; raises LiveError when the session dies meanwhile."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[TurnEvent | LiveError] = asyncio.Queue(_EVENTS_WAITING)
        self._abandoned = False
        self._heard_s = asyncio.get_running_loop().time()

    def alive(self) -> None:
        """The server sent something, whatever it was: it has not forgotten the question."""
        self._heard_s = asyncio.get_running_loop().time()

    async def put(self, event: TurnEvent | LiveError) -> None:
        """For the session's reader; waits while the other side does not take events."""
        if not self._abandoned:
            await self._events.put(event)

    def abandon(self) -> Usage:
        """Nobody reads this turn any more: what waits is dropped, and a reader that waits for room goes on.

        What is returned was counted for it and taken by nobody: `turnComplete` may come long after the answer was heard.
        """
        self._abandoned = True
        usage = Usage()
        while not self._events.empty():
            event = self._events.get_nowait()
            usage += event.usage if isinstance(event, TurnOver) else Usage()
        return usage

    async def next_event(self) -> TurnEvent:
        """The next event of this turn."""
        event = await self._events.get()
        if isinstance(event, LiveError):
            raise event
        return event

    async def late_events(self, grace_s: float) -> AsyncIterator[TurnEvent]:
        """What still comes after the answer's sound, until the turn is over or nothing came for `grace_s`.

        Transcriptions carry no ordering promise, and `turnComplete` may come seconds late.
        """
        over = False
        while not over:
            try:
                async with asyncio.timeout(grace_s):
                    event = await self.next_event()
            except TimeoutError, LiveError:
                return  # what was asked is answered; whether the session lives shows at the next question
            over = isinstance(event, TurnOver)
            yield event

    async def events(self, timeout_s: float) -> AsyncIterator[TurnEvent]:
        """All events up to the end of the turn.

        Raises:
            LiveError: the server sent nothing at all for `timeout_s`, or nothing of the answer for three times as long; or
                the session died.
        """
        loop = asyncio.get_running_loop()
        self.alive()
        answered_s = loop.time()

        def ends_s() -> float:
            return min(self._heard_s + timeout_s, answered_s + _SIGNS_OF_LIFE * timeout_s)

        over = False
        while not over:
            try:
                async with asyncio.timeout_at(ends_s()):
                    event = await self.next_event()
            except TimeoutError as err:
                if loop.time() < ends_s():
                    continue
                raise LiveError(Trouble.NO_ANSWER, f"nothing came for {timeout_s:g} s") from err
            answered_s = loop.time()
            over = isinstance(event, TurnOver)
            yield event


class LiveSession:
    """A session that is open. Make it with `open`, and always `close` it."""

    def __init__(
        self,
        sdk: genai_live.AsyncSession,
        socket: EdgeConnection,
        profile: Profile,
        terms: Terms,
        exits: AsyncExitStack,
    ) -> None:
        self._sdk = sdk
        self._socket = socket
        self.profile = profile
        self.terms = terms
        self._exits = exits
        self._boundary = TurnBoundary()
        self._turn: Turn | None = None
        self._failure: LiveError | None = None
        self._closing = False
        self._leaving: asyncio.Task[None] | None = None
        self._usage = Usage()
        self._unclaimed = Usage()
        self._settled = asyncio.Event()  # no turn is open, or nothing will come of it any more
        self._settled.set()
        self._handle = Handle(terms.handle, 0) if terms.handle else None
        self._handle_of_open_turn: str | None = None
        self._calls = Calls(terms.toolbox, self._report if terms.reports_places else None, self._respond)
        self.turns_begun = 0
        self.going_away = False
        """The server has said that it will end the connection soon."""
        socket.on_sound = self._take_sound
        self._reader = asyncio.create_task(self._read(), name="shelfsight live reader")

    @classmethod
    async def open(cls, client: genai.Client, model: str, terms: Terms) -> Self:
        """Connect, set up, and wait for `setupComplete` (the SDK does not return before it).

        Raises:
            LiveError: it did not work; `trouble` says why.
        """
        profile = profile_of(model)
        config = live_config(profile, terms)
        exits = AsyncExitStack()
        try:
            async with asyncio.timeout(_SETUP_LIMIT_S):
                with connections() as made:
                    sdk = await exits.enter_async_context(client.aio.live.connect(model=profile.name, config=config))
        except RAISED_BY_SDK as err:
            failure = sort(err)
            if failure.trouble is Trouble.BAD_REQUEST:
                _LOGGER.warning("The setup was refused (%s); it was: %s", failure, without_secrets(config))
            raise failure from None  # the SDK's own text may hold the key
        return cls(sdk, made[-1], profile, terms, exits)

    @property
    def usable(self) -> bool:
        """False once the session has died or was closed."""
        return self._failure is None and not self._closing

    @property
    def handle(self) -> Handle | None:
        """The newest handle that covers whole turns only; None where the server forbade resuming, or gave none."""
        return self._handle

    def _begin(self) -> Turn:
        self._boundary.begin()
        self._settled.clear()
        self._abandon_turn()
        self.turns_begun += 1
        self._handle_of_open_turn = None  # if there is one, it covers half of a turn that will not be answered
        self._turn = Turn()
        return self._turn

    def _abandon_turn(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            self._unclaimed += turn.abandon()

    async def start_speech(self) -> Turn:
        """The person begins to speak: everything sent from now to `end_speech` is one question."""
        turn = self._begin()
        if not self.terms.server_ends_turns:
            await self._send(activity_start=types.ActivityStart())
        return turn

    async def send_sound(self, pcm: bytes) -> None:
        """s16le mono PCM at 16 kHz."""
        await self._send_frame(sound_frame(pcm))

    def send_sound_at_once(self, pcm: bytes) -> bool:
        """The same without waiting; False where that cannot be, and nothing was sent."""
        return self.usable and self._socket.send_text_at_once(sound_frame(pcm))

    async def send_picture(self, jpeg: bytes) -> None:
        """A JPEG that belongs to the question being asked."""
        await self._send_frame(picture_frame(jpeg))

    async def end_speech(self) -> None:
        """The question is over; the answer comes through its turn."""
        if not self.terms.server_ends_turns:
            await self._send(activity_end=types.ActivityEnd())
        elif self.profile.stream_end_ends_turn:
            await self._send(audio_stream_end=True)

    async def ask(self, question: str, jpeg: bytes | None) -> Turn:
        """A written question about a picture, in the form the model takes; the picture always comes first."""
        turn = self._begin()
        if self.profile.typed_question is TypedQuestion.REALTIME:
            # Marked like a spoken one: with automatic detection off, nothing else says that the question is complete.
            marked = not self.terms.server_ends_turns
            if marked:
                await self._send(activity_start=types.ActivityStart())
            if jpeg is not None:
                await self.send_picture(jpeg)
            await self._send(text=question)
            if marked:
                await self._send(activity_end=types.ActivityEnd())
            return turn
        parts = [types.Part.from_bytes(data=jpeg, mime_type="image/jpeg")] if jpeg is not None else []
        content = types.Content(role="user", parts=[*parts, types.Part.from_text(text=question)])
        self._check()
        try:
            await self._sdk.send_client_content(turns=content, turn_complete=True)
        except RAISED_BY_SDK as err:
            raise self._died(err) from None
        return turn

    async def _send_frame(self, frame: bytes) -> None:
        """A text frame past the SDK, in order with what goes through it."""
        self._check()
        try:
            await self._socket.send_text(frame)
        except RAISED_BY_SDK as err:
            raise self._died(err) from None

    async def _send(self, **one: Any) -> None:
        """Exactly one kind of input a message: markers never share one with data."""
        self._check()
        try:
            await self._sdk.send_realtime_input(**one)
        except RAISED_BY_SDK as err:
            raise self._died(err) from None

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._closing:
            raise LiveError(Trouble.NO_SERVER, "the session is closed")

    def _died(self, err: BaseException) -> LiveError:
        """The first failure is the reason; what comes after it are its echoes."""
        if self._failure is None:
            self._failure = sort(err)
            if self._failure.trouble is Trouble.BAD_REQUEST:
                setup = without_secrets(live_config(self.profile, self.terms))
                _LOGGER.warning("The session was refused (%s); its setup was: %s", self._failure, setup)
        return self._failure

    async def _read(self) -> None:
        """Hand events to their turn, for as long as the session lives."""
        try:
            while True:
                # receive() ends at every turnComplete and is called again for the next turn.
                async for message in self._sdk.receive():
                    await self._take(message)
        except RAISED_BY_SDK as err:
            failure = self._died(err)
            if not self._closing:
                _LOGGER.debug("The Live session ended: %s", failure)
            self._settled.set()
            if self._turn is not None:
                await self._turn.put(failure)

    async def _take_sound(self, pcm: bytes) -> None:
        """A piece of the answer, past the SDK."""
        if self._turn is not None:
            self._turn.alive()
        await self._route(Sound(pcm))

    async def _take(self, message: types.LiveServerMessage) -> None:
        if self._turn is not None:
            self._turn.alive()
        if message.usage_metadata is not None:
            self._usage = Usage.from_metadata(message.usage_metadata)
        if message.session_resumption_update is not None:
            self._take_handle(message.session_resumption_update)
        if message.go_away is not None:
            self.going_away = True
        if message.tool_call is not None:
            for call in message.tool_call.function_calls or []:
                await self._calls.begin(call)
        if message.tool_call_cancellation is not None:
            self._calls.cancel(message.tool_call_cancellation.ids or [])
        if message.server_content is None:
            return
        for event in content_events(message.server_content, self._usage):
            await self._route(event)
            if isinstance(event, TurnOver):
                self._turn_over()

    def _take_handle(self, update: types.LiveServerSessionResumptionUpdate) -> None:
        """A handle that comes within a turn covers half of it: it counts once that turn is complete."""
        if not update.resumable:
            self._handle = self._handle_of_open_turn = None
        elif update.new_handle and self._boundary.open:
            self._handle_of_open_turn = update.new_handle
        elif update.new_handle:
            self._handle = Handle(update.new_handle, self.turns_begun)

    def _turn_over(self) -> None:
        self._usage = Usage()
        if not self._boundary.open:
            self._settled.set()
        if self._handle_of_open_turn is not None and not self._boundary.open:
            self._handle = Handle(self._handle_of_open_turn, self.turns_begun)
            self._handle_of_open_turn = None

    async def _route(self, event: TurnEvent) -> None:
        mine = self._boundary.mine(event)
        if isinstance(event, TurnOver):
            # A turn that was broken off is paid for too: its bill goes to the question that broke it off, or to nobody's.
            if not mine or self._turn is None:
                self._unclaimed += event.usage
                return
            event, self._unclaimed = TurnOver(event.usage + self._unclaimed, event.reason), Usage()
        if mine and self._turn is not None:
            await self._turn.put(event)

    async def _report(self, arguments: dict[str, Any]) -> None:
        """The model reported a place; raises ValueError where that says nothing."""
        await self._route(Reported(parse_report(arguments)))

    async def _respond(self, call: types.FunctionCall, response: dict[str, Any]) -> None:
        """Answer a function call in the form the model takes."""
        scheduling = None
        if self.profile.tools is Tools.NON_BLOCKING:
            silent = call.name == REPORT_TOOL
            scheduling = (
                types.FunctionResponseScheduling.SILENT if silent else types.FunctionResponseScheduling.WHEN_IDLE
            )
        try:
            await self._sdk.send_tool_response(
                function_responses=types.FunctionResponse(
                    id=call.id, name=call.name, response=response, scheduling=scheduling
                )
            )
        except RAISED_BY_SDK as err:
            _LOGGER.debug("A tool's result did not reach the server: %s", self._died(err))

    async def settle(self, patience_s: float) -> None:
        """No turn begins any more, and nobody reads the last one: wait for its end, which brings its bill, so long at the most.

        It may come seconds after the answer was heard.
        """
        self._abandon_turn()
        try:
            async with asyncio.timeout(patience_s):
                await self._settled.wait()
        except TimeoutError:
            _LOGGER.debug("The last turn of a Live session did not end within %g s: its bill is not known", patience_s)

    def unclaimed(self) -> Usage:
        """What was counted and no question was told of; told once. For a session in which no turn begins any more."""
        self._abandon_turn()
        unclaimed, self._unclaimed, self._usage = self._unclaimed + self._usage, Usage(), Usage()
        return unclaimed

    async def close(self) -> None:
        """End the session; safe at any time, and more than once. Whoever is cancelled meanwhile leaves the rest to it."""
        self._closing = True
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._leave(), name="shelfsight live leaving")
        await asyncio.wait({self._leaving})

    async def _leave(self) -> None:
        """A task of its own: a closing handshake that is broken off leaves the socket open."""
        await stop(self._reader)
        self._socket.on_sound = None
        await self._calls.close()
        try:
            async with asyncio.timeout(3):
                await self._exits.aclose()
        except RAISED_BY_SDK as err:
            _LOGGER.debug("The Live session did not close in order: %s", type(err).__name__)
