"""Three daemons that share many VIMs by a real etcd, and what is done to them: each VIM has one daemon, and never two.

Events in a seeded order: a daemon is killed, ended or frozen, etcd restarts, or the way of a daemon to etcd swallows
all bytes without closing a connection. While each lasts there is a commit for a few VIMs. At the end etcd is gone. What
is judged is what others saw: the locks in etcd, the requests in the logs of the simulated clouds, which each daemon
reaches by an address of its own, and what is there at the end.
"""

from __future__ import annotations

import base64
import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from benchmarks import fleet
from benchmarks.clouds import Clouds, simulated, write
from benchmarks.daemons import address_in
from benchmarks.repositories import commit, new_repository
from benchmarks.result import Result
from benchmarks.ways import Way, way_to
from openstack_simulator.traffic import LOG_SIZE
from reconciler.web.shapes import MOST_NAMED
from tests.etcd_server import EtcdServer, etcd_server
from tests.simulator.callers import Caller

VIMS, KILLS, MINUTES, SEED = 300, 50, 30.0, 7
LEASE = 5.0
SERVED_AGAIN = 10.0
LASTS = LEASE + 1.5
"""Seconds that a daemon is frozen or cut off at least: longer than its lease."""
CHANGED = 4
"""VIMs of a commit."""
EVERY = 0.2
"""Seconds between two observations of the locks."""
PATIENCE = 120.0
"""Seconds that anything may take: to end a hang, and no goal."""
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


class Snapshot(NamedTuple):
    """Who held which lock, some time between two moments."""

    began: float
    ended: float
    holders: Mapping[str, str]


