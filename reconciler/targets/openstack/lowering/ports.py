"""An interface of a VDU becomes a port for each instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.documents.checking.addresses import canonical
from reconciler.documents.checking.pools import Pool, address_pools, addresses_at, mac_pool, mac_text
from reconciler.documents.checking.vnfs import addresses_given, macs_given
from reconciler.documents.words.interfaces import Interface
from reconciler.documents.words.vnfs import Vnf
from reconciler.model import Key
from reconciler.targets.openstack.kinds.port import AddressPair, PortSpec
from reconciler.targets.openstack.lowering.expansion import Link
from reconciler.targets.openstack.lowering.qos import qos_policy

DEFAULT_GROUP = "default"
"""The security group that every project has: for interfaces that name none."""


def link_of(interface: Interface, internal: Mapping[str, Link], connected: Mapping[str, Link]) -> Link:
    if interface.virtual_link is not None:
        return internal[interface.virtual_link]
    return connected[interface.connection_point or ""]


@dataclass(frozen=True, slots=True)
class Addressing:
    """The pools that the instances of an interface have their addresses from; empty ones are the VIM's to fill."""

    addresses: Mapping[int, Pool]
    macs: Pool

    @classmethod
    def of(cls, interface: Interface, vnf: Vnf) -> Addressing:
        return cls(address_pools(addresses_given(interface, vnf)), mac_pool(macs_given(interface, vnf)))

    def at(self, index: int) -> tuple[tuple[str, ...], str | None]:
        """IP addresses and MAC address of an instance."""
        return addresses_at(self.addresses, index), mac_text(self.macs.at(index)) if self.macs.spans else None


def chosen_groups(
    interface: Interface, vnf: Vnf, own: Mapping[str, Key], of_service: Mapping[str, Key]
) -> set[Key] | None:
    """The security groups that descriptor and service name for an interface; None when neither says anything."""
    added = vnf.security_groups.get(interface.connection_point or "", ())
    if interface.security_groups is None and not added:
        return None
    return {own[name] for name in interface.security_groups or ()} | {of_service[name] for name in added}


def chosen_policy(
    interface: Interface, vnf: Vnf, vim: str, own: Mapping[str, Key], of_service: Mapping[str, Key]
) -> Key | None:
    """The QoS policy of an interface: that of the service for its connection point, else that of the descriptor."""
    named = vnf.qos_policies.get(interface.connection_point or "")
    return qos_policy(vim, named, of_service) or qos_policy(vim, interface.qos_policy, own)


def port_spec(
    interface: Interface,
    link: Link,
    groups: set[Key] | None,
    addresses: tuple[str, ...],
    mac: str | None,
    policy: Key | None,
) -> PortSpec:
    filters = groups or interface.allowed_address_pairs
    secured = link.port_security or bool(filters) if interface.port_security is None else interface.port_security
    if groups is None:
        groups = {Key(link.network.target, "existing-security-group", DEFAULT_GROUP)} if secured else set()
    pairs = (
        AddressPair(canonical(pair.address), pair.mac.lower() if pair.mac else None)
        for pair in interface.allowed_address_pairs
    )
    return PortSpec(
        network=link.network,
        fixed_ips=link.fixed_ips(addresses),
        mac=mac,
        vnic_type=interface.vnic_type,
        security_groups=tuple(sorted(groups)),
        port_security=secured,
        allowed_address_pairs=tuple(sorted(pairs, key=str)),
        qos_policy=policy,
    )
