"""Repositories of any size, as text: many services of the same shape. And what the daemon needs for many VIMs.

`run` doubles the VIMs, one small service on each, and shows what that does to processor time and memory of the daemon.
The simulated clouds are processes of their own, so nothing of them counts to it.
"""

from __future__ import annotations

import json
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from benchmarks.clouds import simulated
from benchmarks.daemons import Daemon, memory_of, running, seconds_of
from benchmarks.repositories import commit, new_repository
from benchmarks.result import Result

SIZES = (32, 64, 128)
"""VIMs, each size twice as many as the one before."""

MORE_FOR_TWICE = 2.2
"""Times as much processor time and memory as for half as many VIMs, at most."""

SERIES_OF_A_VIM = 20
SERIES_BESIDES = 25 * 475 + 250 * 5 + 30
"""What docs/metrics.md says: of 25 VIMs and 250 network services with detail, a repository and the daemon."""

SECONDS_OF_A_SCRAPE = 1.0

VIMS_OF_A_SIMULATOR = 128
PATIENCE_OF_A_VIM = 10.0
"""Seconds that a size may take, for each of its VIMs: to end a hang, and no goal."""

SETTINGS = """repository: {{url: {repository}, branch: main, interval: 5}}
drift: {{interval: 86400, longest: 60}}
cloudsFile: {clouds}
listen: 127.0.0.1:0
cacheDir: {folder}/cache
"""

VIM = """apiVersion: magi/v1alpha1
kind: Vim
metadata: {{name: {name}}}
spec:
  type: openstack
  cloud: {name}
  externalNetwork: public
  api: {{concurrency: {concurrency}, requestsPerSecond: 1000}}
"""

DESCRIPTOR = """apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata:
  name: {name}
  labels: {{vendor: example, role: edge}}
spec:
  description: One of many functions of a service
  provider: Example Networks
  version: "1.0"
  connectionPoints:
    - {{name: inside, description: the customer's side}}
  securityGroups:
    - name: inside
      description: What the customer may reach
      rules:
        - {{protocol: tcp, ports: 22, remote: 10.0.0.0/8}}
        - {{protocol: tcp, ports: 443}}
        - {{protocol: icmp, remote: 10.0.0.0/8}}
  vdus:
    - name: vm
      description: The only unit
      image: debian-12
      flavor: m1.tiny
      count: 1
      metadata:
        role: edge
        release: "1.0"
      {user_data}
      interfaces:
        - name: eth0
          connectionPoint: inside
          securityGroups: [inside]
"""

SERVICE = """apiVersion: magi/v1alpha1
kind: NetworkService
metadata:
  name: {name}
  labels: {{tier: gold}}
spec:
  description: One of many services
  vim: {vim}
  virtualLinks:
    - {{name: lan, cidr: {cidr}}}
  vnfs:
{vnfs}
  accessPoints:
    - {{name: internet, virtualLink: lan}}
"""

VNF = """    - name: {name}
      descriptor: {descriptor}
      connect: {{inside: lan}}"""


def vim(name: str = "paris", concurrency: int = 8) -> str:
    return VIM.format(name=name, concurrency=concurrency)


def descriptor(name: str, user_data: str = "") -> str:
    return DESCRIPTOR.format(name=name, user_data=f"userData: {{file: {user_data}}}" if user_data else "")


def service(name: str, number: int, descriptors: list[str], vim_name: str = "paris") -> str:
    cidr = f"10.{number // 256}.{number % 256}.0/24"
    vnfs = "\n".join(VNF.format(name=f"f{index}", descriptor=one) for index, one in enumerate(descriptors))
    return SERVICE.format(name=name, vim=vim_name, cidr=cidr, vnfs=vnfs)


def small_services(count: int, concurrency: int = 8) -> dict[str, str]:
    """Services of one VNF each that share a descriptor: 10 steps each to make."""
    files = {"vims.yaml": vim(concurrency=concurrency), "descriptors/edge.yaml": descriptor("edge")}
    for number in range(count):
        files[f"services/s{number}.yaml"] = service(f"s{number}", number, ["edge"])
    return files


def large_repository(services: int, descriptors: int = 9) -> dict[str, str]:
    """Services with descriptors of their own, and a user data file for each descriptor."""
    files = {"vims.yaml": vim()}
    for number in range(services):
        names = [f"s{number}-f{index}" for index in range(descriptors)]
        files[f"s{number}/service.yaml"] = service(f"s{number}", number, names)
        for name in names:
            files[f"s{number}/{name}.yaml"] = descriptor(name, f"{name}.sh")
            files[f"s{number}/{name}.sh"] = f"#!/bin/sh\necho {name}\n"
    return files


