"""docs/build-esp32.md and its drawing say what the tables of pins say."""

import ast
from pathlib import Path
import re
from typing import Any
from xml.etree import ElementTree as ET

import board_interpreter

DOCS = board_interpreter.REPOSITORY / "docs"
PAGE = (DOCS / "build-esp32.md").read_text()


def pins(board: str) -> dict[str, int]:
    """The wiring of a board in boards/esp32/tables.py, which only MicroPython can import: read from its syntax."""
    tree = ast.parse((board_interpreter.FIRMWARE / "boards" / "esp32" / "tables.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == board:
            assert isinstance(node.value, ast.Call)
            return {name: pin for keyword in node.value.keywords for name, pin in _pins_of(keyword)}
    raise AssertionError(board)


def _pins_of(keyword: ast.keyword) -> list[tuple[str, int]]:
    names = {
        "microphone": {"sck": "microphone SCK", "ws": "microphone WS", "sd": "microphone SD"},
        "amplifier": {"sck": "amplifier BCLK", "ws": "amplifier LRC", "sd": "amplifier DIN", "enable": "amplifier SD"},
    }
    alone = {"button": "button", "battery": "battery divider", "privacy": "privacy switch"}
    value: Any = keyword.value
    if keyword.arg in alone:
        return [(alone[keyword.arg], value.value)]
    if keyword.arg in names:
        return [(names[keyword.arg][part.arg], part.value.value) for part in value.keywords]
    return []


def rows(title: str) -> list[list[str]]:
    """The cells of the first table under a heading."""
    section = PAGE.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_xiaos_table_is_its_wiring() -> None:
    told = {row[4]: int(row[3]) for row in rows("Wiring, XIAO ESP32S3 Sense") if row[3]}
    for what, pin in pins("XIAO").items():
        assert [number for text, number in told.items() if what in text] == [pin], what


def test_the_freenoves_table_is_its_wiring() -> None:
    told = {row[1]: int(row[0]) for row in rows("Wiring, Freenove ESP32-S3 WROOM CAM")}
    for what, pin in pins("FREENOVE").items():
        assert [number for text, number in told.items() if what in text] == [pin], what


def test_the_drawing_says_what_the_table_says_and_has_words_for_all_of_it() -> None:
    drawing = ET.parse(DOCS / "build-esp32.svg").getroot()  # noqa: S314 -- our own file
    space = "{http://www.w3.org/2000/svg}"
    texts = ["".join(text.itertext()) for text in drawing.iter(f"{space}text")]
    description = drawing.findtext(f"{space}desc") or ""
    for row in rows("Wiring, XIAO ESP32S3 Sense"):
        printed, goes_to = row[2], re.split(r"[;(]| of microphone", row[4])[0].strip()
        assert printed in texts and printed in description
        part = goes_to.removeprefix("middle of the ")
        assert part == "nothing" or any(part in text for text in texts), part
        assert part == "nothing" or part in description, part


def test_every_option_and_file_the_page_names_exists() -> None:
    from firmware_bridge.boards.esp32.flashing import command

    known = command.parser().format_help()
    for option in set(re.findall(r"(?<![\w-])--[a-z][\w-]+", PAGE)):
        assert option in known, option
    folder: Path = board_interpreter.FIRMWARE / "boards" / "esp32"
    for name in re.findall(r"`(\w+)`", PAGE.split("## For those who change it")[1].split("Known edges")[0]):
        assert (folder / f"{name}.py").exists(), name
