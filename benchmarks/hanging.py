"""VIMs that hang beside VIMs that answer: how much longer a round over the others takes, with the real daemon.

A tenth of the VIMs, as many as are observed at once, answers nothing until their time is over.
"""

from __future__ import annotations

import json
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import fleet
from benchmarks.clouds import Clouds, simulated
from benchmarks.daemons import Daemon, running
from benchmarks.repositories import commit, new_repository
from benchmarks.result import Result

VIMS, HANGING, AT_ONCE = 80, 8, 8
TIMEOUT = 20.0
"""Seconds that the daemon waits for an answer: longer than a round, so that a VIM that hangs does so all the time."""
LATENCY = 0.05
ROUNDS = 3
TIMES = 1.2
PATIENCE = 300.0
"""Seconds that anything may take: to end a hang, and no goal."""


def run() -> list[Result]:
    names = [f"vim-{number:02}" for number in range(VIMS)]
    sick, well = set(names[:: VIMS // HANGING]), set(names) - set(names[:: VIMS // HANGING])
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory()))
        clouds = ending.enter_context(
            simulated(folder, "--vims", ",".join(names), "--build-seconds", "0", "--latency", str(LATENCY))
        )
        repository = new_repository(folder / "repository")
        commit(repository, {name: _bounded(text) for name, text in fleet.files_of(names).items()}, "All")
        settings = fleet.SETTINGS.format(repository=repository, clouds=clouds.file, folder=folder)
        settings = settings.replace("interval: 86400", f"interval: 86400, atOnce: {AT_ONCE}").replace(
            "branch: main, interval: 5", "branch: main, interval: 1"
        )
        daemon = ending.enter_context(running(folder, settings))
        _wait_for(daemon, set(names), "synced")
        alone = median(_round(daemon, repository, number, well) for number in range(ROUNDS))
        _hang(clouds, sick)
        commit(repository, {"README.md": "hanging\n"}, "Hanging")
        _wait_for(daemon, sick, "unreachable")
        beside = median(_round(daemon, repository, ROUNDS + number, well) for number in range(ROUNDS))
    return [
        Result(f"a round over {len(well)} VIMs, {AT_ONCE} at once", alone, "s"),
        Result(f"the same while {len(sick)} others hang", beside, "s"),
        Result("times as long", beside / alone, "", TIMES),
    ]


def _bounded(text: str) -> str:
    api = f"totalTimeout: {TIMEOUT:g}, timeout: {TIMEOUT:g}, concurrency:"
    return text.replace("concurrency:", api, 1)


def _hang(clouds: Clouds, names: set[str]) -> None:
    rules = [{"cloud": name, "delay": 10 * TIMEOUT} for name in sorted(names)]
    request = urllib.request.Request(f"{clouds.url}/_simulator/faults", json.dumps(rules).encode(), method="PUT")
    with urllib.request.urlopen(request, timeout=PATIENCE):
        pass


def _round(daemon: Daemon, repository: Path, number: int, names: set[str]) -> float:
    """Seconds from when a commit that changes nothing is in force until these VIMs are observed for it."""
    subject = f"Round {number}"
    commit(repository, {"README.md": f"{subject}\n"}, subject)
    _until(lambda: _newest(daemon)["subject"] == subject)
    began = time.monotonic()
    _wait_for(daemon, names, "synced")
    return time.monotonic() - began


def _wait_for(daemon: Daemon, names: set[str], outcome: str) -> None:
    _until(lambda: names <= {one["name"] for one in _newest(daemon)["vims"] if one["outcome"] == outcome})


def _newest(daemon: Daemon) -> dict[str, Any]:
    """The newest commit, as the API shows it."""
    with urllib.request.urlopen(f"{daemon.url}/api/v1/commits?limit=1", timeout=PATIENCE) as answer:
        found = json.load(answer)["commits"]
    return dict(found[0]) if found else {"subject": "", "vims": []}


def _until(is_true: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not is_true():
        if time.monotonic() > until:
            raise TimeoutError("the daemon did not come so far")
        time.sleep(0.05)
