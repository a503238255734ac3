"""The wearable as a whole: its state, its button, and whom it talks to.

| state | a press | held for 5 s | the link |
| --- | --- | --- | --- |
| UNPAIRED | says so | PAIRING | none |
| PAIRING | confirms the digits | | none |
| LOST | says why, dials at once | PAIRING | being dialled |
| LINKED | a question | a long question | open |
"""

import asyncio
import os

from .button import LONG, PRESS, ButtonState
from .conversation import Conversation
from .dialer import Dialer
from .faults import DriverError, trace_of
from .tasks import Keeper
from .wall import Walled

UNPAIRED, PAIRING, LOST, LINKED = "unpaired", "pairing", "lost", "linked"
_TICK_S = 0.05
_REST_MS = 1000  # how long nothing has happened before the board may save power
_FAULT_SAID_MS = 60000  # a fault that comes again and again is heard once a minute


class Wearable:
    """One wearable on one board (`drivers.py`). `report(event, **details)` is told what happens, for logs and tests."""

    def __init__(self, board: object, report: object = None, random_bytes: object = os.urandom) -> None:
        self._board = Walled(board, report or _no_report)
        self._report = self._board.report
        self._random_bytes = random_bytes
        self._button = ButtonState()
        self._conversation = Conversation(self._board, self._report)
        self._keeper = Keeper(self._fault)
        self._dialer = None
        self._pairing = None
        self._pairing_asked = False
        self._wake = asyncio.Event()
        self._resting = False
        self._busy_ms = None
        self._fault_ms = None
        self.state = UNPAIRED

    async def run(self, pair_at_once: bool = False) -> None:
        """For ever; with `pair_at_once` a wearable without a key begins with pairing."""
        self._pairing_asked = pair_at_once and self._board.store.key is None
        for name, run in self._conversation.runs():
            self._keeper.add(name, run)
        self._keeper.add("live", self._live)
        self._keeper.add("tick", self._tick)
        if self._board.button is not None:
            self._keeper.add("button", self._feel)
        if self._board.network is not None:
            self._keeper.add("network", self._follow_network)
        try:
            await self._keeper.run()
        finally:
            self._conversation.stop()

    def pair(self) -> None:
        """Begins pairing, whatever the state; the old key is kept until there is a new one."""
        if self._pairing is None:
            self._pairing_asked = True
            self._wake.set()
            if self._dialer is not None:
                self._dialer.leave()

    def refuse(self, what: str, reason: str) -> None:
        """Tells home and person that a part of the board could not do something."""
        self._conversation.refuse(what, reason)

    async def _live(self) -> None:
        said = None
        while True:
            if self._pairing_asked:
                self._pairing_asked = False
                await self._pair()
                said = None
            elif self._board.store.key is not None:
                said = await self._stay_linked()
            else:
                self.state = UNPAIRED
                if said is None:
                    self._conversation.voice.say("unpaired")
                self._wake.clear()
                await self._wake.wait()

    async def _pair(self) -> None:
        self.state = PAIRING
        from .pairing_mode import PairingMode  # a board that is paired does without its 20 KiB

        self._pairing = PairingMode(self._board, self._conversation.voice, self._report, self._random_bytes)
        try:
            await self._pairing.run()
        except DriverError as error:
            self._report("pairing_failed", reason=str(error))
            self._conversation.voice.say("pairing_failed")
        finally:
            self._pairing = None

    async def _stay_linked(self) -> str | None:
        """Until somebody wants to pair, or the home removed this wearable; returns what the person was told then."""
        self.state = LOST
        talk = self._conversation
        self._dialer = Dialer(self._board, talk.hello, talk.outbox, self._random_bytes)
        self._dialer.on_open, self._dialer.on_end = self._opened, self._ended
        self._dialer.on_failed, self._dialer.tell = self._dial_failed, self._tell
        try:
            if await self._dialer.run() != "removed":
                return None
        finally:
            self._dialer = None
        self._report("removed")
        try:
            self._board.store.forget()
        except DriverError as error:
            talk.refuse("storage", str(error))
        talk.voice.say("removed")
        return "removed"

    def _opened(self, link: object, welcome: tuple, url: str) -> None:
        self._conversation.opened(link, welcome.settings)
        self.state = LINKED
        self._report("connected", home=welcome.home, url=url)

    def _ended(self, reason: str) -> bool:
        self.state = LOST
        self._report("disconnected", reason=reason)
        return self._conversation.ended()

    def _dial_failed(self, url: str, reason: str) -> None:
        self._report("dial_failed", url=url, reason=reason)

    def _tell(self, name: str, detail: str) -> None:
        self._report(name, what="link", reason=detail)
        self._conversation.voice.say(name, detail)

    def _fault(self, name: str, error: Exception | None) -> None:
        """A task failed and is begun again: it is reported and heard, and nothing else happens."""
        if isinstance(error, DriverError):
            self._report("refused", what=name, reason=str(error), code="failed")
        else:
            self._report("fault", what=name, reason=repr(error), trace="" if error is None else trace_of(error))
        now_ms = self._board.clock.ms()
        if self._fault_ms is None or now_ms - self._fault_ms >= _FAULT_SAID_MS:
            self._fault_ms = now_ms
            self._conversation.voice.cue("error")

    async def _feel(self) -> None:
        """Follows the button."""
        while True:
            down, at_ms = await self._board.button.edge()
            self._stir()
            self._follow(self._button.edge(down, at_ms), at_ms)

    async def _follow_network(self) -> None:
        while True:
            await self._board.network.changed()
            self._report("network_changed")
            if self._dialer is not None:
                self._dialer.network_changed()

    async def _tick(self) -> None:
        while True:
            now_ms = self._board.clock.ms()
            self._follow(self._button.tick(now_ms), now_ms)
            self._conversation.tick(now_ms)
            self._rest(now_ms)
            if self._keeper.well:
                self._board.alive()
            await asyncio.sleep(_TICK_S)

    def _rest(self, now_ms: int) -> None:
        """Tells the board when nothing has been done for a while."""
        dialling = self._dialer is not None and self._dialer.dialling
        if (
            self._busy_ms is None
            or dialling
            or self._pairing is not None
            or self._button.down
            or self._conversation.busy
        ):
            self._busy_ms = now_ms
            self._stir()
        elif not self._resting and now_ms - self._busy_ms >= _REST_MS:
            self._resting = True
            self._board.rest(True)

    def _stir(self) -> None:
        if self._resting:
            self._resting = False
            self._board.rest(False)

    def _follow(self, events: list, at_ms: int) -> None:
        for event in events:
            self._report(event, press=self._button.press)
            if self.state == LINKED:
                if event == PRESS:
                    self._conversation.press(self._button.press, at_ms)
                    self._dialer.link.probe()
                else:
                    self._conversation.tell_button(event, self._button.press, at_ms)
            elif event == LONG:
                self.pair()
            elif event == PRESS:
                self._pressed_unlinked()

    def _pressed_unlinked(self) -> None:
        voice = self._conversation.voice
        if self._pairing is not None:
            self._pairing.press()
            return
        voice.hush()
        if self._dialer is not None:
            voice.say(self._dialer.why())
            self._dialer.hurry()
        else:
            voice.say("unpaired")


def _no_report(_event: str, **_details: object) -> None:
    return
