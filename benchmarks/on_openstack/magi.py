"""ref20 by Magi: a repository, and processes of `magi`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.clouds import write
from benchmarks.on_openstack.tools import Damage

OWNER = "ref20"
VIM = """apiVersion: magi/v1alpha1
kind: Vim
metadata: {{name: paris}}
spec: {{type: openstack, cloud: {entry}, externalNetwork: public}}
"""
DESCRIPTOR = """apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: ref}
spec:
  connectionPoints: [{name: left}, {name: right}]
  securityGroups:
    - name: ref
      rules:
        - {protocol: tcp, ports: 22}
        - {protocol: tcp, ports: 80}
        - {protocol: tcp, ports: 443}
        - {protocol: icmp}
  vdus:
    - name: vm
      image: cirros-0.6
      flavor: m1.tiny
      interfaces:
        - {name: eth0, connectionPoint: left, securityGroups: [ref]}
        - {name: eth1, connectionPoint: right, securityGroups: [ref]}
"""
SERVICE = """apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {{name: ref20}}
spec:
  vim: paris
  virtualLinks: [{{name: left, cidr: 10.20.0.0/24}}, {{name: right, cidr: 10.21.0.0/24}}]
  routers: [{{name: edge, virtualLinks: [left, right]}}]
  vnfs:
    - {{name: ref, descriptor: ref, counts: {{vm: {count}}}, connect: {{left: left, right: right}}}}
"""
# Without any service the repository would count as emptied, and nothing would be deleted without consent.
OTHER = """apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: other}
spec: {}
---
apiVersion: magi/v1alpha1
kind: Policy
metadata: {name: shrinks}
spec: {maxDeletes: 1000, maxShrinkPercent: 100}
"""


class Magi:
    """The repository of ref20 in a folder. ``requests``: how many API requests the last process sent."""

    name = "Magi"

    def __init__(self, folder: Path, clouds_file: Path, entry: str) -> None:
        self.folder, self.clouds_file, self.entry = folder, clouds_file, entry
        self.requests = 0

    def bring_about(self, servers: int, *, other_rule: bool = False) -> float:
        self.declare(servers, DESCRIPTOR.replace("ports: 80}", "ports: 8080}") if other_rule else DESCRIPTOR)
        return self.apply()

    def find_nothing_to_do(self) -> float:
        """The median of five."""
        return median(self.run("plan")[0] for _ in range(5))

    def damage(self) -> Damage:
        return Damage("ref20/ref/vm-3", "ref20/ref/vm-5/eth1", "ref20/ref/ref")

    def remove(self) -> float:
        (self.folder / "service.yaml").unlink()
        return self.apply()

    def declare(self, servers: int, descriptor: str = DESCRIPTOR) -> None:
        files = {"vims.yaml": VIM.format(entry=self.entry), "ref.yaml": descriptor, "other.yaml": OTHER}
        write(self.folder, files | {"service.yaml": SERVICE.format(count=servers)})

    def apply(self) -> float:
        return self.run("apply", "--yes")[0]

    def run(self, *command: str) -> tuple[float, Any]:
        """Seconds and the answer of one `magi` process."""
        arguments = [sys.executable, "-m", "reconciler.cli", *command, str(self.folder), "-o", "json"]
        start = time.perf_counter()
        done = subprocess.run(
            [*arguments, "--clouds-file", str(self.clouds_file), "--owner", OWNER],
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - start
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        self.requests = answer["apiRequests"]
        return seconds, answer

    def error_of_estimate(self, servers: int) -> float:
        """The factor that the plan to so many servers is wrong by about its duration, at least 1.

        What the process and the observation take is in both, and left out: the estimate is of the steps.
        """
        self.declare(servers)
        observing, reported = self.run("plan")
        estimated = reported["vims"][0]["estimatedSeconds"]
        took = max(self.apply() - observing, 0.1)
        print(f"{servers} servers: estimated {estimated:.1f} s, took {took:.1f} s", file=sys.stderr)
        return float(max(estimated / took, took / estimated))
