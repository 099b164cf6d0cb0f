"""docs/status.md and docs/api.md against the code: types, reasons, outcomes, paths and their parameters."""

from __future__ import annotations

import re
from pathlib import Path

from reconciler.model import PROGRESS_OF_BLOCK, BlockReason
from reconciler.reporting.chronicle import CommitOutcome
from reconciler.reporting.chronicle.conditions import word_of
from reconciler.reporting.chronicle.history import KEPT
from reconciler.reporting.events import KEPT as KEPT_EVENTS
from reconciler.web import openapi_document
from reconciler.web.query import MOST, USUAL

ROOT = Path(__file__).parents[2]
STATUS = (ROOT / "docs" / "status.md").read_text(encoding="utf-8")
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    return STATUS.split(f"## {name}\n")[1].split("\n## ")[0]


def words(file: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, (ROOT / "reconciler" / file).read_text(encoding="utf-8")))


def test_every_type_and_reason_of_a_condition_is_listed_and_no_other() -> None:
    types = set(openapi_document()["components"]["schemas"]["Condition"]["properties"]["type"]["enum"])
    reasons = words("reporting/chronicle/conditions.py", r'"([A-Z]\w+)"') | {"Progressing", "Degraded"}
    blocked = {
        word_of(guard)
        for guard in BlockReason
        if not PROGRESS_OF_BLOCK[guard].by_itself and guard is not BlockReason.FAILED
    }
    listed = set(re.findall(r"`([A-Z]\w+)`", section("Conditions")))
    assert listed == types | reasons | blocked


def test_every_reason_of_an_event_is_listed_and_no_other() -> None:
    files = ("reporting/pass_events.py", "reporting/repository_events.py")
    reasons = set().union(*(words(file, r'"([A-Z]\w+)"') for file in files))
    assert set(re.findall(r"`([A-Z]\w+)`", section("Events"))) == reasons


def test_every_outcome_of_a_commit_is_listed_and_no_other() -> None:
    assert sorted(re.findall(r"^\| `(\w+)`", section("Commits"), flags=re.MULTILINE)) == sorted(CommitOutcome)
    assert f"newest {KEPT} commits" in section("Commits")
    assert f"newest {KEPT_EVENTS}." in section("Events")


def test_every_path_is_listed_with_its_parameters_and_no_other() -> None:
    rows = re.findall(r"^\| `(/api/v1/\S+)` \| .* \| (.*?) ?\|$", API, flags=re.MULTILINE)
    listed = {path: re.findall(r"`(\w+)`", parameters) for path, parameters in rows}
    described = openapi_document()["paths"]
    assert listed == {
        path: [one["name"] for one in operation["parameters"] if one["in"] == "query"]
        for path, found in described.items()
        for operation in found.values()
    }
    assert f"`limit` ({USUAL}; at most {MOST})" in API
