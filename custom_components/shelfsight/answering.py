"""Who answers the questions of one entry, ready to use: sessions, the ways around them, phrases, and whom to tell of trouble."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
import logging
import random
import ssl
from typing import TYPE_CHECKING

from .live.answerer import Answerer, make_client
from .live.faults import LiveError, Trouble
from .live.models import Profile, profile_of
from .modes import Kind, Running, running
from .options import Options, TurnEnd
from .sound.phrases import Phrase, load

if TYPE_CHECKING:
    from google import genai

    from .live.responses import Written
    from .live.session import LiveSession
    from .live.talk import Talk
    from .live.tools import Toolbox
    from .outcome import Outcome
    from .question import Evidence
    from .sight.intake import RunsInExecutor

_LOGGER = logging.getLogger(__name__)

# One of Gemini's prebuilt voices; documented as firm, which is what a short instruction needs.
_GEMINI_VOICE = "Kore"
_WRITTEN_LIMIT_S = 12.0
# What a session speaks in (`live/events.py`), and what every other voice is made in.
VOICE_HZ = 24_000

type HouseVoice = Callable[[str, str], Awaitable[bytes]]
"""Text and language (an IETF tag) in, s16le mono PCM at 24 kHz out; raises LiveError."""


class Answering:
    """Made once per entry; `prepare` before use.

    `on_trouble` and `on_worked` are told what came of a question; `local` gives the Live server of this network that may
    stand in, `toolbox` what of the house a new session may use.
    """

    phrases: Mapping[str, Phrase]

    def __init__(
        self,
        answerer: Answerer,
        options: Options,
        language: str,
        in_executor: RunsInExecutor,
        *,
        imperial_home: bool = False,
        house_voice: HouseVoice | None = None,
        toolbox: Callable[[], Awaitable[Toolbox | None]] | None = None,
        local: Callable[[], Answering | None] = lambda: None,
    ) -> None:
        self.answerer = answerer
        self.options = options
        self.language = options.language or language
        self.profile: Profile = profile_of(answerer.model)
        self._imperial_home = imperial_home
        self._toolbox = toolbox
        self._in_executor = in_executor
        self._house_voice = house_voice
        self.local = local
        self.on_trouble: Callable[[LiveError], None] = lambda _err: None
        self.on_worked: Callable[[], None] = lambda: None
        self.chance: Callable[[], float] = random.random
        self.sessions_opened = 0
        self.sessions_open = 0
        self._client: genai.Client | None = None
        self._client_made = asyncio.Lock()

    async def prepare(self) -> None:
        """Read what has to be read from files."""
        self.phrases = await self._in_executor(load, self.language)

    async def warm_up(self) -> None:
        """Make what the first question would wait for: the SDK takes a second to import."""
        try:
            await self._ready_client()
        except LiveError as err:
            _LOGGER.warning("%s cannot be asked: %s", self.answerer.name, err)

    async def _ready_client(self) -> genai.Client:
        """The SDK's client, made by whoever needs it first; after that the rooms that import the SDK may be imported here.

        Raises:
            LiveError: the SDK is broken, or the certificate that was kept cannot be read.
        """
        async with self._client_made:
            if self._client is None:
                try:
                    self._client = await self._in_executor(make_client, self.answerer)
                except ImportError as err:
                    raise LiveError(Trouble.BAD_REQUEST, f"google-genai cannot be imported ({err})") from err
                except (ssl.SSLError, ValueError) as err:  # ValueError: there is none
                    raise LiveError(Trouble.CERTIFICATE_CHANGED, "the pinned certificate cannot be read") from err
            return self._client

    def mode(self, key: str) -> Running:
        """A mode by its key; raises KeyError."""
        return running(key, self.options, self.language, imperial_home=self._imperial_home)

    def can(self, mode: Running) -> bool:
        """Whether who answers can do this mode: a shelf reader follows no instructions, and speaks one language."""
        return self.answerer.follows_instructions or not (mode.is_own or mode.kind is Kind.TRANSLATE)

    @property
    def server_ends_turns(self) -> bool:
        """Whether the server's voice activity ends questions, instead of ours."""
        return self.options.turn_end is TurnEnd.SERVER

    def new_outcome(self, mode: Running) -> Outcome:
        """The empty outcome of a question put to this answerer."""
        from .outcome import Outcome

        return Outcome(mode=mode.key, source=self.answerer.name)

    def billed_to(self, model: str) -> str | None:
        """Whose prices hold for what a model does here; None at a server of this network, which costs nothing."""
        return None if self.answerer.is_local else model

    # --- Live ---------------------------------------------------------------------------------------------------------

    def talk(self, mode: Running) -> Talk:
        """A talk in this mode; it opens its first session when it is asked for one."""

        async def open_session(handle: str | None, history: str) -> LiveSession:
            return await self.open_session(mode, handle, history)

        from .live.talk import Limits, Talk

        options = self.options
        limits = Limits(options.session_limit_s, options.session_limit_tokens, options.rotate_after_s)
        return Talk(open_session, limits, asyncio.get_running_loop().time)

    async def open_session(self, mode: Running, handle: str | None = None, history: str = "") -> LiveSession:
        """A new Live session; raises LiveError."""
        client = await self._ready_client()
        from .live.session import LiveSession
        from .live.terms import Terms

        terms = Terms(
            instructions=mode.text,
            server_ends_turns=self.server_ends_turns,
            compression_tokens=self.options.compression_tokens,
            reports_places=mode.looks,
            toolbox=await self._toolbox() if self._toolbox is not None else None,
            voice=self.options.voice,
            handle=handle,
            history=history,
        )
        session = await LiveSession.open(client, self.answerer.model, terms)
        self.sessions_opened += 1
        return session

    async def check(self) -> LiveError | None:
        """Open a session and close it again: what is wrong, or None when it works."""
        try:
            session = await self.open_session(self.mode("find"))
        except LiveError as err:
            return err
        await session.close()
        return None

    # --- the ways around it -------------------------------------------------------------------------------------------

    def may_ask_in_writing(self, err: LiveError) -> bool:
        """Whether the same question over `generateContent` could help."""
        return self.options.fallback_generate and err.trouble not in (Trouble.KEY_REFUSED, Trouble.CERTIFICATE_CHANGED)

    async def ask_in_writing(self, mode: Running, evidence: Evidence, history: str, outcome: Outcome) -> Written:
        """The same question over `generateContent`, which the outcome pays for; raises LiveError."""
        model = self.profile.answer_model
        client = await self._ready_client()
        from .live import generate

        written = await generate.ask(
            client,
            model,
            mode.text,
            evidence.question,
            evidence.jpeg,
            history,
            timeout_s=_WRITTEN_LIMIT_S,
        )
        outcome.pay(self.billed_to(model), written.usage)
        return written

    async def voice(self, text: str, outcome: Outcome) -> bytes:
        """A text as s16le mono PCM at 24 kHz, by the house's voice where one was chosen, else by Gemini's.

        Raises:
            LiveError: none of them speaks.
        """
        if self._house_voice is not None:
            try:
                return await self._house_voice(text, self.language)
            except LiveError as err:
                _LOGGER.warning("The chosen voice did not speak, Gemini's does: %s", err)
        model = self.profile.speech_model
        client = await self._ready_client()
        from .live import generate

        pcm, usage = await generate.speak(client, model, self.options.voice or _GEMINI_VOICE, text, self.language)
        outcome.pay(self.billed_to(model), usage)
        return pcm

    async def place(self, outcome: Outcome, evidence: Evidence) -> None:
        """Fill the outcome's place by a second call on the same frame; costs no answer if it fails."""
        if evidence.jpeg is None:
            return
        model = self.profile.answer_model
        try:
            client = await self._ready_client()
            from .live import generate

            place, usage = await generate.place(client, model, outcome.asked, outcome.answer, evidence.jpeg)
        except LiveError as err:
            _LOGGER.debug("The place was not reported: %s", err)
            return
        outcome.pay(self.billed_to(model), usage)
        outcome.place = outcome.place or place

    def trouble(self, err: LiveError) -> None:
        """A question failed here: tell the log, and whoever can do something about it."""
        _LOGGER.warning("%s did not answer: %s", self.answerer.name, err)
        self.on_trouble(err)

    async def close(self) -> None:
        """Let go of the client's connections."""
        if self._client is not None:
            await self._client.aio.aclose()
