"""A question asked aloud into a wearable: listened to once, looked at meanwhile, and sent as often as it takes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from .company import Company
from .ear import EAR_HZ, Ear, Heard, HomePress, Press, Refusal, Release
from .flight_recorder import Mark
from .link.clock import STAMP_SLACK_S
from .outcome import Outcome
from .question import Evidence, QuestionError
from .sight.choice import WHOLE_BYTES, WHOLE_SIDE_PX, Chooser, Fault, Sending
from .sight.frame import shrink
from .sight.intake import RunsInExecutor, Seen
from .sound.pcm import samples
from .sound.speech_end import SILENCE_MS, WAIT_MS, Speech, SpeechEnd
from .sound.utterance import Utterance
from .tasks import apart, owned_tasks, patience
from .wearable import Wearable, WearableState

if TYPE_CHECKING:
    from .live.session import LiveSession, Turn

# Held at least this long, the button itself marks the end of the question (PROTOCOL.md, section 4).
_HELD_S = 0.5
# A microphone that was asked for sound sends a message every 20 ms; one that sends none for so long is dead.
_NO_SOUND_S = 3.0
# What is waiting is sent together, up to this many chunks of 20 ms: catching up must not cost a message a chunk.
_CHUNKS_A_MESSAGE = 5
_PICTURE_WAIT_S = 2.0
# Quieter than this in all its length, a held question holds nothing but a dead microphone's noise.
_NOBODY_DBFS = -60.0
# Before a follow-up is spoken, so much of what was heard before its first word is kept.
_FOLLOW_UP_PRE_ROLL_CHUNKS = 25
# Where the server finds the end, it wants silence until it answers: as zeros, because the microphone is off by then.
_SERVER_ENDS_MS = 3_000
_ZEROS_MS = 100
_ZEROS = bytes(EAR_HZ * _ZEROS_MS // 1000 * 2)


_PHRASES_OF_FAULTS = {
    Fault.NONE_TAKEN: "no_picture",
    Fault.DAMAGED: "picture_damaged",
    Fault.DARK: "picture_dark",
    Fault.BLURRED: "picture_blurred",
}


class SpokenQuestion:
    """A question asked aloud into a wearable: after a press, or as a follow-up without one."""

    def __init__(
        self,
        wearable: Wearable,
        ear: Ear | None,
        press: Press | HomePress | None,
        in_executor: RunsInExecutor,
        outcome: Outcome,
        company: Company,
        *,
        follow_up_s: float,
        wait_ms: int = WAIT_MS,
        looks: bool = True,
        server_ends: bool = False,
    ) -> None:
        self._wearable = wearable
        self._ear = ear
        self._press = press
        self._opened_s = asyncio.get_running_loop().time()
        self._in_executor = in_executor
        self._company = company
        self._looks = looks
        self._server_ends = server_ends
        self._utterance = Utterance()
        self._chooser = Chooser()
        self._picture_came = asyncio.Event()
        self._none_comes = False
        self._speech = SpeechEnd(
            EAR_HZ,
            # The server may let somebody pause for thought; this is only for one that never answers.
            silence_ms=_SERVER_ENDS_MS if server_ends else SILENCE_MS,
            wait_ms=round(follow_up_s * 1000) if press is None else wait_ms,
        )
        self._speech.held = isinstance(press, Press)  # until the button is let go
        self._begun: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._looked = asyncio.Event()
        self._server_answers = asyncio.Event()
        self._half_sent = False
        self.outcome = outcome

    @property
    def half_sent(self) -> bool:
        """True while a session holds a question that has begun and is not complete."""
        return self._half_sent and not (self._server_ends and self._server_answers.is_set())

    @property
    def has_begun(self) -> bool:
        """True once the person surely speaks."""
        return self._begun.done() and not self._begun.cancelled() and self._begun.result()

    @property
    def is_follow_up(self) -> bool:
        """True when nobody pressed."""
        return self._press is None

    async def begun(self) -> bool:
        """Wait until the person surely speaks; False when nobody does."""
        return await asyncio.shield(self._begun)

    def answering(self) -> None:
        """The server answers: where it is the one to find the end of the question, this is it."""
        if not self._server_answers.is_set():
            self._server_answers.set()
            if self._server_ends and self._ear is not None:
                self._ear.put_release(Release(0.0))  # whoever waits for the next sound looks up

    # --- listening and looking ----------------------------------------------------------------------------------------

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen and look, once, while the context lasts; both stop by themselves when the question is over.

        Raises:
            QuestionError: no sound, or no speech after a press, or the microphone was refused.
            LinkClosedError: the wearable left.
        """
        if self._ear is None:
            raise QuestionError("no_sound")
        with self._wearable.crowd.joined(), self._wearable.watch(self._see, self._see_nothing):
            try:
                async with owned_tasks() as tasks:
                    looking = tasks.create_task(self._look()) if self._looks else None
                    listening = tasks.create_task(self._hear(self._ear))
                    yield
                    listening.cancel()
                    if looking is not None:
                        looking.cancel()
            finally:
                if not self._begun.done():
                    self._begun.set_result(False)
                await self._wearable.close_ear(self._ear)

    async def _look(self) -> None:
        async with self._wearable.look():
            await self._looked.wait()

    def _see(self, seen: Seen) -> None:
        if isinstance(self._press, Press):
            before = seen.stamp_s < self._press.stamp_s  # both on the wearable's own clock: exact
        else:
            before = seen.taken_s < self._opened_s - STAMP_SLACK_S
        counts = not (before or self._looked.is_set())
        self.outcome.timeline.frame_taken(seen.frame, counts=counts)
        if not counts:
            return  # only pictures taken between the press and the end of the question count
        if seen.frame is None:
            self._chooser.damaged += 1
        else:
            self._chooser.add(seen.frame)
        self._none_comes = False
        self._picture_came.set()

    def _see_nothing(self) -> None:
        """The camera was refused: there is nothing to wait for."""
        self._none_comes = True
        self._picture_came.set()

    async def _hear(self, ear: Ear) -> None:
        """Collect the question until it is over."""
        try:
            async with patience(_NO_SOUND_S) as heard_again:
                spoke = await self._collect(ear, heard_again)
        except TimeoutError:
            if not self.is_follow_up or self.has_begun:
                raise QuestionError("no_sound") from None
            spoke = False
        if not spoke:
            if self.is_follow_up:
                self._begun.set_result(False)
                return
            raise QuestionError("no_speech")
        self._utterance.end()
        await self._wearable.close_ear(ear)
        self._wearable.set_state(WearableState.THINKING)
        ended_s = self.outcome.speech_ended_s or 0.0
        self._company.begin(asyncio.get_running_loop().time() - ended_s)

    async def _collect(self, ear: Ear, heard_again: Callable[[], None]) -> bool:
        """Feed the utterance; True when somebody spoke."""
        pre_roll: list[bytes] = []
        released = refused = False

        def take(heard: Heard) -> bool:
            nonlocal released, refused
            heard_again()
            if isinstance(heard, Refusal):
                refused = True
                return True
            if isinstance(heard, Release):
                released = heard.held_s >= _HELD_S
                self._speech.held = False
            else:
                self._take_sound(heard)
                pre_roll.append(heard)
            self._note_speech(released=released)
            if self.has_begun:
                for piece in pre_roll:
                    self._utterance.add(piece)
                pre_roll.clear()
            elif self.is_follow_up:
                del pre_roll[:-_FOLLOW_UP_PRE_ROLL_CHUNKS]
            return (
                released
                or self._speech.state in (Speech.ENDED, Speech.NOTHING)
                or (self._server_ends and self._server_answers.is_set())
            )

        await ear.each(take)
        if refused:
            if self.is_follow_up and not self.has_begun:
                return False
            raise QuestionError("no_sound", told=True)
        silent_ms = self._speech.heard_ms - self._speech.last_voice_ms
        self.outcome.speech_ended_s = asyncio.get_running_loop().time() - silent_ms / 1000
        self.outcome.speech_ms = self._speech.speech_ms
        self.outcome.timeline.note(Mark.SPEECH_OVER, how=self._how_it_ended(released), silent_ms=silent_ms)
        return self.has_begun

    def _take_sound(self, chunk: bytes) -> None:
        if isinstance(self._press, Press) and self.outcome.press_to_sound_ms is None:
            self.outcome.press_to_sound_ms = round((asyncio.get_running_loop().time() - self._press.at_s) * 1000)
        self.outcome.timeline.heard(chunk)
        self._speech.feed(samples(chunk))

    def _note_speech(self, *, released: bool) -> None:
        """It has begun, once somebody surely speaks, or held the button and was not silent."""
        spoke = self._speech.surely_speech or (released and self._speech.loudest_dbfs > _NOBODY_DBFS)
        if spoke and not self._begun.done():
            self._begun.set_result(True)
            self.outcome.timeline.note(Mark.SPEECH)

    def _how_it_ended(self, released: bool) -> str:
        if released:
            return "released"
        if self._speech.state in (Speech.ENDED, Speech.NOTHING):
            return "silence" if self._speech.state is Speech.ENDED else "nobody_spoke"
        return "server"

    # --- sending ------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def asked(self, session: LiveSession) -> AsyncIterator[Turn]:
        """Send the question, or send it again; its turn. Where the server finds the end, sending goes on meanwhile.

        Raises:
            QuestionError: there is no usable picture.
            LiveError: the session died.
        """
        self._chooser.again()
        self.outcome.asked = ""  # what a session understood before this try is said again by this one
        turn = await session.start_speech()
        self._half_sent = True
        if not session.terms.server_ends_turns:
            await apart(self._send_sound(session))
            await self._send_last_picture(session)
            await session.end_speech()
            self._half_sent = False
            yield turn
            return
        self._server_answers.clear()
        async with owned_tasks() as tasks:
            sending = tasks.create_task(self._send_until_answered(session))
            yield turn
            self._half_sent = False
            sending.cancel()

    async def _send_sound(self, session: LiveSession) -> None:
        """Sound and pictures as they come, until the question is over."""
        now_s = asyncio.get_running_loop().time

        async def send(pcm: bytes) -> None:
            await session.send_sound(pcm)
            if self._looks:
                await self._send_picture(session, self._chooser.during_speech(now_s()))

        def at_once(pcm: bytes) -> bool:
            # A picture takes its time: `send` has both then.
            nothing_new = not self._looks or self._chooser.during_speech(now_s()) is None
            return nothing_new and session.send_sound_at_once(pcm)

        await self._utterance.send(send, at_once, _CHUNKS_A_MESSAGE)

    async def _send_last_picture(self, session: LiveSession) -> None:
        """The freshest sharp frame goes up before the end marker; no frame after it."""
        if self._looks:
            await self._wait_for_picture()
            await self._send_picture(session, self._chooser.before_end())
            self._check_seen()
        self._complete()

    def _complete(self) -> None:
        """All of the question is up, or known."""
        self._looked.set()
        if self.outcome.question_sent_s is None:
            self.outcome.question_sent_s = asyncio.get_running_loop().time()
            self.outcome.timeline.note(Mark.QUESTION_SENT)
        self.outcome.frame = self._chooser.newest_sent

    async def _send_until_answered(self, session: LiveSession) -> None:
        """For a server that finds the end by itself: a picture before all sound, for the end may come at any moment.

        Then sound and what changes in view; then zeros in real time until the answer is over.
        """
        if self._looks:
            await self._wait_for_picture()
            await self._send_picture(session, self._chooser.during_speech(asyncio.get_running_loop().time()))
            self._check_seen()
        await self._send_sound(session)
        self._complete()
        await session.end_speech()
        if session.profile.stream_end_ends_turn:
            return
        while True:
            await session.send_sound(_ZEROS)
            await asyncio.sleep(_ZEROS_MS / 1000)

    def _check_seen(self) -> None:
        if not self._chooser.any_sent:
            fault = self._chooser.fault()
            raise QuestionError(_PHRASES_OF_FAULTS[fault if fault is not None else Fault.NONE_TAKEN])

    async def _wait_for_picture(self) -> None:
        """A question that was over before the first usable picture came waits a little for it."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (_PICTURE_WAIT_S if self._wearable.has_camera else 0.0)
        while self._chooser.fault() is not None and not self._none_comes:
            self._picture_came.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._picture_came.wait()
            except TimeoutError:
                return

    async def _send_picture(self, session: LiveSession, sending: Sending | None) -> None:
        if sending is None:
            return
        jpeg = sending.frame.jpeg
        if not sending.frame.fits(sending.max_side_px, sending.max_bytes):
            jpeg = await self._in_executor(shrink, jpeg, sending.max_side_px, sending.max_bytes)
        await session.send_picture(jpeg)
        self._chooser.sent(sending, len(jpeg), asyncio.get_running_loop().time())
        self.outcome.frames_sent += 1
        self.outcome.frame_bytes_sent += len(jpeg)
        self.outcome.timeline.sent(jpeg)

    async def evidence(self) -> Evidence:
        """The whole question, once the person has finished.

        Raises:
            QuestionError: there is no usable picture.
        """
        pcm = bytearray()
        position = 0
        while True:
            piece, position = await self._utterance.piece(position, _CHUNKS_A_MESSAGE)
            if not piece:
                break
            pcm += piece
        if not self._looks:
            self._complete()
            return Evidence(bytes(pcm), None)
        await self._wait_for_picture()
        frame = self._chooser.best
        if frame is None:
            self._chooser.again()
            self._check_seen()
            raise QuestionError("no_picture")
        jpeg = await self._in_executor(shrink, frame.jpeg, WHOLE_SIDE_PX, WHOLE_BYTES)
        self._complete()
        self.outcome.frame = frame
        return Evidence(bytes(pcm), jpeg)
