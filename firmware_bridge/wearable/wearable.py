"""The wearable as a whole: its state, its button, and whom it talks to.

| state | a press | held for 5 s | the link |
| --- | --- | --- | --- |
| UNPAIRED | says so | PAIRING | none |
| PAIRING | confirms the digits | | none |
| LOST | says so, dials at once | PAIRING | being dialled |
| LINKED | a question | a long question | open |
"""

import asyncio
import os

from .button import LONG, PRESS, ButtonState
from .conversation import Conversation
from .dialer import Dialer
from .pairing_mode import PairingMode
from .tasks import first_of

UNPAIRED, PAIRING, LOST, LINKED = "unpaired", "pairing", "lost", "linked"
_TICK_S = 0.05


class Wearable:
    """One wearable on one board (`drivers.py`). `report(event, **details)` is told what happens, for logs and tests."""

    def __init__(self, board: object, report: object = None, random_bytes: object = os.urandom) -> None:
        self._board = board
        self._report = report or _no_report
        self._random_bytes = random_bytes
        self._button = ButtonState()
        self._conversation = Conversation(board, self._report)
        self._dialer = None
        self._pairing = None
        self._pairing_asked = False
        self._wake = asyncio.Event()
        self.state = UNPAIRED

    async def run(self, pair_at_once: bool = False) -> None:
        """For ever; with `pair_at_once` a wearable without a key begins with pairing."""
        self._pairing_asked = pair_at_once and self._board.store.key is None
        try:
            runs = self._conversation.runs()
            runs.extend((self._live(), self._tick()))
            if self._board.button is not None:
                runs.append(self._feel())
            await first_of(*runs)
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
        while True:
            if self._pairing_asked:
                self._pairing_asked = False
                await self._pair()
            elif self._board.store.key is not None:
                await self._stay_linked()
            else:
                self.state = UNPAIRED
                self._conversation.voice.say("unpaired")
                self._wake.clear()
                await self._wake.wait()

    async def _pair(self) -> None:
        self.state = PAIRING
        self._pairing = PairingMode(self._board, self._conversation.voice, self._report, self._random_bytes)
        try:
            await self._pairing.run()
        finally:
            self._pairing = None

    async def _stay_linked(self) -> None:
        self.state = LOST
        talk = self._conversation
        self._dialer = Dialer(self._board, talk.hello(), talk.outbox, self._random_bytes)
        self._dialer.on_open, self._dialer.on_end = self._opened, self._ended
        self._dialer.on_failed, self._dialer.tell = self._dial_failed, self._tell
        try:
            if await self._dialer.run() == "removed":
                self._board.store.forget()
                self._report("removed")
        finally:
            self._dialer = None

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

    async def _feel(self) -> None:
        """Follows the button."""
        while True:
            down, at_ms = await self._board.button.edge()
            self._follow(self._button.edge(down, at_ms), at_ms)

    async def _tick(self) -> None:
        while True:
            now_ms = self._board.clock.ms()
            self._follow(self._button.tick(now_ms), now_ms)
            self._conversation.tick(now_ms)
            await asyncio.sleep(_TICK_S)

    def _follow(self, events: list, at_ms: int) -> None:
        for event in events:
            self._report(event, press=self._button.press)
            if self.state == LINKED:
                if event == PRESS:
                    self._conversation.press(self._button.press, at_ms)
                else:
                    self._conversation.tell_button(event, self._button.press, at_ms)
            elif event == LONG:
                self.pair()
            elif event == PRESS:
                self._pressed_unlinked()

    def _pressed_unlinked(self) -> None:
        if self._pairing is not None:
            self._pairing.press()
        elif self._dialer is not None:
            self._conversation.voice.say("lost")
            self._dialer.hurry()
        else:
            self._conversation.voice.say("unpaired")


def _no_report(_event: str, **_details: object) -> None:
    return
