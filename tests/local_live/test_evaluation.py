"""The rubric can tell right from wrong, and what is asked of drawn shelves is true of them."""

from dataclasses import replace
import json
from pathlib import Path

import numpy as np
import pytest

from drawn_shelves import Scene, draw
from drawn_shelves.difficulty import KNOBS, middle, missing_twins, scene
from evaluation.cases import Case, CasesError, There, read_folder
from evaluation.curves import plot
from evaluation.drawn import questions_about
from evaluation.reporting import interval, percentile
from evaluation.scoring import Claim, claims, score
from evaluation.speaking import Manner, aloud

HONEY = Case(
    "where is the honey", (There(2, ((0.3, 0.4),)),), price="4.29", label="Bee Meadow honey 340 g", colour="yellow"
)
ABSENT = Case("where is the dog food", (), "absent")


@pytest.mark.parametrize(
    ("text", "claimed"),
    [
        ("Third shelf of five from the top, far right.", (Claim(3, "far right"),)),
        ("On the third visible shelf, far left end. A green bag.", (Claim(3, "far left"),)),
        ("It is on shelf 2 in the middle.", (Claim(2, "middle"),)),
        ("Top shelf, left.", (Claim(1, "left"),)),
        ("Second shelf of five from the bottom, right.", (Claim(4, "right"),)),
        ("Bottom shelf, rightmost.", (Claim(5, "far right"),)),
        ("First shelf of five, left. Also third shelf, right.", (Claim(1, "left"), Claim(3, "right"))),
        ("First shelf, far left, right of the honey.", (Claim(1, "far left"),)),
        ("I read no honey. Turn your head slightly left.", ()),
    ],
)
def test_what_an_answer_claims_is_found_in_its_words(text: str, claimed: tuple[Claim, ...]) -> None:
    assert claims(text, 5) == claimed


@pytest.mark.parametrize(
    ("text", "found", "right", "wrong"),
    [
        ("Second shelf of five from the top, left. The label says honey. The tag below says 4.29.", True, True, False),
        ("Second shelf of five from the top, far right. The label says honey.", True, False, True),
        ("Third shelf of five from the top, left. The label says honey.", True, False, True),
        ("Second shelf of five from the top, left. Also fourth shelf, left.", True, False, True),
        ("Perhaps second shelf of five from the top, left: I read hon there.", False, True, False),
        ("Perhaps fourth shelf of five from the top, left: I read hon there.", False, False, False),
        ("I read no honey on the five shelves in the picture.", False, False, False),
    ],
)
def test_only_what_is_there_counts_as_right(text: str, found: bool, right: bool, wrong: bool) -> None:
    scored = score(HONEY, text, None, found, 5)
    assert (scored.right, scored.wrong_claim) == (right, wrong)
    assert scored.score == 0.0 if wrong else scored.score > 0.0


def test_a_box_beside_the_thing_is_wrong_although_the_words_are_right() -> None:
    text = "Second shelf of five from the top, left."
    assert score(HONEY, text, (300, 310, 400, 390), True, 5).right
    assert score(HONEY, text, (300, 500, 400, 560), True, 5).wrong_claim


@pytest.mark.parametrize(
    "text", ["I read no dog food on the five shelves.", "I did not find dog food. Second shelf, left, I read food."]
)
def test_what_is_not_there_must_be_said_not_to_be_there(text: str) -> None:
    assert score(ABSENT, text, None, False, 5).right
    assert score(ABSENT, "Second shelf of five from the top, left.", None, True, 5).wrong_claim


def test_invented_prices_words_colours_and_claims_are_noticed() -> None:
    start = "Second shelf of five from the top, left"
    assert score(
        HONEY, f"{start}, a yellow pack. The label says honey. The tag says 4.29.", None, True, 5
    ).points.nothing_invented
    for more in (". The tag below says 4.20.", ". The label says honeydew melon.", ", a green jar."):
        assert not score(HONEY, start + more, None, True, 5).points.nothing_invented
    assert score(HONEY, f"{start}. The label says organic honey.", None, True, 5).wrong_claim
    assert not score(HONEY, f"{start}. As you can see, it is over there.", None, True, 5).points.no_pointing
    assert not score(HONEY, " ".join(["word"] * 36), None, False, 5).points.short


