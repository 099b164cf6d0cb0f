"""What the daemon makes of VIMs that are sick, slow, leave or come back."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import pytest

from reconciler.model import (
    ApiBudget,
    ConfigError,
    Done,
    Driver,
    Key,
    Observed,
    Place,
    Plan,
    PreflightResult,
    Step,
    Target,
    Trace,
    World,
)
from tests.loop.follower import LYON, PARIS, Follower, service, vim
from tests.waiting import PATIENCE, eventually


def test_a_vim_that_can_t_be_reached_delays_no_other_and_recovers(follower: Follower) -> None:
    follower.fault(cloud="paris", drop="before")
    follower.commit(PARIS | LYON)
    eventually(lambda: follower.synced("lyon") and follower.error("paris") != "")
    assert follower.value("magi_vim_up", vim="paris") == 0
    assert follower.value("magi_vim_up", vim="lyon") == 1
    assert follower.daemon.ready
    follower.commit(service("lyon", mtu=1300))
    eventually(lambda: follower.mtus("lyon") == [1300])
    follower.fault()
    eventually(lambda: follower.synced("paris"))
    assert follower.value("magi_vim_up", vim="paris") == 1


def test_a_service_on_a_vim_that_can_t_be_observed_is_unknown(follower: Follower) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    follower.fault(service="compute", status=500)
    eventually(lambda: follower.error() != "")
    (report,) = follower.daemon.reports()
    assert [(one.name, one.sync.value, one.health.value) for one in report.services] == [
        ("edge-paris", "unknown", "unknown")
    ]
    assert follower.value("magi_service_synced", service="edge-paris", vim="paris") == 0


def test_credentials_that_are_fixed_are_read_again(follower: Follower) -> None:
    text = follower.clouds_file.read_text()
    follower.clouds_file.write_text(text.replace("password: secret", "password: guess"))
    follower.commit(PARIS)
    eventually(lambda: "login failed" in follower.error())
    follower.clouds_file.write_text(text)
    eventually(follower.synced)


def test_a_clouds_yaml_that_is_missing_is_reported_and_taken_when_it_is_there(follower: Follower) -> None:
    away = follower.clouds_file.rename(follower.clouds_file.with_name("away.yaml"))
    follower.commit(PARIS)
    eventually(lambda: "does not exist" in follower.error())
    assert follower.value("magi_passes_total", vim="paris", result="unknown") is not None
    away.rename(follower.clouds_file)
    eventually(follower.synced)


def test_drift_is_repaired_without_a_commit(follower: Follower) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    follower.simulator.clouds["paris"].network.networks.change(follower.networks()[0]["id"], mtu=1200)
    eventually(lambda: follower.mtus() == [1400])
    # The pass goes on for a moment after the cloud was reported.
    eventually(lambda: follower.value("magi_steps_total", vim="paris", action="update", result="done") == 1)


def test_a_vim_that_left_git_is_left_alone_and_its_series_end(follower: Follower) -> None:
    follower.commit(PARIS | LYON)
    eventually(lambda: follower.synced("paris") and follower.synced("lyon"))
    follower.remove("vims/lyon.yaml", "services/lyon.yaml")
    assert follower.daemon.targets() == ["paris"]
    eventually(lambda: follower.value("magi_passes_total", vim="lyon", result="changed") is None)
    assert [line for line in exposed(follower) if 'vim="lyon"' in line] == []
    assert follower.mtus("lyon") == [1400]


def exposed(follower: Follower) -> list[str]:
    return [
        f'{sample.name} vim="{sample.labels.get("vim")}"'
        for metric in follower.registry.collect()
        for sample in metric.samples
    ]


class Slow:
    """A driver that holds on in its observation until it is released, and knows how many observe at once."""

    def __init__(self, inner: Driver) -> None:
        self.inner = inner
        self.observing = threading.Semaphore(0)
        self.go = threading.Event()
        self.now = self.most = self.closed = 0
        self.lock = threading.Lock()

    def observe(self, kinds: Collection[str] = (), *, complete: bool = False) -> World:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.observing.release()
        assert self.go.wait(30)
        with self.lock:
            self.now -= 1
        return self.inner.observe(kinds, complete=complete)

    def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
        return self.inner.carry_out(step, ids)

    def preflight(self, plan: Plan, world: World) -> PreflightResult:
        return self.inner.preflight(plan, world)

    def trace(self, resources: Iterable[Observed]) -> Mapping[Key, Trace]:
        return self.inner.trace(resources)

    def stirs(self) -> bool:
        return self.inner.stirs()

    def is_stale(self) -> bool:
        return self.inner.is_stale()

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def slow(follower: Follower) -> Slow:
    """All drivers that the daemon makes are one, and slow."""
    real = follower.connect
    one = Slow(real(Target("paris", "openstack", "paris", (), (), ApiBudget(), Place("vims/paris.yaml", 1))))
    follower.connect = lambda _: one
    return one


def test_a_vim_that_leaves_and_comes_back_within_a_pass_has_never_two_loops(follower: Follower, slow: Slow) -> None:
    follower.commit(PARIS)
    assert slow.observing.acquire(timeout=PATIENCE)
    follower.remove("vims/paris.yaml", "services/paris.yaml")
    follower.commit(PARIS)
    # The new loop waits for the old one, so that no one else observes.
    assert not slow.observing.acquire(timeout=0.3)
    slow.go.set()
    eventually(follower.synced)
    assert slow.most == 1
    assert follower.value("magi_vim_up", vim="paris") == 1
    assert follower.value("magi_passes_total", vim="paris", result="changed") == 1


def test_a_newer_commit_during_a_pass_ends_it_at_its_next_step(follower: Follower, slow: Slow) -> None:
    follower.commit(PARIS)
    assert slow.observing.acquire(timeout=PATIENCE)
    follower.commit(service("paris", mtu=1300))
    slow.go.set()
    eventually(follower.synced)
    assert follower.mtus() == [1300]
    posts = [one for one in follower.simulator.log() if one["route"] == "/v2.0/networks" and one["method"] == "POST"]
    puts = [one for one in follower.simulator.log() if one["method"] == "PUT"]
    assert (len(posts), len(puts)) == (1, 0)


def test_stopping_waits_for_the_pass_and_no_longer_than_allowed(follower: Follower, slow: Slow) -> None:
    follower.commit(PARIS)
    assert slow.observing.acquire(timeout=PATIENCE)
    follower.daemon.stop(seconds=0.1)
    assert vim_threads() == 1
    slow.go.set()
    eventually(lambda: vim_threads() == 0)
    assert slow.closed == 1
    assert follower.networks() == []


def test_stopping_while_nothing_is_to_do_ends_at_once(follower: Follower) -> None:
    follower.commit(PARIS | vim("lyon"))
    eventually(lambda: follower.synced("paris") and follower.synced("lyon"))
    follower.daemon.stop(seconds=PATIENCE)
    assert vim_threads() == 0
    follower.daemon.stop()


def vim_threads() -> int:
    return sum(thread.name.startswith("worker default/") for thread in threading.enumerate())


def test_a_defect_in_a_pass_is_reported_and_outlived(follower: Follower, caplog: pytest.LogCaptureFixture) -> None:
    real = follower.connect
    broken = threading.Event()

    def connect(target: Target) -> Driver:
        if not broken.is_set():
            raise ZeroDivisionError
        return real(target)

    follower.connect = connect
    follower.commit(PARIS)
    eventually(lambda: "a defect in Magi (its log has the details)" in follower.error())
    assert follower.value("magi_vim_up", vim="paris") == 0
    assert "pass broke" in caplog.text
    broken.set()
    eventually(follower.synced)


def test_no_more_vims_are_observed_at_once_than_the_settings_allow_at_that_time(follower: Follower) -> None:
    passes, inside = threading.Semaphore(0), threading.Semaphore(0)

    def connect(_target: Target) -> Driver:
        inside.release()
        assert passes.acquire(timeout=PATIENCE)
        raise ConfigError("no such cloud")

    def allow(at_once: int) -> None:
        drift = replace(follower.config.drift, at_once=at_once)
        follower.daemon.take([follower.followed._replace(config=replace(follower.config, drift=drift))])

    follower.connect = connect
    allow(1)
    follower.commit(PARIS | LYON)
    assert inside.acquire(timeout=PATIENCE)
    eventually(lambda: len(follower.daemon._observations._queue._waiting) == 1)
    assert not inside.acquire(blocking=False)
    allow(2)
    assert inside.acquire(timeout=PATIENCE)
    passes.release(100)
    eventually(lambda: follower.daemon.ready)
