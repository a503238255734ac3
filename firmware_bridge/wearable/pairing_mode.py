"""The two minutes in which a wearable may be paired: it advertises itself, listens, says the digits, waits for the press.

What is said: `pairing`; for each home that comes `digits`, again every 15 s; for each that fails `pairing_failed`, or
`storage_full`; and at the end `paired`, or `pairing_over` (nobody in time, or three times failed).
"""

import asyncio

from .pairing_server import PAIRED, PairingServer
from .voice import Voice

LIMIT_S = 120
_REPEAT_S = 15  # the digits are said again: nobody has to keep six of them in mind


class PairingMode:
    """One round of pairing."""

    def __init__(self, board: object, voice: Voice, report: object, random_bytes: object) -> None:
        self._board = board
        self._voice = voice
        self._report = report
        self._digits = ""
        self._server = PairingServer(board, random_bytes, self._show, self._failed, board.store.save)

    def press(self) -> None:
        """The person pressed the button."""
        if self._server.press():
            self._digits = ""
            self._voice.hush()

    async def run(self) -> bool:
        """Until paired (True), three attempts have failed, or time is up."""
        about, advertiser, store = self._board.about, self._board.advertiser, self._board.store
        self._voice.say("pairing")
        repeating = None
        try:
            port = await self._server.listen(self._board.pairing_port)
            repeating = asyncio.create_task(self._repeat())
            if advertiser is not None:
                await advertiser.start(
                    port, {"id": store.device_id, "name": about.name[:40], "v": "1", "model": about.model}
                )
            self._report("pairing", port=port)
            outcome = await self._server.wait(LIMIT_S)
        except OSError as error:
            self._failed(repr(error))
            return False
        finally:
            if repeating is not None:
                repeating.cancel()
            if advertiser is not None:
                await advertiser.stop()
        paired = outcome == PAIRED
        self._report("paired" if paired else "pairing_over", home=self._server.home, outcome=outcome)
        self._voice.say("paired" if paired else "pairing_over")
        return paired

    def _show(self, digits: str) -> None:
        self._digits = digits
        self._report("pairing_digits", digits=digits)
        self._voice.say("digits", digits)

    def _failed(self, reason: str) -> None:
        if self._digits:
            self._voice.hush()  # digits that are being said are worth nothing any more
        self._digits = ""
        self._report("pairing_failed", reason=reason)
        self._voice.say("storage_full" if reason == "storage" else "pairing_failed")

    async def _repeat(self) -> None:
        while True:
            said = self._digits
            await asyncio.sleep(_REPEAT_S)
            if said and said == self._digits:
                self._voice.say("digits", said)
