"""Three turns of every kind on every model, over TLS against a server that refuses what the model refuses."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from google.genai import types
import pytest

from custom_components.shelfsight.live.events import Heard, Interrupted, Reported, Sound, SoundOver, TurnEvent, TurnOver
from custom_components.shelfsight.live.models import MODELS, Tools, TypedQuestion, profile_of
from custom_components.shelfsight.live.session import LiveSession, Turn
from local_live import orders, wire
from tests.conformance.other_end import CHUNK_BYTES, OtherEnd, events_of, jpeg, other_end, said, sound, usage, voice
from tests.local_live.server_parts import BREAD, Brains

TURNS = 3
ANSWER_BYTES = 48_000  # the voice hums for one second
ZEROS = bytes(5 * CHUNK_BYTES)


def assert_answered(events: list[TurnEvent], *, after_another: bool = False) -> None:
    """Heard whole: words, all of the sound, and both ends in their order, with the bill; that of a broken-off answer too."""
    assert said(events).startswith("Answer number")
    assert len(sound(events)) == ANSWER_BYTES
    assert [type(event) for event in events if isinstance(event, SoundOver | TurnOver | Interrupted)] == [
        SoundOver, TurnOver,
    ]  # fmt: skip
    spoken = usage(events).audio_out
    assert 25 < spoken < 50 if after_another else spoken == 25, "tokens of one second"


async def speak(session: LiveSession, pcm: bytes, picture: bytes) -> Turn:
    """A spoken question as the integration sends it: sound in pieces, the picture last, then the end."""
    turn = await session.start_speech()
    for start in range(0, len(pcm), CHUNK_BYTES):
        await session.send_sound(pcm[start : start + CHUNK_BYTES])
    await session.send_picture(picture)
    await session.end_speech()
    return turn


def kinds(end: OtherEnd) -> list[type[Any]]:
    """What was sent, in order, repeats left out; the setup is left out too."""
    found: list[type[Any]] = []
    for _, message in end.messages[1:]:
        if not found or found[-1] is not type(message):
            found.append(type(message))
    return found


@pytest.mark.parametrize("model", MODELS)
async def test_spoken_questions_between_own_markers(
    model: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        session = await end.open(model)
        spoken = [voice(0.3, pitch) for pitch in (200, 300, 400)]
        for number, pcm in enumerate(spoken):
            events = await events_of(await speak(session, pcm, jpeg(number)))
            assert_answered(events)
            assert any(isinstance(event, Heard) for event in events)
            assert usage(events).audio_in >= 10 * (number + 1), "32 tokens a second, and the turns before again"
            assert usage(events).image_in == 256 * (number + 1)
        assert end.brain().sounds == spoken, "no sample is lost, and each question is one"
        assert len(end.brain().pictures) == TURNS
    one = [wire.ActivityStart, wire.Sound, wire.Picture, wire.ActivityEnd]
    assert kinds(end) == one * TURNS


@pytest.mark.parametrize("model", MODELS)
async def test_spoken_questions_whose_end_the_server_finds(
    model: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        session = await end.open(model, server_ends_turns=True)
        spoken = [voice(0.4, pitch) for pitch in (200, 300, 400)]
        for number, pcm in enumerate(spoken):
            turn = await speak(session, pcm, jpeg(number))
            if not session.profile.stream_end_ends_turn:
                for _ in range(8):  # 0.8 s: longer than the silence that ends a question
                    await session.send_sound(ZEROS)
            assert_answered(await events_of(turn))
        assert len(end.brain().sounds) == TURNS
        for pcm, heard in zip(spoken, end.brain().sounds, strict=True):
            assert pcm in heard, "every sample is in it; quiet may be around it"
        assert len(end.brain().pictures) == TURNS
    assert not end.sent(wire.ActivityStart, wire.ActivityEnd), "markers would close the session"
    assert len(end.sent(wire.SoundEnd)) == (TURNS if profile_of(model).stream_end_ends_turn else 0)


@pytest.mark.parametrize("model", MODELS)
async def test_trailing_zeros_are_what_ends_a_question_where_the_end_of_the_stream_does_not(
    model: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        session = await end.open(model, server_ends_turns=True)
        turn = await speak(session, voice(0.4), jpeg(1))
        if profile_of(model).stream_end_ends_turn:
            assert_answered(await events_of(turn))
        else:
            await session.ask("Never mind.", None)  # comes after all that was sent: what was said had not ended by then
            assert end.brain().sounds == []


@pytest.mark.parametrize("server_ends_turns", [False, True])
@pytest.mark.parametrize("model", MODELS)
async def test_written_questions_with_a_picture(
    model: str, server_ends_turns: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked = ["Where is the bread?", "And the milk?", "What does it cost?"]
    async with other_end(tmp_path, caplog) as end:
        session = await end.open(model, server_ends_turns=server_ends_turns)
        for number, question in enumerate(asked):
            events = await events_of(await session.ask(question, jpeg(number)))
            assert_answered(events)
            assert said(events) == f"Answer number {number + 1}, after {number + 1} pictures.", "the picture came first"
        assert end.brain().questions == asked
    if profile_of(model).typed_question is TypedQuestion.CONTENT:
        assert kinds(end) == [wire.Content]
    else:
        marked = [wire.ActivityStart, wire.Picture, wire.Typed, wire.ActivityEnd]
        assert kinds(end) == (marked if not server_ends_turns else [wire.Picture, wire.Typed]) * TURNS


@pytest.mark.parametrize("model", MODELS)
async def test_a_written_question_without_a_picture(
    model: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        session = await end.open(model)
        assert_answered(await events_of(await session.ask("What can you do?", None)))
        assert (end.brain().questions, end.brain().pictures) == (["What can you do?"], [])


@pytest.mark.parametrize("model", MODELS)
async def test_spoken_and_written_questions_take_turns(
    model: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        session = await end.open(model)
        assert_answered(await events_of(await speak(session, voice(0.3), jpeg(1))))
        assert_answered(await events_of(await session.ask("And the milk?", jpeg(2))))
        assert_answered(await events_of(await speak(session, voice(0.3), jpeg(3))))
        assert (len(end.brain().sounds), len(end.brain().questions)) == (2, 1)


@pytest.mark.parametrize("model", MODELS)
async def test_places_are_reported_and_answered_in_the_form_that_the_model_takes(
    model: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    brains = Brains()
    brains.first.place = BREAD
    async with other_end(tmp_path, caplog, brains) as end:
        session = await end.open(model)
        for number in range(TURNS):
            events = await events_of(await speak(session, voice(0.3), jpeg(number)))
            assert_answered(events)
            (reported,) = [event.place for event in events if isinstance(event, Reported)]
            assert (reported.item, reported.shelf, reported.shelf_count, reported.side, reported.box) == (
                BREAD.item, BREAD.shelf, BREAD.shelf_count, BREAD.side, BREAD.box,
            )  # fmt: skip
            assert [type(event) for event in events].index(Reported) < [type(event) for event in events].index(Sound)
    answers = [answer for message in end.sent(wire.ToolAnswers) for answer in message.answers]
    assert [answer.response for answer in answers] == [{"status": "ok"}] * TURNS
    scheduling = "SILENT" if profile_of(model).tools is Tools.NON_BLOCKING else ""
    assert {answer.scheduling for answer in answers} == {scheduling}


class ClockBox:
    """One tool of the house."""

    instructions = "You may tell the time."

    @property
    def declarations(self) -> Sequence[types.FunctionDeclaration]:
        return [types.FunctionDeclaration(name="tell_time", description="The time.")]

    async def call(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"status": "ok", "result": f"{name} {arguments['zone']}: ten"}


@pytest.mark.parametrize("moment", [orders.Moment.THINKING, orders.Moment.SPEAKING])
@pytest.mark.parametrize("model", MODELS)
async def test_the_houses_tools_are_called_and_answered_in_the_form_that_the_model_takes(
    model: str, moment: orders.Moment, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        end.server.order(orders.CallTool("tell_time", {"zone": "here"}, at=moment, turn=None))
        session = await end.open(model, toolbox=ClockBox())
        for number in range(TURNS):
            assert_answered(await events_of(await speak(session, voice(0.3), jpeg(number))))
    assert end.setups[0].system_text.endswith("You may tell the time.")
    answers = [answer for message in end.sent(wire.ToolAnswers) for answer in message.answers]
    assert [answer.response for answer in answers] == [{"status": "ok", "result": "tell_time here: ten"}] * TURNS
    scheduling = "WHEN_IDLE" if profile_of(model).tools is Tools.NON_BLOCKING else ""
    assert {answer.scheduling for answer in answers} == {scheduling}
    assert len({answer.call_id for answer in answers}) == TURNS


@pytest.mark.parametrize("model", MODELS)
async def test_a_session_without_places_or_tools_is_taken_by_every_model(
    model: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        session = await end.open(model, reports_places=False)
        assert_answered(await events_of(await session.ask("Good morning.", None)))
        assert end.setups[0].functions == ()


@pytest.mark.parametrize("model", MODELS)
async def test_a_question_over_an_answer_is_the_next_turn(
    model: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog, speed=2.0) as end:  # the answer takes half a second
        session = await end.open(model)
        first = await speak(session, voice(0.3), jpeg(1))
        while not isinstance(await first.next_event(), Sound):
            pass
        events = await events_of(await speak(session, voice(0.4), jpeg(2)))
        assert_answered(events, after_another=True)
        assert said(events) == "Answer number 2, after 2 pictures."
