"""What the person hears: answers from the home and, between them, cues and phrases. The only user of the speaker.

| state | what comes | what happens |
| --- | --- | --- |
| silent | `speak` | filling |
| filling | 100 ms held, or `spoken` | playing; a cue that plays is cut |
| playing | ring empty, not `spoken` | waits (a gap), goes on with the next samples |
| playing | ring empty, `spoken`, all heard | `played` with done, silent |
| filling, playing | `flush`, a press, the link's end | the speaker is cleared, `played` with done, silent |
| silent | samples | dropped until the next `speak` |
"""

import asyncio

from .faults import DriverError
from .ring import Ring

START_MS = 100
BUFFER_MS = 400  # what `hello` promises to hold
REPORT_MS = 200
# Given to the speaker in advance: more than a late turn of the loop, less than anybody waits for silence.
_AHEAD_MS = 60
_PIECE_MS = 20
_MAX_WAITING = 4
# Sound for which there is no room waits so long: after a network that stood still more comes at once than the home meant
# to send ahead. No word is lost, and what follows on the connection waits with it.
_MOST_WAIT_MS = 2000
_PASSING = ("listening", "thinking")  # cues that are no longer true once an answer begins


class Playback:
    """Owns the speaker. `said(turn, position_ms, done)` is told what was heard, `report(event, **details)` what happens."""

    def __init__(self, speaker: object, clock: object, said: object, report: object, refuse: object) -> None:
        self._speaker = speaker
        if speaker is not None:
            self._write_pcm, self._ask_queued_ms = speaker.write, speaker.queued_ms
        self._clock = clock
        self._said = said
        self._report = report
        self._refuse = refuse
        rate_hz = speaker.rate_hz if speaker else 0
        self._bytes_per_s = 2 * rate_hz
        self._ring = Ring(rate_hz * BUFFER_MS // 1000 * 2)
        self._piece = memoryview(bytearray(rate_hz * _PIECE_MS // 1000 * 2))
        self._turn = None
        self._last_turn = 0
        self._all_sent = False
        self._started = False
        self._written_bytes = 0
        self._position_ms = 0
        self._reported_ms = 0
        self._waiting = []  # (name, iterable of PCM pieces)
        self._current = None
        self._generation = 0
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self.dropped_bytes = 0

    @property
    def answering(self) -> bool:
        """Whether an answer is open."""
        return self._turn is not None

    @property
    def busy(self) -> bool:
        """Whether anything is being played, or waits to be."""
        return self._turn is not None or self._current is not None or bool(self._waiting)

    def speak(self, turn: int, rate_hz: int) -> None:
        """An answer begins; one that is still open is over."""
        self.skip(turn)
        if self._speaker is None or rate_hz != self._speaker.rate_hz:
            self._refuse("speaker", "no speaker at %d Hz" % rate_hz)
            return
        self._turn, self._all_sent, self._started, self._written_bytes = turn, False, False, 0
        self._report("speak", turn=turn)
        self._changed.set()

    def skip(self, turn: int) -> None:
        """An answer begins that is not to be heard."""
        self._finish()
        self._last_turn = turn
        self._position_ms = 0

    async def samples(self, pcm: memoryview) -> None:
        """Samples of the open answer; without one they belong to an answer that was stopped, and are dropped.

        Returns when all of them are taken: waits while the ring is full.
        """
        turn = self._turn
        while turn is not None and self._turn == turn:
            count = self._ring.write(pcm)
            self._changed.set()
            if count == len(pcm):
                return
            pcm = pcm[count:]
            self._room.clear()
            try:
                await asyncio.wait_for(self._room.wait(), _MOST_WAIT_MS / 1000)
            except asyncio.TimeoutError:
                break  # the speaker takes nothing
        self.dropped_bytes += len(pcm)

    def spoken(self, turn: int) -> None:
        """All of the answer has come."""
        if turn == self._turn:
            self._all_sent = True
            self._changed.set()

    def flush(self) -> None:
        """Silence, now; answered by `played` with done even when nothing was playing."""
        if not self._finish():
            self._said(self._last_turn, self._position_ms, True)

    def stop(self) -> None:
        """Silence, now: a press, or the link's end. Cues that wait are dropped too."""
        self._waiting.clear()
        self._finish()
        if self._current is not None:
            self._speaker.clear()
            self._end_cue()

    def cue(self, name: str, pieces: object) -> None:
        """Plays PCM pieces (bytes, at most 20 ms each) when no answer is playing; of many that wait the oldest goes."""
        if self._speaker is None:
            return
        if len(self._waiting) >= _MAX_WAITING:
            self._waiting.pop(0)
        self._waiting.append((name, pieces))
        self._changed.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            self._changed.clear()
            if self._ready():
                wait_ms = await self._answer()
            elif self._current is not None or (self._waiting and self._turn is None):
                wait_ms = await self._next_of_cue()
            else:
                wait_ms = None
            if wait_ms is None:
                await self._changed.wait()
            elif wait_ms:
                await asyncio.sleep(wait_ms / 1000)

    def _ready(self) -> bool:
        if self._turn is None:
            return False
        held = self._ring.count >= self._bytes_per_s * START_MS // 1000
        return self._started or held or self._all_sent

    async def _answer(self) -> int | None:
        """Plays the next piece; returns how many milliseconds to wait, None for until something comes."""
        if not self._started:
            self._begin_answer()
            if self._turn is None:
                return 0  # the speaker failed
        generation = self._generation
        heard = self._update_position()
        if self._clock.ms() - self._reported_ms >= REPORT_MS:
            self._reported_ms = self._clock.ms()
            self._said(self._turn, self._position_ms, False)
        if self._ring.count:
            if self._queued_ms() > _AHEAD_MS:
                return _PIECE_MS // 2
            count = self._ring.read_into(self._piece)
            self._room.set()
            await self._write(self._piece[:count], generation)
            if generation == self._generation:
                if not self._written_bytes:
                    self._report("first_sound", turn=self._turn)
                self._written_bytes += count
            return 0
        if self._all_sent and heard:
            self._finish()
            return 0
        return None if heard else _PIECE_MS // 2

    def _begin_answer(self) -> None:
        self._end_cue()
        self._waiting = [waiting for waiting in self._waiting if waiting[0] not in _PASSING]
        self._started = True
        self._reported_ms = self._clock.ms()
        self._begin(self._turn)

    async def _next_of_cue(self) -> int:
        if self._current is None:
            name, pieces = self._waiting.pop(0)
            self._current = iter(pieces)
            self._report("cue", name=name)
            self._begin(None)
            return 0
        if self._queued_ms() > _AHEAD_MS:
            return _PIECE_MS // 2
        piece = next(self._current, None)
        if piece is not None:
            await self._write(memoryview(piece), self._generation)
        elif self._queued_ms():
            self._current = iter(())
            return _PIECE_MS // 2
        else:
            self._end_cue()
        return 0

    def _begin(self, turn: int | None) -> None:
        try:
            self._speaker.begin(turn)
        except DriverError as error:
            self._fail(str(error))

    def _fail(self, reason: str) -> None:
        """The speaker is cleared and ended, so that what comes next begins it anew."""
        self.stop()
        self._refuse("speaker", reason)

    async def _write(self, pcm: memoryview, generation: int) -> None:
        try:
            await self._write_pcm(pcm)
        except DriverError as error:
            self._fail(str(error))
        if generation != self._generation:
            self._speaker.clear()  # stopped while this was on its way

    def _queued_ms(self) -> int:
        return self._ask_queued_ms() or 0  # None behind the wall: not to be known

    def _update_position(self) -> bool:
        """Computes how much was heard; returns whether that is all that was written."""
        queued_ms = self._queued_ms()
        self._position_ms = max(0, self._written_bytes * 1000 // self._bytes_per_s - queued_ms)
        return queued_ms <= 0

    def _finish(self) -> bool:
        """Ends the open answer, if there is one, and says how far it was heard."""
        if self._turn is None:
            return False
        self._generation += 1
        self._ring.clear()
        self._room.set()
        turn, self._turn = self._turn, None
        if self._started:
            self._update_position()
            self._speaker.clear()
            self._speaker.end()
        self._said(turn, self._position_ms, True)
        self._report("answer", turn=turn, duration_ms=self._position_ms)
        self._changed.set()
        return True

    def _end_cue(self) -> None:
        if self._current is not None:
            self._current = None
            self._generation += 1
            self._speaker.end()
