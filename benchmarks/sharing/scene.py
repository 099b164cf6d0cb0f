"""The daemons, etcd, the clouds and the repository, and what is done to them."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks import fleet
from benchmarks.clouds import Clouds, simulated, write
from benchmarks.repositories import commit, new_repository
from benchmarks.sharing.late import LEASE, Cut, Write, late_writes
from benchmarks.sharing.members import PATIENCE, Locks, Member, until
from benchmarks.sharing.ways import way_to
from openstack_simulator.traffic import LOG_SIZE
from reconciler.web.shapes import MOST_NAMED
from tests.etcd_server import EtcdServer, etcd_server
from tests.simulator.callers import Caller

LASTS = LEASE + 1.5
"""Seconds that a daemon is frozen or cut off at least: longer than its lease."""
CHANGED = 4
"""VIMs of a commit."""
VIMS_OF_A_SIMULATOR = 100

ADDRESSES = {"a": "127.1", "b": "127.0.1", "c": "127.0.0.1"}
"""How each daemon writes the address of the simulators: one address, and the log shows who asked."""

SETTINGS = """repository: {{url: {repository}, branch: main, interval: 1}}
drift: {{interval: 86400, longest: 60}}
cloudsFile: {clouds}
listen: 127.0.0.1:0
cacheDir: {cache}
coordination: {{url: "etcd3+http://127.0.0.1:{etcd}", lease: {lease:g}}}
"""
SERVICE = """apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {{name: {name}}}
spec:
  vim: {vim}
  virtualLinks: [{{name: lan, cidr: 10.1.0.0/24, mtu: {mtu}}}]
"""


@dataclass
class Found:
    """What came of the events. ``seconds``: by kind, those until all VIMs were served again."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    events: int = 0
    moved: int = 0
    effect: list[float] = field(default_factory=list)
    unread: int = 0
    twice: int = 0
    missing: int = 0
    late: int = 0
    writes: int = 0


