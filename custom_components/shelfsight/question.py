"""One question, from the press (or the written text) to the last spoken word: joins eye, ear, session and mouth."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
import logging
from typing import Any

from .link.clock import STAMP_SLACK_S
from .link.connection import LinkClosedError
from .live.events import OUTPUT_HZ, Heard, Interrupted, Reported, Said, Sound, SoundOver, TurnEvent, TurnOver
from .live.faults import LiveError, Trouble
from .live.session import LiveSession, Turn
from .sight.choice import Chooser, Fault, Sending
from .sight.frame import Frame, shrink
from .sight.intake import RunsInExecutor, Seen
from .sound.pcm import samples
from .sound.speech_end import Speech, SpeechEnd
from .sound.utterance import Utterance
from .spatial import PLACE_KEYS, PlaceReport
from .tasks import owned_tasks
from .wearable import EAR_HZ, Ear, Press, Release, Wearable, WearableState

_LOGGER = logging.getLogger(__name__)

# Held at least this long, the button itself marks the end of the question (PROTOCOL.md, section 4).
_HELD_S = 0.5
# A microphone that was asked for sound sends a message every 20 ms; one that sends none for so long is dead.
_NO_SOUND_S = 3.0
# What is waiting is sent together, up to this many chunks of 20 ms: catching up must not cost a message a chunk.
_CHUNKS_A_MESSAGE = 5
_PICTURE_WAIT_S = 2.0
# Quieter than this in all its length, a held question holds nothing but a dead microphone's noise.
_NOBODY_DBFS = -60.0
# An answer of 90 s is no answer to a question at a shelf; what follows is dropped.
_ANSWER_LIMIT_BYTES = 90 * OUTPUT_HZ * 2
_LATE_EVENTS_GRACE_S = 0.5
# Far beyond any honest answer; what is longer is somebody's mistake and is cut.
_TEXT_LIMIT = 2000
_THINKING_AFTER_S, _THINKING_EVERY_S = 1.0, 4.0
# Before a follow-up is spoken, so much of what was heard before its first word is kept.
_FOLLOW_UP_PRE_ROLL_CHUNKS = 25


class QuestionError(Exception):
    """The question ends with a spoken reason; `phrase` is its name in `sound/phrases`."""

    def __init__(self, phrase: str) -> None:
        super().__init__(phrase)
        self.phrase = phrase


_PHRASES_OF_FAULTS = {
    Fault.NONE_TAKEN: "no_picture",
    Fault.DAMAGED: "picture_damaged",
    Fault.DARK: "picture_dark",
    Fault.BLURRED: "picture_blurred",
}


@dataclass(slots=True)
class Outcome:
    """What came of a question; filled as it goes. Times are seconds of the loop's clock, None until they happened."""

    asked: str = ""
    answer: str = ""
    place: PlaceReport | None = None
    phrase: str | None = None
    """The spoken reason, where there is no answer."""
    source: str | None = None
    tokens: int = 0
    frames_sent: int = 0
    frame_bytes_sent: int = 0
    frame: Frame | None = field(default=None, repr=False)
    """The picture the answer is about."""
    press_to_sound_ms: int | None = None
    """From the press to the first microphone message."""
    speech_ms: int | None = None
    speech_ended_s: float | None = None
    first_sound_s: float | None = None
    question_sent_s: float | None = None

    def note(self, event: TurnEvent) -> None:
        """Keep what an event of the answer tells."""
        match event:
            case Heard(text):
                self.asked = (self.asked + text)[:_TEXT_LIMIT]
            case Said(text):
                self.answer = (self.answer + text)[:_TEXT_LIMIT]
            case Reported(place):
                self.place = place
            case TurnOver(tokens):
                self.tokens = tokens

    @property
    def first_audio_ms(self) -> int | None:
        """From the end of speech (or a written question's sending) to the first sound of the answer."""
        began = self.speech_ended_s if self.speech_ended_s is not None else self.question_sent_s
        if self.first_sound_s is None or began is None:
            return None
        return round((self.first_sound_s - began) * 1000)

    def as_response(self) -> dict[str, Any]:
        """The response of `shelfsight.ask`: all keys are always there, null where unknown."""
        place = self.place.as_dict() if self.place is not None else dict.fromkeys(PLACE_KEYS)
        return {
            "answer": self.answer,
            **place,
            "frame_age_ms": self.frame_age_ms,
            "first_audio_ms": self.first_audio_ms,
            "source": self.source,
            "tokens": self.tokens or None,
        }

    @property
    def frame_age_ms(self) -> int | None:
        """How old the picture was when the question was complete."""
        if self.frame is None or self.question_sent_s is None:
            return None
        return max(0, round((self.question_sent_s - self.frame.received_s) * 1000))


