"""Two hosts and real mDNS between them: found, paired, asked, answered in speech."""

import asyncio
from pathlib import Path
import time

import pytest

from demo.parts import say_question
from drawn_shelves import draw
from tests.end_to_end.hearing import ordinal, read, words

from .figures import tell
from .household import digits_of, household, is_done, reader
from .worn import desk, now_ms

THING = "gluten free bread"


@pytest.mark.timeout(180)
async def test_a_wearable_on_another_host_is_found_paired_and_answered_in_speech(tmp_path: Path) -> None:
    image, truth = draw()
    image.save(tmp_path / "shelf.jpg", quality=92)
    await asyncio.to_thread(say_question, f"where is the {THING}", tmp_path / "question.wav")
    async with household(tmp_path, reader) as whole:
        host = whole.network.host(10)
        began_s = time.monotonic()
        async with desk(host, "Glasses", tmp_path / "desk", tmp_path / "shelf.jpg") as glasses:
            started = await glasses.event("started", since_ms=0, timeout_s=30)
            assert started["address"] == host.address
            flow_id = await whole.found(glasses, 30)
            tell(f"\nfound over mDNS {time.monotonic() - began_s:.1f} s after it was switched on")
            step = await whole.to_digits(flow_id)
            said = await glasses.event("pairing_digits", since_ms=0, timeout_s=10)
            assert len(said["digits"]) == 6 and digits_of(step) == said["digits"]
            await glasses.do("tap")
            step = await whole.confirm(flow_id)
            assert is_done(step), step
            connected = await glasses.event("connected", since_ms=0, timeout_s=20)
            assert connected["url"] == f"http://{whole.host.address}:{whole.port}"

            asked_ms = now_ms()
            await glasses.do(f"hear {tmp_path / 'question.wav'}", "tap")
            answer = await glasses.event("answer", since_ms=asked_ms, timeout_s=60)
            recording = read(Path(answer["wav"]))
            assert recording.peak_dbfs > -20
            heard = words(recording)
            thing = next(product for product in truth.products if product.name == THING)
            assert "shelf" in heard and ordinal(thing.shelf) in heard, (heard, glasses.story())
            last = (await whole.home.states())[await whole.home.entity("last_answer")]["attributes"]
            assert (last["found"], last["shelf"], last["shelf_count"]) == (True, thing.shelf, truth.shelf_count), last
            tell(
                f"{last['full_answer']!r}, {recording.seconds:.1f} s of speech, {last['first_audio_ms']} ms after the question"
            )
