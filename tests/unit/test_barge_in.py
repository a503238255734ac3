"""Who listens for a voice during an answer gives up quietly where nothing can be heard."""

import asyncio
from typing import cast

import pytest

from custom_components.shelfsight.barge_in import barging_in
from custom_components.shelfsight.ear import Ear
from custom_components.shelfsight.link.connection import LinkClosedError
from custom_components.shelfsight.wearable import Wearable, WearableState


class Answering:
    """As much of a wearable as is asked here: it answers, and its microphone is not to be had."""

    cancels_echo = True
    connected = True
    state = WearableState.ANSWERING

    def __init__(self, refusal: type[Exception] | None) -> None:
        self._refusal = refusal
        self.asked = asyncio.Event()
        self.closed = 0

    def listen_changed(self, _listener: object) -> object:
        return lambda: None

    async def open_ear(self) -> Ear | None:
        self.asked.set()
        if self._refusal is not None:
            raise self._refusal
        return None

    async def close_ear(self, _ear: Ear) -> None:
        self.closed += 1


@pytest.mark.parametrize("refusal", [None, LinkClosedError], ids=["private", "gone"])
async def test_an_answer_goes_on_where_the_microphone_is_not_to_be_had(refusal: type[Exception] | None) -> None:
    wearable = Answering(refusal)
    heard: list[Ear] = []
    async with asyncio.timeout(5), barging_in(cast(Wearable, wearable), heard.append):
        await wearable.asked.wait()
        await asyncio.sleep(0)
    assert heard == []
    assert wearable.closed == 0  # nothing was opened
