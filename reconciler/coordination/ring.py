"""A member of a group of daemons: which targets are its part, and the locks of these.

A hash ring over the names of the members says whose part a target is. Two members may see the group differently for a
moment; so a lock of each target, below a lease, is the fence: who holds it may write, as long as the lease certainly
lives. One thread asks etcd, so that whoever works on a target never waits for it.
"""

from __future__ import annotations

import logging
import re
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from itertools import count, islice
from typing import NamedTuple, Protocol

from reconciler.coordination.members import ALONE, NOTHING, Changed, EtcdError, Members, Published, TargetId
from reconciler.model import ConfigError, MemberShare

log = logging.getLogger(__name__)

MOST_AT_ONCE = 30
"""Targets that something is published of in one request: it stays below a megabyte, of the 1.5 that etcd takes."""


class Times(NamedTuple):
    """Seconds, all from the time in which others are to have taken over.

    ``ttl``: until etcd ends a lease that is not renewed; ``fresh``: for which a renewed one is relied on; ``beat``:
    between two renewals; ``timeout``: of a request.
    """

    ttl: int
    fresh: float
    beat: float
    timeout: int

    @classmethod
    def within(cls, lease: float) -> Times:
        """Those with which a member that is silent is replaced within ``lease``, and what it began before is done."""
        ttl = max(2, int(lease * 0.8))
        return cls(ttl, ttl / 2, ttl / 8, max(1, ttl // 4))


class Parts(Protocol):
    """Whose part each target is."""

    def owner(self, target: TargetId) -> str:
        """The member that a target is the part of; "" without members."""


class Store(Protocol):
    """What a member needs of what all share. All of it raises EtcdError."""

    def ring(self, members: frozenset[str]) -> Parts: ...
    def renew(self) -> None: ...
    def members(self) -> frozenset[str]: ...
    def join(self) -> None: ...
    def holders(self) -> Mapping[TargetId, str]: ...
    def published(self) -> Mapping[TargetId, Published]: ...
    def publish(self, payloads: Mapping[TargetId, bytes]) -> bool: ...
    def take(self, target: TargetId) -> bool: ...
    def give_back(self, target: TargetId) -> None: ...
    def leave(self, *, ended: bool) -> None: ...


def now() -> float:
    """Seconds of a clock that goes on while the process is stopped, and also while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Ring:
    """The `Members` of a group, for the member ``name`` of it."""

    alone = False

    def __init__(self, store: Store, name: str, times: Times, clock: Callable[[], float] = now) -> None:
        self.name = name
        self._store = store
        self._times = times
        self._clock = clock
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._error = "etcd has not answered yet"
        self._members: frozenset[str] = frozenset()
        self._parts: Parts | None = None
        self._all: dict[str, tuple[str, ...]] = {}
        self._served: dict[str, frozenset[str]] = {}
        self._held: dict[TargetId, int] = {}
        self._grants = count(1)
        self._holders: Mapping[TargetId, str] = {}
        self._returned: set[TargetId] = set()
        self._said: Mapping[TargetId, Published] = {}
        self._others_say: Mapping[str, Mapping[str, Published]] = {}
        self._to_say: dict[TargetId, tuple[int, bytes]] = {}
        self._renewed = float("-inf")
        self._quiet_until = float("-inf")
        self._changed: Changed = lambda _: None
        self._again: set[TargetId] = set()
        self._news = threading.Condition(self._lock)
        self._is_news = False
        self._thread = threading.Thread(target=self._run, name="coordination", daemon=True)
        self._notifier = threading.Thread(target=self._notify, name="coordination-news", daemon=True)

    def mine(self, repository: str, targets: Iterable[str]) -> frozenset[str]:
        names = tuple(sorted(targets))
        with self._lock:
            self._all[repository] = names
            found = frozenset(one for one in names if self._owner(TargetId(repository, one)) == self.name)
            self._served[repository] = found
            # Whoever asks for it runs it again.
            self._returned.difference_update(TargetId(repository, one) for one in found)
        self._wake.set()
        return found

    def give_back(self, repository: str, target: str) -> None:
        with self._lock:
            self._returned.add(TargetId(repository, target))
        self._wake.set()

    def grant(self, repository: str, target: str) -> int:
        with self._lock:
            return self._held.get(TargetId(repository, target), 0)

    def refusal(self, repository: str, target: str, grant: int) -> str:
        asked = TargetId(repository, target)
        with self._lock:
            owner, held, holder = self._owner(asked), self._held.get(asked, 0), self._holders.get(asked, "")
            renewed, fresh, error = self._renewed, self._times.fresh, self._error
        if owner != self.name:
            return f"VIM {target} is the part of member {owner} now" if owner else f"no member of a group yet: {error}"
        if not held:
            by = f"member {holder} still holds it" if holder not in {"", self.name} else "it is being taken"
            return f"the lock of VIM {target} is not held here: {by}"
        if held != grant:
            return (
                f"the lock of VIM {target} was taken after the VIM was observed, so others may have written meanwhile"
            )
        # Last, as all before may have taken time.
        age = self._clock() - renewed
        if age >= fresh:
            why = f": {error}" if error else ""
            return f"the lease at etcd was last renewed {age:.0f} seconds ago, and is relied on for {fresh:g}{why}"
        return ""

    def shares(self, repository: str) -> tuple[MemberShare, ...]:
        with self._lock:
            parts: dict[str, list[str]] = {name: [] for name in sorted(self._members)}
            for target in self._all.get(repository, ()):
                parts.setdefault(self._owner(TargetId(repository, target)), []).append(target)
        return tuple(MemberShare(name, tuple(found), name == self.name) for name, found in parts.items() if name)

    def error(self) -> str:
        with self._lock:
            return self._error

    def publish(self, repository: str, target: str, grant: int, payload: bytes) -> None:
        # With the next renewal: many that come at once are one request.
        with self._lock:
            self._to_say[TargetId(repository, target)] = (grant, payload)

    def published(self, repository: str) -> Mapping[str, Published]:
        with self._lock:
            if self._clock() - self._renewed >= self._times.fresh:
                return NOTHING
            return self._others_say.get(repository, NOTHING)

    def join(self, changed: Changed) -> None:
        with self._lock:
            self._changed = changed
        if not self._thread.is_alive():
            self._thread.start()
            self._notifier.start()

    def close(self, *, ended: bool) -> None:
        with self._lock:
            self._closing = True
            self._news.notify_all()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(4 * self._times.timeout)
        if not self._thread.is_alive():
            try:
                self._store.leave(ended=ended)
            except EtcdError as error:
                log.warning("left without a word to etcd", extra={"error": str(error)})

    def _owner(self, target: TargetId) -> str:
        return self._parts.owner(target) if self._parts else ""

    def _run(self) -> None:
        failures = 0
        while not self._closing:
            self._wake.clear()
            try:
                self._beat()
                failures = 0
                self._note("")
            except EtcdError as error:
                failures += 1
                self._note(str(error))
            except Exception:
                # Without this thread nothing would be written here ever again.
                log.exception("coordination broke")
                failures += 1
                self._note("a defect in Magi; its log has the details")
            if failures:
                # Whoever wakes it can't make etcd answer sooner.
                self._pause(min(self._times.beat * 2 ** min(failures - 1, 10), self._times.ttl / 4))
            else:
                self._wake.wait(self._times.beat)

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._closing and (left := until - time.monotonic()) > 0:
            self._wake.wait(left)
            self._wake.clear()

    def _beat(self) -> None:
        # Before the request: etcd counts from later on.
        began = self._clock()
        self._store.renew()
        members = self._store.members()
        if self.name not in members:
            self._rejoin()
            members = self._store.members()
        holders = self._store.holders()
        said = self._store.published()
        held = {one for one, holder in holders.items() if holder == self.name}
        parts = self._store.ring(members) if members != self._members else self._parts
        with self._lock:
            if members != self._members:
                log.info("members changed", extra={"member": self.name, "members": ", ".join(sorted(members))})
                self._is_news = True
            self._members, self._parts, self._renewed = members, parts, began
            self._again |= held - self._held.keys()
            self._held = {one: self._held.get(one) or next(self._grants) for one in sorted(held)}
            self._holders = holders
            if said is not self._said:
                self._said, self._others_say = said, self._of_others(said)
            if self._is_news or self._again:
                self._news.notify_all()
            free, unused = self._due()
        for target in unused:
            self._store.give_back(target)
            with self._lock:
                self._returned.discard(target)
        self._take(free, began)
        self._say(began)

    def _rejoin(self) -> None:
        """Joins the group: at the start, and after the leases ended, as those of a process that was stopped do."""
        with self._lock:
            # Nothing may be written by what was held before until it is taken again.
            self._held = {}
        self._store.join()
        # Where etcd lost its data, others may still rely on the leases that they had, for so long.
        self._quiet_until = self._clock() + self._times.fresh

    def _due(self) -> tuple[list[TargetId], list[TargetId]]:
        """The locks to take, which no one holds, and those to give back. To be called with the lock."""
        served = {TargetId(repository, name) for repository, names in self._served.items() for name in names}
        mine = {one for one in served if self._owner(one) == self.name}
        self._returned = (self._returned - served) & self._held.keys()
        unused = sorted(self._returned)
        for target in unused:
            del self._held[target]
        free = [] if self._clock() < self._quiet_until else sorted(mine - self._holders.keys())
        return free, unused

    def _take(self, targets: Iterable[TargetId], began: float) -> None:
        taken = []
        for target in targets:
            if self._closing or self._clock() - began > self._times.beat:
                # The lease goes before; the rest is for the next time, which is at once.
                self._wake.set()
                break
            if self._store.take(target):
                taken.append(target)
        with self._lock:
            self._held.update((target, next(self._grants)) for target in taken)
            self._again.update(taken)
            self._news.notify_all()

    def _of_others(self, said: Mapping[TargetId, Published]) -> Mapping[str, Mapping[str, Published]]:
        found: dict[str, dict[str, Published]] = {}
        for target, one in said.items():
            if one.member != self.name:
                found.setdefault(target.repository, {})[target.target] = one
        return found

    def _say(self, began: float) -> None:
        """Publishes what is to be said of the targets whose locks are held, some of them at a time."""
        with self._lock:
            # What was found below another lock may be so no more.
            due = {one: said for one, said in self._to_say.items() if self._held.get(one) == said[0]}
            self._to_say = dict(due)
        left = iter(due.items())
        while batch := dict(islice(left, MOST_AT_ONCE)):
            if self._closing or self._clock() - began > self._times.beat:
                self._wake.set()
                return
            if self._store.publish({one: payload for one, (_, payload) in batch.items()}):
                with self._lock:
                    for one, said in batch.items():
                        if self._to_say.get(one) is said:
                            del self._to_say[one]

    def _note(self, error: str) -> None:
        with self._lock:
            before, self._error = self._error, error
            if before == error:
                return
            if not error:
                # What was not written meanwhile is worth a pass now.
                self._again |= self._held.keys()
            self._is_news = True
            self._news.notify_all()
        if error:
            log.warning("etcd can't be asked", extra={"member": self.name, "error": error})
        else:
            log.info("etcd answers", extra={"member": self.name})

    def _notify(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._is_news or self._again or self._closing)
                if self._closing:
                    return
                again, self._again, self._is_news = frozenset(self._again), set(), False
                changed = self._changed
            try:
                changed(again)
            except Exception:
                log.exception("a change of members was not followed")


def open_members(url: str, group: str, lease: float) -> Members:
    """The members of a group, for one that is to join it; without a URL the one that is alone.

    Raises ConfigError.
    """
    if not url:
        return ALONE
    try:
        from reconciler.coordination.etcd import Etcd  # noqa: PLC0415  an extra, and slow to import
    except ImportError as error:
        raise ConfigError(
            "coordination.url is set, but tooz is not installed",
            "pip install 'magi[coordination]', or take coordination.url away",
        ) from error
    name, times = member_name(), Times.within(lease)
    return Ring(Etcd(url, group, name, times.ttl, times.timeout), name, times)


def member_name() -> str:
    """A name of this process that no other one has, also none of this host from before."""
    host = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())[:60]
    return f"{host}-{secrets.token_hex(4)}"
