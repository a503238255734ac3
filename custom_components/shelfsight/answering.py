"""Who answers the questions of one entry, ready to use: client, sessions, phrases, and what to do about trouble."""

from collections.abc import Callable
import logging

from google import genai

from .live.answerer import Answerer, make_client
from .live.faults import LiveError, Trouble
from .live.session import LiveSession
from .sight.intake import RunsInExecutor
from .sound.phrases import Phrase, load
from .spatial import Mode, instructions

_LOGGER = logging.getLogger(__name__)


class Answering:
    """Made once per entry; `prepare` before use."""

    phrases: dict[str, Phrase]
    _client: genai.Client

    def __init__(
        self,
        answerer: Answerer,
        language: str,
        in_executor: RunsInExecutor,
        key_refused: Callable[[], None],
    ) -> None:
        self.answerer = answerer
        self._language = language
        self._in_executor = in_executor
        self._key_refused = key_refused
        self.sessions_opened = 0

    async def prepare(self) -> None:
        """Read what has to be read from files."""
        self.phrases = await self._in_executor(load, self._language)
        self._client = await self._in_executor(make_client, self.answerer)

    async def open_session(self, mode: Mode) -> LiveSession:
        """A new Live session; raises LiveError."""
        session = await LiveSession.open(self._client, self.answerer.model, instructions(mode, self._language))
        self.sessions_opened += 1
        return session

    def trouble(self, err: LiveError) -> None:
        """A session failed: tell the log, and ask for a new key where the old one was refused."""
        _LOGGER.warning("%s did not answer: %s", self.answerer.name, err)
        if err.trouble is Trouble.KEY_REFUSED:
            self._key_refused()

    async def close(self) -> None:
        """Let go of the client's connections."""
        await self._client.aio.aclose()
