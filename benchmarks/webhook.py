"""From a webhook to the first write at the cloud: the real daemon, a repository on disk, a cloud 50 ms away.

What the cloud takes for the requests before that write is measured in the same run, by its own log, and is taken off.
"""

from __future__ import annotations

import hashlib
import hmac
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.clouds import Clouds, simulated, write
from benchmarks.daemons import running
from benchmarks.repositories import commit, new_repository
from benchmarks.result import Result

ROUNDS = 20
LATENCY = 0.05
GOAL = 1.0
SECRET = "secret"

FILES = """apiVersion: magi/v1alpha1
kind: Vim
metadata: {{name: paris}}
spec: {{type: openstack}}
---
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {{name: edge}}
spec:
  vim: paris
  virtualLinks: [{{name: lan, cidr: 10.1.0.0/24, mtu: {mtu}}}]
"""
SETTINGS = """repository: {{url: {repository}, branch: main, interval: 3600}}
drift: {{interval: 3600, longest: 3600}}
cloudsFile: {clouds}
listen: 127.0.0.1:0
cacheDir: {folder}/cache
webhook: {{secretFile: {folder}/secret}}
"""


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repository = new_repository(folder / "repository")
        commit(repository, {"edge.yaml": FILES.format(mtu=1400)}, "first")
        write(folder, {"secret": SECRET})
        with simulated(folder, "--latency", str(LATENCY)) as clouds:
            settings = SETTINGS.format(repository=repository, clouds=clouds.file, folder=folder)
            with running(folder, settings) as daemon:
                _first_write(clouds, since=0.0)
                rounds = [_round(repository, clouds, daemon.url, 1300 + number) for number in range(ROUNDS)]
    whole = [taken for taken, _ in rounds]
    own = [taken - of_cloud for taken, of_cloud in rounds]
    return [
        Result(f"from the webhook to the first write, median of {ROUNDS}", median(whole), "s"),
        Result("of that the cloud's own, median", median(of_cloud for _, of_cloud in rounds), "s"),
        Result("without the cloud's own, median", median(own), "s"),
        Result("without the cloud's own, p95", quantiles(own, n=20)[-1], "s", GOAL),
    ]


def _round(repository: Path, clouds: Clouds, url: str, mtu: int) -> tuple[float, float]:
    """Seconds from the webhook to the first write, and those of them in which the cloud was at work."""
    commit(repository, {"edge.yaml": FILES.format(mtu=mtu)}, f"MTU {mtu}")
    body = str(mtu).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    asked = urllib.request.Request(f"{url}/hooks/git", body, {"X-Hub-Signature-256": f"sha256={signature}"})
    notified = time.monotonic()
    urllib.request.urlopen(asked, timeout=10).close()
    log, wrote = _first_write(clouds, notified)
    # The pass goes on to observe again; the next round begins when that is over.
    time.sleep(2.0)
    return wrote - notified, busy((max(one["start"], notified), min(one["end"], wrote)) for one in log)


def _first_write(clouds: Clouds, since: float) -> tuple[list[Any], float]:
    """What the cloud was asked from then on, and when it was first asked to change something."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        log = [one for one in clouds.ask("_simulator/log") if one["start"] >= since and "/v3/auth" not in one["route"]]
        if writes := [one["start"] for one in log if one["method"] in {"POST", "PUT", "DELETE"}]:
            return log, min(writes)
        time.sleep(0.05)
    raise TimeoutError("nothing was written")


def busy(spans: Iterator[tuple[float, float]]) -> float:
    """Seconds that the spans cover together."""
    covered, end = 0.0, 0.0
    for start, stop in sorted(span for span in spans if span[0] < span[1]):
        covered += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return covered
