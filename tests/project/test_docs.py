"""Keeps the links of the README, of the pages beside it and of docs/.

Each leads to a file, and to a heading in it; one that names a test leads to the file that has it.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")
TEST = re.compile(r"\[`(test_\w+)`\]\(([^)]*)\)")


def anchors(page: Path) -> set[str]:
    """Return what the headings of a page are linked by, as GitHub makes it of their text."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text).strip().lower().replace(" ", "-") for text in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for path, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            lost.append(f"{path}#{anchor}")
    assert not lost


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_is_named_is_in_its_file(page: Path) -> None:
    lost = [
        name
        for name, path in TEST.findall(page.read_text(encoding="utf-8"))
        if f"\ndef {name}(" not in (page.parent / path).read_text(encoding="utf-8")
    ]
    assert not lost
