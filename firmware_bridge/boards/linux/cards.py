"""Sound cards through the `sounddevice` package (PortAudio). One thread opens and closes: PortAudio wants it so."""

from collections.abc import Callable
import contextlib
from dataclasses import dataclass
import os
from typing import Any

from ...wearable.drivers import DriverError
from .worker import HangError, Worker

# PortAudio's ALSA part: cards by their names go through ALSA's `plug`, which converts rates, channels and sample formats.
_THROUGH_PLUG = ("PA_ALSA_PLUGHW", "1")
_DEFAULT = "default"
# What the card holds. Less, and a moment in which Python is busy is heard as a crackle; more, and a flush is heard late.
_LATENCY_S = 0.04
_LOADED_S, _DONE_S = 25, 6


@dataclass(frozen=True, slots=True)
class Wish:
    """What to open: `device` is `default` or a part of the name of one that `devices` lists."""

    device: str
    rate_hz: int
    output: bool

    @property
    def name(self) -> str:
        """For messages to people."""
        return f"the {'speaker' if self.output else 'microphone'} of the sound card {self.device}"


class SoundCards:
    """Owns PortAudio. After a failure its list of cards is read anew at the next opening: one may be back."""

    def __init__(self) -> None:
        """Nothing is opened yet."""
        self._worker = Worker("the sound cards")
        self._library: Any = None
        self._stale = False
        self._open: set[Any] = set()

    async def prepare(self) -> None:
        """Loads the library and lets it look for cards, which takes a second or more: at the first press it is too late.

        Raises:
            DriverError: the package or the library is missing.
        """
        await self._worker.run(_LOADED_S, self._load)

    async def open(self, wish: Wish, callback: Callable[..., None], ended: Callable[[], None]) -> Any:
        """A running stream of s16le mono.

        Args:
            wish: which card, and how.
            callback: PortAudio's: called in its own thread with (buffer, frames, time, status).
            ended: called, in whatever thread, when the stream is over, whoever ended it.

        Raises:
            DriverError: the package or the card is missing, or the card cannot do this.
        """
        try:
            return await self._worker.run(_DONE_S, self._start, wish, callback, ended)
        except HangError:
            # Should it open after all, nobody would know of it, and a microphone would stay open.
            self._worker.submit(self._stop_all)
            raise

    async def close(self, stream: Any, *, at_once: bool) -> None:
        """Ends a stream; without `at_once` what the card holds is still heard."""
        await self._worker.run(_DONE_S, self._stop, stream, at_once)

    def failed(self) -> None:
        """A stream broke off: the list of cards is no longer true."""
        self._stale = True

    async def shutdown(self) -> None:
        """Closes everything."""
        with contextlib.suppress(DriverError):
            await self._worker.run(_DONE_S, self._stop_all)
        self._worker.close()

    @property
    def stuck(self) -> bool:
        """Whether PortAudio hangs: only a start of the program helps."""
        return self._worker.stuck

    def _load(self) -> Any:
        if self._library is None:
            os.environ.setdefault(*_THROUGH_PLUG)
            try:
                import sounddevice
            except (ImportError, OSError) as error:
                raise DriverError("a sound card needs the package sounddevice and the library PortAudio") from error
            self._library = sounddevice
        elif self._stale:
            self._stop_all()
            # PortAudio has no other way to see cards that came or went (its maintainers' word in sounddevice issue 125).
            self._library._terminate()  # noqa: SLF001  # there is no public name for it
            self._library._initialize()  # noqa: SLF001  # as above
        self._stale = False
        return self._library

    def _start(self, wish: Wish, callback: Callable[..., None], ended: Callable[[], None]) -> Any:
        library = self._load()
        kind = library.RawOutputStream if wish.output else library.RawInputStream
        try:
            stream = kind(
                device=None if wish.device == _DEFAULT else wish.device,
                samplerate=wish.rate_hz,
                channels=1,
                dtype="int16",
                latency=_LATENCY_S,
                callback=callback,
                finished_callback=ended,
            )
            stream.start()
        except (library.PortAudioError, ValueError) as error:
            self._stale = True
            raise DriverError(f"{wish.name} cannot be opened: {_in_words(error)}") from error
        self._open.add(stream)
        return stream

    def _stop(self, stream: Any, at_once: bool) -> None:
        if stream in self._open:
            self._open.discard(stream)
            try:
                if at_once:
                    stream.abort()
                else:
                    stream.stop()
            except self._library.PortAudioError:
                self._stale = True  # it is gone already
            stream.close(ignore_errors=True)

    def _stop_all(self) -> None:
        for stream in tuple(self._open):
            self._stop(stream, at_once=True)


def _in_words(error: Exception) -> str:
    """PortAudio's complaint in one line."""
    return " ".join(str(part) for part in error.args[:1]).replace("\n", "; ") or repr(error)
