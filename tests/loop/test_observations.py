"""When VIMs are observed: a job for each, first observations spread, glances while something is built."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from reconciler.config import DriftConfig
from reconciler.loop import observations as observations_module, retries
from reconciler.model import Key, Result
from tests.loop.follower import LYON, PARIS, VIM, Follower, service, vim
from tests.simulator.callers import everything_falls_due, send
from tests.waiting import eventually

WEB = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: web}
spec:
  vdus: [{name: web, image: debian-12, flavor: m1.small, interfaces: [{name: eth0, connectionPoint: lan}]}]
  connectionPoints: [{name: lan}]
---
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: shop}
spec:
  vim: paris
  virtualLinks: [{name: lan, cidr: 10.2.0.0/24}]
  vnfs: [{name: web, descriptor: web, connect: {lan: lan}}]
"""


def settings(follower: Follower, **changes: float) -> None:
    url = f"{follower.simulator.url}/_simulator/clouds/paris/settings"
    assert send("PUT", url, changes).status == 200


def asked(follower: Follower) -> list[tuple[str, str]]:
    return [(one["method"], one["route"]) for one in follower.simulator.log() if one["cloud"] == "paris"]


def test_there_is_a_job_a_vim_and_it_goes_with_the_vim(follower: Follower) -> None:
    follower.commit(PARIS | LYON)
    eventually(lambda: follower.synced("paris") and follower.synced("lyon"))
    jobs = follower.daemon._scheduler.get_jobs
    eventually(lambda: sorted(job.id for job in jobs()) == ["default/lyon", "default/paris"])
    follower.remove("vims/lyon.yaml", "services/lyon.yaml")
    eventually(lambda: [job.id for job in jobs()] == ["default/paris"])


def test_first_observations_of_many_vims_are_spread(follower: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observations_module, "SPREAD", 3600.0)
    names = [f"vim-{number}" for number in range(4)]
    follower.commit({f"vims/{name}.yaml": VIM.format(name) for name in names})
    # The first one at once; the others have their turn later and later.
    eventually(lambda: len(follower.daemon.reports()) == 1)
    jobs = {job.id: job.next_run_time for job in follower.daemon._scheduler.get_jobs()}
    waits = [jobs[f"default/{name}"] for name in names[1:]]
    assert waits == sorted(set(waits))


def test_while_a_server_is_built_only_that_is_asked_for_and_its_readiness_is_seen(follower: Follower) -> None:
    settings(follower, build_seconds=3600)
    follower.commit(vim("paris") | {"shop.yaml": WEB})
    eventually(lambda: any(report.building for report in follower.daemon.reports()))
    (loop,) = follower.daemon._observations.loops()
    loop.drift = DriftConfig(3600.0, 3600.0)
    eventually(lambda: loop._progress.standstill > 1)
    loop._progress._since -= 1000  # it has been standing still for long, so that passes are rare
    eventually(lambda: loop._glances_until - time.monotonic() > 100)
    follower.simulator.reset_requests()
    eventually(lambda: len(asked(follower)) >= 3)
    assert set(asked(follower)) == {("GET", "/v2.1/servers/detail")}

    def synced() -> bool:
        # Again and again: a build has parts.
        everything_falls_due(follower.simulator.clouds["paris"])
        return follower.synced()

    eventually(synced)
    assert loop._glances_until == 0


def test_a_resource_that_fails_is_backed_off_alone(follower: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries.Retries, "_pause", lambda *_: 3600.0)
    follower.fault(method="POST", service="network", route="/v2.0/subnets", status=500)
    follower.commit(PARIS)
    eventually(lambda: len(follower.daemon.reports()) == 1)
    # Its neighbours go on at once.
    follower.commit(service("paris", mtu=1300))
    eventually(lambda: follower.mtus() == [1300] and "waits after a failure" in blocked(follower).values())
    (report,) = follower.daemon.reports()
    assert [one.sync.value + " " + one.health.value for one in report.services] == ["out-of-sync degraded"]
    assert "subnet edge-paris/lan/ipv4 failed: " in report.services[0].message
    follower.fault()
    follower.daemon.take([follower.followed])
    eventually(follower.synced)
    assert follower.value("magi_steps_blocked", vim="paris", reason="waits after a failure") is None


def blocked(follower: Follower) -> Mapping[Key, str]:
    outcomes = [outcome for report in follower.daemon.reports() for outcome in report.outcomes]
    return {
        one.step.key: one.step.blocked.value for one in outcomes if one.step.blocked and one.result is Result.BLOCKED
    }


def test_a_defect_around_a_pass_is_reported_and_the_vim_observed_again(
    follower: Follower, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_report: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(follower.daemon.chronicle, "passed", broken)
        follower.commit(PARIS)
        eventually(lambda: "observation failed" in caplog.text)
    passes = len(asked(follower))
    eventually(lambda: follower.synced() and len(asked(follower)) > passes)


def test_a_suspended_vim_is_observed_and_not_written_to_until_it_goes_on(follower: Follower) -> None:
    suspended = {"vims/paris.yaml": VIM.format("paris").replace("cloud: paris", "cloud: paris, suspend: true")}
    follower.commit(PARIS | suspended)
    eventually(lambda: len(follower.daemon.reports()) == 1)
    (report,) = follower.daemon.reports()
    assert {outcome.step.blocked.value for outcome in report.outcomes if outcome.step.blocked} == {"suspended"}
    assert report.services[0].message.endswith(" is missing: VIM paris is suspended in Git")
    assert follower.networks() == []
    follower.commit(vim("paris"))
    eventually(follower.synced)
    assert len(follower.networks()) == 1


def test_credentials_that_are_rotated_are_used_at_the_next_observation(follower: Follower) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    follower.simulator.reset_requests()
    entries: Any = yaml.safe_load(follower.clouds_file.read_text())
    entries["clouds"]["paris"] = entries["clouds"]["paris-admin"]
    follower.clouds_file.write_text(json.dumps(entries))
    eventually(lambda: ("POST", "/v3/auth/tokens") in asked(follower))
    eventually(follower.synced)
    assert follower.error() == ""


def test_whoever_asks_for_it_has_every_vim_observed_at_once_with_a_new_login(follower: Follower) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    for loop in follower.daemon._observations.loops():
        loop.drift = DriftConfig(3600.0, 3600.0)
    # The observation that was already planned is the last one of itself.
    before = eventually_quiet(follower)
    follower.daemon.take([follower.followed])
    eventually(lambda: ("POST", "/v3/auth/tokens") in asked(follower)[before:])


def eventually_quiet(follower: Follower) -> int:
    """Waits until no observation is due for an hour; the number of requests until then."""
    job = follower.daemon._scheduler.get_job
    eventually(lambda: (one := job("default/paris")) and one.next_run_time > datetime.now(UTC) + timedelta(minutes=30))
    return len(asked(follower))
