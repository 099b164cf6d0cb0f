"""docs/changes.md against what the kinds declare."""

from __future__ import annotations

from scripts.changes_table import FILE, table, written


def test_the_table_is_what_the_kinds_declare() -> None:
    assert FILE.read_text(encoding="utf-8") == written(), "run `make docs`"


def test_the_table_distinguishes_the_ways() -> None:
    rows = table().splitlines()
    assert "| server | `flavor` | in place | resize | what the cloud chose stays |" in rows
    assert "| server | `operate` | in place | stop (not to started) | what the cloud chose stays |" in rows
    assert "| subnet | `cidr` | by a replacement | replace |  |" in rows
    assert "| volume | `size` | in place; refused to a smaller one |  |  |" in rows
    assert "| network | `mtu` | in place |  | what the cloud chose stays |" in rows
