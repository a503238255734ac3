"""The card's pure modules, run by Node: what is shown of what Home Assistant knows."""

from typing import Any

from frontend_parts import Run
import pytest

_VIEW = """
import { viewOf } from './model.js';
---
const device = { deviceId: "d", ids: { answer: "sensor.answer", question: "sensor.question" }, problem: null };
const hass = { states: given.states, devices: { d: { name: "Glasses" } }, formatEntityState: (state) => state.state };
const { asked, said } = viewOf(hass, {}, device, {});
return { asked, said };
"""


def state(value: str, **attributes: Any) -> dict[str, Any]:
    return {"state": value, "attributes": attributes}


@pytest.mark.parametrize(
    ("answer", "question", "shown"),
    [
        (
            state("Third shelf.", asked="where is the bread", full_answer="Third shelf."),
            state("where is the milk", full_question="where is the milk"),
            {"asked": "where is the bread", "said": "Third shelf."},
        ),
        (  # spoken, and it ended before anybody knew what was asked: the answer is not the question
            state("Too dark.", asked="", full_answer="Too dark."),
            state("unknown", full_question=""),
            {"asked": None, "said": "Too dark."},
        ),
        (state("unknown"), state("unknown"), {"asked": None, "said": None}),
        (
            state("unavailable"),
            state("where is the milk", full_question="where is the milk, the fresh one"),
            {"asked": "where is the milk, the fresh one", "said": None},
        ),
    ],
)
def test_a_question_stands_above_its_own_answer_or_nothing_does(
    run: Run, answer: dict[str, Any], question: dict[str, Any], shown: dict[str, Any]
) -> None:
    assert run(_VIEW, states={"sensor.answer": answer, "sensor.question": question}) == shown
