"""What a real daemon reports of a night: commits, Git that fails, drift and its repair, each once."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path

from reconciler.config import JournalConfig, NotificationConfig
from reconciler.model import Result
from reconciler.reporting.events import Event
from tests.loop.follower import PARIS, Follower
from tests.receiving import receiving
from tests.waiting import eventually

BAD = {"services/paris.yaml": "apiVersion: magi/v1alpha1\nkind: NetworkServise\nmetadata: {name: edge}\n"}
OTHER = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {{name: other-{0}}}
spec: {{vim: paris, virtualLinks: [{{name: lan, cidr: 10.{0}.0.0/24}}]}}
"""
PRUNE_OFF = {
    "policy.yaml": "apiVersion: magi/v1alpha1\nkind: Policy\nmetadata: {name: policy}\nspec: {prune: false}\n",
}


def events(follower: Follower, *reasons: str) -> list[Event]:
    return [one for one in reversed(follower.daemon.events.newest()) if one.reason in reasons]


def test_commits_that_are_taken_and_refused(follower: Follower) -> None:
    good = follower.commit(PARIS)
    bad = follower.commit(BAD)
    follower.daemon.follow()
    in_force, refused = events(follower, "CommitInForce", "CommitRefused")
    assert (in_force.commit, in_force.vim, in_force.service, in_force.count) == (good, "", "", 1)
    assert (refused.commit, refused.count) == (bad, 1)
    assert "services/paris.yaml:2" in refused.message
    assert f"commit {good[:10]} stays in force" in refused.message


def test_git_that_fails_and_is_back(follower: Follower) -> None:
    follower.commit(PARIS)
    moved = follower.work.bare.rename(follower.work.bare.with_name("moved"))
    for _ in range(3):
        follower.daemon.follow()
    moved.rename(follower.work.bare)
    follower.daemon.follow()
    failing, back = events(follower, "GitFailing", "GitBack")
    assert (failing.count, back.count) == (1, 1)
    assert failing.message == failing.message.strip() != ""


def test_drift_is_found_and_repaired(follower: Follower) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    network = follower.networks()[0]
    follower.simulator.clouds["paris"].network.networks.change(network["id"], mtu=1200)
    eventually(lambda: follower.mtus() == [1400] and len(events(follower, "Repaired")) == 1)
    found, repaired = events(follower, "DriftFound", "Repaired")
    assert found.resource == repaired.resource == "network edge-paris/lan"
    assert "mtu changed at 20" in found.message


def test_a_guard_that_blocks_and_releases(follower: Follower) -> None:
    others = {f"services/{number}.yaml": OTHER.format(number) for number in range(9)}
    follower.commit(PARIS | others | PRUNE_OFF)
    eventually(follower.synced)
    follower.remove("services/paris.yaml")
    eventually(lambda: any(one.result is Result.BLOCKED for report in follower.daemon.reports() for one in report.left))
    (blocked,) = events(follower, "Blocked")
    assert (blocked.service, blocked.message[:13], blocked.count) == ("edge-paris", "prune is off:", 1)
    follower.remove("policy.yaml")
    eventually(lambda: len(follower.networks()) == 9 and bool(events(follower, "Released")))
    (released,) = events(follower, "Released")
    assert released.message.startswith("no longer blocked (prune is off): delete")


def test_passes_over_what_is_at_rest_make_no_event(follower: Follower) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)

    def passes() -> float:
        return follower.value("magi_vim_passes_total", vim="paris") or 0.0

    before, count = follower.daemon.events.newest(), passes()
    eventually(lambda: passes() >= count + 2)
    assert follower.daemon.events.newest() == before


def test_its_passes_that_did_something_are_remembered_and_no_quiet_ones(follower: Follower) -> None:
    good = follower.commit(PARIS)
    eventually(follower.synced)
    for _ in range(3):
        follower.daemon.sync()
        follower.daemon.settle(30)
    did = [one for one in follower.daemon.journal.newest() if one.done]
    assert {(one.repository, one.vim, one.commit, one.services) for one in did} == {
        ("default", "paris", good, ("edge-paris",))
    }
    assert sum(one.result == "nothing" for one in follower.daemon.journal.newest()) <= 1


def test_settings_that_are_read_again_begin_a_file_and_its_end_has_all_of_it(
    follower: Follower, tmp_path: Path
) -> None:
    file = tmp_path / "journal.jsonl"
    config = replace(follower.config, journal=JournalConfig(file))
    before = follower.daemon.repositories()
    follower.daemon.take([follower.followed._replace(config=config)])
    assert [one.name for one in before] == [one.name for one in follower.daemon.repositories()]
    good = follower.commit(PARIS)
    eventually(follower.synced)
    follower.daemon.stop()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    (taken,) = [one for one in lines if one.get("reason") == "CommitInForce"]
    assert taken["commit"] == good
    assert {"edge-paris"} == {name for one in lines if one["type"] == "pass" for name in one["services"]}


def test_a_daemon_that_stops_has_sent_to_receivers_and_syslog_what_waited(follower: Follower, tmp_path: Path) -> None:
    with receiving() as receiver, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
        syslog.bind(str(tmp_path / "log"))
        receiver.going.clear()
        config = replace(
            follower.config,
            journal=JournalConfig(syslog=f"unix:{tmp_path}/log"),
            notifications=(NotificationConfig("bus", receiver.url, reasons=("CommitInForce", "CommitRefused")),),
        )
        follower.daemon.take([follower.followed._replace(config=config)])
        follower.commit(PARIS)
        follower.commit(BAD)
        receiver.going.set()
        follower.daemon.stop()
        types = [one.json["type"] for one in receiver.sent]
        assert types == ["io.magi.event.CommitInForce", "io.magi.event.CommitRefused"]
        assert b"CommitInForce" in syslog.recv(65_536)
    delivered = follower.registry.get_sample_value("magi_notifications_total", {"name": "bus", "result": "delivered"})
    assert delivered == 2
