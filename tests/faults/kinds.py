"""The kinds of fault: those of the wearable and its link, those of the person, and those that a Live server can be ordered."""

import asyncio
import time

from tests.faults.person import Fault, Scene, ask_once, press
from tests.rig.board import Speech


async def _cut_cable(scene: Scene) -> None:
    await scene.within_the_question()
    scene.glasses.cable.unplugged = True
    scene.glasses.cable.cut()
    scene.struck()
    await asyncio.sleep(scene.chance.uniform(0.1, 2.5))
    scene.glasses.cable.unplugged = False


async def _server_away(scene: Scene) -> None:
    server = scene.live.server
    await scene.within_the_question()
    scene.struck()
    await server.close()
    await asyncio.sleep(scene.chance.uniform(0.5, 4.0))
    await server.start(server.host, server.port)


async def _press_twice(scene: Scene) -> None:
    """Pressed by mistake, or the first words went wrong: only what is asked after the second press counts."""
    press(scene, Speech(scene.case.number - 1, before_ms=0, voiced_ms=2000))
    await asyncio.sleep(0.1)
    scene.glasses.release()
    await asyncio.sleep(scene.chance.uniform(0.1, 1.2))
    await ask_once(scene)


async def _press_into_answer(scene: Scene) -> None:
    """Another question while the answer to the one before is heard."""
    glasses, began_s = scene.glasses, time.monotonic()
    press(scene, Speech(scene.case.number - 1, before_ms=60, voiced_ms=400))
    await asyncio.sleep(0.7)
    glasses.release()
    await glasses.event("first_sound", began_s, 10)
    await asyncio.sleep(scene.chance.uniform(0.05, 0.9))
    await ask_once(scene)


NOTHING_WRONG = Fault("nothing goes wrong")
OF_THE_WEARABLE = (
    Fault("the wearable's link is cut", strike=_cut_cable),
    Fault("a double press", asks=_press_twice),
    Fault("a press into the answer", asks=_press_into_answer),
)
OF_THE_SERVER = (Fault("the Live server is away", strike=_server_away),)
ALL = (NOTHING_WRONG, *OF_THE_WEARABLE, *OF_THE_SERVER)
