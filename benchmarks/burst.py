"""Thousands of services in one commit, on a few VIMs, with the real daemon: none may be lost.

Processor time is that of the daemon alone: the simulated clouds are processes of their own. What a VIM's log shows from
the first request of the commit to the last write is held against the larger of two times: all these requests, divided
by how many may run at once, and the longest chain of steps with the observations before and after it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import mean
from typing import NamedTuple

from benchmarks import fleet
from benchmarks.clouds import Clouds, simulated
from benchmarks.daemons import Daemon, memory_of, running, seconds_of
from benchmarks.repositories import commit, new_repository
from benchmarks.result import Result

SERVICES = 3000
VIMS = 8
CONCURRENCY = 8
LATENCY = 0.3
"""Seconds of each request, as a busy Neutron takes: with less the daemon's processor would be all that is measured."""
CHAIN = 5
"""Steps one after the other of a service: network, subnet, port, server, and the observation that shows it."""

CPU_A_SERVICE = 0.03
TIMES_IDEAL = 1.15
PATIENCE_OF_A_SERVICE, PATIENCE_AT_REST = 1.0, 60.0
"""Seconds, for each service, and until all is seen to be healthy: to end a hang, and no goal."""


class Made(NamedTuple):
    """Of a burst: seconds from the commit to the end, processor time and memory (MB) of the daemon, the services that
    are not on their cloud, and how many times the ideal the VIMs took, the slowest one first.
    """

    seconds: float
    processor: float
    memory: float
    lost: int
    times_ideal: list[float]


def run(services: int = SERVICES) -> list[Result]:
    made = _burst(services)
    return [
        Result(f"{services} services in one commit, on {VIMS} VIMs", made.seconds, "s"),
        Result("services that are lost", made.lost, "", 0),
        Result("processor time of the daemon, a service", made.processor / services, "s", CPU_A_SERVICE),
        Result("memory of the daemon", made.memory, "MB"),
        Result("times the ideal by the log of the slowest VIM", made.times_ideal[0], "", TIMES_IDEAL),
        Result("the same of the fastest", made.times_ideal[-1], ""),
    ]


def _burst(services: int) -> Made:
    names = [f"vim-{number}" for number in range(VIMS)]
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory()))
        clouds = [_cloud(folder / name, name, ending) for name in names]
        file = folder / "clouds.yaml"
        entries = (one.file.read_text().partition("clouds:\n")[2] for one in clouds)
        file.write_text("".join(("clouds:\n", *entries)))
        repository = new_repository(folder / "repository")
        vims = {f"vims/{name}.yaml": fleet.vim(name, CONCURRENCY) for name in names}
        commit(repository, {**vims, "descriptor.yaml": fleet.descriptor("edge")}, "VIMs")
        settings = fleet.SETTINGS.format(repository=repository, clouds=file, folder=folder)
        daemon = ending.enter_context(running(folder, settings))
        fleet.wait_for(1, daemon, VIMS)
        for one in clouds:
            one.ask("_simulator/requests", "DELETE")
        before, began = seconds_of(daemon), time.monotonic()
        commit(repository, _services(services, names), "All at once")
        fleet.wait_for(2, daemon, VIMS, patience=services * PATIENCE_OF_A_SERVICE)
        seconds, processor = time.monotonic() - began, seconds_of(daemon) - before
        times_ideal = sorted(map(_times_ideal, clouds), reverse=True)
        return Made(seconds, processor, memory_of(daemon), _lost(daemon, services), times_ideal)


def _cloud(folder: Path, name: str, ending: ExitStack) -> Clouds:
    folder.mkdir()
    return ending.enter_context(simulated(folder, "--vims", name, "--build-seconds", "0", "--latency", str(LATENCY)))


def _services(count: int, names: Sequence[str]) -> dict[str, str]:
    files = {}
    for number in range(count):
        text = fleet.service(f"s{number}", number, ["edge"], names[number % len(names)])
        files[f"services/s{number}.yaml"] = text.partition("  accessPoints:")[0]
    return files


def _lost(daemon: Daemon, services: int) -> int:
    """How many are not as Git declares and whole, once the last observation has shown what was built at last."""
    until = time.monotonic() + PATIENCE_AT_REST
    while True:
        lost = services - round(daemon.total("magi_service_info", sync="synced", health="healthy"))
        if not lost or time.monotonic() > until:
            return lost
        time.sleep(1.0)


def _times_ideal(cloud: Clouds) -> float:
    """How many times as long as it had to a VIM was at work, from its first request to its last write."""
    log = cloud.ask("_simulator/log")
    last = max(entry["end"] for entry in log if entry["method"] != "GET")
    worked = [entry for entry in log if entry["start"] <= last]
    seconds = [entry["end"] - entry["start"] for entry in worked]
    ideal = max(sum(seconds) / CONCURRENCY, CHAIN * mean(seconds))
    return float((last - min(entry["start"] for entry in worked)) / ideal)
