"""What the daemon needs: its memory, and the processor time of an observation at rest, by VIMs and resources.

The first sync is over then: memory is the most that it ever had, the first sync with it.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks import fleet
from benchmarks.clouds import simulated, write
from benchmarks.daemons import Daemon, running
from benchmarks.result import Result

OBSERVATIONS = 10
PATIENCE = 900.0
MORE_FOR_TEN_TIMES = 10.0
"""Memory and processor time grow at most as the resources do."""

SETTINGS = """repository: {{url: {repository}, branch: main, interval: 3600}}
drift: {{interval: 2}}
cloudsFile: {clouds}
listen: 127.0.0.1:0
cacheDir: {folder}/cache
"""


SERVICES = 100
"""On each VIM."""


class Size(NamedTuple):
    vims: int
    vnfs: int
    """Of each service: an instance each."""


class Needed(NamedTuple):
    resources: float
    memory: float
    """The most, in MB."""
    seconds: float
    """Processor time of an observation of one VIM, with what follows of it."""


def run() -> list[Result]:
    sizes = (Size(1, 1), Size(1, 14), Size(10, 1))
    measured = {size: _measure(size) for size in sizes}
    results = []
    for size, needed in measured.items():
        about = f"{size.vims} VIM{'s' if size.vims > 1 else ''}, {needed.resources:,.0f} resources"
        results += [
            Result(f"{about}: memory", needed.memory, "MB"),
            Result(f"{about}: processor time of an observation of a VIM", needed.seconds, "s"),
        ]
    small, large, _ = measured.values()
    times = large.seconds / small.seconds
    return [
        *results,
        Result("ten times the resources, processor time of an observation", times, "times", MORE_FOR_TEN_TIMES),
    ]


def _measure(size: Size) -> Needed:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = [f"vim-{number}" for number in range(size.vims)]
        repository = write(folder / "repository", _files(names, size.vnfs))
        for arguments in (
            ("init", "-q", "-b", "main"),
            ("add", "-A"),
            ("-c", "user.name=B", "-c", "user.email=b@example.net", "commit", "-q", "-m", "All"),
        ):
            subprocess.run(["git", *arguments], cwd=repository, check=True)
        with simulated(folder, "--vims", ",".join(names), "--build-seconds", "0") as clouds:
            settings = SETTINGS.format(repository=repository, clouds=clouds.file, folder=folder)
            with running(folder, settings) as daemon:
                _wait(lambda: daemon.total("magi_vim_services_synced") >= SERVICES * size.vims)
                _passes(daemon, 2 * size.vims)
                seconds = _seconds_of_an_observation(daemon)
                return Needed(daemon.total("magi_vim_resources"), peak(daemon.pid), seconds)


def _files(names: list[str], vnfs: int) -> dict[str, str]:
    files = {"descriptor.yaml": fleet.descriptor("edge")}
    for name in names:
        files[f"{name}/vim.yaml"] = fleet.vim(name)
        for number in range(SERVICES):
            files[f"{name}/s{number}.yaml"] = fleet.service(f"{name}-s{number}", number, ["edge"] * vnfs, name)
    return files


def _seconds_of_an_observation(daemon: Daemon) -> float:
    used = daemon.total("process_cpu_seconds_total")
    passes = _passes(daemon, OBSERVATIONS)
    return (daemon.total("process_cpu_seconds_total") - used) / passes


def _passes(daemon: Daemon, least: int) -> float:
    """Waits for so many passes from now on; how many there were."""
    before = daemon.total("magi_vim_passes_total")
    _wait(lambda: daemon.total("magi_vim_passes_total") >= before + least)
    return daemon.total("magi_vim_passes_total") - before


def _wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError("the daemon did not come to rest")
        time.sleep(1.0)


def peak(pid: int | str) -> float:
    """The most memory that a process ever had, in MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1000
