"""The talk of one conversation: one at a time, in the mode in which is asked."""

from .answering import Answering
from .live.talk import Talk
from .modes import Running


class Talks:
    """Owns the talk that goes on, if one does."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._talk: Talk | None = None
        self._mode_key = ""

    @property
    def exhausted(self) -> bool:
        """True when the talk that goes on has reached its limit in seconds or tokens."""
        return self._talk is not None and self._talk.exhausted

    async def choose(self, mode: Running) -> Talk:
        """The talk in this mode: another mode has other instructions, and so another talk."""
        if self._talk is None or self._mode_key != mode.key or self._talk.exhausted:
            await self.end()
            self._talk, self._mode_key = self._answering.talk(mode), mode.key
        return self._talk

    async def drop(self) -> None:
        """Half a question is in the session, or it failed: the next question of the talk gets another one."""
        if self._talk is not None:
            await self._talk.drop()

    async def end(self) -> None:
        """Nobody asks any more, or in another talk."""
        talk, self._talk = self._talk, None
        if talk is not None:
            await talk.close()
