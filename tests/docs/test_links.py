"""Links in all documentation, and what code, schemas and deployment files say of it: files and headings that exist."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from scripts.document_pages import anchor_of

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FOLDERS = ("docs", "deploy", "desired-state-examples", "requirements")
PAGES = sorted([*ROOT.glob("*.md"), *(file for name in FOLDERS for file in (ROOT / name).rglob("*.md"))])
OTHERS = [
    file
    for name in ("reconciler", "schemas", "deploy", "scripts", "devcloud")
    for file in sorted((ROOT / name).rglob("*"))
    if file.suffix in {".py", ".json", ".yaml", ".yml", ".service"} and ".devcloud" not in file.parts
]
LINK = re.compile(r"\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]*))?\)")
MENTION = re.compile(r"(?:\bdocs/|\]\()([\w/-]+\.md)(?:#([\w-]+))?")


def prose(text: str) -> str:
    """A page without its code, which holds neither links nor headings."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


@cache
def anchors(page: Path) -> frozenset[str]:
    """What a link to a heading of the page may end with; forges number those that are the same."""
    found: list[str] = []
    seen: Counter[str] = Counter()
    for heading in re.findall(r"^#+ (.*)$", prose(page.read_text(encoding="utf-8")), flags=re.MULTILINE):
        anchor = anchor_of(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading))
        found.append(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return frozenset(found)


def leads_nowhere(page: Path, anchor: str) -> bool:
    return not page.exists() or (bool(anchor) and anchor not in anchors(page))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", prose(page.read_text(encoding="utf-8")))
    broken = [
        f"{path}#{anchor}"
        for path, anchor in LINK.findall(text)
        if leads_nowhere(page.parent / path if path else page, anchor)
    ]
    assert broken == []


def test_pages_that_code_schemas_and_deployment_files_name_exist() -> None:
    mentions = {(file, *found) for file in OTHERS for found in MENTION.findall(file.read_text(encoding="utf-8"))}
    assert mentions
    assert [mention for mention in mentions if leads_nowhere(DOCS / mention[1], mention[2])] == []


def test_a_link_to_a_page_or_a_heading_that_is_gone_is_found() -> None:
    assert leads_nowhere(DOCS / "documents" / "nowhere.md", "")
    assert leads_nowhere(DOCS / "documents.md", "api-budget")
    assert not leads_nowhere(DOCS / "documents" / "vim.md", "api-budget")
