"""What the simulator found, each as a scenario of its own: what went wrong, and when."""

import asyncio
from dataclasses import replace
from random import Random

from aiohttp import web
import pytest

from custom_components.shelfsight.link.connection import Connection, LinkClosedError
from custom_components.shelfsight.seldom import Seldom
from local_live.orders import GoSilent, LateUpgrade, Moment, SlowGenerate
from tests.faults.person import Plan

from .acts import Act, PowerFails, RoadFails, Stops, Unloads, What, Where
from .loop import VirtualLoop
from .network import Network
from .run import Result, run
from .scenario import Asked, How, Scenario, Since, Timed

# Pressed at once, spoken for half a second; the home has heard enough after 1.2 s, and the answer comes after 3 s.
_QUESTION = Asked(1, How.PRESS, 0.1, 0.1, 500)
_LISTENING_S, _THINKING_S, _SOON_THINKING_S, _ANSWERING_S = 0.7, 2.4, 1.5, 3.8


def _scenario(act: Act, at_s: float) -> Scenario:
    return Scenario(
        seed=1,
        link_delay_s=(0.005, 0.02),
        live_delay_s=(0.02, 0.05),
        thinks_s=1.5,
        entities=False,
        spare=False,
        questions=(_QUESTION,),
        acts=(Timed(act, Since.SECONDS, at_s),),
    )


def _when(result: Result, what: str) -> float:
    """The first time that this is in the trace."""
    return next(float(line.split()[0]) for line in result.trace if what in line)


@pytest.mark.parametrize("at_s", [_LISTENING_S, _SOON_THINKING_S, _THINKING_S, _ANSWERING_S])
def test_whoever_asks_hears_at_once_that_home_assistant_stops(at_s: float) -> None:
    result = run(_scenario(Stops(), at_s))
    assert not result.complaints, result
    assert _when(result, "heard cue lost") - _when(result, "fate") < 0.5


@pytest.mark.parametrize("at_s", [_LISTENING_S, _SOON_THINKING_S, _THINKING_S, _ANSWERING_S])
def test_a_question_is_not_dropped_in_silence_when_the_entry_is_reloaded(at_s: float) -> None:
    result = run(_scenario(Unloads(for_s=0.0), at_s))
    assert not result.complaints, result
    assert any("heard cue lost" in line for line in result.trace)


@pytest.mark.parametrize("what", [What.CUT, What.HOLE])
def test_a_question_is_not_dropped_in_silence_when_the_link_is_gone_for_a_moment_only(what: What) -> None:
    result = run(_scenario(RoadFails(Where.LINK, what, for_s=0.05), _SOON_THINKING_S))
    assert not result.complaints, result
    assert any("heard cue lost" in line for line in result.trace)


def test_a_question_is_not_dropped_in_silence_between_a_phrase_and_the_next_cue() -> None:
    """The home had just said that it asks in another way, and fell silent: noticed 15 s later, that is told all the same."""
    orders = Plan(sessions=[(GoSilent(at=Moment.SPEAKING, turn=1, pongs=True),)], generate=[(SlowGenerate(4.0),)])
    silent = (("silent", orders),)
    undisturbed = run(replace(_scenario(Stops(), 0), acts=(), server=silent))
    assert any("asking_another_way" in line for line in undisturbed.trace)
    said_s = _when(undisturbed, "answer {'turn': 1") - _when(undisturbed, " press {")
    result = run(replace(_scenario(RoadFails(Where.LINK, What.HOLE, for_s=8.0), said_s + 0.1), server=silent))
    assert not result.complaints, result
    assert any("heard cue lost" in line for line in result.trace)


def test_a_live_server_makes_no_fuss_about_a_client_that_does_not_wait_for_its_upgrade() -> None:
    scenario = _scenario(PowerFails(for_s=1.0), _LISTENING_S)
    result = run(replace(scenario, server=(("upgrade late", Plan(sessions=[(LateUpgrade(4.0),)])),)))
    assert not result.complaints, result


def test_who_gives_up_waiting_for_room_takes_nobody_along() -> None:
    """Aiohttp's writers share one future: cancelled with one of them, it raised CancelledError in whoever sent next."""
    network = Network("room")
    loop = VirtualLoop(network)
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(_give_up(network))
    finally:
        loop.close()
        asyncio.set_event_loop(None)


async def _give_up(network: Network) -> None:
    connections: asyncio.Queue[Connection] = asyncio.Queue()
    over = asyncio.Event()

    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoping=False, autoclose=False, writer_limit=0)
        await socket.prepare(request)
        assert request.transport is not None
        await connections.put(Connection(socket, request.transport, None, Seldom()))  # type: ignore[arg-type]
        await over.wait()
        return socket

    runner = web.ServerRunner(web.Server(serve))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 80).start()
    reader, writer = await asyncio.open_connection("127.0.0.1", 80)
    key = Random(0).randbytes(12).hex()[:22] + "=="
    writer.write(
        b"GET / HTTP/1.1\r\nHost: home\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: " + key.encode() + b"\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    connection = await connections.get()
    network.road(80).near_ends[0].hold(still=True)  # it reads nothing any more

    async def talk() -> None:
        while True:
            await connection.send_binary(bytes(4096))

    talking = asyncio.create_task(talk())
    await asyncio.sleep(1)
    assert not talking.done(), "it waits for room"
    talking.cancel()
    await asyncio.wait({talking})
    network.road(80).near_ends[0].hold(still=False)
    await connection.send_text("there is room again")
    network.road(80).near_ends[0].hold(still=True)
    talking = asyncio.create_task(talk())
    await asyncio.sleep(1)
    talking.cancel()
    with pytest.raises(LinkClosedError):  # and not asyncio.CancelledError, which nobody asked for
        await connection.send_text("there is none")
    over.set()
    writer.close()
    await runner.cleanup()
