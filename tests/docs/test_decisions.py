"""docs/decisions: complete notes, an index without gaps, and links between what supersedes and what is superseded."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
NOTES = sorted((DOCS / "decisions").glob("[0-9]*.md"))
LAYOUT = re.compile(
    r"# (?P<number>\d+)\. (?P<title>.+)\n\n"
    r"- Date: (?P<date>[\d-]+)\n"
    r"(?:- Revised: (?P<revised>[\d-]+)\n)?"
    r"(?:- Supersedes: \[\d+\]\((?P<supersedes>[\w.-]+)\)\n)?"
    r"- Status: (?P<status>accepted|superseded by \[\d+\]\((?P<successor>[\w.-]+)\))\n\n"
    r"## Context\n\n.+\n\n## Decision\n\n.+\n\n## Consequences\n\n.+\n",
    re.DOTALL,
)


def parse(note: Path) -> dict[str, str | None]:
    """The fields of a note: number, title, date, revised, supersedes, status, successor."""
    match = LAYOUT.fullmatch(note.read_text(encoding="utf-8"))
    assert match, f"{note.name} does not have the layout that docs/decisions/README.md describes"
    return match.groupdict()


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.stem)
def test_a_note_has_the_layout_and_a_real_date(note: Path) -> None:
    fields = parse(note)
    assert note.name.startswith(f"{int(fields['number'] or 0):03}-")
    assert fields["date"] is not None
    assert date.fromisoformat(fields["revised"] or fields["date"]) >= date.fromisoformat(fields["date"])


def test_numbers_have_no_gap_and_none_twice() -> None:
    assert [int(note.name[:3]) for note in NOTES] == list(range(1, len(NOTES) + 1))


def test_the_index_lists_each_note_as_it_is() -> None:
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \d{3} \|.*\|$", index, re.MULTILINE)
    assert rows == [
        f"| {note.name[:3]} | [{fields['title']}]({note.name}) | {fields['date']} | {fields['status']} |"
        for note, fields in ((note, parse(note)) for note in NOTES)
    ]


def test_a_superseded_note_and_its_successor_link_to_each_other() -> None:
    forward = {(note.name, parse(note)["successor"]) for note in NOTES if parse(note)["successor"]}
    backward = {(parse(note)["supersedes"], note.name) for note in NOTES if parse(note)["supersedes"]}
    assert forward
    assert forward == backward


def test_the_architecture_lists_exactly_the_notes_in_force() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    listed = re.findall(r"\]\(decisions/(\d[\w.-]+)\)", text)
    assert sorted(listed) == [note.name for note in NOTES if parse(note)["status"] == "accepted"]
