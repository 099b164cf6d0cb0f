"""What a member of a group asks etcd: to renew its leases, who else is there, and to hold locks.

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

from reconciler.coordination.members import EtcdError, TargetId

_LONGEST = 300
"""Characters shown of an error that a library made."""


_PARTITIONS = 512
"""Places of a member on the ring: enough that the parts are of about one size."""

_FAILURES = (tooz.ToozError, Etcd3Exception, OSError, ValueError, KeyError, TypeError)
"""What the libraries raise when etcd does not answer, or not as it should."""


class Etcd:
    """A member's side of etcd. Used by one thread. All that asks raises EtcdError."""

    def __init__(self, url: str, group: str, name: str, ttl: int, timeout: int) -> None:
        """``ttl``: seconds that a lease lives unless it is renewed; ``timeout``: those that a request may take."""
        self._group = f"magi/{group}".encode()
        self._locks = f"magi/{group}/locks/"
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
            found = self._coordinator.client.get_prefix(self._locks)
            holders = {}
            for value, about in found:
                repository, _, target = about["key"].decode(errors="replace").removeprefix(self._locks).partition("/")
                holder, _, lease = value.decode(errors="replace").partition(" ")
                stale = holder == self._name and lease != str(self._lease.id)
                holders[TargetId(repository, target)] = "" if stale else holder
            return holders

    def take(self, target: TargetId) -> bool:
        """Takes the lock of a target, if no one holds it; whether it did."""
        with self._asking():
            return bool(self._coordinator.client.create(self._key(target), self._value, lease=self._lease))

    def give_back(self, target: TargetId) -> None:
        """Gives the lock of a target back, where this member holds it."""
        key = _encoded(self._key(target))
        is_held = {"key": key, "result": "EQUAL", "target": "VALUE", "value": _encoded(self._value)}
        with self._asking():
            self._coordinator.client.transaction(
                {"compare": [is_held], "success": [{"request_delete_range": {"key": key}}], "failure": []}
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


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
