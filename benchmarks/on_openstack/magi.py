"""`python -m benchmarks.on_openstack CLOUDS-FILE [ENTRY] [--estimates]`: the service ref20 on a real OpenStack.

Each row is a process. With `--estimates` no more is measured than how long plans say that they take.

ref20: 2 networks with a subnet each, a router with both, a security group with 4 rules, 20 servers with a port on each
network. In the same run the raw limits: a process that logs in and sends one GET a kind, and does nothing with it; and
the time that the cloud itself takes for removing the servers.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.clouds import write
from benchmarks.result import Result, print_results
from reconciler.model import ApiBudget, Place, Target
from reconciler.targets.openstack.session.clouds import Clouds
from reconciler.targets.openstack.session.connection import Connection

OWNER = "ref20"
SERVERS = 20
COUNTS = (1, 2, 5, 15, 16, 20, 10, 13, 21, 22, 18)
"""Of servers, one after another: the plans whose estimates are held against what they took."""
WITHIN = 1.5
# Seconds of Heat and of Ansible for the same on the same kind of cloud, measured once; None: not done or not measured.
OTHERS: dict[str, tuple[float | None, float | None]] = {
    "first sync": (94.0, 253.0),
    "nothing to do": (19.6, 122.0),
    "+2 servers": (25.6, None),
    "-2 servers": (23.3, None),
    "one rule changed": (21.0, None),
    "server, port and rule deleted manually": (None, None),
    "delete": (34.0, None),
}

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

RAW = """
import json, sys, urllib.request as u
auth = json.loads(sys.argv[1])
who = {"name": auth["username"], "domain": {"name": auth["user_domain_name"]}, "password": auth["password"]}
scope = {"project": {"name": auth["project_name"], "domain": {"name": auth["project_domain_name"]}}}
body = {"auth": {"identity": {"methods": ["password"], "password": {"user": who}}, "scope": scope}}
ask = u.Request(auth["auth_url"] + "/auth/tokens", json.dumps(body).encode(), {"Content-Type": "application/json"})
with u.urlopen(ask) as answer:
    token, access = answer.headers["X-Subject-Token"], json.load(answer)
ends = {s["type"]: e["url"] for s in access["token"]["catalog"] for e in s["endpoints"] if e["interface"] == "public"}
for service, path in json.loads(sys.argv[2]):
    with u.urlopen(u.Request(ends[service] + path, headers={"X-Auth-Token": token})) as answer:
        json.load(answer)
