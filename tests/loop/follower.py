"""A daemon with a real repository and simulated clouds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from openstack_simulator import Simulator
from reconciler.config import Config, DriftConfig, RepositoryConfig
from reconciler.loop.daemon import Daemon
from reconciler.loop.follower import Followed
from reconciler.model import Driver, Target
from reconciler.outside.secrets import HostSecrets
from reconciler.source import open_source
from reconciler.targets.openstack.driver import connect
from reconciler.targets.openstack.session.clouds import Clouds
from reconciler.tracing import UNTRACED, Tracer
from tests.git_work import Work
from tests.simulator.callers import Caller, send

VIM = "apiVersion: magi/v1alpha1\nkind: Vim\nmetadata: {{name: {0}}}\nspec: {{type: openstack, cloud: {0}}}\n"
SERVICE = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {{name: edge-{0}}}
spec:
  vim: {0}
  virtualLinks: [{{name: lan, cidr: 10.1.0.0/24, mtu: {1}}}]
"""


def vim(name: str) -> dict[str, str]:
    return {f"vims/{name}.yaml": VIM.format(name)}


def service(name: str, mtu: int = 1400) -> dict[str, str]:
    return {f"services/{name}.yaml": SERVICE.format(name, mtu)}


PARIS = vim("paris") | service("paris")
LYON = vim("lyon") | service("lyon")


@dataclass
class Follower:
    work: Work
    simulator: Simulator
    clouds_file: Path
    folder: Path
    ending: ExitStack
    tracer: Tracer = UNTRACED
    connect: Callable[[Target], Driver] = field(init=False)
    daemon: Daemon = field(init=False)

    def __post_init__(self) -> None:
        self.registry = CollectorRegistry()
        self.connect = lambda target: connect(target, Clouds(self.clouds_file), "test", self.daemon.api_called)
        url = f"file://{self.work.bare}"
        self.config = Config(RepositoryConfig(url, "main", interval=1.0), DriftConfig(interval=1.0, longest=2.0))
        source = open_source(url, "main", cache_dir=self.folder / "cache")
        secrets = HostSecrets({}, [self.folder / "secrets"], None, self.folder / "digest.key")
        self.daemon = Daemon("1.2.3", self.tracer)
        self.followed = Followed(self.config, source, self._connect, secrets)
        self.daemon.take([self.followed])
        self.registry.register(self.daemon.metrics)
        self.ending.callback(self.daemon.stop)

    def _connect(self, target: Target) -> Driver:
        """Tests may replace ``connect`` at any time."""
        return self.connect(target)

    def commit(self, files: dict[str, str]) -> str:
        """Commits, and lets the daemon fetch from Git."""
        commit = self.work.commit(files)
        self.daemon.follow()
        return commit

    def remove(self, *files: str) -> None:
        self.work.git("rm", "-q", *files)
        self.commit({})

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, {"repository": "default"} | labels)

    def networks(self, cloud: str = "paris") -> list[Any]:
        """What exists of Magi, sorted by name."""
        found = Caller(f"{self.simulator.url}/{cloud}").network("GET", "networks?sort_key=name")["networks"]
        return [network for network in found if network["description"].startswith("magi:test ")]

    def mtus(self, cloud: str = "paris") -> list[int]:
        return [network["mtu"] for network in self.networks(cloud)]

    def synced(self, vim: str = "paris") -> bool:
        """Whether the newest pass over the VIM was for the commit in force and left nothing to do."""
        commit = self.daemon.repositories()[0].commit
        reports = {report.target: report for report in self.daemon.reports()}
        return vim in reports and reports[vim].settled and reports[vim].commit == commit

    def error(self, vim: str = "paris") -> str:
        return next((str(report.error or "") for report in self.daemon.reports() if report.target == vim), "")

    def fault(self, **rule: Any) -> None:
        assert send("PUT", f"{self.simulator.url}/_simulator/faults", [rule] if rule else []).status == 204
