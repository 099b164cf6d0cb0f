"""The budget of time that `.ci/run` gives the tests, with pytest in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[1]
TESTS = """\
import pytest

@pytest.fixture(scope="module")
def shared():
    yield
    print("shared is torn down")

@pytest.mark.parametrize("number", range(4))
def test_plain(shared, number): pass

@pytest.mark.essential
def test_essential(): pass

@pytest.mark.essential
def test_failing(): assert WELL
"""


def run(folder: Path, *options: str, workers: int = 0, well: bool = True) -> tuple[int, str]:
    (folder / "test_some.py").write_text(TESTS.replace("WELL", str(well)))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "xdist",
        "-p",
        "tests.budget",
        "-n",
        str(workers),
        *options,
        "test_some.py",
    ]
    # Without the other plugins, which take most of the time to load.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("workers", [0, 2])
def test_without_a_budget_all_tests_run_and_nothing_is_said(tmp_path: Path, workers: int) -> None:
    code, said = run(tmp_path, workers=workers)
    assert (code, "6 passed" in said, "left out" in said) == (0, True, False)


@pytest.mark.parametrize("workers", [0, 2])
def test_once_it_is_used_up_no_test_starts_and_the_summary_says_how_many_were_left_out(
    tmp_path: Path, workers: int
) -> None:
    code, said = run(tmp_path, f"--until={time.time() - 1}", f"--essential-until={time.time() + 3600}", workers=workers)
    assert (code, "2 passed" in said) == (0, True)
    assert "The time is used up: 4 tests were left out." in said


def test_what_is_essential_has_no_longer_than_the_rest_unless_it_is_said(tmp_path: Path) -> None:
    code, said = run(tmp_path, f"--until={time.time() - 1}")
    assert (code, "The time is used up: 6 tests were left out." in said) == (0, True)


@pytest.mark.parametrize("workers", [0, 2])
def test_what_has_failed_until_then_fails_the_run(tmp_path: Path, workers: int) -> None:
    code, said = run(tmp_path, "--until=1", f"--essential-until={time.time() + 3600}", workers=workers, well=False)
    assert (code, "1 failed, 1 passed" in said) == (1, True)
    assert "4 tests were left out" in said


def test_a_test_that_runs_is_finished_and_what_it_used_is_torn_down(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("def pytest_runtest_call(item): item.config.option.until = 1.0\n")
    code, said = run(tmp_path, "-s")
    assert (code, "1 passed" in said) == (0, True)
    assert "5 tests were left out" in said
    assert "shared is torn down" in said
