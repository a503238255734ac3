"""One turn's answer: from what the person said to the last frame about it.

The order is that of recorded sessions: input transcription, function call, speech with its words, ``generationComplete``,
``turnComplete`` with the bill.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
import re
from typing import Final

from local_live import replies, usage
from local_live.brain import Answer, Brain
from local_live.calls import REPORT_PLACE, OpenCalls, find_function, place_arguments
from local_live.espeak import synthesise
from local_live.listening import Turn
from local_live.profiles import Profile, waits_for_response
from local_live.refusal import INTERNAL, RefusalError
from local_live.setup import Setup
from local_live.voice import DEFAULT_VOICE, DEFAULT_WPM, Spoken, in_chunks

THINKING_LIMIT_S: Final = 30.0
RESPONSE_LIMIT_S: Final = 10.0  # a client that never responds must not leave the person in silence
_LEAD_S: Final = 0.5  # of speech that may go out at once, against the network's jitter
_PACE: Final = 1.25  # how much faster than it is heard speech goes out after that
_MAX_SPEECH_CHARACTERS: Final = 2_000  # about two minutes
_WORD: Final = re.compile(r"\s*\S+")


def wait_s(position_s: float, elapsed_s: float, speed: float) -> float:
    """Say how long to hold back speech.

    Speech that begins ``position_s`` into the answer is due now if ``elapsed_s`` since its first chunk are enough;
    ``speed`` is how much faster than the world the listener's clock runs (1, but in tests).
    """
    return max(0.0, (position_s - _LEAD_S) / (_PACE * speed) - elapsed_s)


def transcription_pieces(text: str) -> list[str]:
    """Cut what was heard into words, each with the white space before it, as Gemini does."""
    return [f" {piece.strip()}" for piece in _WORD.findall(text)]


@dataclass(frozen=True, slots=True)
class Stage:
    """What every answer of a session needs. ``send`` sends one reply; ``new_handle`` remembers the session so far."""

    setup: Setup
    profile: Profile
    brain: Brain
    calls: OpenCalls
    ledger: usage.Ledger
    send: Callable[[replies.Reply], Awaitable[None]]
    new_handle: Callable[[], str]
    executor: Executor | None
    speed: float


class Answering:
    """Answers one turn. May be cancelled at any await; `bill` then counts what was sent until then."""

    def __init__(self, stage: Stage, turn: Turn) -> None:
        self._stage = stage
        self._turn = turn
        self._sent_bytes = 0
        self.is_ending = False  # only the last frame is still to go out: too late to interrupt

    def bill(self) -> replies.Reply:
        """Return ``usageMetadata`` for what has been spoken."""
        return self._stage.ledger.bill(usage.speech_tokens(self._sent_bytes))

    async def run(self) -> None:
        """Answer the turn.

        Raises:
            RefusalError: 1011, thinking took longer than 30 s.
        """
        stage = self._stage
        if stage.profile.empty_frames:
            await stage.send(replies.nothing())
        answer = await self._think()
        if stage.setup.transcribe_input and self._turn.pcm:
            for piece in transcription_pieces(answer.heard):
                await stage.send(replies.input_transcription(piece))
        if stage.profile.thoughts:
            await stage.send(replies.thought(f"**Considering the question**\n\nI understood: {answer.heard}\n\n\n"))
        await self._report(answer)
        if stage.setup.resumable or stage.profile.handles_unasked:
            await stage.send(replies.session_resumption_update(stage.new_handle()))
        text = answer.text[:_MAX_SPEECH_CHARACTERS].replace("\0", " ")
        utterance = await asyncio.get_running_loop().run_in_executor(
            stage.executor, synthesise, text, DEFAULT_VOICE, DEFAULT_WPM
        )
        await self._speak(in_chunks(text, utterance))

    async def _think(self) -> Answer:
        try:
            async with asyncio.timeout(THINKING_LIMIT_S):
                if self._turn.text or not self._turn.pcm:
                    return await self._stage.brain.answer_text(self._turn.text)
                return await self._stage.brain.answer_sound(self._turn.pcm)
        except TimeoutError as error:
            raise RefusalError(INTERNAL, "Deadline expired before operation could complete.") from error

    async def _report(self, answer: Answer) -> None:
        stage = self._stage
        function = find_function(stage.setup.functions, REPORT_PLACE)
        if function is None or answer.place is None:
            return
        call_id, responded = stage.calls.open("function-call-")
        await stage.send(replies.tool_call(call_id, function.name, place_arguments(answer.place, function.properties)))
        if waits_for_response(stage.profile, function.behavior):
            try:
                async with asyncio.timeout(RESPONSE_LIMIT_S):
                    await responded.wait()
            except TimeoutError:
                await stage.send(replies.tool_call_cancellation(stage.calls.cancel()))

    async def _speak(self, speech: Iterator[Spoken]) -> None:
        stage = self._stage
        clock = asyncio.get_running_loop().time
        began_s = clock()
        for chunk in speech:
            await asyncio.sleep(wait_s(self._sent_bytes / (2 * replies.SPEECH_HZ), clock() - began_s, stage.speed))
            words = chunk.text if stage.setup.transcribe_output else ""
            if words and not stage.profile.words_with_speech:
                await stage.send(replies.output_transcription(words))
                words = ""
            await stage.send(replies.speech(chunk.pcm, words))
            self._sent_bytes += len(chunk.pcm)
        await stage.send(replies.generation_complete())
        # Gemini ends the turn when it thinks that the listener has heard all of it.
        heard_s = self._sent_bytes / (2 * replies.SPEECH_HZ) / stage.speed
        await asyncio.sleep(max(0.0, heard_s - (clock() - began_s)))
        self.is_ending = True
        await stage.send(replies.turn_complete(self.bill()))
