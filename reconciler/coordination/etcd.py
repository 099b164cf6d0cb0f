"""What a member of a group asks etcd: to renew its leases, who else is there, to hold locks, and to publish below them.

The locks are keys below one lease, not the locks of tooz: those have a lease each, which is a request each time for
every target, and say that they are held after their lease ended.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import tooz
from etcd3gw.exceptions import Etcd3Exception
from tooz import coordination
from tooz.hashring import HashRing

from reconciler.coordination.members import EtcdError, Published, TargetId

_LONGEST = 300
"""Characters shown of an error that a library made."""


_PARTITIONS = 512
"""Places of a member on the ring: enough that the parts are of about one size."""

_PAGE = 200
"""Reports that are read at once: more than one transaction makes, so that there is always another one."""

_FAILURES = (tooz.ToozError, Etcd3Exception, OSError, ValueError, KeyError, TypeError)
"""What the libraries raise when etcd does not answer, or not as it should."""


class Etcd:
    """A member's side of etcd. Used by one thread. All that asks raises EtcdError."""

    def __init__(self, url: str, group: str, name: str, ttl: int, timeout: int) -> None:
        """``ttl``: seconds that a lease lives unless it is renewed; ``timeout``: those that a request may take."""
        self._group = f"magi/{group}".encode()
        self._locks = f"magi/{group}/locks/"
        self._reports = f"magi/{group}/reports/"
        self._published: dict[TargetId, Published] = {}
        self._read: dict[TargetId, tuple[str, Published]] = {}
        self._next_revision = 0
        self._name = name
        self._ttl = ttl
        self._coordinator: Any = coordination.get_coordinator(
            url, name.encode(), timeout=timeout, membership_timeout=ttl, lock_timeout=ttl, api_version="v3"
        )
        self._started = False
        self._lease: Any = None

    def ring(self, members: frozenset[str]) -> Parts:
        """Divides what is asked for among the members, so that a member more or less moves nothing but its own part."""
        return Parts(HashRing(sorted(members), partitions=_PARTITIONS))

    def renew(self) -> None:
        """Renews the leases. One that ended is replaced: what it held is not held any more."""
        with self._asking():
            if not self._started:
                self._coordinator.start()
                self._started = True
            if self._lease is None or self._lease.refresh() == -1:
                self._lease = None
                # Its data may be gone, and its revisions begin again.
                self._read, self._next_revision = {}, 0
                self._lease = self._coordinator.client.lease(self._ttl)
            self._coordinator.heartbeat()

    def members(self) -> frozenset[str]:
        """The names of those who are there."""
        with self._asking():
            try:
                found = self._coordinator.get_members(self._group).get()
            except coordination.GroupNotCreated:
                found = set()
            return frozenset(one.decode(errors="replace") for one in found)

    def join(self) -> None:
        """Becomes a member."""
        with self._asking():
            with suppress(coordination.GroupAlreadyExist):
                self._coordinator.create_group(self._group).get()
            with suppress(coordination.MemberAlreadyExist):
                self._coordinator.join_group(self._group).get()

    def holders(self) -> Mapping[TargetId, str]:
        """Whose each lock is that is held, by name; those that were taken here below an earlier lease are ``""``."""
        with self._asking():
            # First: what is read after the locks may be below one that was taken in between.
            self._read_published()
            found = self._coordinator.client.get_prefix(self._locks)
            holders, locks = {}, {}
            for value, about in found:
                target = _target_of(about["key"], self._locks)
                locks[target] = lock = value.decode(errors="replace")
                holder, _, lease = lock.partition(" ")
                stale = holder == self._name and lease != str(self._lease.id)
                holders[target] = "" if stale else holder
            self._read = {one: read for one, read in self._read.items() if locks.get(one) == read[0]}
            published = {one: said for one, (_, said) in self._read.items()}
            if published != self._published:
                self._published = published
            return holders

    def published(self) -> Mapping[TargetId, Published]:
        """What members said of the targets whose locks they hold, as of the last `holders`.

        The same object until something of it is another.
        """
        return self._published

    def publish(self, payloads: Mapping[TargetId, bytes]) -> bool:
        """Has the others read this of these targets, if the locks of all of them are held; whether they are.

        It ends with the locks.
        """
        head = f"{self._value}\n".encode()
        puts = [
            {
                "request_put": {
                    "key": _encoded(self._report(one)),
                    "value": _coded(head + payload),
                    "lease": self._lease.id,
                }
            }
            for one, payload in payloads.items()
        ]
        with self._asking():
            answer = self._coordinator.client.transaction(
                {"compare": [self._is_held(one) for one in payloads], "success": puts, "failure": []}
            )
            return bool(answer.get("succeeded"))

    def take(self, target: TargetId) -> bool:
        """Takes the lock of a target, if no one holds it; whether it did."""
        with self._asking():
            return bool(self._coordinator.client.create(self._key(target), self._value, lease=self._lease))

    def give_back(self, target: TargetId) -> None:
        """Gives the lock of a target back, where this member holds it."""
        deletes = [
            {"request_delete_range": {"key": _encoded(key)}} for key in (self._report(target), self._key(target))
        ]
        with self._asking():
            self._coordinator.client.transaction(
                {"compare": [self._is_held(target)], "success": deletes, "failure": []}
            )

    def leave(self, *, ended: bool) -> None:
        """Leaves the group, and gives back all locks where nothing runs any more; else they end with the lease."""
        if not self._started:
            return
        with self._asking():
            try:
                if ended and self._lease is not None:
                    self._lease.revoke()
            finally:
                self._coordinator.stop()

    def _key(self, target: TargetId) -> str:
        return f"{self._locks}{target.repository}/{target.target}"

    def _report(self, target: TargetId) -> str:
        return f"{self._reports}{target.repository}/{target.target}"

    def _is_held(self, target: TargetId) -> dict[str, str]:
        value = _encoded(self._value)
        return {"key": _encoded(self._key(target)), "result": "EQUAL", "target": "VALUE", "value": value}

    def _read_published(self) -> None:
        """Reads what was published since the last time. What ended is not among it: it shows by the locks."""
        client = self._coordinator.client
        more = True
        while more:
            asked = {
                "key": _encoded(self._reports),
                # What begins with the same, up to the character after the slash.
                "range_end": _encoded(f"{self._reports[:-1]}0"),
                "min_mod_revision": str(self._next_revision),
                "sort_target": "MOD",
                "sort_order": "ASCEND",
                "limit": _PAGE,
            }
            answer = client.post(client.get_url("/kv/range"), json=asked)
            found = answer.get("kvs", [])
            for one in found:
                head, _, payload = base64.b64decode(one.get("value", "")).partition(b"\n")
                lock = head.decode(errors="replace")
                target = _target_of(base64.b64decode(one["key"]), self._reports)
                self._read[target] = (lock, Published(lock.partition(" ")[0], payload))
            more = len(found) == _PAGE
            # Of those with the revision of the last one there may be more: a transaction has one for all.
            last = int(found[-1]["mod_revision"]) if more else int(answer["header"]["revision"]) + 1
            self._next_revision = max(last, self._next_revision + 1) if more else last

    @property
    def _value(self) -> str:
        # With the lease: what is left of an earlier one is not held now.
        return f"{self._name} {self._lease.id}"

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except _FAILURES as error:
            why = f"{type(error).__name__}: {error}".removesuffix(": ")[:_LONGEST]
            raise EtcdError(f"etcd did not answer as it should: {why}") from error


class Parts:
    """Whose part each target is."""

    def __init__(self, ring: Any) -> None:
        self._ring = ring

    def owner(self, target: TargetId) -> str:
        """The member that a target is the part of; "" without members."""
        return next(iter(self._ring.get_nodes(f"{target.repository}/{target.target}".encode())), "")


def _target_of(key: bytes, prefix: str) -> TargetId:
    repository, _, target = key.decode(errors="replace").removeprefix(prefix).partition("/")
    return TargetId(repository, target)


def _encoded(text: str) -> str:
    return _coded(text.encode())


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode()
