"""Where the Live server's frames come in: what the SDK cannot take is left out before the SDK sees it.

`check` is pure; `EdgeConnection` is given to the SDK as `async_client_args={"create_connection": EdgeConnection}`. Whoever opens a
session gets hold of it by `connections`, for what goes up too often to be converted by the SDK (upstream.py).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
import json
import logging
import re
from typing import Any, Literal, overload, override

from google.genai import errors, types
from websockets.asyncio.client import ClientConnection
from websockets.client import ClientProtocol
from websockets.protocol import State
from websockets.typing import Data

from .events import OUTPUT_HZ
from .frames import Masks, text_frame
from .plain_sound import plain_sound
from .shapes import Faults, named, object_cleaner

_LOGGER = logging.getLogger(__name__)

# Gemini's frames have some 10 KB. This one would hold 20 s of sound; taking apart more would stop the event loop for longer
# than the whole way may take.
FRAME_LIMIT_BYTES = 1024 * 1024 + 256 * 1024
BAD_IN_A_ROW = 100
_KINDS_LOGGED = 50

# The SDK's converter knows the frame's own fields by their JSON names only.
_clean_message = object_cleaner(types.LiveServerMessage, snake_case=False)

_STATUSES = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
# What an error's text is sorted by. Nothing else of it is kept: servers have been seen to quote the key in it.
_TELLING = re.compile(
    r"\b(api|key|invalid|expired|permission|denied|unauthenticated|quota|exceeded|resource|exhausted|rate|limit|billing"
    r"|overloaded|unavailable|model|not|found|unsupported|deadline|internal)\b"
)
_SERVER_ERROR = 1011


@dataclass(frozen=True, slots=True)
class Checked:
    """A frame as the SDK may see it, None if nothing of it is left, and what was left out: field and reason."""

    frame: bytes | None
    faults: tuple[str, ...] = ()


def check(frame: bytes | str) -> Checked:
    """One frame of a Live server, with everything taken out that the SDK or the session cannot take.

    A frame without faults comes back as it was. Sound that is not s16le mono at 24 kHz goes with its whole part.

    Raises:
        errors.APIError: the frame is the server's error; of its text only the words are kept that say what helps.
    """
    raw = frame.encode("utf-8", "surrogatepass") if isinstance(frame, str) else frame
    if len(raw) > FRAME_LIMIT_BYTES:
        return Checked(None, (f"frame: longer than {FRAME_LIMIT_BYTES} bytes",))
    try:
        message = json.loads(raw, parse_constant=_refuse_constant)
    except RecursionError:
        return Checked(None, ("frame: too deep",))
    except ValueError:  # UnicodeDecodeError and numbers of thousands of digits too
        return Checked(None, ("frame: not JSON",))
    if not isinstance(message, dict):
        return Checked(None, ("frame: not an object",))
    _raise_error(message)
    faults = Faults()
    cleaned: dict[str, Any] = _clean_message(message, "", faults)
    _leave_out_sound(cleaned, faults)
    if all(value is None for value in cleaned.values()) and message:
        return Checked(None, faults.found() or ("frame: nothing in it",))
    if not faults:
        return Checked(raw)
    return Checked(json.dumps(cleaned).encode(), faults.found())


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _raise_error(message: dict[str, Any]) -> None:
    """An error as a frame: `{"error": {"code", "status", "message"}}`, or the same without the `error` around it."""
    error = message.get("error")
    if error is None and ("code" in message and "message" in message):
        error = message
    if error is None:
        return
    said = error if isinstance(error, dict) else {"message": error}
    code, status, text = (said.get(name) for name in ("code", "status", "message"))
    known = status if isinstance(status, str) and status in _STATUSES else None
    if not isinstance(code, int) or isinstance(code, bool) or not 100 <= code <= 4999:
        code = _STATUSES[known] if known else _SERVER_ERROR
    kept = " ".join(_TELLING.findall(text[:1000].lower().replace("_", " "))) if isinstance(text, str) else ""
    raise errors.APIError(code, {"error": {"code": code, "status": known, "message": kept}})


def _leave_out_sound(message: dict[str, Any], faults: Faults) -> None:
    """Take parts out of the model's turn whose sound cannot be played; everything is read by its JSON or Python name."""
    content = message.get("serverContent") or {}
    for turn_name in ("modelTurn", "model_turn"):
        turn = content.get(turn_name)
        if not turn or not turn.get("parts"):
            continue
        kept = []
        for number, part in enumerate(turn["parts"]):
            blob_name = "inlineData" if "inlineData" in part else "inline_data"
            blob = part.get(blob_name)
            fault = _sound_fault(blob) if blob is not None else None
            if fault is None:
                kept.append(part)
                continue
            field = f"serverContent.{turn_name}.parts[{number}].{blob_name}.{fault[0]}"
            if not faults.names(field):  # what is missing may have been left out a moment ago
                faults.add(field, fault[1])
        turn["parts"] = kept


