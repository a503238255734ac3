"""A house with a paired wearable, as the demonstration has it, before a Live server in the test's own process."""

from collections.abc import AsyncIterator
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from pathlib import Path

from demo.house import house
from demo.listening import Listener
from demo.modes import Stage
from demo.pairing import pair
from demo.parts import LiveServer, desk
from demo.timeline import Timeline
from drawn_shelves import draw
from local_live import wire
from local_live.answering import Voice
from local_live.brain import BrainMaker
from local_live.server import serve


@asynccontextmanager
async def staged(
    folder: Path,
    make_brain: BrainMaker,
    came: list[wire.ClientMessage],
    *,
    voice: Voice | None = None,
    executor: Executor | None = None,
    follows_instructions: bool = False,
) -> AsyncIterator[Stage]:
    """Everything runs and is paired; `came` gets all that clients say in Live sessions."""
    image, truth = draw()
    picture = folder / "shelf.jpg"
    image.save(picture, "JPEG", quality=92)
    timeline = Timeline()
    spoken = {} if voice is None else {"voice": voice}
    server = await serve(
        "127.0.0.1",
        0,
        folder / "live",
        make_brain,
        executor=executor,
        witness=lambda _, one: came.append(one),
        **spoken,
    )
    async with server, house(folder / "house") as home, desk(folder, picture) as wearable:
        answerer = LiveServer("127.0.0.1", server.port, server.fingerprint, follows_instructions)
        await pair(home, wearable, answerer, timeline)
        came.clear()
        listener = Listener(home, wearable, folder, timeline)
        yield Stage(home, wearable, listener, timeline, folder, image, truth, follows_instructions)
