"""What all parts of the expansion share: the resources so far, and a virtual link as a port sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from reconciler.documents.addresses import canonical
from reconciler.documents.placed import Placed
from reconciler.documents.yaml_marks import Document
from reconciler.model import Desired, Key, Place, Spec
from reconciler.resources.openstack.port import FixedIp

UserData = Callable[[Document, str], str]
"""The text of a user data file that a descriptor names."""


@dataclass(frozen=True, slots=True)
class Link:
    """A virtual link as a port sees it. ``subnets``: Key, network and whether addresses come by themselves (SLAAC).

    ``port_security``: that of the interfaces that say nothing.
    """

    network: Key
    existing: bool = False
    subnets: tuple[tuple[Key, Any, bool], ...] = ()
    port_security: bool = True

    def fixed_ips(self, address: str | None) -> tuple[FixedIp, ...] | None:
        """The addresses of a port: the one given, and where none is given what Neutron would choose by itself."""
        if self.existing:
            return (FixedIp(None, canonical(address)),) if address else None
        given = ip_address(address) if address else None
        wanted: list[FixedIp] = []
        versions: set[int] = set()
        for key, network, by_itself in self.subnets:
            if by_itself:
                wanted.append(FixedIp(key, None))  # beside all others: Neutron adds it to every port
            elif given is not None and given.version == network.version:
                if given in network:
                    wanted.append(FixedIp(key, str(given)))
            elif network.version not in versions:
                wanted.append(FixedIp(key, None))
                versions.add(network.version)
        return tuple(wanted)


@dataclass(slots=True)
class Expansion:
    """The resources of one service, filled step by step. ``points``: the ports of each connection point."""

    placed: Placed
    user_data: UserData
    resources: dict[Key, Desired] = field(default_factory=dict)
    points: dict[tuple[str, str], list[Key]] = field(default_factory=dict)

    def add(self, key: Key, spec: Spec, place: Place, comes_with: Key | None = None) -> Key:
        self.resources[key] = Desired(key, spec, place, comes_with)
        return key
