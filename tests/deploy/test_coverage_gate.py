"""The gate of coverage fails for each package below the limit, and the table of mutants counts what survived."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts import coverage_table, mutants_table

ROOT = Path(__file__).parents[2]


def gate(monkeypatch: pytest.MonkeyPatch, **percent: float) -> int:
    monkeypatch.setattr(coverage_table, "measured", lambda _: percent)
    return coverage_table.main()


def test_one_package_below_the_limit_fails_the_gate_and_is_marked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate(monkeypatch, one=94.9, other=100.0) == 1
    one, other, hint = capsys.readouterr().out.splitlines()
    assert one.split() == ["one", "94.9", "%", "below", "95", "%"]
    assert other.split() == ["other", "100.0", "%"]
    assert ".venv/bin/coverage report" in hint


def test_all_packages_at_the_limit_pass_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gate(monkeypatch, one=95.0, other=95.1) == 0


def test_a_gate_without_measurement_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.coverage.run]\nsource = ["reconciler/model"]\n')
    monkeypatch.setattr(coverage_table, "ROOT", tmp_path)
    assert coverage_table.main() == 1
    assert "make test-coverage" in capsys.readouterr().err


def test_ci_runs_the_gate_and_all_other_fast_tests() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line.split()[1] for line in lines if line.startswith("make test-") and "openstack" not in line] == [
        "test-wheel",
        "test-coverage",
        "test-others",
    ]


def test_mutants_that_no_test_notices_or_reaches_have_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = {"a.x_f__mutmut_1": 1, "a.x_f__mutmut_2": 0, "a.x_f__mutmut_3": 33, "a.x_f__mutmut_4": 24, "a.x_g": None}
    (tmp_path / "a.py.meta").write_text(json.dumps({"exit_code_by_key": codes}))
    (tmp_path / "b.py.meta").write_text(json.dumps({"exit_code_by_key": {"b.x_f__mutmut_1": None}}))
    monkeypatch.setattr(mutants_table, "FOLDER", tmp_path)
    assert mutants_table.main() == 0
    shown = capsys.readouterr().out.splitlines()
    assert "| `a.py` | 4 | 2 | 2 | 50 |" in shown
    assert "| all | 4 | 2 | 2 | 50 |" in shown
    assert shown[-2:] == ["a.x_f__mutmut_2", "a.x_f__mutmut_3"]
    assert not any("b.py" in line for line in shown)
