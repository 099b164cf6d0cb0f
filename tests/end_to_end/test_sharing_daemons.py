"""Three daemons share the VIMs of a repository by a real etcd: each VIM has one, and nothing is made twice."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from openstack_simulator import CloudSettings, Simulator
from tests.end_to_end.conftest import Workplace
from tests.etcd_server import EtcdServer, etcd_server, needs_etcd
from tests.git_server import serve_repositories
from tests.git_work import new_work
from tests.loop.follower import service, vim
from tests.processes import MAGI_LISTENS, Served, serving
from tests.simulator.callers import Caller
from tests.waiting import eventually

pytestmark = [needs_etcd, pytest.mark.xdist_group("etcd")]

VIMS = [f"vim-{number:02}" for number in range(12)]
SETTINGS = """
repository: {url: "URL", interval: 1}
drift: {interval: 2, longest: 2}
cloudsFile: clouds.yaml
cacheDir: FOLDER/cache-NAME
listen: 127.0.0.1:0
coordination: {url: "ETCD", lease: 5}
"""


def files(mtu: int) -> dict[str, str]:
    return {path: text for name in VIMS for path, text in (vim(name) | service(name, mtu)).items()}


@dataclass
class Fleet:
    workplace: Workplace
    etcd: EtcdServer
    stack: ExitStack
    daemons: dict[str, Served] = field(default_factory=dict)

    def start(self, name: str) -> None:
        place = {"URL": self.workplace.url, "FOLDER": str(self.workplace.folder), "NAME": name, "ETCD": self.etcd.url}
        text = SETTINGS
        for word, value in place.items():
            text = text.replace(word, value)
        file = self.workplace.folder / f"{name}.yaml"
        file.write_text(text)
        process = self.workplace.start("run", "--config", str(file))
        self.daemons[name] = self.stack.enter_context(serving(process, MAGI_LISTENS))

    def status(self, name: str) -> Any:
        with urlopen(f"{self.daemons[name].url}/api/v1/status", timeout=60) as answer:
            return json.load(answer)

    def asked(self, name: str, path: str) -> str:
        with urlopen(f"{self.daemons[name].url}{path}", timeout=60) as answer:
            text: str = answer.read().decode()
            return text

    def shows_etcd(self, up: int) -> bool:
        """Whether the metrics of all daemons say so."""
        return all(f"magi_coordination_up {up}.0" in self.asked(name, "/metrics") for name in self.daemons)

    def shard(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.status(name)["repositories"][0]["shard"] or {"members": []}
        return found

    def part(self, name: str) -> set[str]:
        """The VIMs that a daemon says are its part."""
        return {one for member in self.shard(name)["members"] if member["self"] for one in member["vims"]}

    def share(self, *names: str) -> bool:
        """Whether these daemons, and no others, have one part of the VIMs each."""
        parts = [self.part(name) for name in names]
        agreed = all(len(self.shard(name)["members"]) == len(names) for name in names)
        return agreed and all(parts) and sorted(one for part in parts for one in part) == VIMS

    def mtus(self) -> list[list[int]]:
        """Those of the networks on each VIM."""
        found = []
        for name in VIMS:
            networks = Caller(f"{self.workplace.simulator.url}/{name}").network("GET", "networks")["networks"]
            found.append([one["mtu"] for one in networks if one["description"].startswith("magi:")])
        return found

    def are(self, mtu: int) -> bool:
        return self.mtus() == [[mtu]] * len(VIMS)

    def made(self) -> dict[tuple[str, str], int]:
        """How often something was made, by cloud and route."""
        log = self.workplace.simulator.log()
        return Counter(
            (entry["cloud"], entry["route"])
            for entry in log
            if (entry["service"], entry["method"]) == ("network", "POST")
        )

    def observed(self, name: str, commit: str) -> bool:
        """Whether a daemon has compared all its VIMs with a commit."""
        vims = self.status(name)["vims"]
        return bool(vims) and all(one["commit"] == commit and one["up"] for one in vims)

    def is_idle(self, name: str) -> bool:
        """Whether something is left to do on each VIM of a daemon."""
        return all(one["stepsLeft"] for one in self.status(name)["vims"])

    def writes(self) -> int:
        return len(self.workplace.writes())


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    (tmp_path / "home").mkdir()
    work = new_work(tmp_path / "git")
    settings = CloudSettings(build_seconds=0, delete_seconds=0)
    with ExitStack() as stack:
        etcd = stack.enter_context(etcd_server(tmp_path / "etcd"))
        server = stack.enter_context(serve_repositories(work.bare.parent))
        simulator = stack.enter_context(Simulator(dict.fromkeys(VIMS, settings)))
        clouds_file = simulator.write_clouds_file(tmp_path / "clouds.yaml")
        workplace = Workplace(tmp_path, work, server, clouds_file, simulator=simulator)
        found = Fleet(workplace, etcd, stack)
        work.commit(files(1400))
        for name in "abc":
            found.start(name)
        eventually(lambda: found.share("a", "b", "c"))
        eventually(lambda: found.are(1400))
        # What was written may be of a daemon whose part it was before.
        eventually(lambda: all(found.status(name)["ready"] for name in "abc"))
        yield found


def test_each_vim_has_one_daemon_and_what_one_that_was_killed_served_is_served_by_others(fleet: Fleet) -> None:
    parts = {name: fleet.part(name) for name in "abc"}
    shown = fleet.workplace.magi("status", "--url", fleet.daemons["a"].url)
    assert shown.out.count("  member ") == 3
    killed = fleet.daemons["c"].process
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    fleet.workplace.work.commit(files(1300), "Another MTU")
    eventually(lambda: fleet.share("a", "b"))
    eventually(lambda: fleet.are(1300))
    assert all(parts[name] <= fleet.part(name) for name in "ab")
    assert set(fleet.made().values()) == {1}


def test_one_that_was_frozen_takes_part_again_and_makes_nothing_twice(fleet: Fleet) -> None:
    parts = {name: fleet.part(name) for name in "abc"}
    frozen = fleet.daemons["b"].process
    frozen.send_signal(signal.SIGSTOP)
    try:
        more = {path: text.replace("edge-", "more-") for path, text in more_services(1400).items()}
        fleet.workplace.work.commit(more, "More services")
        eventually(lambda: fleet.share("a", "c"))
        eventually(lambda: fleet.mtus() == [[1400, 1400]] * len(VIMS))
    finally:
        frozen.send_signal(signal.SIGCONT)
    eventually(lambda: fleet.share("a", "b", "c"))
    assert {name: fleet.part(name) for name in "abc"} == parts
    fleet.workplace.work.commit(files(1300), "Another MTU")
    eventually(lambda: sorted(fleet.mtus()[0]) == [1300, 1400] and len({*map(str, map(sorted, fleet.mtus()))}) == 1)
    assert set(fleet.made().values()) == {2}


def more_services(mtu: int) -> dict[str, str]:
    return {path.replace("services/", "more/"): text for name in VIMS for path, text in service(name, mtu).items()}


def test_an_etcd_that_does_not_answer_is_shown_in_the_metrics_and_makes_no_daemon_unready(fleet: Fleet) -> None:
    eventually(lambda: fleet.shows_etcd(1))
    fleet.etcd.kill()
    eventually(lambda: fleet.shows_etcd(0))
    # urlopen raises for 503.
    assert [fleet.asked(name, "/readyz") for name in "abc"] == ["ready\n"] * 3
    fleet.etcd.start()
    eventually(lambda: fleet.shows_etcd(1))


def test_while_etcd_is_gone_the_daemons_observe_and_write_nothing(fleet: Fleet) -> None:
    fleet.etcd.kill()
    eventually(lambda: all(fleet.shard(name)["membersError"] for name in "abc"))
    idle = fleet.workplace.magi("status", "--url", fleet.daemons["a"].url, "--check")
    assert idle.code != 0
    # What comes while the leases still live is written.
    for mtu in count(1300):
        commit = fleet.workplace.work.commit(files(mtu), f"MTU {mtu}")
        eventually(lambda: all(fleet.observed(name, commit) for name in "abc"))  # noqa: B023  it is called here
        if all(fleet.is_idle(name) for name in "abc"):
            break
    before = fleet.writes()
    last = fleet.workplace.work.commit(files(1200), "Another MTU")
    eventually(lambda: all(fleet.observed(name, last) and fleet.is_idle(name) for name in "abc"))
    assert fleet.writes() == before
    fleet.etcd.start()
    eventually(lambda: fleet.are(1200))
    assert set(fleet.made().values()) == {1}