"""
GETS = [
    ("network", "/v2.0/networks"), ("network", "/v2.0/subnets"), ("network", "/v2.0/routers"),
    ("network", "/v2.0/ports"), ("network", "/v2.0/security-groups"), ("network", "/v2.0/floatingips"),
    ("compute", "/os-server-groups"), ("compute", "/os-keypairs"), ("compute", "/servers/detail"),
    ("compute", "/flavors/detail"), ("image", "/v2/images"),
]  # fmt: skip


class Bench:
    """The repository of ref20, and the cloud."""

    def __init__(self, folder: Path, clouds_file: Path, entry: str) -> None:
        self.folder, self.clouds_file, self.entry = folder, clouds_file, entry
        # Nova answers a delete slowly while it does many.
        budget = ApiBudget(requests_per_second=1000.0, timeout=600.0, total_timeout=600.0)
        target = Target("paris", "openstack", entry, (), (), budget, Place("vims.yaml", 1))
        self.out_of_band = Connection(target, Clouds(clouds_file), lambda _: None)

    def declare(self, count: int = SERVERS, change: Callable[[str], str] = lambda text: text) -> None:
        files = {"vims.yaml": VIM.format(entry=self.entry), "ref.yaml": change(DESCRIPTOR), "other.yaml": OTHER}
        if count:
            files["service.yaml"] = SERVICE.format(count=count)
        else:
            (self.folder / "service.yaml").unlink()
        write(self.folder, files)

    def magi(self, *command: str) -> tuple[float, int]:
        """Seconds and API requests of one `magi` process."""
        seconds, reported = self.reported(*command)
        return seconds, reported["apiRequests"]

    def error_of_estimate(self, count: int) -> float:
        """The factor that the plan to so many servers is wrong by about its duration, at least 1.

        What the process and the observation take is in both, and left out: the estimate is of the steps.
        """
        self.declare(count)
        observing, reported = self.reported("plan")
        estimated = reported["vims"][0]["estimatedSeconds"]
        took = max(self.apply()[0] - observing, 0.1)
        print(f"{count} servers: estimated {estimated:.1f} s, took {took:.1f} s", file=sys.stderr)
        return float(max(estimated / took, took / estimated))

    def reported(self, *command: str) -> tuple[float, Any]:
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
        return seconds, json.loads(done.stdout)

    def apply(self) -> tuple[float, int]:
        return self.magi("apply", "--yes")

    def get(self, service: str, path: str, collection: str) -> list[Any]:
        found: list[Any] = self.out_of_band.request("GET", service, path).json()[collection]
        return found

    def damage(self) -> None:
        """A server, a port of another one and a rule are deleted manually."""
        mark = {"name": "ref20/ref/vm-3"}
        server = next(s for s in self.get("compute", "/servers/detail", "servers") if s["name"] == mark["name"])
        port = next(p for p in self.get("network", "/v2.0/ports", "ports") if p["name"] == "ref20/ref/vm-5/eth1")
        groups = self.get("network", "/v2.0/security-groups", "security_groups")
        rules = next(g for g in groups if g["name"] == "ref20/ref/ref")["security_group_rules"]
        rule = next(r for r in rules if r["port_range_min"] == 443)
        self.out_of_band.request("DELETE", "compute", f"/servers/{server['id']}")
        self.out_of_band.request("DELETE", "network", f"/v2.0/ports/{port['id']}")
        self.out_of_band.request("DELETE", "network", f"/v2.0/security-group-rules/{rule['id']}")
        while any(s["id"] == server["id"] for s in self.get("compute", "/servers/detail", "servers")):
            time.sleep(0.3)

    def own_time_to_delete(self) -> float:
        """Seconds from asking for the end of all servers at once until the cloud lists none."""
        self.declare()
        self.apply()
        seconds = self._raw_delete()
        self.declare(0)
        self.apply()
        return seconds

    def _raw_delete(self) -> float:
        servers = [one["id"] for one in self.get("compute", "/servers/detail", "servers")]
        start = time.perf_counter()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda server: self.out_of_band.request("DELETE", "compute", f"/servers/{server}"), servers))
        while self.get("compute", "/servers", "servers"):
            time.sleep(0.3)
        return time.perf_counter() - start

    def raw_limit(self) -> float:
        """Seconds of a process that asks for every kind once, as plain JSON (median of 5)."""
        auth = json.dumps(dict(self.out_of_band._config.config["auth"]))  # noqa: SLF001  the benchmark runs beside it
        taken = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", RAW, auth, json.dumps(GETS)], check=True)
            taken.append(time.perf_counter() - start)
        return median(taken)


def main(arguments: list[str]) -> int:
    out = Console()
    names = [one for one in arguments if one != "--estimates"]
    if not names:
        print(__doc__, file=sys.stderr)
        return 64
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), Path(names[0]), names[1] if len(names) > 1 else "paris")
        rows, raw = ({}, 0.0) if "--estimates" in arguments else _rows(bench)
        results = _estimates(bench)
        own_time = bench.own_time_to_delete() if rows else 0.0
        bench.out_of_band.close()
    if rows:
        _print(out, rows)
        seconds, requests = rows["nothing to do"]
        results = [
            Result("requests with nothing to do, as a whole process", requests, "requests", 12),
            Result("raw limit: one GET a kind, as a whole process", raw, "s"),
            Result("nothing to do, times the raw limit", seconds / raw, "", 3),
            Result(f"the cloud's own time to remove {SERVERS} servers", own_time, "s"),
            Result("delete, times the cloud's own time", rows["delete"][0] / own_time, "", 2),
            Result("first sync, times Heat's", rows["first sync"][0] / 94.0, "", 1),
            *results,
        ]
    print_results(out, "goals", results)
    return 0 if all(result.reached for result in results) else 1


def _rows(bench: Bench) -> tuple[dict[str, tuple[float, int]], float]:
    """Seconds and API requests of each change, and the raw limit of one that changes nothing."""
    rows: dict[str, tuple[float, int]] = {}
    bench.declare()
    rows["first sync"] = bench.apply()
    observations = [bench.magi("plan") for _ in range(5)]
    rows["nothing to do"] = (median(seconds for seconds, _ in observations), observations[0][1])
    raw = bench.raw_limit()
    bench.declare(SERVERS + 2)
    rows["+2 servers"] = bench.apply()
    bench.declare()
    rows["-2 servers"] = bench.apply()
    bench.declare(change=lambda text: text.replace("ports: 80", "ports: 8080"))
    rows["one rule changed"] = bench.apply()
    bench.damage()
    rows["server, port and rule deleted manually"] = bench.apply()
    bench.declare(0)
    rows["delete"] = bench.apply()
    return rows, raw


def _estimates(bench: Bench) -> list[Result]:
    # The first of them has nothing to go by.
    bench.declare(COUNTS[0])
    bench.apply()
    errors = [bench.error_of_estimate(count) for count in COUNTS[1:]]
    bench.declare(0)
    bench.apply()
    right = 100 * sum(error <= WITHIN for error in errors) / len(errors)
    return [
        Result(f"estimates of a duration within a factor of {WITHIN:g}", right, "%", 90, at_least=True),
        Result("factor that an estimate is wrong by, in the median", median(errors), ""),
    ]


def _print(out: Console, rows: dict[str, tuple[float, int]]) -> None:
    table = Table(title="ref20", title_justify="left", box=None, pad_edge=False)
    for column in ("", "seconds", "API requests", "Heat, s", "Ansible, s"):
        table.add_column(column, justify="right" if column else "left")
    for what, (seconds, requests) in rows.items():
        heat, ansible = OTHERS[what]
        table.add_row(what, f"{seconds:.1f}", str(requests), *(f"{x:g}" if x else "-" for x in (heat, ansible)))
    out.print(table)
    out.print()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
