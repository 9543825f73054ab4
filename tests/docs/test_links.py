"""Links between the pages of documentation lead somewhere, to the heading too."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT

PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!\w+:)(?P<path>[^)#\s]*)(?:#(?P<heading>[^)\s]*))?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@cache
def headings(page: Path) -> set[str]:
    """Return the names of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    found = (re.sub(r"[^\w\s-]", "", each.lower()) for each in _HEADING.findall(text))
    return {each.strip().replace(" ", "-") for each in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links__lead_somewhere(page: Path) -> None:
    broken = []
    for link in _LINK.finditer(_CODE.sub("", page.read_text())):
        target = (page.parent / link["path"]).resolve() if link["path"] else page
        knows = target.exists() and (not link["heading"] or link["heading"] in headings(target))
        if not knows:
            broken.append(link[0])
    assert broken == []