class Locks:
    """Reads the locks in etcd all the time, and not by the way of a daemon."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/v3/kv/range"
        self._snapshots: list[Snapshot] = []
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    def snapshots(self) -> list[Snapshot]:
        return list(self._snapshots)

    def holders(self, since: float) -> Mapping[str, str]:
        """By VIM, the name of the member that holds its lock; nothing where they were not read since then."""
        last = self._snapshots[-1] if self._snapshots else None
        return last.holders if last and last.began > since else {}

    def _run(self) -> None:
        while not self._ends.wait(EVERY):
            began = time.monotonic()
            with suppress(OSError, ValueError):
                holders = self._ask()
                if self._snapshots and self._snapshots[-1].holders == holders:
                    holders = dict(self._snapshots[-1].holders)
                self._snapshots.append(Snapshot(began, time.monotonic(), holders))

    def _ask(self) -> dict[str, str]:
        first, after = (base64.b64encode(one).decode() for one in (b"magi/magi/locks/", b"magi/magi/locks0"))
        body = json.dumps({"key": first, "range_end": after}).encode()
        with urllib.request.urlopen(urllib.request.Request(self._url, body), timeout=2) as answer:
            found = json.load(answer).get("kvs", [])
        texts = ((base64.b64decode(one["key"]), base64.b64decode(one["value"])) for one in found)
        return {key.decode().rpartition("/")[2]: value.decode().partition(" ")[0] for key, value in texts}


@dataclass
class Member:
    """A daemon with its own way to etcd. ``names``: those that it had as a member, each with when it started."""

    name: str
    folder: Path
    way: Way
    process: subprocess.Popen[bytes] | None = None
    url: str = ""
    names: list[tuple[float, str]] = field(default_factory=list)

    def start(self) -> None:
        started = time.monotonic()
        log = self.folder / f"magi-{len(self.names)}.log"
        command = [sys.executable, "-m", "reconciler.cli", "run", "--config", str(self.folder / "magi.yaml")]
        with log.open("w") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        self.url = f"http://{address_in(log)}"
        until(lambda: self.shard()["members"], "joined")
        self.names.append((started, next(one["name"] for one in self.shard()["members"] if one["self"])))

    def send(self, what: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(what)

    def end(self, what: signal.Signals) -> None:
        if self.process and self.process.poll() is None:
            self.send(what)
            try:
                self.process.wait(PATIENCE)
            finally:
                self.process.kill()

    def status(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/api/v1/status", timeout=PATIENCE) as answer:
            return dict(json.load(answer))

    def shard(self) -> dict[str, Any]:
        repositories = self.status()["repositories"]
        return (repositories and repositories[0]["shard"]) or {"members": [], "membersError": "has none yet"}

    def named(self, at: float) -> str:
        """Its name as a member at a time."""
        return next((name for since, name in reversed(self.names) if since <= at), "")


class Cut(NamedTuple):
    """For how long members could not reach etcd, by any means."""

    members: frozenset[str]
    began: float
    ended: float


class Write(NamedTuple):
    """A request to a cloud that changes something."""

    start: float
    end: float
    member: str
    vim: str


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


def run(vims: int = VIMS, kills: int = KILLS, minutes: float = MINUTES) -> list[Result]:
    """``minutes``: after so many no other event begins, so that there is a result in any case."""
    found = campaign(vims, events(kills), minutes=minutes)
    results = [
        Result(
            f"{kind}: until all {vims} VIMs are served again, the longest of {len(seconds)}",
            max(seconds),
            "s",
            SERVED_AGAIN,
        )
        for kind, seconds in sorted(found.seconds.items())
    ]
    every = [one for some in found.seconds.values() for one in some]
    return [
        *results,
        Result("the same, median of all", median(every), "s"),
        Result("events", found.events, "", kills, at_least=True),
        Result("VIMs that moved although nothing was done to their daemon", found.moved, "", 0),
        Result("resources that were made twice", found.twice, "", 0),
        Result("resources that are missing or not as declared", found.missing, "", 0),
        Result(f"of {found.writes} writes, those of a daemon after its lease", found.late, "", 0),
        Result("VIMs that are not read any more while etcd is gone", found.unread, "", 0),
        Result("from a commit during an event until it is carried out, at most", max(found.effect), "s"),
    ]


def events(count: int, seed: int = SEED) -> list[str]:
    """As many of each kind, in an order that depends on the seed alone."""
    found = [list(KINDS)[number % len(KINDS)] for number in range(count)]
    random.Random(seed).shuffle(found)
    return found


def campaign(vims: int, kinds: Sequence[str], seed: int = SEED, minutes: float = MINUTES) -> Found:
    """Carries out the events, and then the one that has etcd gone."""
    with ExitStack() as ending:
        here = Scene(Path(ending.enter_context(tempfile.TemporaryDirectory())), vims, seed, ending)
        here.begin()
        until_then = time.monotonic() + 60 * minutes
        for number, kind in enumerate(kinds, 1):
            if time.monotonic() > until_then:
                break
            seconds = KINDS[kind](here)
            here.found.events = number
            here.say(f"{number}/{len(kinds)} {kind}: {', '.join(f'{one:.1f} s' for one in seconds)}")
            here.found.seconds.setdefault(kind, []).extend(seconds)
        here.etcd_gone()
        here.judge()
        return here.found


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


KINDS: dict[str, Callable[[Scene], list[float]]] = {
    "SIGKILL": Scene.killed,
    "SIGSTOP": Scene.frozen,
    "SIGTERM": Scene.terminated,
    "etcd restarted": Scene.etcd_restarted,
    "all bytes swallowed": Scene.swallowed,
}


def late_writes(
    writes: Iterable[Write],
    snapshots: Sequence[Snapshot],
    cuts: Iterable[Cut],
    names: Mapping[str, Callable[[float], str]],
) -> list[tuple[Write, str]]:
    """The writes of members that did not hold the lock, or could not know any more that they did, with why.

    The last snapshot that ended before a write and the first that began after it have to show another holder, both:
    what changed in between is not judged.
    """
    cuts = list(cuts)
    ended, began = [one.ended for one in snapshots], [one.began for one in snapshots]
    found = []
    for one in sorted(writes):
        if any(one.member in cut.members and cut.began + LEASE < one.start < cut.ended for cut in cuts):
            found.append((one, "it was cut off for longer than its lease"))
            continue
        before, after = bisect_right(ended, one.start) - 1, bisect_left(began, one.end)
        if before < 0 or after == len(snapshots):
            continue
        held_by = [snapshots[number].holders.get(one.vim, "no one") for number in (before, after)]
        if names[one.member](one.start) not in held_by:
            found.append((one, f"held before and after by {' and '.join(held_by)}"))
    return found


def until(is_true: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            raise TimeoutError(f"not {what} within {seconds:g} seconds")
        time.sleep(0.1)


def _asked_by(entry: Mapping[str, Any]) -> str:
    address = urlsplit(entry["origin"]).hostname
    return next(name for name, one in ADDRESSES.items() if one == address)


def _is_made(entry: Mapping[str, Any]) -> bool:
    made = (entry["service"], entry["method"], entry["route"]) == ("network", "POST", "/v2.0/networks")
    return made and 200 <= entry["status"] < 300
