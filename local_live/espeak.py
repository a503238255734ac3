"""eSpeak NG through ctypes: text in, samples and the places of its words and of its sounds out.

The library and its data come from the ``espeakng_loader`` wheel; the declarations follow ``speak_lib.h`` of 1.52. The
library keeps its state in globals, so one lock guards every use.
"""

import ctypes
from dataclasses import dataclass
from functools import cache
import threading
from typing import Any, Final

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

_SYNCHRONOUS: Final = 2  # AUDIO_OUTPUT_SYNCHRONOUS: samples go to the callback, espeak_Synth returns when done
_BUFFER_MS: Final = 60
_SOUNDS_IN_IPA: Final = 0x0003  # espeakINITIALIZE_PHONEME_EVENTS and _PHONEME_IPA: events for sounds as well
_DO_NOT_EXIT: Final = 0x8000  # espeakINITIALIZE_DONT_EXIT: report a missing data folder instead of ending the process
_UTF8: Final = 1  # espeakCHARS_UTF8
_CHARACTER_POSITION: Final = 1  # POS_CHARACTER
_RATE: Final = 1  # espeakRATE
_PITCH: Final = 3  # espeakPITCH
_USUAL_PITCH: Final = 50
_IPA: Final = 0x02  # espeakPHONEMES_IPA; a character that parts the sounds goes eight bits higher
_PART: Final = "_"
_END_OF_EVENTS: Final = 0  # espeakEVENT_LIST_TERMINATED
_WORD: Final = 1  # espeakEVENT_WORD
_SOUND: Final = 7  # espeakEVENT_PHONEME
SLOWEST_WPM: Final = 80
FASTEST_WPM: Final = 450


class VoiceError(Exception):
    """eSpeak NG cannot be loaded, or cannot do what was asked."""


@dataclass(frozen=True, slots=True)
class Word:
    """Where a word begins: in the text, in characters, and in the sound, in samples."""

    character: int
    sample: int


@dataclass(frozen=True, slots=True)
class Phone:
    """Where a speech sound begins, in samples; ``ipa`` is empty for a pause."""

    ipa: str
    sample: int


@dataclass(frozen=True, slots=True)
class Utterance:
    """A spoken text: samples in -1 to 1, mono, shape (n,); its words and its phones, in the order of the sound."""

    samples: NDArray[np.float32]
    rate_hz: int
    words: tuple[Word, ...]
    phones: tuple[Phone, ...] = ()


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    ]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class _Espeak:
    """The loaded library. One for the process: eSpeak NG can be initialised once."""

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL(espeakng_loader.get_library_path())
            data_path = espeakng_loader.get_data_path()
        except (OSError, RuntimeError) as error:
            raise VoiceError(f"eSpeak NG cannot be loaded: {error}") from error
        options = _SOUNDS_IN_IPA | _DO_NOT_EXIT
        self.rate_hz = self._library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, data_path.encode(), options)
        if self.rate_hz <= 0:
            raise VoiceError(f"eSpeak NG does not start with the data in {data_path}")
        self._callback = _Callback(self._take)  # kept: C holds a pointer to it
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._library.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
        self._blocks: list[NDArray[np.int16]] = []
        self._words: list[Word] = []
        self._phones: list[Phone] = []

    def synthesise(self, text: str, voice: str, words_per_minute: int, pitch: int) -> Utterance:
        self._blocks.clear()
        self._words.clear()
        self._phones.clear()
        self._set_voice(voice)
        self._library.espeak_SetParameter(_RATE, words_per_minute, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        encoded = text.encode() + b"\0"
        if self._library.espeak_Synth(encoded, len(encoded), 0, _CHARACTER_POSITION, 0, _UTF8, None, None) != 0:
            raise VoiceError("eSpeak NG could not speak the text")
        samples = np.concatenate(self._blocks) if self._blocks else np.zeros(0, np.int16)
        floats = samples.astype(np.float32) / np.float32(32768)
        return Utterance(floats, self.rate_hz, tuple(self._words), tuple(self._phones))

    def phones(self, text: str, voice: str) -> list[str]:
        self._set_voice(voice)
        left = ctypes.c_char_p(text.encode() + b"\0")
        said: list[str] = []
        while left.value:  # a clause at a time
            clause = self._library.espeak_TextToPhonemes(ctypes.byref(left), _UTF8, _IPA | ord(_PART) << 8)
            said += [phone for word in (clause or b"").decode().split() for phone in word.split(_PART)]
        return said

    def _set_voice(self, voice: str) -> None:
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise VoiceError(f"eSpeak NG has no voice {voice!r}")

    def _take(self, samples: Any, count: int, events: Any) -> int:  # ctypes pointers
        if samples and count > 0:
            self._blocks.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        index = 0
        while events[index].type != _END_OF_EVENTS:
            event = events[index]
            if event.type == _WORD:
                self._words.append(Word(event.text_position - 1, event.sample))
            elif event.type == _SOUND:
                self._phones.append(Phone(event.id.decode(errors="ignore"), event.sample))
            index += 1
        return 0  # go on


_lock = threading.Lock()


@cache
def _espeak() -> _Espeak:
    return _Espeak()


def synthesise(text: str, voice: str, words_per_minute: int, pitch: int = _USUAL_PITCH) -> Utterance:
    """Speak a text; blocks for about a thousandth of the sound's length. ``pitch`` is 0 to 99.

    Raises:
        VoiceError: eSpeak NG is missing, or there is no such voice.
        ValueError: ``words_per_minute`` is out of range, or the text holds a NUL.
    """
    if not SLOWEST_WPM <= words_per_minute <= FASTEST_WPM:
        raise ValueError(f"words per minute must be {SLOWEST_WPM} to {FASTEST_WPM}, not {words_per_minute}")
    if "\0" in text:
        raise ValueError("the text holds a NUL")
    with _lock:
        return _espeak().synthesise(text, voice, words_per_minute, pitch)


def phones(text: str, voice: str) -> list[str]:
    """How a voice says a text: its speech sounds in IPA, some marked as stressed. Pauses are empty.

    Raises:
        VoiceError: eSpeak NG is missing, or there is no such voice.
        ValueError: the text holds a NUL.
    """
    if "\0" in text:
        raise ValueError("the text holds a NUL")
    with _lock:
        return _espeak().phones(text, voice)
