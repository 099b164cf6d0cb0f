"""What the daemon holds while looks fail: descriptors, threads and memory, of the real process at a cloud that forbids.

Each look at what is forbidden makes a new login, so what a driver leaves behind adds up.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

from benchmarks.clouds import simulated
from benchmarks.daemons import Daemon, running
from benchmarks.repositories import commit, new_repository
from benchmarks.result import Result

WARM_UP, LOOKS = 10, 60
PATIENCE = 300.0

FILES = """apiVersion: magi/v1alpha1
kind: Vim
metadata: {name: paris}
spec: {type: openstack}
---
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: edge}
spec:
  vim: paris
  virtualLinks: [{name: lan, cidr: 10.1.0.0/24}]
"""
SETTINGS = """repository: {{url: {repository}, branch: main, interval: 1}}
drift: {{interval: 1, longest: 1}}
cloudsFile: {clouds}
listen: 127.0.0.1:0
cacheDir: {folder}/cache
"""


class Held(NamedTuple):
    descriptors: int
    threads: int
    megabytes: float


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repository = new_repository(folder / "repository")
        commit(repository, {"edge.yaml": FILES}, "first")
        with simulated(folder) as clouds:
            _forbid(clouds.url)
            settings = SETTINGS.format(repository=repository, clouds=clouds.file, folder=folder)
            with running(folder, settings) as daemon:
                _looked(daemon, WARM_UP)
                first = held(daemon.pid)
                most = first
                for looks in range(WARM_UP + 1, WARM_UP + LOOKS + 1):
                    _looked(daemon, looks)
                    now = held(daemon.pid)
                    most = Held(
                        max(most.descriptors, now.descriptors),
                        max(most.threads, now.threads),
                        max(most.megabytes, now.megabytes),
                    )
    return [
        Result(f"descriptors more over {LOOKS} looks that fail, at most", most.descriptors - first.descriptors, "", 8),
        Result("threads more, at most", most.threads - first.threads, "", 8),
        Result("memory more, at most", most.megabytes - first.megabytes, "MB", 5),
    ]


def held(pid: int) -> Held:
    """What a process holds now."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = dict(re.findall(r"^(\w+):\s+(\d+)", status, re.MULTILINE))
    return Held(len([*Path(f"/proc/{pid}/fd").iterdir()]), int(found["Threads"]), int(found["VmRSS"]) / 1024)


def _looked(daemon: Daemon, count: int) -> None:
    until = time.monotonic() + PATIENCE
    while daemon.total("magi_passes_total") < count:
        if time.monotonic() > until:
            raise TimeoutError(f"no {count} looks in {PATIENCE:g} s")
        time.sleep(0.1)


def _forbid(url: str) -> None:
    rule = [{"service": "network", "method": "GET", "status": 403}]
    asked = urllib.request.Request(f"{url}/_simulator/faults", json.dumps(rule).encode(), method="PUT")
    asked.add_header("Content-Type", "application/json")
    urllib.request.urlopen(asked, timeout=10).close()
