"""Two daemons that share VIMs by a real etcd, and what one does that waits for what the other one reports."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from openstack_simulator import CloudSettings, Simulator
from tests.end_to_end.conftest import Workplace
from tests.end_to_end.test_sharing_daemons import VIMS, Fleet
from tests.etcd_server import etcd_server, needs_etcd
from tests.git_server import serve_repositories
from tests.git_work import new_work
from tests.loop.follower import vim
from tests.simulator.callers import Caller, send
from tests.waiting import eventually

pytestmark = [needs_etcd, pytest.mark.xdist_group("etcd")]

DESCRIPTOR = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: box}
spec:
  virtualLinks: [{name: sync, cidr: 192.168.0.0/28}]
  vdus:
    - {name: vm, image: debian-12, flavor: m1.small, interfaces: [{name: eth0, virtualLink: sync}]}
"""
SHOP = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {{name: shop}}
spec:
  vnfs:
    - {{name: db, descriptor: box, vim: {0}}}
    - {{name: app, descriptor: box, vim: {1}, dependsOn: [db]}}
"""
SET = """\
apiVersion: magi/v1alpha1
kind: NetworkServiceSet
metadata: {{name: rows}}
spec:
  generator: {{list: [{{name: row-0, vim: {0}}}, {{name: row-1, vim: {1}}}]}}
  rollout: {{canary: [row-0]}}
  template:
    metadata: {{name: "{{{{ row.name }}}}"}}
    spec:
      vim: "{{{{ row.vim }}}}"
      virtualLinks: [{{name: lan, cidr: 10.1.0.0/24, mtu: {2}}}]
