"""docs/threat-model.md: every test that is said to hold something is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")


def test_the_tests_that_hold_threats_are_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)
    assert len(named) > 30
    missing = [
        f"{file}::{test}"
        for file, test in named
        if not (ROOT / file).is_file() or (test and f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8"))
    ]
    assert missing == []


def test_every_threat_is_held_by_a_test_or_said_to_be_open() -> None:
    tables = PAGE.partition("## Other tenants")[2].partition("## What was tried manually")[0]
    rows = re.findall(r"^\| (.*) \|$", tables, re.MULTILINE)
    threats = [row for row in rows if not row.startswith("Threat |")]
    assert len(threats) > 30
    assert [row for row in threats if "`tests/" not in row and "*open*" not in row and "none:" not in row] == []
