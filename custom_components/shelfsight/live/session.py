"""One Live session: opened once, any number of turns, closed once. Typed values out, bytes in, the SDK hidden."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
import logging
from typing import Any, Self

from google import genai
from google.genai import live as genai_live, types

from ..spatial import REPORT_TOOL, parse_report, report_schema
from .events import Reported, TurnBoundary, TurnEvent, TurnOver, content_events
from .faults import RAISED_BY_SDK, LiveError, Trouble, sort
from .models import Profile, Tools, TypedQuestion, profile_of

_LOGGER = logging.getLogger(__name__)

# The only form Live takes; a `;channels=1` behind it closes the session with 1007.
_SOUND_TYPE = "audio/pcm;rate=16000"
INPUT_HZ = 16_000
# The whole context is billed again every turn, so it is cut back early: about ten questions with their pictures.
_COMPRESSION_TRIGGER_TOKENS = 16_000
# A long answer comes in about 250 pieces; one that nobody takes must not fill the memory.
_EVENTS_WAITING = 512


class Turn:
    """One question's events. Iterate it until `TurnOver`; raises LiveError when the session dies meanwhile."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[TurnEvent | LiveError] = asyncio.Queue(_EVENTS_WAITING)
        self._abandoned = False

    async def put(self, event: TurnEvent | LiveError) -> None:
        """For the session's reader; waits while the other side does not take events."""
        if not self._abandoned:
            await self._events.put(event)

    def abandon(self) -> None:
        """Nobody reads this turn any more: what waits is dropped, and a reader that waits for room goes on."""
        self._abandoned = True
        while not self._events.empty():
            self._events.get_nowait()

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
            LiveError: nothing came for `timeout_s`, or the session died.
        """
        over = False
        while not over:
            try:
                async with asyncio.timeout(timeout_s):
                    event = await self.next_event()
            except TimeoutError as err:
                raise LiveError(Trouble.NO_ANSWER, f"nothing came for {timeout_s:g} s") from err
            over = isinstance(event, TurnOver)
            yield event


class LiveSession:
    """A session that is open. Make it with `open`, and always `close` it."""

    def __init__(self, sdk: genai_live.AsyncSession, profile: Profile, exits: AsyncExitStack) -> None:
        self._sdk = sdk
        self._profile = profile
        self._exits = exits
        self._boundary = TurnBoundary()
        self._turn: Turn | None = None
        self._failure: LiveError | None = None
        self._closing = False
        self._tokens = 0
        self._reader = asyncio.create_task(self._read(), name="shelfsight live reader")

    @classmethod
    async def open(cls, client: genai.Client, model: str, instructions: str) -> Self:
        """Connect, set up, and wait for `setupComplete` (the SDK does not return before it).

        Raises:
            LiveError: it did not work; `trouble` says why.
        """
        profile = profile_of(model)
        exits = AsyncExitStack()
        try:
            sdk = await exits.enter_async_context(
                client.aio.live.connect(model=profile.name, config=live_config(profile, instructions))
            )
        except RAISED_BY_SDK as err:
            raise sort(err) from None  # the SDK's own text may hold the key
        return cls(sdk, profile, exits)

    @property
    def usable(self) -> bool:
        """False once the session has died or was closed."""
        return self._failure is None and not self._closing

    def _begin(self) -> Turn:
        self._boundary.begin()
        if self._turn is not None:
            self._turn.abandon()
        self._turn = Turn()
        return self._turn

    async def start_speech(self) -> Turn:
        """The person begins to speak: everything sent from now to `end_speech` is one question."""
        turn = self._begin()
        await self._send(activity_start=types.ActivityStart())
        return turn

    async def send_sound(self, pcm: bytes) -> None:
        """s16le mono PCM at 16 kHz."""
        await self._send(audio=types.Blob(data=pcm, mime_type=_SOUND_TYPE))

    async def send_picture(self, jpeg: bytes) -> None:
        """A JPEG that belongs to the question being asked."""
        await self._send(video=types.Blob(data=jpeg, mime_type="image/jpeg"))

    async def end_speech(self) -> None:
        """The question is over; the answer comes through its turn."""
        await self._send(activity_end=types.ActivityEnd())

    async def ask(self, question: str, jpeg: bytes) -> Turn:
        """A written question about a picture, in the form the model takes; the picture always comes first."""
        turn = self._begin()
        if self._profile.typed_question is TypedQuestion.REALTIME:
            # Marked like a spoken one: with automatic detection off, nothing else says that the question is complete.
            await self._send(activity_start=types.ActivityStart())
            await self.send_picture(jpeg)
            await self._send(text=question)
            await self.end_speech()
            return turn
        content = types.Content(
            role="user",
            parts=[types.Part.from_bytes(data=jpeg, mime_type="image/jpeg"), types.Part.from_text(text=question)],
        )
        self._check()
        try:
            await self._sdk.send_client_content(turns=content, turn_complete=True)
        except RAISED_BY_SDK as err:
            raise self._died(err) from None
        return turn

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
            raise LiveError(Trouble.NO_ANSWER, "the session is closed")

    def _died(self, err: BaseException) -> LiveError:
        """The first failure is the reason; what comes after it are its echoes."""
        if self._failure is None:
            self._failure = sort(err)
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
            if self._turn is not None:
                await self._turn.put(failure)

    async def _take(self, message: types.LiveServerMessage) -> None:
        if message.usage_metadata is not None:
            self._tokens = message.usage_metadata.total_token_count or 0
        if message.tool_call is not None:
            for call in message.tool_call.function_calls or []:
                await self._answer_call(call)
        if message.server_content is None:
            return
        for event in content_events(message.server_content, self._tokens):
            await self._route(event)

    async def _route(self, event: TurnEvent) -> None:
        if self._turn is not None and self._boundary.mine(event):
            await self._turn.put(event)

    async def _answer_call(self, call: types.FunctionCall) -> None:
        """Every call gets a response, else the model waits or repeats it."""
        response: dict[str, Any] = {"status": "ok"}
        if call.name != REPORT_TOOL:
            _LOGGER.warning("The model called a tool that was not declared")
            response = {"status": "error", "retryable": False, "message": "there is no such tool"}
        else:
            try:
                await self._route(Reported(parse_report(call.args or {})))
            except ValueError as err:
                response = {"status": "error", "retryable": False, "message": str(err)}
        if call.id is None:
            return
        scheduling = types.FunctionResponseScheduling.SILENT if self._profile.tools is Tools.NON_BLOCKING else None
        await self._sdk.send_tool_response(
            function_responses=types.FunctionResponse(
                id=call.id, name=call.name, response=response, scheduling=scheduling
            )
        )

    async def close(self) -> None:
        """End the session; safe at any time, and more than once."""
        self._closing = True
        self._reader.cancel()
        try:
            await self._reader
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                await self._leave()
                raise
        await self._leave()

    async def _leave(self) -> None:
        try:
            async with asyncio.timeout(3):
                await self._exits.aclose()
        except RAISED_BY_SDK as err:
            _LOGGER.debug("The Live session did not close in order: %s", type(err).__name__)


def live_config(profile: Profile, instructions: str) -> types.LiveConnectConfig:
    """The setup frame's content."""
    declaration = types.FunctionDeclaration(
        name=REPORT_TOOL,
        description="Reports where the thing is that was asked for.",
        parameters=types.Schema.model_validate(report_schema()),
        behavior=types.Behavior.NON_BLOCKING if profile.declares_non_blocking else None,
    )
    return types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO],
        system_instruction=instructions,
        tools=[types.Tool(function_declarations=[declaration])],
        thinking_config=types.ThinkingConfig(thinking_level=types.ThinkingLevel(profile.thinking_level))
        if profile.thinking_level
        else None,
        input_audio_transcription=types.AudioTranscriptionConfig(),
        output_audio_transcription=types.AudioTranscriptionConfig(),
        realtime_input_config=types.RealtimeInputConfig(
            automatic_activity_detection=types.AutomaticActivityDetection(disabled=True)
        ),
        context_window_compression=types.ContextWindowCompressionConfig(
            trigger_tokens=_COMPRESSION_TRIGGER_TOKENS, sliding_window=types.SlidingWindow()
        ),
    )
