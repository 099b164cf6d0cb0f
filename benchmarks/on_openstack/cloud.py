"""The cloud: its raw limits, and who changes something there that is not the tool."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

from reconciler.model import ApiBudget, Place, Target
from reconciler.targets.openstack.session.clouds import Clouds
from reconciler.targets.openstack.session.connection import Connection

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
_PAUSE = 0.3


class Cloud:
    """One entry of a clouds.yaml, with a login of its own."""

    def __init__(self, clouds_file: Path, entry: str) -> None:
        self.clouds_file, self.entry = clouds_file, entry
        # Nova answers a delete slowly while it does many.
        budget = ApiBudget(requests_per_second=1000.0, timeout=600.0, total_timeout=600.0)
        self._connection = Connection(
            Target("paris", "openstack", entry, (), (), budget, Place("vims.yaml", 1)),
            Clouds(clouds_file),
            lambda _: None,
        )

    def close(self) -> None:
        self._connection.close()

    @property
    def auth(self) -> dict[str, Any]:
        return dict(self._connection._config.config["auth"])  # noqa: SLF001  the benchmark runs beside it

    @property
    def token(self) -> str:
        return str(self._connection.login().auth_token)

    def url(self, service: str) -> str:
        """As the catalog has it."""
        return str(self._connection.login().service_catalog.url_for(service_type=service, interface="public"))

    def offers(self, service: str) -> bool:
        """Whether the catalog has the service, also one that Magi does not use."""
        return bool(self._connection.login().service_catalog.get_endpoints(service_type=service))

    def get(self, service: str, path: str, collection: str) -> list[Any]:
        found: list[Any] = self._connection.request("GET", service, path).json()[collection]
        return found

    def servers(self) -> list[Any]:
        return self.get("compute", "/servers/detail", "servers")

    def delete(self, service: str, path: str) -> None:
        self._connection.request("DELETE", service, path)

    def own_time_to_delete(self) -> float:
        """Seconds from asking for the end of all servers at once until the cloud lists none."""
        servers = [one["id"] for one in self.servers()]
        start = time.perf_counter()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda server: self.delete("compute", f"/servers/{server}"), servers))
        while self.servers():
            time.sleep(_PAUSE)
        return time.perf_counter() - start

    def damage(self, server: str, port: str, group: str) -> None:
        """The server, a port of another one, and the rule for port 443 of a group are deleted manually."""
        gone = next(one["id"] for one in self.servers() if one["name"] == server)
        ports = self.get("network", "/v2.0/ports", "ports")
        groups = self.get("network", "/v2.0/security-groups", "security_groups")
        rules = next(one for one in groups if one["name"] == group)["security_group_rules"]
        rule = next(one["id"] for one in rules if one["port_range_min"] == 443)
        self.delete("compute", f"/servers/{gone}")
        self.delete("network", f"/v2.0/ports/{next(one['id'] for one in ports if one['name'] == port)}")
        self.delete("network", f"/v2.0/security-group-rules/{rule}")
        while any(one["id"] == gone for one in self.servers()):
            time.sleep(_PAUSE)

    def raw_limit(self) -> float:
        """Seconds of a process that asks for every kind once, as plain JSON (median of 5)."""
        taken = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", RAW, json.dumps(self.auth), json.dumps(GETS)], check=True)
            taken.append(time.perf_counter() - start)
        return median(taken)