class AnswerSound:
    """The answer's sound between the session, which is faster than real time, and the mouth."""

    def __init__(self) -> None:
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.size_bytes = 0

    def add(self, pcm: bytes) -> None:
        """More sound; beyond 90 s it is dropped, which bounds the queue."""
        if self.size_bytes + len(pcm) <= _ANSWER_LIMIT_BYTES:
            self.size_bytes += len(pcm)
            self._pieces.put_nowait(pcm)

    def end(self) -> None:
        """No more will come."""
        self._pieces.put_nowait(None)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The sound as it comes."""
        while (piece := await self._pieces.get()) is not None:
            yield piece


class SpokenQuestion:
    """A question asked aloud into a wearable: after a press, or as a follow-up without one."""

    def __init__(
        self,
        wearable: Wearable,
        ear: Ear | None,
        press: Press | None,
        opened_s: float,
        in_executor: RunsInExecutor,
        follow_up_s: float,
        outcome: Outcome,
    ) -> None:
        self._wearable = wearable
        self._ear = ear
        self._press = press
        self._opened_s = opened_s
        self._in_executor = in_executor
        self._utterance = Utterance()
        self._chooser = Chooser()
        self._picture_came = asyncio.Event()
        self._speech = SpeechEnd(EAR_HZ, wait_ms=round(follow_up_s * 1000)) if press is None else SpeechEnd(EAR_HZ)
        self._speech.held = press is not None  # until the button is let go
        self.has_begun = False
        self.outcome = outcome

    @property
    def half_sent(self) -> bool:
        """True while the session holds a question that has begun and is not complete."""
        return self.has_begun and self.outcome.question_sent_s is None

    @property
    def is_follow_up(self) -> bool:
        """True when nobody pressed."""
        return self._press is None

    async def ask(self, session: Callable[[], Awaitable[LiveSession]]) -> Turn | None:
        """Listen and look until the question is complete and sent; the answer's turn, or None if nobody spoke.

        None comes only for a follow-up; after a press silence is an error.

        Raises:
            QuestionError: no sound or no speech after a press, or no usable picture.
            LiveError: the session could not be opened, or died.
            LinkClosedError: the wearable left.
        """
        ear = self._ear
        if ear is None:
            raise QuestionError("no_sound")
        with self._wearable.watch(self._see):
            try:
                async with self._wearable.look(), owned_tasks() as tasks:
                    upward: list[asyncio.Task[Turn]] = []
                    await self._listen(ear, lambda: upward.append(tasks.create_task(self._send_up(session))))
                    self._utterance.end()
                    await self._wearable.close_ear(ear)
                    if not upward:
                        if self.is_follow_up:
                            return None
                        raise QuestionError("no_speech")
                    self._wearable.set_state(WearableState.THINKING)
                    turn = await upward[0]
            except BaseException:
                await self._wearable.close_ear(ear)
                raise
        self.outcome.question_sent_s = asyncio.get_running_loop().time()
        self.outcome.frames_sent = self._chooser.frames_sent
        self.outcome.frame_bytes_sent = self._chooser.bytes_sent
        self.outcome.frame = self._chooser.newest_sent
        return turn

    def _see(self, seen: Seen) -> None:
        if self._press is not None:
            before = seen.stamp_s < self._press.stamp_s  # both on the wearable's own clock: exact
        else:
            before = seen.taken_s < self._opened_s - STAMP_SLACK_S
        if before:
            return  # only pictures taken after the press count
        if seen.frame is None:
            self._chooser.damaged += 1
        else:
            self._chooser.add(seen.frame)
        self._picture_came.set()

    async def _listen(self, ear: Ear, begins: Callable[[], None]) -> None:
        """Collect the question; `begins` is called when the person surely speaks; returns when the question is over."""
        pre_roll: list[bytes] = []
        speaking = over = False
        loop = asyncio.get_running_loop()
        while not over:
            try:
                async with asyncio.timeout(_NO_SOUND_S):
                    chunk = await ear.next_chunk()
            except TimeoutError:
                if self.is_follow_up and not speaking:
                    return
                raise QuestionError("no_sound") from None
            if self._press is not None and isinstance(chunk, bytes) and self.outcome.press_to_sound_ms is None:
                self.outcome.press_to_sound_ms = round((loop.time() - self._press.at_s) * 1000)
            released = False
            if isinstance(chunk, Release):
                released = chunk.held_s >= _HELD_S
                self._speech.held = False
            else:
                self._speech.feed(samples(chunk))
                pre_roll.append(chunk)
            if not speaking and (self._speech.surely_speech or (released and self._speech.loudest_dbfs > _NOBODY_DBFS)):
                speaking = self.has_begun = True
                begins()
            if speaking:
                for piece in pre_roll:
                    self._utterance.add(piece)
                pre_roll.clear()
            elif self.is_follow_up:
                del pre_roll[:-_FOLLOW_UP_PRE_ROLL_CHUNKS]
            over = released or self._speech.state in (Speech.ENDED, Speech.NOTHING)
        silent_ms = self._speech.heard_ms - self._speech.last_voice_ms
        self.outcome.speech_ended_s = loop.time() - silent_ms / 1000
        self.outcome.speech_ms = self._speech.speech_ms

    async def _send_up(self, session_ready: Callable[[], Awaitable[LiveSession]]) -> Turn:
        """Send sound and pictures as they come; the last picture goes up before the end marker, none after it."""
        session = await session_ready()
        turn = await session.start_speech()
        position = 0
        while True:
            pcm, position = await self._utterance.piece(position, _CHUNKS_A_MESSAGE)
            if not pcm:
                break
            await session.send_sound(pcm)
            await self._send_picture(session, self._chooser.during_speech(asyncio.get_running_loop().time()))
        await self._wait_for_picture()
        await self._send_picture(session, self._chooser.before_end())
        if not self._chooser.any_sent:
            fault = self._chooser.fault()
            raise QuestionError(_PHRASES_OF_FAULTS[fault if fault is not None else Fault.NONE_TAKEN])
        await session.end_speech()
        return turn

    async def _wait_for_picture(self) -> None:
        """A question that was over before the first usable picture came waits a little for it."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (_PICTURE_WAIT_S if self._wearable.has_camera else 0.0)
        while self._chooser.fault() is not None:
            self._picture_came.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._picture_came.wait()
            except TimeoutError:
                return

    async def _send_picture(self, session: LiveSession, sending: Sending | None) -> None:
        if sending is None:
            return
        jpeg = await self._in_executor(shrink, sending.frame.jpeg, sending.max_side_px, sending.max_bytes)
        await session.send_picture(jpeg)
        self._chooser.sent(sending, len(jpeg), asyncio.get_running_loop().time())


