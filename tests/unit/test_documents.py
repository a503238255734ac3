"""Every document of the project: links that lead somewhere, pictures with words, words that say where a link leads."""

from itertools import pairwise
from pathlib import Path
import re
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
LEFT_OUT = {".venv", ".tools", "node_modules", ".git", "demo-output"}
DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for path in (ROOT, *(folder for folder in ROOT.iterdir() if folder.is_dir() and folder.name not in LEFT_OUT))
    for path in (path.glob("*.md") if path == ROOT else path.rglob("*.md"))
    if not LEFT_OUT & set(path.parts)
)
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+(?:\([^()]*\))?)\)")
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$", re.MULTILINE)
# Read out alone, as a screen reader's list of links does, these say nothing.
SAYS_NOTHING = {"click here", "here", "install", "link", "more", "page", "read more", "this", "this page"}


def text_of(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def prose_of(path: Path) -> str:
    """Without code, in which brackets are no links and hashes no headings."""
    return CODE.sub("", text_of(path))


def anchors_of(path: Path) -> set[str]:
    """As GitHub makes them: lower case, no punctuation, hyphens for spaces, and a number behind what comes again."""
    made: set[str] = set()
    for heading in HEADING.findall(prose_of(path)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        number = 0
        while (anchor := f"{name}-{number}" if number else name) in made:
            number += 1
        made.add(anchor)
    return made


def test_anchors_are_made_as_github_makes_them(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# The action `shelfsight.ask`\n## 6. Pairing\n## 6. Pairing\n### Proofs ⚙\n```\n# no heading\n```\n"
    )
    assert anchors_of(page) == {"the-action-shelfsightask", "6-pairing", "6-pairing-1", "proofs-"}


def test_the_documents_are_found() -> None:
    assert {Path("README.md"), Path("docs/troubleshooting.md"), Path("firmware_bridge/PROTOCOL.md")} <= set(DOCUMENTS)


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_every_link_within_the_project_leads_somewhere(path: Path) -> None:
    for text, target in (*LINK.findall(prose_of(path)), *IMAGE.findall(prose_of(path))):
        parts = urlsplit(target)
        if parts.scheme:
            continue
        file = ((ROOT / path).parent / unquote(parts.path)).resolve() if parts.path else ROOT / path
        assert file.exists(), f"[{text}]({target})"
        assert file.is_relative_to(ROOT), f"[{text}]({target}) leads out of the project"
        if parts.fragment:
            assert parts.fragment in anchors_of(file.relative_to(ROOT)), f"[{text}]({target})"


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_every_link_out_of_the_project_is_encrypted(path: Path) -> None:
    for text, target in LINK.findall(prose_of(path)):
        parts = urlsplit(target)
        assert not parts.scheme or (parts.scheme == "https" and "." in parts.netloc), f"[{text}]({target})"


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_every_picture_has_words(path: Path) -> None:
    for words, target in IMAGE.findall(prose_of(path)):
        assert len(words.split()) >= 4, f"the picture {target} is described as {words!r}"
    assert "<img" not in prose_of(path)


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_every_link_says_where_it_leads(path: Path) -> None:
    for text, target in LINK.findall(prose_of(path)):
        assert text.strip("*_` ").lower() not in SAYS_NOTHING, f"[{text}]({target})"


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_headings_go_down_step_by_step(path: Path) -> None:
    """A screen reader jumps from heading to heading; a level that is left out sounds like something that was missed."""
    levels = [len(line.split(" ")[0]) for line in prose_of(path).splitlines() if re.match(r"#{1,6} ", line)]
    assert levels[:1] in ([1], []), "the first heading is the title"
    assert levels.count(1) <= 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_document_that_code_leads_people_to_is_there() -> None:
    base = "https://github.com/shelfsight/shelfsight/blob/main"
    for source in (ROOT / "custom_components" / "shelfsight").rglob("*.py"):
        text = source.read_text(encoding="utf-8").replace("{_DOCUMENTS}", base)
        for target in re.findall(rf"{base}/([\w/.#-]+)", text):
            file, _, anchor = target.partition("#")
            assert (ROOT / file).is_file(), target
            assert not anchor or anchor in anchors_of(Path(file)), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_no_document_tells_a_path_of_the_machine_it_was_written_on(path: Path) -> None:
    assert not re.search(r"(?:/home/\w|/work/|/Users/\w)", text_of(path))
