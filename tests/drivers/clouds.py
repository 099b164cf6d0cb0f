"""A simulated cloud to connect to, and what it was asked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from openstack_simulator import Simulator
from reconciler.model import ApiBudget, ApiCall, Place, Target
from reconciler.targets.openstack.driver import OpenStackDriver
from reconciler.targets.openstack.session.clouds import Clouds
from reconciler.targets.openstack.session.connection import Connection
from tests.simulator.callers import Caller, send

TARGET = Target(
    "paris", "openstack", "paris", (), (), ApiBudget(concurrency=4, requests_per_second=1000.0), Place("vims.yaml", 3)
)

OTHERS = 3
"""How many networks a member finds in a fresh cloud: those of others that are shared or external."""


@dataclass
class Vim:
    """A cloud, its clouds.yaml, and the API calls that connections to it have reported of."""

    simulator: Simulator
    clouds_file: Path
    ending: ExitStack
    calls: list[ApiCall] = field(default_factory=list)

    def connection(self, cloud: str = "paris", **changes: Any) -> Connection:
        made = Connection(replace(TARGET, entry=cloud, **changes), Clouds(self.clouds_file), self.calls.append)
        self.ending.callback(made.close)
        return made

    def driver(self, cloud: str = "paris", **changes: Any) -> OpenStackDriver:
        return OpenStackDriver(self.connection(cloud, **changes), "test")

    def caller(self) -> Caller:
        return Caller(f"{self.simulator.url}/paris")

    def fault(self, **rule: Any) -> None:
        assert send("PUT", f"{self.simulator.url}/_simulator/faults", [rule] if rule else []).status == 204

    def settings(self, **changes: Any) -> None:
        assert send("PUT", f"{self.simulator.url}/_simulator/clouds/paris/settings", changes).status == 200

    def entry(self, change: Callable[[dict[str, Any]], object], cloud: str = "paris") -> None:
        """Changes the entry of a cloud in clouds.yaml."""
        content = yaml.safe_load(self.clouds_file.read_text())
        change(content["clouds"][cloud])
        self.clouds_file.write_text(json.dumps(content))

    def served(self, method: str, route: str) -> list[int]:
        """The statuses of the requests to a route, in order; 0 for a connection that was dropped."""
        return [
            one["status"]
            for one in self.simulator.log()
            if (one["method"], one["route"]) == (method, route) and one["cloud"] == "paris"
        ]

    def counted(self) -> Counter[tuple[str, str, int]]:
        return Counter((call.service, call.method, call.status) for call in self.calls)
