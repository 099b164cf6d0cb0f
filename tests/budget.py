"""Time that a run of the tests may take, kept by pytest itself: `.ci/run` sets it.

Once a budget is used up no further test is started; those that run are finished, and the summary says how many were
left out. So a slow machine runs fewer tests, and only a test that fails makes the run fail.
"""

from __future__ import annotations

import time

import pytest

_LEFT_OUT = pytest.StashKey[int]()
ESSENTIAL = "essential"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("budget of time")
    # Moments, not durations: the same in all worker processes, and in several runs after one another.
    group.addoption("--until", type=float, metavar="EPOCH", help="start no further test after this moment")
    group.addoption(
        "--essential-until", type=float, metavar="EPOCH", help="the same for tests marked essential; default: --until"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{ESSENTIAL}: no other test on a real cloud replaces it; these run first")
    config.stash[_LEFT_OUT] = 0


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    until = item.config.getoption("--until")
    if item.get_closest_marker(ESSENTIAL):
        until = item.config.getoption("--essential-until") or until
    if until is None or time.time() < until:
        return None
    item.config.stash[_LEFT_OUT] += 1
    return True


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash[_LEFT_OUT]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """Called by xdist in the main process when a worker has ended."""
    config: pytest.Config = node.config  # type: ignore[attr-defined]  # xdist ships no type for it
    config.stash[_LEFT_OUT] += getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if number := config.stash[_LEFT_OUT]:
        terminalreporter.write_line(f"The time is used up: {number} tests were left out.", yellow=True)
