"""The network goes away for half a minute in the middle of something; the person does what people do, and all of it is noted."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import random
from typing import Any

from .case import Case, Middle
from .household import ANSWER_TIMES, Household, digits_of, is_done
from .worn import Desk, now_ms

AWAY_S = 30.0
_FOLLOWED_S = 60.0  # so long after the network's return nobody waits any more
_ANSWERS_AFTER_S = 3.5  # a person hears six digits before they press; sooner it was meant for other digits
_NOTHING_YET = {"type": "abort", "reason": "not found yet"}
_SPOKEN_MS = 1500
_LISTENED_S = 3.0  # a phrase has begun by then


@dataclass(frozen=True, slots=True)
class Misfortune:
    """A wearable, its home, and what happens to them."""

    home: Household
    wearable: Desk
    chance: random.Random
    case: Case
    numbers: Callable[[], int]
    """The next question's number: no two are alike."""


async def suffer(misfortune: Misfortune) -> Case:
    """The cut, the return, and the question after it; whatever does not come is in the case's remarks."""
    case = misfortune.case
    try:
        await _MIDDLES[case.middle](misfortune)
        await _next_question(misfortune)
    except AssertionError as err:
        case.remarks.append(str(err))
    finally:
        misfortune.wearable.host.mend()  # the next case begins with a network
    return case


async def _cut(misfortune: Misfortune) -> float:
    """The network is away and back; when it was back, in ms. Nobody does anything meanwhile."""
    misfortune.wearable.host.cut(misfortune.case.cut)
    await asyncio.sleep(AWAY_S)
    misfortune.wearable.host.mend()
    return now_ms()


# --- in the middle of a question or an answer -------------------------------------------------------------------------


async def _in_a_question(misfortune: Misfortune) -> None:
    wearable, chance = misfortune.wearable, misfortune.chance
    await _at_home(misfortune)
    asked_ms = await wearable.ask(misfortune.numbers(), voiced_ms=_SPOKEN_MS)
    await wearable.event("first_microphone_chunk_sent", since_ms=asked_ms, timeout_s=5)
    await asyncio.sleep(chance.uniform(0.2, 1.0))  # they still speak
    await _lost_and_back(misfortune)


async def _in_an_answer(misfortune: Misfortune) -> None:
    wearable, chance = misfortune.wearable, misfortune.chance
    await _at_home(misfortune)
    asked_ms = await wearable.ask(misfortune.numbers())
    await wearable.event("first_sound", since_ms=asked_ms, timeout_s=20)
    await asyncio.sleep(chance.uniform(0.2, 1.2))  # of 2.4 s
    await _lost_and_back(misfortune)


async def _at_home(misfortune: Misfortune) -> None:
    """What was cut before may have left it without a home: then it is paired, as it should have been."""
    wearable = misfortune.wearable
    if not wearable.since(0, "connected"):
        if wearable.since(0, "pairing_over"):
            since_ms = now_ms()
            await wearable.do("pair")
        else:
            since_ms = 0.0
        await misfortune.home.pair(wearable, since_ms)


async def _lost_and_back(misfortune: Misfortune) -> None:
    case, wearable = misfortune.case, misfortune.wearable
    cut_ms = now_ms()
    back_ms = await _cut(misfortune)
    told = wearable.since(cut_ms, "lost", "no_wifi", "no_address")
    case.noticed_s = (told[0]["time_ms"] - cut_ms) / 1000 if told else None
    if not told and not wearable.since(cut_ms, "disconnected"):
        # It has not even noticed: then nothing has to come back, and nothing be said.
        case.remarks.append("the link outlived 30 s without a network")
    samples = wearable.heard_samples()
    connected = await wearable.event("connected", since_ms=back_ms, timeout_s=_FOLLOWED_S)
    case.back_s = (connected["time_ms"] - back_ms) / 1000
    said = await wearable.event("back", since_ms=back_ms, timeout_s=5)
    case.told_s = (said["time_ms"] - back_ms) / 1000
    await asyncio.sleep(_LISTENED_S)
    case.heard = wearable.said_since(samples)


