"""One daemon, several repositories: each has its own commits, owner and VIMs, and none touches what is another's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from openstack_simulator import CloudSettings, Simulator
from reconciler.config import Config, DriftConfig, RepositoryConfig
from reconciler.judging.owners import OwnerRule, Owners
from reconciler.loop.daemon import Daemon
from reconciler.loop.follower import Followed
from reconciler.model import Driver, InputLimits, RepositoryStatus, Target
from reconciler.source import open_source
from reconciler.targets.openstack.driver import connect
from reconciler.targets.openstack.session.clouds import Clouds
from tests.git_work import Work, new_work
from tests.loop.follower import PARIS, SERVICE, service, vim
from tests.loop.test_daemon_and_vims import Slow
from tests.simulator.callers import Caller
from tests.waiting import PATIENCE, eventually

EDGE = vim("paris") | {"services/more.yaml": SERVICE.format("paris", 1300).replace("edge-paris", "more")}


@dataclass
class Several:
    """A daemon that follows the repositories core and edge."""

    folder: Path
    simulator: Simulator
    works: dict[str, Work]
    daemon: Daemon = field(default_factory=lambda: Daemon("1.2.3"))
    wrapped: Callable[[Driver], Driver] = lambda driver: driver

    def __post_init__(self) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(self.daemon.metrics)
        self.clouds = Clouds(self.simulator.write_clouds_file(self.folder / "clouds.yaml"))

    def config(self, name: str, **changes: Any) -> Config:
        repository = RepositoryConfig(f"file://{self.works[name].bare}", "main", interval=1.0, **changes)
        return Config(repository, DriftConfig(interval=1.0, longest=2.0), owner=name, name=name)

    def followed(self, name: str, **changes: Any) -> Followed:
        config = self.config(name, **changes)
        source = open_source(config.repository.url, "main", cache_dir=self.folder / "cache")

        def driver(target: Target) -> Driver:
            return self.wrapped(connect(target, self.clouds, config.owner, self.daemon.metrics.api_called))

        return Followed(config, source, driver)

    def commit(self, name: str, files: dict[str, str]) -> str:
        commit = self.works[name].commit(files)
        self.daemon.follow()
        return commit

    def managed(self) -> list[list[str]]:
        """The owner and the name of each network that is marked."""
        found = Caller(f"{self.simulator.url}/paris").network("GET", "networks")["networks"]
        return sorted(one["description"].split()[:2] for one in found if one["description"].startswith("magi:"))

    def owners(self) -> list[str]:
        return [owner for owner, _ in self.managed()]

    def names(self) -> list[str]:
        return [name for _, name in self.managed()]

    def settled(self, *names: str) -> bool:
        reports = {report.repository: report for report in self.daemon.reports()}
        return all(name in reports and reports[name].settled for name in names)

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


@pytest.fixture
def several(tmp_path: Path) -> Iterator[Several]:
    settings = CloudSettings(build_seconds=0, delete_seconds=0, action_seconds=0)
    with ExitStack() as ending:
        simulator = ending.enter_context(Simulator({"paris": settings, "lyon": settings}, seed=1))
        made = Several(tmp_path, simulator, {name: new_work(tmp_path / name) for name in ("core", "edge")})
        ending.callback(made.daemon.stop)
        made.daemon.take([made.followed("core"), made.followed("edge")])
        yield made


def test_both_have_services_on_one_vim_and_neither_touches_the_others(several: Several) -> None:
    several.commit("core", PARIS)
    several.commit("edge", EDGE)
    eventually(lambda: several.settled("core", "edge"))
    assert several.owners() == ["magi:core", "magi:edge"]
    several.works["edge"].git("rm", "-q", "services/more.yaml")
    several.commit("edge", {"services/other.yaml": SERVICE.format("paris", 1300).replace("edge-paris", "other")})
    eventually(lambda: several.names() == ["edge-paris/lan", "other/lan"])
    assert several.value("magi_service_synced", repository="core", vim="paris", service="edge-paris") == 1


def test_passes_over_one_vim_go_one_after_the_other(several: Several) -> None:
    drivers: list[Slow] = []

    def slow(driver: Driver) -> Driver:
        drivers.append(Slow(driver))
        return drivers[-1]

    several.wrapped = slow
    several.commit("core", PARIS)
    eventually(lambda: len(drivers) == 1)
    assert drivers[0].observing.acquire(timeout=PATIENCE)
    several.commit("edge", EDGE)
    # That of the other repository has to wait: no one has even connected for it.
    assert not drivers[0].observing.acquire(timeout=0.3)
    assert len(drivers) == 1
    drivers[0].go.set()
    eventually(lambda: len(drivers) == 2)
    drivers[1].go.set()
    eventually(lambda: several.settled("core", "edge"))


def test_a_wrong_commit_of_one_does_not_keep_the_other_from_going_on(several: Several) -> None:
    several.commit("core", {"a.yaml": "kind: Nothing\n"})
    several.commit("edge", EDGE)
    eventually(lambda: several.settled("edge"))
    core, edge = several.daemon.repositories()
    assert (core.name, bool(core.refused), edge.name, bool(edge.refused)) == ("core", True, "edge", False)
    assert several.value("magi_commit_refused", repository="core") == 1
    assert several.value("magi_commit_refused", repository="edge") == 0
    assert not several.daemon.ready


def test_a_repository_may_use_no_other_clouds_than_it_is_allowed(several: Several) -> None:
    several.daemon.take([several.followed("core"), several.followed("edge", clouds=("edge-*", "lyon"))])
    several.commit("edge", EDGE)
    (_, edge) = several.daemon.repositories()
    assert str(edge.problems[0]).startswith(
        "vims/paris.yaml:4:32: the entry 'paris' of clouds.yaml may not be used by this repository"
    )
    assert edge.problems[0].hint == "it may use: edge-*, lyon"
    assert several.owners() == []


def test_one_that_is_followed_no_longer_leaves_what_exists_and_its_series_end(several: Several) -> None:
    several.commit("core", PARIS)
    several.commit("edge", EDGE)
    eventually(lambda: several.settled("core", "edge"))
    several.daemon.take([several.followed("edge")])
    assert [one.name for one in several.daemon.repositories()] == ["edge"]
    eventually(lambda: several.value("magi_vim_up", repository="core", vim="paris") is None)
    assert several.daemon.chronicle.commits("core") == []
    assert several.owners() == ["magi:core", "magi:edge"]


def test_one_whose_settings_stay_is_followed_on_without_another_fetch(several: Several) -> None:
    good = several.commit("core", PARIS)
    eventually(lambda: several.settled("core"))
    followed = several.followed("core")
    drift = replace(followed.config, drift=DriftConfig(interval=30.0, longest=60.0))
    several.daemon.take([followed._replace(config=drift), several.followed("edge")])
    assert several.daemon.repositories()[0].commit == good
    several.daemon.take([several.followed("core", path="elsewhere"), several.followed("edge")])
    assert several.daemon.repositories()[0].commit == ""


def test_other_owners_of_its_folders_count_at_once(several: Several) -> None:
    several.commit("core", PARIS)
    eventually(lambda: several.settled("core"))
    nowhere = several.followed("core")._replace(owners=Owners((OwnerRule(("other/*",)),)))
    several.daemon.take([nowhere, several.followed("edge")])
    several.daemon.follow()
    core = several.daemon.repositories()[0]
    assert "no one may define documents in services/paris.yaml" in str(core.problems[0])


def test_other_limits_count_at_once(several: Several) -> None:
    good = several.commit("core", PARIS)
    eventually(lambda: several.settled("core"))
    followed = several.followed("core")

    def limited(limits: InputLimits) -> RepositoryStatus:
        config = replace(followed.config, limits=limits)
        several.daemon.take([followed._replace(config=config), several.followed("edge")])
        several.daemon.follow()
        return several.daemon.repositories()[0]

    (problem,) = limited(InputLimits(documents=1)).problems
    assert "or raise limits.documents" in problem.hint
    assert limited(InputLimits(documents=1000)).commit == good


def test_a_webhook_may_be_about_one_of_them(several: Several) -> None:
    assert several.daemon.fetch_git("core")
    assert several.daemon.fetch_git()
    assert not several.daemon.fetch_git("cor")


def test_services_of_the_same_name_are_distinguished(several: Several) -> None:
    several.commit("core", PARIS)
    several.commit("edge", vim("lyon") | service("lyon") | {"services/lyon.yaml": SERVICE.format("lyon", 1300)})
    eventually(lambda: several.settled("core", "edge"))
    assert [(one.repository, one.target) for one in several.daemon.reports()] == [("core", "paris"), ("edge", "lyon")]