async def take_answer(turn: Turn, outcome: Outcome, wearable: Wearable | None, patience_s: float) -> None:
    """Take the answer from its turn, and say it where there is a wearable to hear it.

    `patience_s` is how long nothing may come.

    Raises:
        LiveError: no answer came, or only half of one.
        LinkClosedError: the wearable left.
    """
    sound = AnswerSound()
    cut_off = False
    async with owned_tasks() as tasks:
        thinking = tasks.create_task(_keep_company(wearable)) if wearable is not None else None
        mouth: asyncio.Task[None] | None = None

        def started() -> None:
            outcome.first_sound_s = asyncio.get_running_loop().time()
            if thinking is not None:
                thinking.cancel()
            if wearable is not None:
                wearable.set_state(WearableState.ANSWERING)

        async for event in turn.events(patience_s):
            outcome.note(event)
            if isinstance(event, Sound):
                sound.add(event.pcm)
                if mouth is None and wearable is not None and wearable.has_speaker:
                    mouth = tasks.create_task(wearable.say(sound.pieces(), OUTPUT_HZ, started))
                elif outcome.first_sound_s is None and mouth is None:
                    started()
            elif isinstance(event, SoundOver):
                break  # the turn's formal end may come seconds later
            cut_off = cut_off or isinstance(event, Interrupted)
        sound.end()
        if mouth is not None:
            await mouth
        if thinking is not None:
            thinking.cancel()
        async for event in turn.late_events(_LATE_EVENTS_GRACE_S):
            outcome.note(event)
    outcome.asked, outcome.answer = outcome.asked.strip(), outcome.answer.strip()
    if cut_off:
        raise LiveError(Trouble.CUT_OFF, "the server interrupted the answer")
    if not sound.size_bytes:
        raise LiveError(Trouble.NO_ANSWER, "the turn ended without sound")


async def _keep_company(wearable: Wearable) -> None:
    """While nothing is said yet, a cue says that somebody thinks."""
    delay_s = _THINKING_AFTER_S
    while True:
        await asyncio.sleep(delay_s)
        try:
            await wearable.cue("thinking")
        except LinkClosedError:
            return
        delay_s = _THINKING_EVERY_S