class Needed(NamedTuple):
    """Of a number of VIMs: processor time of the first sync and of a commit that changes nothing, and memory in MB."""

    first_sync: float
    commit: float
    memory: float


class Scrape(NamedTuple):
    """What Prometheus gets of a number of VIMs, and after how many seconds."""

    series: int
    seconds: float


def run(sizes: Sequence[int] = SIZES) -> list[Result]:
    needed, scrapes = {}, {}
    for size in sizes:
        needed[size], scrapes[size] = _needed(size)
    results = []
    for size, of_size in needed.items():
        results += [
            Result(f"{size} VIMs: processor time of the first sync", of_size.first_sync, "s"),
            Result(f"{size} VIMs: processor time of a commit", of_size.commit, "s"),
            Result(f"{size} VIMs: memory after both", of_size.memory, "MB"),
            Result(
                f"{size} VIMs: series of /metrics besides {SERIES_OF_A_VIM} for each",
                scrapes[size].series - SERIES_OF_A_VIM * size,
                "",
                SERIES_BESIDES,
            ),
            Result(f"{size} VIMs: a scrape of them", scrapes[size].seconds, "s", SECONDS_OF_A_SCRAPE),
        ]
    for (few, less), (many, more) in pairwise(needed.items()):
        limit = MORE_FOR_TWICE * many / few / 2
        results += [
            Result(f"{few} to {many} VIMs: {name.replace('_', ' ')}", b / a, "times", limit)
            for name, a, b in zip(Needed._fields, less, more, strict=True)
        ]
    return results


def _needed(size: int) -> tuple[Needed, Scrape]:
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory()))
        names = [f"vim-{number:04}" for number in range(size)]
        entries = []
        for first in range(0, size, VIMS_OF_A_SIMULATOR):
            place = folder / f"simulator-{first}"
            place.mkdir()
            some = names[first : first + VIMS_OF_A_SIMULATOR]
            clouds = ending.enter_context(simulated(place, "--vims", ",".join(some), "--build-seconds", "0"))
            entries.append(clouds.file.read_text().partition("clouds:\n")[2])
        file = folder / "clouds.yaml"
        file.write_text("".join(("clouds:\n", *entries)))
        repository = new_repository(folder / "repository")
        commit(repository, files_of(names), "All")
        settings = SETTINGS.format(repository=repository, clouds=file, folder=folder)
        daemon = ending.enter_context(running(folder, settings))
        wait_for(1, daemon, size)
        first_sync = seconds_of(daemon)
        commit(repository, {"README.md": "Nothing\n"}, "Nothing")
        wait_for(2, daemon, size)
        needed = Needed(first_sync, seconds_of(daemon) - first_sync, memory_of(daemon))
        return needed, _scrape(daemon)


def _scrape(daemon: Daemon) -> Scrape:
    started = time.perf_counter()
    with urllib.request.urlopen(f"{daemon.url}/metrics", timeout=60) as answer:
        text = answer.read().decode()
    seconds = time.perf_counter() - started
    return Scrape(sum(not line.startswith("#") for line in text.splitlines()), seconds)


def files_of(names: Sequence[str]) -> dict[str, str]:
    files = {"descriptor.yaml": descriptor("edge")}
    for number, name in enumerate(names):
        files[f"{name}/vim.yaml"] = vim(name)
        files[f"{name}/service.yaml"] = service(f"{name}-edge", number, ["edge"], name)
    return files


def wait_for(commits: int, daemon: Daemon, size: int, *, patience: float = 0.0) -> None:
    """Until the newest of so many commits is synced on all VIMs. ``patience``: more seconds than the VIMs need.

    It asks for little, and more rarely the more VIMs there are, or asking would be much of what is measured.
    """
    until = time.monotonic() + size * PATIENCE_OF_A_VIM + patience
    while time.monotonic() < until:
        with urllib.request.urlopen(f"{daemon.url}/api/v1/commits?limit=1", timeout=60) as answer:
            found = json.load(answer)
        if found["total"] == commits and found["commits"][0]["outcome"] == "synced":
            return
        time.sleep(max(0.5, size / 64))
    raise TimeoutError(f"the daemon did not come to rest with {size} VIMs")
