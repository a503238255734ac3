"""A result that is kept: its tables in the documentation, and what it means for larger sizes."""

import json

import pytest

from bench import sizes
from bench.keeping import BLOCKS, DOCS, gaps, with_blocks
from bench.report import committed
from bench.sizes import Size, at_most_at_once, need, price_of_question
from custom_components.shelfsight.live.prices import Price

FIGURES = {
    "cpu_talking_cores": 0.005,
    "cpu_idle_cores": 0.0001,
    "wearables_within_30_ms": 120,
    "idle_mb": 0.5,
    "asking_mb": 2.0,
    "bytes_per_question": 600_000,
    "tokens": {"text_in": 500, "audio_in": 100, "image_in": 256, "audio_out": 60},
}


def test_a_table_takes_the_place_of_the_one_before_and_nothing_else_changes() -> None:
    page = "a\n<!-- bench: x -->\nold\nold\n<!-- end -->\nb\n<!-- bench: y -->\n<!-- end -->\n"
    assert with_blocks(page, {"x": "new \\1", "y": "|"}) == (
        "a\n<!-- bench: x -->\nnew \\1\n<!-- end -->\nb\n<!-- bench: y -->\n|\n<!-- end -->\n"
    )
    with pytest.raises(ValueError, match="0 places for the table z"):
        with_blocks(page, {"z": ""})


def test_the_pages_show_the_newest_result_that_is_kept() -> None:
    data = committed()
    for name, blocks in BLOCKS.items():
        page = (DOCS / name).read_text(encoding="utf-8")
        shown = {block: made(data) for block, made in blocks.items()} if data else {}
        assert with_blocks(page, shown) == page, "scripts/bench --keep writes them"
        assert all(f"<!-- bench: {block} -->\n" in page for block in blocks)
    if data is not None:
        assert not data["loaded"]
        plots = {path.stem for path in DOCS.glob("benchmark-*.svg")} & {
            path.stem for path in DOCS.glob("benchmark-*.png")
        }
        assert plots == {"benchmark-latency", "benchmark-ratios"}


def test_how_many_talk_at_once_is_seldom_exceeded_and_never_more_than_there_are() -> None:
    assert at_most_at_once(100_000, 0.01) == pytest.approx(1000 + 3.72 * 31.5, abs=2)
    assert at_most_at_once(30, 0.02) in range(3, 6)
    assert at_most_at_once(3, 0.9) == 3


def test_a_question_costs_what_its_tokens_cost() -> None:
    price = Price(text_in=1.0, audio_in=2.0, image_in=3.0, text_out=9.0, audio_out=10.0)
    tokens = {"text_in": 1_000_000, "audio_in": 500_000, "image_in": 1_000_000, "audio_out": 100_000}
    assert price_of_question(tokens, price) == pytest.approx(1 + 1 + 3 + 1)


def test_more_talk_than_one_home_carries_so_there_are_more_homes() -> None:
    small, large = need(Size("", 30, 6, 4), FIGURES), need(Size("", 100_000, 4, 6), FIGURES)
    assert small.homes == 1 and small.talking < 10
    assert large.homes >= large.talking / 120
    assert large.memory_gb == pytest.approx((100_000 * 0.5 + large.talking * 2) / 1000)
    assert large.up_mbit_s == pytest.approx(100_000 * 4 / 3600 * 600_000 * 8 / 1e6)
    assert large.dollars_a_day / (100_000 * 24) == pytest.approx(
        price_of_question(FIGURES["tokens"], Price(0.75, 3.0, 1.0, 4.5, 12.0))  # type: ignore[arg-type]
    )


def test_the_table_has_a_row_for_each_size() -> None:
    rows = sizes.table(json.loads(json.dumps(FIGURES))).splitlines()
    assert len(rows) == 2 + len(sizes.SIZES)
    assert all(row.count("|") == rows[0].count("|") for row in rows)


def test_a_result_without_one_of_the_houses_figures_is_not_kept_but_one_without_one_of_the_baselines_is() -> None:
    assert gaps({"loaded": {}}) == []
    assert gaps({"loaded": {"baseline.one.up_p95_ms": {}, "costs.sight_whole_us": {}}}) == []
    assert gaps({"loaded": {"baseline.one.up_p95_ms": {}, "fifty.up_p95_ms": {}}}) == ["fifty.up_p95_ms"]