def _sound_fault(blob: dict[str, Any]) -> tuple[str, str] | None:
    """Field and reason, if the sound in a part cannot be played."""
    kind = blob.get("mimeType") or blob.get("mime_type")
    data = blob.get("data")
    if kind is None:
        return "mimeType", "missing"
    if not kind.lower().startswith("audio/"):
        return None  # nobody plays it
    if not is_answer_sound(kind):
        return "mimeType", named(kind)
    if not data:
        return "data", "missing"
    if len(data.rstrip("=")) * 3 // 4 % 2:
        return "data", "half a sample"
    return None


def is_answer_sound(mime_type: str) -> bool:
    """True for s16le mono PCM at 24 kHz, the only sound that Live models send ("Live API capabilities", audio formats)."""
    kind, *parameters = (one.strip().lower() for one in mime_type.split(";"))
    said = dict(one.split("=", 1) for one in parameters if "=" in one)
    return (
        kind == "audio/pcm" and said.get("rate", str(OUTPUT_HZ)) == str(OUTPUT_HZ) and said.get("channels", "1") == "1"
    )


_made: ContextVar[list[EdgeConnection] | None] = ContextVar("shelfsight edge connections", default=None)


@contextmanager
def connections() -> Iterator[list[EdgeConnection]]:
    """Those that are made in this task while the context lasts: of several tries the last one is what the SDK uses."""
    made: list[EdgeConnection] = []
    before = _made.set(made)
    try:
        yield made
    finally:
        _made.reset(before)


_mask = Masks()


class EdgeConnection(ClientConnection):
    """The SDK's socket to a Live server: `recv` gives frames that the SDK can take, and no others."""

    def __init__(self, protocol: ClientProtocol, **options: Any) -> None:
        super().__init__(protocol, **options)
        if (made := _made.get()) is not None:
            made.append(self)
        self.on_sound: Callable[[bytes], Awaitable[None]] | None = None
        """Takes what a frame holds that is nothing but sound (s16le mono PCM at 24 kHz); the SDK does not see that frame."""
        self._set_up = False
        self._bad_in_a_row = 0
        self._logged: set[str] = set()

    async def send_text(self, payload: bytes) -> None:
        """What `send(payload, text=True)` does, in order with it, for what goes up often.

        Raises:
            ConnectionClosed: as `send` does.
        """
        if not self.send_text_at_once(payload):
            await self.send(payload, text=True)
        elif self.paused:
            await self.drain()

    def send_text_at_once(self, payload: bytes) -> bool:
        """The same without waiting; False where it would have to wait, or fail, and nothing was sent."""
        if self.paused or self.send_in_progress is not None or self.protocol.state is not State.OPEN:
            return False
        if self.transport.is_closing():
            return False
        # Whatever the protocol has to send is sent at once: nothing of it can wait for its turn now.
        self.transport.write(text_frame(payload, _mask()))
        return True

    @overload
    async def recv(self, decode: Literal[True]) -> str: ...

    @overload
    async def recv(self, decode: Literal[False]) -> bytes: ...

    @overload
    async def recv(self, decode: bool | None = None) -> Data: ...

    @override
    async def recv(self, decode: bool | None = None) -> Data:
        """The next frame that can be used.

        Raises:
            ConnectionClosed: as `ClientConnection.recv` does.
            errors.APIError: the server sent an error as a frame.
            ValueError: more than a hundred frames in a row could not be used.
        """
        while True:
            raw = await super().recv(decode=False)
            if self._set_up and self.on_sound is not None and len(raw) <= FRAME_LIMIT_BYTES:
                pieces = plain_sound(raw)
                if pieces is not None:
                    self._bad_in_a_row = 0
                    for pcm in pieces:
                        await self.on_sound(pcm)
                    continue
            checked = check(raw)
            self._log(checked.faults)
            frame = checked.frame
            if frame is not None and self._is_in_order(frame):
                self._bad_in_a_row = 0
                return frame.decode() if decode else frame
            self._bad_in_a_row += 1
            if self._bad_in_a_row > BAD_IN_A_ROW:
                raise ValueError(f"more than {BAD_IN_A_ROW} frames in a row could not be used")
            await asyncio.sleep(0)  # frames that wait already would not let anybody else have a turn

    def _is_in_order(self, frame: bytes) -> bool:
        """The SDK takes the first frame for the setup's answer, whatever it is; a session that sends before that is closed."""
        if not self._set_up:
            self._set_up = "setupComplete" in json.loads(frame)
            if not self._set_up:
                self._log(("frame: before setupComplete",))
        return self._set_up

    def _log(self, faults: tuple[str, ...]) -> None:
        """Once for each kind of fault and session, and not for ever new kinds."""
        for fault in faults:
            kind = re.sub(r"\[\d+\]", "[]", fault)
            if kind in self._logged or len(self._logged) >= _KINDS_LOGGED:
                continue
            self._logged.add(kind)
            _LOGGER.warning("Left out of what the Live server sent: %s", fault)