async def _next_question(misfortune: Misfortune) -> None:
    """Press and ask: the answer must be the one to this question, whatever is said on the way to it."""
    number, wearable = misfortune.numbers(), misfortune.wearable
    since_ms = await wearable.ask(number)
    deadline_ms = since_ms + 40_000
    while not misfortune.case.answered:
        left_s = (deadline_ms - now_ms()) / 1000
        answer = await wearable.event("answer", since_ms=since_ms, timeout_s=max(0.0, left_s))
        since_ms = answer["time_ms"] + 1
        said = await asyncio.to_thread(wearable.numbers_in, answer)
        misfortune.case.answered = said == [number] * ANSWER_TIMES


# --- in the middle of pairing -----------------------------------------------------------------------------------------


async def _in_pairing(misfortune: Misfortune) -> None:
    """Before Home Assistant has found it, or when the digits are said; then some press and confirm while the network is away,
    the others when it is back.
    """
    home, wearable, case = misfortune.home, misfortune.wearable, misfortune.case
    again = bool(wearable.since(0, "connected"))
    began_ms = now_ms() if again else 0.0
    flow_id, step = "", _NOTHING_YET
    if again and misfortune.chance.random() < 0.4:
        wearable.host.cut(case.cut)
        await wearable.do("pair")
        await asyncio.sleep(AWAY_S)
    else:
        if again:
            await wearable.do("pair")
        await wearable.event("started", since_ms=began_ms, timeout_s=20)
        flow_id = await home.found(wearable, 20)
        step = await home.to_digits(flow_id)
        said = await wearable.event("pairing_digits", since_ms=began_ms, timeout_s=10)
        assert digits_of(step) == said["digits"], step
        wearable.host.cut(case.cut)
        away = asyncio.create_task(asyncio.sleep(AWAY_S))
        if misfortune.chance.random() < 0.5:
            await asyncio.sleep(_ANSWERS_AFTER_S)
            await wearable.do("tap")
            step = await home.confirm(flow_id)
        await away
    samples = wearable.heard_samples()
    wearable.host.mend()
    back_ms = now_ms()
    paired = await _pair_somehow(misfortune, flow_id, step, began_ms, back_ms)
    case.told_s = (paired["time_ms"] - back_ms) / 1000
    await wearable.event("connected", since_ms=back_ms, timeout_s=20)
    await asyncio.sleep(_LISTENED_S)
    case.heard = wearable.said_since(samples)


async def _pair_somehow(
    misfortune: Misfortune, flow_id: str, step: dict[str, Any], began_ms: float, back_ms: float
) -> dict[str, Any]:
    """Press and confirm where the digits are equal; where Home Assistant gave up, take what it finds again; until it is paired."""
    home, wearable, case = misfortune.home, misfortune.wearable, misfortune.case
    while (now_ms() - back_ms) / 1000 < _FOLLOWED_S:
        if is_done(step):
            paired = await wearable.event("paired", since_ms=began_ms, timeout_s=10)
            case.back_s = case.back_s or max(0.0, (paired["time_ms"] - back_ms) / 1000)
            return paired
        if step.get("type") == "abort":  # or there is none yet
            flow_id = await home.found(wearable, _FOLLOWED_S, other_than=flow_id)
            case.back_s = case.back_s or (now_ms() - back_ms) / 1000
            step = await home.to_digits(flow_id)
        elif step.get("step_id") != "digits":
            case.back_s = case.back_s or (now_ms() - back_ms) / 1000
            step = await home.to_digits(flow_id)
        elif await wearable.says(digits_of(step), began_ms):
            if wearable.since(back_ms, "pairing_digits"):
                case.back_s = case.back_s or (now_ms() - back_ms) / 1000
            await asyncio.sleep(_ANSWERS_AFTER_S)
            await wearable.do("tap")
            step = await home.confirm(flow_id)
        else:
            step = await home.confirm(flow_id)  # the wearable has said that pairing failed, or other digits
    raise AssertionError(f"not paired: {step}; {wearable.story()}")


_MIDDLES: dict[Middle, Callable[[Misfortune], Awaitable[None]]] = {
    Middle.QUESTION: _in_a_question,
    Middle.ANSWER: _in_an_answer,
    Middle.PAIRING: _in_pairing,
}
