"""One session: setup, then turns, until one side closes.

| phase     | event                                    | next      | sends                                    |
| --------- | ---------------------------------------- | --------- | ---------------------------------------- |
| opened    | setup, and nothing more for 50 ms        | listening | `setupComplete`                          |
| opened    | anything else, or 10 s of nothing        | closed    | 1007, 1011                               |
| listening | a turn ends, or is written               | answering | the answer (``answering.py``)            |
| answering | the answer is over                       | listening |                                          |
| answering | the person begins, or writes a turn      | listening | `interrupted`, `turnComplete`            |
| any       | a message that may not come              | closed    | 1007                                     |
| any       | its time is over (`Terms`)               | closed    | `goAway` before the end of the connection, 1011 |

What a test ordered for the session is carried out on the way by its `Conduct`.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
import logging
from typing import Final, assert_never

from local_live import replies, usage, wire
from local_live.answering import Answering, Stage, Voice
from local_live.brain import Brain
from local_live.calls import OpenCalls
from local_live.conduct import Conduct, refused
from local_live.connection import Connection, GoneError
from local_live.listening import Began, Listener, Turn
from local_live.memory import Memory, Past
from local_live.orders import DEADLINE, LateSetup, LoseHandles, Moment, Order, Poison, RefuseResume
from local_live.plans import Plan
from local_live.profiles import Profile, check, find
from local_live.refusal import INTERNAL, RefusalError, invalid
from local_live.setup import Coverage, Setup
from local_live.sound_file import SoundFile

SETUP_LIMIT_S: Final = 10.0
SETUP_S: Final = 0.05  # how long setting up takes: who sends more before it is done has not waited for setupComplete
_WAITING_TURNS: Final = 4  # spoken into an answer that may not be interrupted; the oldest is dropped
_MAX_WRITTEN_CHARACTERS: Final = 16_384

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """What all sessions of a server have in common.

    ``life_s`` is how long a connection lives, ``go_away_s`` how long before that it is said. Without context window
    compression a session lives ``sound_limit_s``, or ``video_limit_s`` where it has pictures. ``witness`` is told every
    message of a client's, with the session's number.
    """

    profile: Profile | None  # serves every model name as this one
    voice: Voice
    executor: Executor | None
    speed: float
    life_s: float
    go_away_s: float
    sound_limit_s: float
    video_limit_s: float
    memory: Memory
    witness: Callable[[int, wire.ClientMessage], None] | None


class Session:
    """Serves one connection."""

    def __init__(
        self,
        connection: Connection,
        number: int,
        version: str,
        brain: Brain,
        sound_file: SoundFile,
        terms: Terms,
        plan: Plan[Order],
    ) -> None:
        self._connection = connection
        self._number = number
        self._version = version
        self._brain = brain
        self._sound_file = sound_file
        self._terms = terms
        self._plan = plan
        self._turns: asyncio.Queue[tuple[int, Turn]] = asyncio.Queue(_WAITING_TURNS)
        self._turn_number = 0
        self._answering: Answering | None = None
        self._answer_task: asyncio.Task[None] | None = None
        self._written = ""  # typed content that no answer was asked for yet
        self._picture: bytes | None = None
        self._has_video = asyncio.Event()
        self._past = Past()

    async def run(self) -> None:
        """Serve until the connection is closed, and close it with a reason where the client is at fault."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._conduct = Conduct(self._plan, self._connection, tasks)
                await self._conduct.reach(Moment.UPGRADE)
                setup = await self._set_up()
                tasks.create_task(self._answer_turns(tasks))
                tasks.create_task(self._age())
                if setup.compression is None:
                    tasks.create_task(self._fill())
                if self._past.poison:
                    tasks.create_task(self._die(self._past.poison))
                await self._read(setup)
        except* RefusalError as group:
            refusal = next(error for error in _leaves(group) if isinstance(error, RefusalError))
            _LOGGER.info("session %d refused: %s", self._number, refusal)
            await self._connection.close(refusal.code, refusal.reason)
        except* GoneError:
            _LOGGER.info("session %d: the connection is gone", self._number)
        finally:
            self._brain.close()

    async def _set_up(self) -> Setup:
        try:
            async with asyncio.timeout(SETUP_LIMIT_S):
                message = await self._recv()
        except TimeoutError as error:
            raise RefusalError(INTERNAL, "Deadline expired before the setup message came.") from error
        if not isinstance(message, Setup):
            raise invalid("The first message must be the setup.")
        self._profile = self._terms.profile or find(message.model, self._version)
        check(self._profile, message)
        self._prepare(message)
        await self._conduct.reach(Moment.SETUP)
        try:
            async with asyncio.timeout(self._setup_s()):
                await self._recv()
        except TimeoutError:
            await self._send(replies.setup_complete())
            _LOGGER.info("session %d is %s", self._number, self._profile.name)
            return message
        raise invalid("A message came before setupComplete was sent.")

    def _setup_s(self) -> float | None:
        late = self._plan.find(LateSetup)
        if late is None:
            return SETUP_S
        self._plan.note()
        return None if late.by_s is None else SETUP_S + late.by_s

    def _prepare(self, setup: Setup) -> None:
        if setup.resumption_handle:
            if refusal := self._plan.find(RefuseResume):
                self._plan.note()
                raise refused(refusal.ending)
            self._past = self._terms.memory.recall(setup.resumption_handle)
            self._picture = self._past.picture
        fixed = usage.text_tokens(setup.system_text) + usage.text_tokens("".join(f.name for f in setup.functions))
        self._ledger = self._past.ledger.copy_for(fixed, setup.compression)
        self._calls = OpenCalls(self._profile)
        self._conduct.learn(self._calls, self._profile, setup.functions)
        self._listener = Listener(setup.detection, stream_end_ends_turn=self._profile.stream_end_ends_turn)
        self._coverage = setup.coverage or self._profile.coverage
        self._stage = Stage(
            setup=setup,
            profile=self._profile,
            brain=self._brain,
            calls=self._calls,
            ledger=self._ledger,
            conduct=self._conduct,
            send=self._send,
            new_handle=self._new_handle,
            voice=self._terms.voice,
            executor=self._terms.executor,
            speed=self._terms.speed,
        )

    def _new_handle(self) -> str:
        lost, poison = self._plan.find(LoseHandles), self._plan.find(Poison)
        if lost or poison:
            self._plan.note()
        past = Past(
            ledger=self._ledger,
            picture=self._picture,
            poison=poison or self._past.poison,
            refusal=lost.ending if lost else None,
        )
        return self._terms.memory.keep(self._number, past)

    async def _recv(self) -> wire.ClientMessage:
        message = wire.parse(await self._connection.recv())
        if self._terms.witness:
            self._terms.witness(self._number, message)
        return message

    async def _read(self, setup: Setup) -> None:
        while True:
            match await self._recv():
                case Setup():
                    raise invalid("The setup may be sent only once.")
                case wire.Content() as content:
                    await self._take_content(content)
                case wire.ToolAnswers() as answers:
                    self._calls.take(answers)
                case wire.Picture(encoded):
                    self._see(encoded)
                case message:
                    if isinstance(message, wire.Sound):
                        self._sound_file.write(message.pcm)
                    for event in self._listener.take(message):
                        await self._take_event(event, setup)

    def _see(self, encoded: bytes) -> None:
        self._brain.look(encoded)
        self._picture = encoded
        self._has_video.set()
        if self._coverage is not Coverage.ACTIVITY or self._listener.open:
            self._ledger.note(image=usage.picture_tokens(self._stage.setup.media_resolution))

    async def _take_event(self, event: Began | Turn, setup: Setup) -> None:
        match event:
            case Began():
                if setup.interrupts:
                    await self._interrupt()
                await self._begin_turn()
            case Turn(pcm=pcm, text=text):
                self._ledger.note(text=usage.text_tokens(text), audio=usage.sound_in_tokens(len(pcm)))
                self._ask(event)
            case _:
                assert_never(event)

    async def _take_content(self, content: wire.Content) -> None:
        sound = b""
        for said in content.turns:
            for part in said.parts:
                match part:
                    case wire.Picture(encoded):
                        if not self._profile.pictures_in_content:
                            raise invalid("Request contains an invalid argument.")
                        self._see(encoded)
                    case wire.Sound(pcm):
                        sound += pcm
                    case wire.Typed(text):
                        self._ledger.note(text=usage.text_tokens(text))
                        if said.role == "user":
                            self._written = f"{self._written}\n{text}".strip()[-_MAX_WRITTEN_CHARACTERS:]
            if said.role == "model":  # what was asked before it has been answered
                self._written = ""
        if content.turn_complete:
            await self._interrupt()
            await self._begin_turn()
            turn = Turn(pcm=sound, text=self._written)
            self._written = ""
            self._ledger.note(audio=usage.sound_in_tokens(len(sound)))
            self._ask(turn)

    async def _begin_turn(self) -> None:
        self._turn_number += 1
        await self._conduct.reach(Moment.QUESTION, self._turn_number)

    def _ask(self, turn: Turn) -> None:
        if self._picture and not self._has_video.is_set():  # resumed: what was seen before is still before its eyes
            self._see(self._picture)
        if self._turns.full():
            self._turns.get_nowait()
            _LOGGER.warning("session %d: too many turns are waiting, the oldest is dropped", self._number)
        self._turns.put_nowait((self._turn_number, turn))

    async def _answer_turns(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            number, turn = await self._turns.get()
            self._answering = Answering(self._stage, turn, number)
            self._answer_task = tasks.create_task(self._answering.run())
            await asyncio.wait([self._answer_task])

    async def _interrupt(self) -> None:
        """Break off the answer that is being thought about or spoken, if there is one."""
        task, answering = self._answer_task, self._answering
        if task and answering and answering.is_ending:
            await asyncio.wait([task])
        is_answering = task is not None and not task.done()
        if not is_answering and self._turns.empty():
            return
        while not self._turns.empty():
            self._turns.get_nowait()
        usage_so_far = None
        if is_answering and task and answering:
            task.cancel()
            await asyncio.wait([task])
            usage_so_far = answering.bill()
        if call_ids := self._calls.cancel():
            await self._send(replies.tool_call_cancellation(call_ids))
        await self._send(replies.interrupted())
        await self._send(replies.turn_complete(usage_so_far or self._ledger.bill(0)))

    async def _age(self) -> None:
        await asyncio.sleep(max(0.0, self._terms.life_s - self._terms.go_away_s))
        await self._send(replies.go_away(min(self._terms.go_away_s, self._terms.life_s)))
        await asyncio.sleep(min(self._terms.go_away_s, self._terms.life_s))
        raise refused(DEADLINE)

    async def _fill(self) -> None:
        """End a session without compression at Gemini's limits; with which code Gemini does it is not documented."""
        try:
            async with asyncio.timeout(self._terms.sound_limit_s):
                await asyncio.sleep(self._terms.video_limit_s)
                await self._has_video.wait()
        except TimeoutError:
            pass
        raise RefusalError(INTERNAL, "The session is too long without context window compression.")

    async def _die(self, poison: Poison) -> None:
        await asyncio.sleep(poison.after_s)
        raise refused(poison.ending)

    async def _send(self, reply: replies.Reply) -> None:
        await self._connection.send(replies.encode(reply))


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    """List the exceptions in a group of groups."""
    return [
        leaf
        for error in group.exceptions
        for leaf in (_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    ]
