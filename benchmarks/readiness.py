"""From a server that the cloud has built to the daemon that knows it: the real daemon, a cloud 50 ms away.

What the cloud takes for the requests in between is measured in the same run, by its own log, and is taken off.
"""

from __future__ import annotations

import json
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median, quantiles

from benchmarks.clouds import Clouds, simulated
from benchmarks.daemons import running
from benchmarks.repositories import commit, new_repository
from benchmarks.result import Result
from benchmarks.webhook import busy

BUILDS = (1.0, 1.3, 1.7, 2.1, 2.6, 3.2, 4.0, 5.1, 6.3, 7.9, 9.4, 12.0)
"""Seconds that the servers take, one after the other."""
LATENCY = 0.05
GOAL = 1.0

DOCUMENTS = """apiVersion: magi/v1alpha1
kind: Vim
metadata: {{name: paris}}
spec: {{type: openstack}}
---
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {{name: web}}
spec:
  vdus: [{{name: web, image: debian-12, flavor: m1.small, interfaces: [{{name: eth0, connectionPoint: lan}}]}}]
  connectionPoints: [{{name: lan}}]
---
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {{name: shop}}
spec:
  vim: paris
  virtualLinks: [{{name: lan, cidr: 10.2.0.0/24}}]
  vnfs: [{{name: web, descriptor: web, counts: {{web: {count}}}, connect: {{lan: lan}}}}]
"""
SETTINGS = """repository: {{url: {repository}, branch: main, interval: 1}}
drift: {{interval: 3600, longest: 3600}}
cloudsFile: {clouds}
listen: 127.0.0.1:0
cacheDir: {folder}/cache
"""


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repository = new_repository(folder / "repository")
        commit(repository, {"shop.yaml": DOCUMENTS.format(count=0)}, "none")
        with simulated(folder, "--latency", str(LATENCY)) as clouds:
            settings = SETTINGS.format(repository=repository, clouds=clouds.file, folder=folder)
            with running(folder, settings) as daemon:
                rounds = [
                    _round(repository, clouds, daemon.url, count, seconds) for count, seconds in enumerate(BUILDS, 1)
                ]
    own = [known - of_cloud for known, of_cloud, _ in rounds]
    return [
        Result(f"from built to known, median of {len(BUILDS)}", median(known for known, _, _ in rounds), "s"),
        Result("without the cloud's own, median", median(own), "s"),
        Result("without the cloud's own, p95", quantiles(own, n=20)[-1], "s", GOAL),
        Result("API requests a second while it was built", median(asked for _, _, asked in rounds), ""),
    ]


def _round(repository: Path, clouds: Clouds, url: str, count: int, seconds: float) -> tuple[float, float, float]:
    """Seconds from built to known, those of them in which the cloud was at work, and requests a second before."""
    body = json.dumps({"build_seconds": seconds}).encode()
    asked = urllib.request.Request(f"{clouds.url}/_simulator/clouds/paris/settings", body, method="PUT")
    urllib.request.urlopen(asked, timeout=10).close()
    commit(repository, {"shop.yaml": DOCUMENTS.format(count=count)}, f"{count} servers")
    known = _known(url, count)
    log = clouds.ask("_simulator/log")
    # The cloud begins to build when it has answered.
    began = max(one["end"] for one in log if (one["method"], one["route"]) == ("POST", "/v2.1/servers"))
    built = began + seconds
    meanwhile = [one for one in log if began < one["start"] < built]
    of_cloud = busy((max(one["start"], built), min(one["end"], known)) for one in log)
    return known - built, of_cloud, len(meanwhile) / seconds


def _known(url: str, count: int) -> float:
    """When the daemon says that the service has so many servers, all of them ready."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with urllib.request.urlopen(f"{url}/api/v1/services?service=shop", timeout=10) as answer:
            services = json.load(answer)["services"]
        # The servers, and the network that they are on.
        if any(one["ready"] == one["desired"] == 1 + count and one["health"] == "healthy" for one in services):
            return time.monotonic()
        time.sleep(0.02)
    raise TimeoutError("the daemon never knew")
