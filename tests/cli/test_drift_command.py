"""magi drift: what it says is done about what differs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reconciler.cli import exits
from reconciler.cli.main import run
from tests.targets.test_memory import DESCRIPTOR, SERVICE

LAB = "apiVersion: magi/v1alpha1\nkind: Vim\nmetadata: {name: lab}\nspec: {type: memory}\n---\n"
FREEZE = "---\napiVersion: magi/v1alpha1\nkind: Policy\nmetadata: {name: all}\nspec: {freeze: {services: [shop]}}\n"


def drift(
    folder: Path, capsys: pytest.CaptureFixture[str], service: str, policy: str = ""
) -> tuple[set[str], set[str]]:
    """What text and JSON say is done about all that differs, each in its words."""
    (folder / "all.yaml").write_text(f"{LAB}{DESCRIPTOR}---{service}{policy}")
    assert run(["drift", str(folder)]) == exits.FINE
    rows = [
        re.split(r" {2,}", line.strip()) for line in capsys.readouterr().out.splitlines() if line.startswith("lab ")
    ]
    assert run(["drift", str(folder), "-o", "json"]) == exits.FINE
    found = json.loads(capsys.readouterr().out)["drift"]
    assert len(found) == len(rows) > 0
    assert all(bool(one["reason"]) == bool(one["blocked"]) for one in found)
    return {row[-1] for row in rows}, {f"{one['mode']} {one['blocked']}" for one in found}


def test_what_is_repaired_is_said_to_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert drift(tmp_path, capsys, SERVICE) == ({"repair"}, {"repair None"})


def test_what_is_suspended_is_not_said_to_be_repaired(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suspended = SERVICE.replace("spec:\n", "spec:\n  suspend: true\n", 1)
    assert drift(tmp_path, capsys, suspended) == ({"blocked: suspended"}, {"repair suspended"})


def test_what_is_frozen_is_not_said_to_be_repaired(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert drift(tmp_path, capsys, SERVICE, FREEZE) == ({"blocked: frozen"}, {"repair frozen"})


def test_what_is_only_reported_is_said_to_be_that_also_while_suspended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reported = SERVICE.replace("spec:\n", "spec:\n  suspend: true\n  drift: report\n", 1)
    assert drift(tmp_path, capsys, reported) == ({"report"}, {"report suspended"})
