"""Mouth and ear of a wearable, held for a while by something of the house."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import logging
from typing import TYPE_CHECKING

from .link.connection import LinkClosedError
from .tasks import owned_tasks

if TYPE_CHECKING:
    from .triggers import Lease
    from .wearable import Wearable

_LOGGER = logging.getLogger(__name__)


class QuestionStoppedError(Exception):
    """What somebody wanted in writing or aloud did not come to its end: a person pressed the button, or the wearable left."""


@asynccontextmanager
async def holding(wearable: Wearable, lease: Lease) -> AsyncIterator[None]:
    """Wait for the turn of a lease, and hold it while the context lasts; what is still being said then is silenced.

    Raises:
        QuestionStoppedError: the person pressed the button, or the wearable left.
    """
    finished = False
    try:
        async with owned_tasks() as tasks:
            watching = tasks.create_task(_until_revoked(lease))
            await lease.granted.wait()
            yield
            watching.cancel()
        finished = True
    finally:
        try:
            if not finished:
                await wearable.flush()
        except LinkClosedError:
            _LOGGER.debug("The wearable left while something of the house used it")
        finally:
            lease.over.set()


async def _until_revoked(lease: Lease) -> None:
    await lease.revoked.wait()
    raise QuestionStoppedError("a press stopped it, or the wearable left")