def test_a_folder_in_another_form_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(CasesError, match=r"truth\.json"):
        read_folder(tmp_path)
    (tmp_path / "truth.json").write_text(json.dumps({"photos": {"a.jpg": {"shelf_count": 3}}}))
    with pytest.raises(CasesError):
        read_folder(tmp_path)
    (tmp_path / "a.jpg").write_bytes(b"jpeg")
    question = {"ask": "find it", "present": True, "places": [{"shelf": 1, "spans": [[0.1, 0.2]]}]}
    (tmp_path / "truth.json").write_text(json.dumps({"photos": {"a.jpg": {"shelf_count": 3, "questions": [question]}}}))
    (picture,) = read_folder(tmp_path)
    assert picture.cases == (Case("find it", (There(1, ((0.1, 0.2),)),)),)


def test_questions_about_a_drawn_shelf_are_true_of_it() -> None:
    _, truth = draw(replace(scene(3, middle()), width_px=640, height_px=480))
    cases = questions_about(3, truth, 2)
    assert len(cases) == 12 and {case.kind for case in cases} == {"there", "absent", "near"}
    printed = " ".join(product.label.lower() for product in truth.products)
    for case in cases:
        named = [product for product in truth.products if case.ask.lower().endswith(product.name.lower())]
        if case.present:
            assert any(there.shelf == product.shelf for there in case.places for product in named)
        else:
            assert not any(
                f" {product.name.lower()}" == case.ask.lower()[-len(product.name) - 1 :]
                for product in truth.products
                if case.kind == "absent"
            )
    for missing, there in missing_twins(3, 2):
        assert missing not in printed and there in printed


def test_every_difficulty_changes_the_picture() -> None:
    small = {"shelves": 3.0}
    plain = _drawn(scene(5, small))
    for name, knob in KNOBS.items():
        if name != "shelves":
            assert _drawn(scene(5, small | {name: knob.settings[-1]})) != plain, name


def _drawn(of: Scene) -> bytes:
    return draw(replace(of, width_px=320, height_px=240))[0].tobytes()


def test_bays_have_shelves_of_their_own() -> None:
    _, truth = draw(replace(scene(4, {"bays": 3, "shelves": 4}, uneven=True), width_px=640, height_px=480))
    assert len(truth.shelf_counts) == 3 and set(truth.shelf_counts) <= {3, 4, 5}
    for bay, count in enumerate(truth.shelf_counts, 1):
        there = [product for product in truth.products if product.bay == bay]
        assert {product.shelf for product in there} == set(range(1, count + 1))
        middles = [(product.spans[0][0] + product.spans[0][1]) / 2 for product in there]
        assert (bay - 1) / 3 - 0.05 < min(middles) and max(middles) < bay / 3 + 0.05


def test_a_voice_stands_out_of_the_noise_of_the_shop_by_as_much_as_it_should() -> None:
    def loud(pcm: bytes) -> tuple[float, float]:
        sound = np.frombuffer(pcm, "<i2").astype(float)
        lead = sound[:4000]  # before the first word
        return float(np.sqrt((lead**2).mean())), float(np.sqrt((sound[4800:-6400] ** 2).mean()))

    silence, _ = loud(aloud("where is the honey", Manner("en-us", 160, None)))
    noise, voice = loud(aloud("where is the honey", Manner("en-us", 160, 10.0)))
    assert silence == 0.0
    assert 5 < 20 * np.log10(voice / noise) < 15


def test_figures_are_counted_as_they_should_be() -> None:
    assert percentile([1, 2, 3, 4], 50) == 2 and percentile([1, 2, 3, 4], 95) == 4 and percentile([], 50) is None
    low, high = interval(95, 100)
    assert 0.88 < low < 0.9 and 0.97 < high < 0.99
    assert plot("blur", []).startswith("<svg")