class Scene:
    """The daemons, etcd, the clouds and the repository, and what is done to them."""

    def __init__(self, folder: Path, vims: int, seed: int, ending: ExitStack) -> None:
        self.vims = [f"vim-{number:03}" for number in range(vims)]
        self.found = Found()
        self._random = random.Random(seed)
        self._folder, self._ending = folder, ending
        self._declared: dict[str, dict[str, int]] = {name: {f"edge-{name}": 1400} for name in self.vims}
        self._commits = 0
        self._cuts: list[Cut] = []
        self._clouds: dict[str, Clouds] = {}
        self._callers: dict[str, Caller] = {}
        self.etcd: EtcdServer = ending.enter_context(etcd_server(folder / "etcd"))
        self.locks = ending.enter_context(Locks(self.etcd.port))
        self.members: dict[str, Member] = {}

    def say(self, text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)

    def begin(self) -> None:
        """All VIMs have their daemon, and their first service."""
        entries = []
        for first in range(0, len(self.vims), VIMS_OF_A_SIMULATOR):
            some = self.vims[first : first + VIMS_OF_A_SIMULATOR]
            place = self._folder / f"simulator-{first}"
            place.mkdir()
            clouds = self._ending.enter_context(simulated(place, "--vims", ",".join(some), "--build-seconds", "0"))
            self._clouds |= dict.fromkeys(some, clouds)
            entries.append(clouds.file.read_text().partition("clouds:\n")[2])
        self._repository = new_repository(self._folder / "repository")
        self._commit({f"vims/{name}.yaml": fleet.vim(name) for name in self.vims} | self._files(self.vims))
        for name, address in ADDRESSES.items():
            place = self._folder / name
            way = self._ending.enter_context(way_to(self.etcd.port))
            text = "".join(("clouds:\n", *entries)).replace("127.0.0.1", address)
            clouds_file, cache = place / "clouds.yaml", place / "cache"
            settings = SETTINGS.format(
                repository=self._repository, clouds=clouds_file, cache=cache, etcd=way.port, lease=LEASE
            )
            write(place, {"clouds.yaml": text, "magi.yaml": settings})
            self.members[name] = member = Member(name, place, way)
            self._ending.callback(member.end, signal.SIGKILL)
        for member in self.members.values():
            member.start()
        self._served(self.members, time.monotonic())
        self._carried_out(self.vims, time.monotonic())
        self.found.effect.clear()
        self.say(f"{len(self.vims)} VIMs are served")

    def killed(self) -> list[float]:
        return self._ended(signal.SIGKILL)

    def terminated(self) -> list[float]:
        return self._ended(signal.SIGTERM)

    def _ended(self, what: signal.Signals) -> list[float]:
        member = self._any()
        others = self.members.keys() - {member.name}
        before, at = self._holders(), time.monotonic()
        member.end(what)
        changed, since = self._change()
        seconds = self._served(others, at)
        after = self._holders()
        self._note_moved(before, after, others)
        member.start()
        started = self._served(self.members, time.monotonic())
        # Some are the part of the new one: it has a new name.
        self._note_moved(after, self._holders(), others, to=others)
        self._carried_out(changed, since)
        return [seconds, started]

    def frozen(self) -> list[float]:
        member = self._any()
        return self._away(
            member, lambda: member.send(signal.SIGSTOP), lambda: member.send(signal.SIGCONT), reaches_etcd=True
        )

    def swallowed(self) -> list[float]:
        member = self._any()
        before = member.way.swallowed
        seconds = self._away(member, member.way.swallow, member.way.restore, reaches_etcd=False)
        assert member.way.swallowed > before
        return seconds

    def _away(
        self, member: Member, begin: Callable[[], None], end: Callable[[], None], *, reaches_etcd: bool
    ) -> list[float]:
        """A member that is not there for longer than its lease, and is there again."""
        others = self.members.keys() - {member.name}
        before = self._holders()
        begin()
        at = time.monotonic()
        changed, since = self._change()
        seconds = self._served(others, at)
        self._note_moved(before, self._holders(), others)
        self._carried_out(changed, since)
        time.sleep(max(0.0, at + LASTS - time.monotonic()))
        # The lease is over by now: this one is for the others alone.
        changed, since = self._change()
        self._carried_out(changed, since)
        again = time.monotonic()
        if not reaches_etcd:
            self._cuts.append(Cut(frozenset({member.name}), at, again))
        end()
        back = self._served(self.members, again)
        self._note_moved(before, self._holders(), self.members)
        return [seconds, back]

    def etcd_restarted(self) -> list[float]:
        before, at = self._holders(), time.monotonic()
        self.etcd.kill()
        changed, since = self._change()
        self.etcd.start()
        seconds = self._served(self.members, at)
        self._note_moved(before, self._holders(), self.members)
        self._carried_out(changed, since)
        return [seconds]

    def etcd_gone(self) -> None:
        """Etcd is gone for longer than each lease: all is read, and nothing written, until it is there again."""
        before, at = self._holders(), time.monotonic()
        self.etcd.kill()
        time.sleep(LASTS)
        changed, since = self._change()
        newest = self._newest()

        def is_read() -> bool:
            return not self._unread(newest)

        with suppress(TimeoutError):
            until(is_read, "read", LASTS * 4)
        self.found.unread = self._unread(newest)
        self._cuts.append(Cut(frozenset(self.members), at, time.monotonic()))
        self.etcd.start()
        self._served(self.members, time.monotonic())
        self._note_moved(before, self._holders(), self.members)
        self._carried_out(changed, since)
        self.found.effect.pop()

    def judge(self) -> None:
        """What the clouds have, and what was asked of them."""
        log = [entry for url in {one.url: one for one in self._clouds.values()}.values() for entry in self._log(url)]
        declared = {name: len(services) for name, services in self._declared.items()}
        made = Counter(entry["cloud"] for entry in log if _is_made(entry))
        for name in self.vims:
            networks = self._networks(name)
            marks = Counter(mark for mark, _ in networks)
            more = sum(count - 1 for count in marks.values())
            self.found.twice += max(more, made[name] - declared[name])
            expected = {(f"{service}/lan", mtu) for service, mtu in self._declared[name].items()}
            self.found.missing += len(expected - set(networks))
        writes = [
            Write(entry["start"], entry["end"], _asked_by(entry), entry["cloud"])
            for entry in log
            if entry["method"] != "GET" and not entry["route"].endswith("/auth/tokens")
        ]
        self.found.writes = len(writes)
        names = {one.name: one.named for one in self.members.values()}
        late = late_writes(writes, self.locks.snapshots(), self._cuts, names)
        for one, why in late:
            self.say(f"late: {one.member} ({names[one.member](one.start)}) on {one.vim} at {one.start:.2f}: {why}")
        self.found.late = len(late)

    def _log(self, clouds: Clouds) -> list[dict[str, Any]]:
        log = list(clouds.ask("_simulator/log"))
        assert len(log) < LOG_SIZE, "the log of a simulator is full: fewer VIMs for each"
        return log

    def _any(self) -> Member:
        return self.members[self._random.choice(sorted(self.members))]

    def _holders(self) -> dict[str, str]:
        return dict(self.locks.snapshots()[-1].holders)

    def _change(self) -> tuple[list[str], float]:
        """A commit for a few VIMs: another MTU, and one more service."""
        some = sorted(self._random.sample(self.vims, min(CHANGED, len(self.vims))))
        for name in some:
            services = self._declared[name]
            services[f"edge-{name}"] = 1280 + self._commits % 100
            services[f"more-{self._commits}-{name}"] = 1400
        self._commit(self._files(some))
        return some, time.monotonic()

    def _commit(self, files: Mapping[str, str]) -> None:
        self._commits += 1
        commit(self._repository, files, f"Commit {self._commits}")

    def _files(self, vims: Iterable[str]) -> dict[str, str]:
        return {
            f"services/{service}.yaml": SERVICE.format(name=service, vim=name, mtu=mtu)
            for name in vims
            for service, mtu in self._declared[name].items()
        }

    def _newest(self) -> str:
        command = ["git", "rev-parse", "HEAD"]
        return subprocess.run(command, cwd=self._repository, check=True, capture_output=True, text=True).stdout.strip()

    def _unread(self, newest: str) -> int:
        """VIMs that no member has observed for a commit."""
        shown = [one for member in self.members.values() for one in member.status()["vims"]]
        read = {one["name"] for one in shown if one["commit"] == newest and one["up"]}
        return len(set(self.vims) - read)

    def _served(self, names: Iterable[str], at: float) -> float:
        """Waits until these members, and no others, serve each VIM once and hold its lock; seconds since then."""
        names = list(names)

        def is_so() -> bool:
            holders = self.locks.holders(at)
            expected = {self.members[name].names[-1][1]: name for name in names}
            if len(holders) != len(self.vims) or set(holders.values()) - expected.keys():
                return False
            return all(self._agrees(self.members[name], expected.keys(), holders) for name in names)

        until(is_so, f"served by {', '.join(names)}")
        return time.monotonic() - at

    def _agrees(self, member: Member, expected: Iterable[str], holders: Mapping[str, str]) -> bool:
        """Whether a member sees these members, and serves what it holds the locks of."""
        shard = member.shard()
        if shard["membersError"] or {one["name"] for one in shard["members"]} != set(expected):
            return False
        held = {name: sorted(vim for vim, holder in holders.items() if holder == name) for name in expected}
        # The API names some of them, and says how many there are.
        return all(
            one["served"] == len(held[one["name"]]) and one["vims"] == held[one["name"]][:MOST_NAMED]
            for one in shard["members"]
        )

    def _note_moved(
        self, before: Mapping[str, str], after: Mapping[str, str], untouched: Iterable[str], to: Iterable[str] = ()
    ) -> None:
        """Counts the VIMs of untouched members that others have now; ``to``: only what one of these has."""
        kept = {self.members[name].names[-1][1] for name in untouched}
        those = {self.members[name].names[-1][1] for name in to}
        moved = [
            vim
            for vim, owner in before.items()
            if owner in kept and after.get(vim) != owner and (not those or after.get(vim) in those)
        ]
        if moved:
            self.say(f"moved: {', '.join(moved)}")
        self.found.moved += len(moved)

    def _carried_out(self, vims: Sequence[str], since: float) -> None:
        def is_so() -> bool:
            return all(
                {(f"{service}/lan", mtu) for service, mtu in self._declared[name].items()} == set(self._networks(name))
                for name in vims
            )

        until(is_so, "carried out", PATIENCE + len(vims))
        self.found.effect.append(time.monotonic() - since)

    def _networks(self, name: str) -> list[tuple[str, int]]:
        """The mark and the MTU of each network that has a mark."""
        if name not in self._callers:
            self._callers[name] = Caller(f"{self._clouds[name].url}/{name}")
        found = self._callers[name].network("GET", "networks")["networks"]
        return [
            (one["description"].split(" ")[1], one["mtu"]) for one in found if one["description"].startswith("magi:")
        ]


def _asked_by(entry: Mapping[str, Any]) -> str:
    address = urlsplit(entry["origin"]).hostname
    return next(name for name, one in ADDRESSES.items() if one == address)


def _is_made(entry: Mapping[str, Any]) -> bool:
    made = (entry["service"], entry["method"], entry["route"]) == ("network", "POST", "/v2.0/networks")
    return made and 200 <= entry["status"] < 300