"""


@dataclass
class Pair:
    """Daemons a and b; ``here`` is a VIM of a, ``there`` one of b."""

    fleet: Fleet
    here: str
    there: str

    def commit(self, text: str) -> str:
        return self.fleet.workplace.work.commit({"box.yaml": DESCRIPTOR, "service.yaml": text})

    def fault(self, **rule: Any) -> None:
        url = f"{self.fleet.workplace.simulator.url}/_simulator/faults"
        assert send("PUT", url, [rule] if rule else []).status == 204

    def said(self, vim: str, service: str) -> str:
        """What a says of a service on a VIM."""
        found = [one for one in self.fleet.status("a")["services"] if (one["name"], one["vim"]) == (service, vim)]
        return "\n".join(about["message"] for one in found for about in one["conditions"])

    def synced(self, name: str, service: str, commit: str) -> dict[str, bool]:
        """By VIM, whether a daemon says that the service is synced and healthy there, for a commit."""
        found = [one for one in self.fleet.status(name)["services"] if one["name"] == service]
        return {
            one["vim"]: (one["sync"], one["health"], one["commit"]) == ("synced", "healthy", commit) for one in found
        }

    def made(self) -> list[str]:
        """The clouds on which servers were made, in this order."""
        log = self.fleet.workplace.simulator.log()
        made = (one for one in log if (one["service"], one["method"]) == ("compute", "POST") and one["status"] < 300)
        return [one["cloud"] for one in made if one["route"].endswith("/servers")]

    def mtus(self, vim: str) -> list[int]:
        networks = Caller(f"{self.fleet.workplace.simulator.url}/{vim}").network("GET", "networks")["networks"]
        return [one["mtu"] for one in networks if one["description"].startswith("magi:")]

    def vims(self, name: str) -> Any:
        with urlopen(f"{self.fleet.daemons[name].url}/api/v1/vims", timeout=60) as answer:
            return json.load(answer)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    (tmp_path / "home").mkdir()
    work = new_work(tmp_path / "git")
    settings = CloudSettings(build_seconds=0, delete_seconds=0)
    with ExitStack() as stack:
        etcd = stack.enter_context(etcd_server(tmp_path / "etcd"))
        server = stack.enter_context(serve_repositories(work.bare.parent))
        simulator = stack.enter_context(Simulator(dict.fromkeys(VIMS, settings)))
        clouds_file = simulator.write_clouds_file(tmp_path / "clouds.yaml")
        fleet = Fleet(Workplace(tmp_path, work, server, clouds_file, simulator=simulator), etcd, stack)
        work.commit({path: text for name in VIMS for path, text in vim(name).items()})
        for name in "ab":
            fleet.start(name)
        eventually(lambda: fleet.share("a", "b"))
        yield Pair(fleet, min(fleet.part("a")), min(fleet.part("b")))


def test_each_member_shows_the_vims_of_all_with_who_serves_them(pair: Pair) -> None:
    eventually(lambda: all(pair.vims(name)["total"] == len(VIMS) for name in "ab"))
    members = {one["name"]: set(one["vims"]) for one in pair.fleet.shard("a")["members"]}
    for name in "ab":
        shown: dict[str, set[str]] = {}
        for one in pair.vims(name)["vims"]:
            shown.setdefault(one["member"], set()).add(one["name"])
        assert shown == members


def test_a_vnf_waits_for_one_on_the_vim_of_another_member_and_goes_on_when_that_is_ready(pair: Pair) -> None:
    pair.fault(cloud=pair.there, service="compute", method="POST", status=503)
    commit = pair.commit(SHOP.format(pair.there, pair.here))
    # Only until the other member reported for this commit there is more to say.
    waits = f"waits until shop/db/vm-0 is ready on VIM {pair.there}"
    eventually(lambda: any(line.endswith(waits) for line in pair.said(pair.here, "shop").splitlines()))
    pair.fault()
    both = {pair.here: True, pair.there: True}
    eventually(lambda: all(pair.synced(name, "shop", commit) == both for name in "ab"))
    assert pair.made() == [pair.there, pair.here]


def test_what_waits_for_a_member_that_is_killed_goes_on_with_who_takes_its_vims_over(pair: Pair) -> None:
    pair.fault(cloud=pair.there, service="compute", method="POST", status=503)
    commit = pair.commit(SHOP.format(pair.there, pair.here))
    eventually(lambda: f"is ready on VIM {pair.there}" in pair.said(pair.here, "shop"))
    killed = pair.fleet.daemons["b"].process
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    eventually(lambda: pair.fleet.share("a"))
    assert pair.made() == []
    pair.fault()
    eventually(lambda: pair.synced("a", "shop", commit) == {pair.here: True, pair.there: True})
    assert pair.made() == [pair.there, pair.here]
    assert {one["member"] for one in pair.vims("a")["vims"]} == {pair.fleet.shard("a")["members"][0]["name"]}


def test_a_wave_waits_for_the_one_before_it_on_the_vim_of_another_member(pair: Pair) -> None:
    first = pair.commit(SET.format(pair.there, pair.here, 1400))
    eventually(lambda: pair.synced("a", "row-1", first) == {pair.here: True})
    assert pair.mtus(pair.there) == [1400]
    pair.fault(cloud=pair.there, method="PUT", status=503)
    second = pair.commit(SET.format(pair.there, pair.here, 1300))
    waits = "waits for wave 1 of 2 of set rows: row-0 is out-of-sync"
    eventually(lambda: waits in pair.said(pair.here, "row-1"))
    assert pair.mtus(pair.here) == [1400]
    pair.fault()
    eventually(lambda: pair.synced("a", "row-1", second) == {pair.here: True})
    assert (pair.mtus(pair.there), pair.mtus(pair.here)) == ([1300], [1300])


def test_while_etcd_is_gone_nothing_is_assumed_of_the_vims_of_others(pair: Pair) -> None:
    eventually(lambda: pair.vims("a")["total"] == len(VIMS))
    eventually(lambda: pair.fleet.shard("a")["unreported"] == [])
    pair.fleet.etcd.kill()
    own = pair.fleet.part("a")
    eventually(lambda: {one["name"] for one in pair.vims("a")["vims"]} == own)
    assert pair.fleet.shard("a")["unreported"] == sorted(set(VIMS) - own)
    commit = pair.commit(SHOP.format(pair.there, pair.here))
    unknown = f"is ready on VIM {pair.there}, of which there is no report for this commit"
    eventually(lambda: unknown in pair.said(pair.here, "shop"))
    assert pair.made() == []
    pair.fleet.etcd.start()
    eventually(lambda: pair.synced("a", "shop", commit) == {pair.here: True, pair.there: True})
    assert pair.made() == [pair.there, pair.here]
