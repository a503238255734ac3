"""One turn's answer: from what the person said to the last frame about it.

The order is that of recorded sessions: input transcription, function call, speech with its words, ``generationComplete``,
``turnComplete`` with the bill. What was ordered for the turn (``orders.py``) takes its place in it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
import re
from typing import Final

from local_live import replies, usage
from local_live.brain import Answer, Brain
from local_live.calls import REPORT_PLACE, OpenCalls, await_response, find_function, place_arguments
from local_live.conduct import ALL_OF_IT_MS, Conduct
from local_live.espeak import Utterance, synthesise
from local_live.listening import Turn
from local_live.orders import EmptyAnswer, Moment, NotAddressed, Phantom, Rejected, TextOnly, TranscriptOnly
from local_live.profiles import Profile, waits_for_response
from local_live.refusal import INTERNAL, RefusalError
from local_live.setup import Setup
from local_live.voice import DEFAULT_VOICE, DEFAULT_WPM, Spoken, in_chunks

THINKING_LIMIT_S: Final = 30.0
SIGN_OF_LIFE_S: Final = 4.0
MAX_SPEECH_CHARACTERS: Final = 2_000  # about two minutes
_LEAD_S: Final = 0.5  # of speech that may go out at once, against the network's jitter
_PACE: Final = 1.25  # how much faster than it is heard speech goes out after that
_BYTES_PER_S: Final = 2 * replies.SPEECH_HZ
_WORD: Final = re.compile(r"\s*\S+")

type Voice = Callable[[str], Utterance]


def wait_s(position_s: float, elapsed_s: float, speed: float) -> float:
    """Say how long to hold back speech.

    Speech that begins ``position_s`` into the answer is due now if ``elapsed_s`` since its first chunk are enough;
    ``speed`` is how much faster than the world the listener's clock runs (1, but in tests).
    """
    return max(0.0, (position_s - _LEAD_S) / (_PACE * speed) - elapsed_s)


def transcription_pieces(text: str) -> list[str]:
    """Cut what was heard into words, each with the white space before it, as Gemini does."""
    return [f" {piece.strip()}" for piece in _WORD.findall(text)]


def speakable(text: str) -> str:
    """Cut a text to what can be spoken in one turn."""
    return text[:MAX_SPEECH_CHARACTERS].replace("\0", " ")


def default_voice(text: str) -> Utterance:
    """Speak with eSpeak NG; blocks."""
    return synthesise(text, DEFAULT_VOICE, DEFAULT_WPM)


@dataclass(frozen=True, slots=True)
class Stage:
    """What every answer of a session needs. ``send`` sends one reply; ``new_handle`` remembers the session so far.

    ``voice`` blocks, and is called in ``executor``.
    """

    setup: Setup
    profile: Profile
    brain: Brain
    calls: OpenCalls
    ledger: usage.Ledger
    conduct: Conduct
    send: Callable[[replies.Reply], Awaitable[None]]
    new_handle: Callable[[], str]
    voice: Voice
    executor: Executor | None
    speed: float


class Answering:
    """Answers one turn. May be cancelled at any await; `bill` then counts what was sent until then."""

    def __init__(self, stage: Stage, turn: Turn, number: int) -> None:
        self._stage = stage
        self._turn = turn
        self._number = number
        self._sent_bytes = 0
        self.is_ending = False  # only the last frame is still to go out: too late to interrupt

    def bill(self) -> replies.Reply:
        """Return ``usageMetadata`` for what has been spoken."""
        return self._stage.ledger.bill(usage.speech_tokens(self._sent_bytes))

    async def run(self) -> None:
        """Answer the turn.

        Raises:
            RefusalError: 1011, thinking took longer than 30 s; what was ordered.
            GoneError: the connection is closed.
        """
        conduct = self._stage.conduct
        await conduct.reach(Moment.THINKING, self._number)
        if self._stage.profile.empty_frames:
            await self._stage.send(replies.nothing())
        answer = await self._think()
        await self._say_what_was_heard(answer)
        match conduct.shape(self._number):
            case None:
                await self._answer(answer)
            case Phantom(after_ms=after_ms):
                await self._answer(answer, phantom_ms=after_ms)
            case TranscriptOnly():
                await self._prepare(answer)
                if self._stage.setup.transcribe_output:
                    await self._stage.send(replies.output_transcription(answer.text))
                await self._complete()
            case TextOnly():
                await self._prepare(answer)
                await self._stage.send(replies.text(answer.text))
                await self._complete()
            case EmptyAnswer():
                await self._complete()
            case NotAddressed():
                await self._end()
            case Rejected(reason=reason):
                await self._end(reason)
        await conduct.reach(Moment.AFTER_TURN, self._number)

    async def _think(self) -> Answer:
        try:
            async with asyncio.timeout(THINKING_LIMIT_S), asyncio.TaskGroup() as tasks:
                living = tasks.create_task(self._give_signs_of_life())
                if self._turn.text or not self._turn.pcm:
                    answer = await self._stage.brain.answer_text(self._turn.text)
                else:
                    answer = await self._stage.brain.answer_sound(self._turn.pcm)
                living.cancel()
                return answer
        except TimeoutError as error:
            raise RefusalError(INTERNAL, "Deadline expired before operation could complete.") from error

    async def _give_signs_of_life(self) -> None:
        """A small computer reads a large picture for long: empty frames, which 3.1 sends too, say that it still does."""
        while True:
            await asyncio.sleep(SIGN_OF_LIFE_S)
            await self._stage.send(replies.nothing())

    async def _say_what_was_heard(self, answer: Answer) -> None:
        stage = self._stage
        if stage.setup.transcribe_input and self._turn.pcm:
            for piece in transcription_pieces(answer.heard):
                await stage.send(replies.input_transcription(piece))

    async def _prepare(self, answer: Answer) -> None:
        """Send what comes before speech."""
        stage = self._stage
        if stage.profile.thoughts:
            await stage.send(replies.thought(f"**Considering the question**\n\nI understood: {answer.heard}\n\n\n"))
        if thought := stage.conduct.thought(self._number):
            await stage.send(replies.thought(thought))
        await self._report(answer)
        if stage.setup.resumable or stage.profile.handles_unasked:
            unresumable = stage.conduct.is_unresumable(self._number)
            await stage.send(
                replies.not_resumable() if unresumable else replies.session_resumption_update(stage.new_handle())
            )

    async def _answer(self, answer: Answer, phantom_ms: int | None = None) -> None:
        await self._prepare(answer)
        text = speakable(answer.text)
        utterance = await asyncio.get_running_loop().run_in_executor(self._stage.executor, self._stage.voice, text)
        await self._speak(in_chunks(text, utterance), phantom_ms)

    async def _report(self, answer: Answer) -> None:
        stage = self._stage
        function = find_function(stage.setup.functions, REPORT_PLACE)
        if function is None or answer.place is None:
            return
        call_id, responded = stage.calls.open("function-call-")
        await stage.send(replies.tool_call(call_id, function.name, place_arguments(answer.place, function.properties)))
        if waits_for_response(stage.profile, function.behavior):
            await await_response(stage.calls, call_id, responded, stage.send)

    async def _speak(self, speech: Iterator[Spoken], phantom_ms: int | None) -> None:
        stage = self._stage
        clock = asyncio.get_running_loop().time
        began_s = clock()
        for chunk in speech:
            await asyncio.sleep(wait_s(self._sent_bytes / _BYTES_PER_S, clock() - began_s, stage.speed))
            spoken_ms = self._sent_bytes * 1000 / _BYTES_PER_S
            await stage.conduct.reach(Moment.SPEAKING, self._number, spoken_ms)
            if phantom_ms is not None and spoken_ms >= phantom_ms:
                break
            words = chunk.text if stage.setup.transcribe_output else ""
            if words and not stage.profile.words_with_speech:
                await stage.send(replies.output_transcription(words))
                words = ""
            await stage.send(replies.speech(chunk.pcm, words))
            self._sent_bytes += len(chunk.pcm)
        await stage.conduct.reach(Moment.SPEAKING, self._number, ALL_OF_IT_MS)
        if phantom_ms is not None:
            await stage.send(replies.interrupted())
            await self._end()
            return
        # Gemini ends the turn when it thinks that the listener has heard all of it.
        await self._complete(began_s + self._sent_bytes / _BYTES_PER_S / stage.speed)

    async def _complete(self, heard_at_s: float = 0.0) -> None:
        """All was sent; the turn ends when it has been heard, at ``heard_at_s`` by the loop's clock."""
        await self._stage.send(replies.generation_complete())
        left_s = heard_at_s - asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, left_s) + self._stage.conduct.turn_complete_delay_s(self._number))
        await self._end()

    async def _end(self, reason: str = "") -> None:
        self.is_ending = True
        await self._stage.send(replies.turn_complete(self.bill(), reason))
