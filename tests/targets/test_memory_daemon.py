"""A daemon that follows a repository whose targets are all in memory: status, metrics and API as with any other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from reconciler.config import Config, DriftConfig, RepositoryConfig
from reconciler.loop.daemon import Daemon
from reconciler.loop.follower import Followed
from reconciler.model import Driver, State, Target
from reconciler.outside.secrets import HostSecrets
from reconciler.source import open_source
from reconciler.targets.registry import TARGET_TYPES, Access, Connections
from reconciler.web import make_app
from tests.git_work import Work, new_work
from tests.targets.test_memory import DESCRIPTOR, SERVICE
from tests.waiting import eventually

LAB = "apiVersion: magi/v1alpha1\nkind: Vim\nmetadata: {name: lab}\nspec: {type: memory}\n"
FILES = {"lab.yaml": LAB, "web.yaml": DESCRIPTOR, "shop.yaml": SERVICE}


class Lab:
    """The repository, the daemon, and a way to see what is on the target without it."""

    def __init__(self, folder: Path) -> None:
        self.work: Work = new_work(folder / "git")
        self.work.commit(FILES)
        url = f"file://{self.work.bare}"
        config = Config(RepositoryConfig(url, "main", interval=1.0), DriftConfig(interval=1.0, longest=2.0))
        connections, access = Connections(TARGET_TYPES), Access(None, config.owner)

        def driver_for(target: Target) -> Driver:
            return connections.connect(target, access)

        self.daemon = Daemon("1.2.3")
        secrets = HostSecrets({}, [], None, folder / "digest.key")
        source = open_source(url, "main", cache_dir=folder / "cache")
        self.daemon.take([Followed(config, source, driver_for, secrets)])

    def synced(self) -> bool:
        commit = self.daemon.repositories()[0].commit
        return any(report.settled and report.commit == commit for report in self.daemon.reports())


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path)
    try:
        made.daemon.follow()
        eventually(made.synced)
        yield made
    finally:
        made.daemon.stop()


def test_it_makes_what_git_says_and_reports_it(lab: Lab) -> None:
    (report,) = lab.daemon.reports()
    (service,) = report.services
    assert (report.target, service.name, str(service.sync)) == ("lab", "shop", "synced")


def test_a_commit_changes_it(lab: Lab) -> None:
    lab.work.commit({"shop.yaml": SERVICE.replace("descriptor: web,", "descriptor: web, counts: {vm: 3},")})
    lab.daemon.follow()
    eventually(lab.synced)
    (report,) = lab.daemon.reports()
    assert dict(report.counts)[("machine", State.READY)] == 3


def test_scaling_makes_one_event_and_the_first_instances_make_none(lab: Lab) -> None:
    def scaled() -> list[tuple[str, str, int]]:
        return [(one.service, one.message, one.count) for one in lab.daemon.events.newest() if one.reason == "Scaled"]

    before = next(iter(lab.daemon.reports()[0].instances.items()))
    assert scaled() == []
    lab.work.commit({"shop.yaml": SERVICE.replace("descriptor: web,", "descriptor: web, counts: {vm: 3},")})
    lab.daemon.follow()
    name = before[0].removeprefix("shop/")
    eventually(lambda: scaled() == [("shop", f"{name}: {before[1]} -> 3 instances", 1)])


def test_metrics_and_api_speak_of_it(lab: Lab) -> None:
    registry = CollectorRegistry()
    registry.register(lab.daemon.metrics)
    names = {sample.labels.get("vim") for family in registry.collect() for sample in family.samples}
    assert "lab" in names
    answer = make_app(lab.daemon).test_client().get("/api/v1/services")
    assert answer.status_code == 200
    assert "shop" in answer.get_data(as_text=True)
