"""What all parts of the expansion share: the resources so far, and a virtual link as a port sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address

from reconciler.documents.blueprint import Blueprint
from reconciler.documents.checking.parameters import Contents
from reconciler.documents.words.vim import VimSpec
from reconciler.model import Desired, Instance, Key, Place, Probe, Spec
from reconciler.targets.openstack.kinds.port import FixedIp


@dataclass(frozen=True, slots=True)
class Link:
    """A virtual link as a port sees it. ``subnets``: Key, network and whether addresses come by themselves (SLAAC).

    ``port_security``: that of the interfaces that say nothing.
    """

    network: Key
    existing: bool = False
    subnets: tuple[tuple[Key, IPv4Network | IPv6Network, bool], ...] = ()
    port_security: bool = True

    def fixed_ips(self, addresses: tuple[str, ...]) -> tuple[FixedIp, ...] | None:
        """The addresses of a port: the one given of an IP version, and else what Neutron would choose by itself."""
        if self.existing:
            return tuple(FixedIp(None, address) for address in sorted(addresses)) or None
        given = {address.version: address for address in map(ip_address, addresses)}
        desired: list[FixedIp] = []
        versions: set[int] = set()
        for key, network, by_itself in self.subnets:
            if by_itself:
                desired.append(FixedIp(key, None))  # beside all others: Neutron adds it to every port
            elif network.version in given:
                if given[network.version] in network:
                    desired.append(FixedIp(key, str(given[network.version])))
            elif network.version not in versions:
                desired.append(FixedIp(key, None))
                versions.add(network.version)
        return tuple(desired)


@dataclass(slots=True)
class Expansion:
    """The resources of one service, filled step by step.

    ``points``: the ports of each connection point. ``servers``: those of each VNF that are there to stay. ``policies``:
    the QoS policies of the service by VIM and name.
    """

    blueprint: Blueprint
    contents: Contents
    resources: dict[Key, Desired] = field(default_factory=dict)
    points: dict[tuple[str, str], list[Key]] = field(default_factory=dict)

    servers: dict[str, list[Key]] = field(default_factory=dict)
    policies: dict[str, Mapping[str, Key]] = field(default_factory=dict)

    def vim(self, name: str) -> VimSpec:
        """The specification of a VIM that something of the service is deployed on."""
        return self.blueprint.vims[name].spec

    def add(
        self,
        key: Key,
        spec: Spec,
        place: Place,
        *,
        comes_with: Key | None = None,
        instance: Instance | None = None,
        probe: Probe | None = None,
    ) -> Key:
        self.resources[key] = Desired(key, spec, place, comes_with, instance, probe)
        return key
