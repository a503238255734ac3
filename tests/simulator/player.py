"""The person in a simulated world, and fate: what is asked, what goes wrong, and the record of what came of it."""

import asyncio

from homeassistant.config_entries import ConfigEntryState

from local_live import wire
from tests.rig.board import Speech

from . import acts, home, judge
from .judge import Question, Record, Stretch
from .loop import VirtualLoop
from .scenario import FOLLOW_UP_S, Asked, How, Scenario, Since, Timed
from .world import World, world

_LINKED_WITHIN_S = 20.0
# After the end of the last question: follow-up time, the last bill, what a server may still hold.
_QUIET_WITHIN_S = 60.0
_LAST_BILL_S = 6.0
# How long a wearable may go without knowing that its link is dead: it asks at a press, and after 15 s of silence.
_KNOWS_AT_LAST_S = 16.0
_ANSWERED_WITHIN_S = 50.0
_ANSWER_COMES_WITHIN_S = 8.0
# What was sent last is on its way for so long at the most.
_LAST_WORDS_S = 1.0


class Player:
    """The person, and fate."""

    def __init__(self, loop: VirtualLoop, wall: home.WallClock, scenario: Scenario) -> None:
        self._loop = loop
        self._wall = wall
        self._scenario = scenario
        self._world: World
        self._strikes: list[acts.Strike] = []
        self._striking: list[asyncio.Task[None]] = []
        self._first_s: float | None = None
        self._first_step = 0
        self._first_messages = (0, 0)
        self._waiting: list[Timed] = []
        self.counted = (0, 0, 0)
        self.record = Record(follow_up_s=FOLLOW_UP_S)

    async def play(self) -> None:
        """From the beginning to the end."""
        scenario = self._scenario
        options = {"follow_up_s": FOLLOW_UP_S}
        async with world(self._loop, self._wall, scenario.seed, options, spare=scenario.spare) as self._world:
            self._prepare()
            await self._world.until(lambda: self._world.glasses.linked, _LINKED_WITHIN_S)
            try:
                for asked in scenario.questions:
                    await self._ask(asked)
                await self._heard_out(self.record.questions[-1])
            finally:
                self._waiting.clear()
                await asyncio.gather(*self._striking)
            await self._until_quiet()
            self._collect()
        self._loop.on_step = None
        await asyncio.sleep(_LAST_WORDS_S)

    def _prepare(self) -> None:
        world, scenario = self._world, self._scenario
        world.link_road.delay_s, world.live_road.delay_s = scenario.link_delay_s, scenario.live_delay_s
        world.live.log.thinks_s = scenario.thinks_s
        for _name, plan in scenario.server:
            for orders in plan.sessions:
                world.live.server.order(*orders)
            for around in plan.generate:
                world.live.server.order_generate(*around)

    # --- what goes wrong ----------------------------------------------------------------------------------------------

    def _first_press(self) -> None:
        """From now on is counted."""
        if self._first_s is not None:
            return
        world = self._world
        self._first_s, self._first_step = self._loop.time(), self._loop.steps
        self._first_messages = world.link_road.messages, world.live_road.messages
        for timed in self._scenario.acts:
            if timed.since is Since.SECONDS:
                self._loop.call_later(timed.count, self._strike_if_due, timed)
            self._waiting.append(timed)
        world.link_road.on_message = lambda number, _: self._count(
            Since.LINK_MESSAGES, number - self._first_messages[0]
        )
        world.live_road.on_message = lambda number, _: self._count(
            Since.LIVE_MESSAGES, number - self._first_messages[1]
        )
        self._loop.on_step = lambda number: self._count(Since.STEPS, number - self._first_step)

    def _count(self, since: Since, count: int) -> None:
        for timed in list(self._waiting):
            if timed.since is since and count >= timed.count:
                self._strike_if_due(timed)

    def _strike_if_due(self, timed: Timed) -> None:
        if timed in self._waiting:
            self._waiting.remove(timed)
            strike = acts.Strike(timed.act, self._loop.time())
            self._strikes.append(strike)
            acts.begin(self._world, strike)
            self._striking.append(self._loop.create_task(acts.carry_out(self._world, strike), name="fate"))

    # --- what the person does -----------------------------------------------------------------------------------------

    async def _ask(self, asked: Asked) -> None:
        questions, glasses = self.record.questions, self._world.glasses
        before = questions[-1] if questions else None
        match asked.how:
            case How.PRESS:
                if before is not None:
                    await self._heard_out(before)
                await asyncio.sleep(asked.after_s)
            case How.FOLLOW_UP if before is not None:
                await self._heard_out(before)
                await asyncio.sleep(asked.after_s)
            case How.INTO_ANSWER:
                await self._world.until(self._hears_answer, _ANSWER_COMES_WITHIN_S)
                await asyncio.sleep(asked.after_s)
            case _:
                await asyncio.sleep(asked.after_s)
        await self._world.until(lambda: self._world.worn.on, _LINKED_WITHIN_S)  # nobody asks glasses that are off
        self._first_press()
        now_s = self._loop.time()
        speech = Speech(asked.number, before_ms=60, voiced_ms=asked.voiced_ms)
        if asked.how is How.FOLLOW_UP:
            glasses.board.microphone.begin(speech)
            questions.append(Question(asked.number, now_s, None, now_s + 0.06 + asked.voiced_ms / 1000))
            await asyncio.sleep(0.06 + asked.voiced_ms / 1000)
            return
        if before is not None and judge.end_of(self._snapshot(), before) is None:
            before.by_s = now_s
        glasses.press(speech)
        await asyncio.sleep(asked.hold_s)
        glasses.release()
        spoken_s = now_s + (asked.hold_s if asked.hold_s >= 0.5 else 0.06 + asked.voiced_ms / 1000)
        questions.append(Question(asked.number, now_s, now_s, spoken_s))

    def _hears_answer(self) -> bool:
        heard = self._world.glasses.heard
        return bool(heard) and heard[-1].turn is not None and not heard[-1].over and bool(heard[-1].audible)

    def _snapshot(self) -> Record:
        self._collect()
        return self.record

    async def _heard_out(self, question: Question) -> None:
        """Wait for the end of a question."""
        deadline_s = self._loop.time() + _ANSWERED_WITHIN_S
        glasses = self._world.glasses
        seen = -1
        while self._loop.time() < deadline_s:
            if len(glasses.events) != seen:  # nothing is heard without an event
                seen = len(glasses.events)
                end_s = judge.end_of(self._snapshot(), question)
                if end_s is not None and self._loop.time() >= end_s:
                    return
            await asyncio.sleep(0.1)
            if question.pressed_s is None and not self._world.talks and self._loop.time() > question.spoken_s + 1:
                return  # nobody listened

    async def _until_quiet(self) -> None:
        """Until nothing goes on any more; what still does after that is left."""
        world, record = self._world, self.record
        quiet = await world.until(lambda: not world.talks, _QUIET_WITHIN_S)
        self.counted = (
            world.link_road.messages - self._first_messages[0],
            world.live_road.messages - self._first_messages[1],
            self._loop.steps - self._first_step,
        )
        if not quiet:
            record.left.append("a conversation that does not end")
        await asyncio.sleep(_LAST_BILL_S)
        if any(_hides_the_home(strike.act) for strike in self._strikes):
            await world.until(lambda: not self._captures(), _KNOWS_AT_LAST_S)
        if self._captures():
            record.left.append("the glasses still capture")
        if world.entry.state is ConfigEntryState.LOADED:
            alive = world.entry.runtime_data.alive()
            tasks = {name: count for name, count in alive["tasks"].items() if not name.startswith("shelfsight eye")}
            if alive["conversation"] or alive["sessions"] or tasks:
                record.left.append(f"alive in Home Assistant: {alive}")
        open_sessions = world.live.server.open_sessions + (world.spare.server.open_sessions if world.spare else 0)
        if open_sessions and not any(_hides_the_client(strike.act) for strike in self._strikes):
            record.left.append(f"{open_sessions} sessions open at a server")
        if world.entry.state is ConfigEntryState.LOADED and not world.hass.is_stopping:
            await world.hass.config_entries.async_unload(world.entry.entry_id)
            await asyncio.sleep(0.1)  # what was cancelled has its last turn
            names = sorted(task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("shelfsight"))
            if names:
                record.left.append(f"tasks after unloading: {names}")

    def _captures(self) -> bool:
        glasses = self._world.glasses
        return glasses.wearable._conversation._orders.active or glasses.board.led.on

    # --- what is known afterwards -------------------------------------------------------------------------------------

    def _collect(self) -> None:
        world, record = self._world, self.record
        glasses, now_s = world.glasses, self._loop.time()
        record.heard = [sounding for sounding in glasses.heard if sounding.over or sounding.audible]
        record.captures = _stretches(
            [(event.at_s, event.details["on"]) for event in glasses.events if event.name == "capture"], now_s
        )
        record.safety_stops = [event.at_s for event in glasses.events if event.name == "safety_stop"]
        logs = [world.live.log] + ([world.spare.log] if world.spare else [])
        record.to_server = sorted(
            came.at_s for log in logs for came in log.came if isinstance(came.message, wire.Sound | wire.Picture)
        )
        record.off = [
            (strike.at_s, strike.over_s or now_s) for strike in self._strikes if isinstance(strike.act, acts.PowerFails)
        ]
        record.excused = [self._excused(strike) for strike in self._strikes if _hides_the_home(strike.act)]

    def _excused(self, strike: acts.Strike) -> Stretch:
        """From a fault of the link until it is over and, where the glasses have to find out for themselves, they have."""
        over_s = strike.over_s or self._loop.time()
        known = [
            event.at_s
            for event in self._world.glasses.events
            if event.name == "disconnected" and event.at_s >= strike.at_s
        ]
        if isinstance(strike.act, acts.RoadFails) and strike.act.what is not acts.What.CUT:
            return strike.at_s, min([*known, max(over_s, strike.at_s + _KNOWS_AT_LAST_S)])
        return strike.at_s, over_s

    def trace(self) -> list[str]:
        """All that happened, by time; what happened in the same moment by name."""
        glasses = self._world.glasses
        lines = [(event.at_s, f"{event.name} {event.details}") for event in glasses.events]
        lines += [(sounding.began_s, f"heard {sounding.name} {len(sounding.pcm)}") for sounding in glasses.heard]
        lines += [(strike.at_s, f"fate {strike.act}") for strike in self._strikes]
        for name, live in (("live", self._world.live), ("spare", self._world.spare)):
            if live is not None:
                lines += [(came.at_s, f"{name} {came.session} {type(came.message).__name__}") for came in live.log.came]
        return [f"{at_s:.6f} {text}" for at_s, text in sorted(lines)]


def _hides_the_home(act: acts.Act) -> bool:
    """Whether the home cannot reach the person while it lasts."""
    return isinstance(act, acts.PowerFails | acts.SlowReader) or (
        isinstance(act, acts.RoadFails) and act.where is acts.Where.LINK
    )


def _hides_the_client(act: acts.Act) -> bool:
    """Whether a Live server may never hear that a session is over."""
    return isinstance(act, acts.RoadFails) and act.where is acts.Where.LIVE and act.what is not acts.What.CUT


def _stretches(switched: list[tuple[float, bool]], now_s: float) -> list[Stretch]:
    """From when to when something was on."""
    found: list[Stretch] = []
    since_s: float | None = None
    for at_s, on in switched:
        if on and since_s is None:
            since_s = at_s
        elif not on and since_s is not None:
            found.append((since_s, at_s))
            since_s = None
    return found if since_s is None else [*found, (since_s, now_s)]
