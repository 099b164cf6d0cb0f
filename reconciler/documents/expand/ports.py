"""An interface of a VDU becomes a port for each instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.documents.checking.addresses import canonical
from reconciler.documents.checking.pools import Pool, address_pools, addresses_at, mac_pool, mac_text
from reconciler.documents.checking.vnfs import given_to
from reconciler.documents.expand.expansion import Link
from reconciler.documents.expand.qos import qos_policy
from reconciler.model import Key
from reconciler.resources.openstack.port import AddressPair, PortSpec

DEFAULT_GROUP = "default"
"""The security group that every project has: for interfaces that name none."""


def link_of(interface: Any, internal: Mapping[str, Link], connected: Mapping[str, Link]) -> Link:
    return internal[interface["virtualLink"]] if "virtualLink" in interface else connected[interface["connectionPoint"]]


@dataclass(frozen=True, slots=True)
class Addressing:
    """The pools that the instances of an interface have their addresses from; empty ones are the VIM's to fill."""

    addresses: Mapping[int, Pool]
    macs: Pool

    @classmethod
    def of(cls, interface: Any, vnf: Any) -> Addressing:
        return cls(
            address_pools(given_to(interface, vnf, "addresses")), mac_pool(given_to(interface, vnf, "macAddresses"))
        )

    def at(self, index: int) -> tuple[tuple[str, ...], str | None]:
        """IP addresses and MAC address of an instance."""
        return addresses_at(self.addresses, index), mac_text(self.macs.at(index)) if self.macs.spans else None


def chosen_groups(interface: Any, vnf: Any, own: Mapping[str, Key], of_service: Mapping[str, Key]) -> set[Key] | None:
    """The security groups that descriptor and service name for an interface; None when neither says anything."""
    point = interface.get("connectionPoint")
    added = vnf.get("securityGroups", {}).get(point, ())
    if "securityGroups" not in interface and not added:
        return None
    return {own[name] for name in interface.get("securityGroups", ())} | {of_service[name] for name in added}


def chosen_policy(
    interface: Any, vnf: Any, vim: str, own: Mapping[str, Key], of_service: Mapping[str, Key]
) -> Key | None:
    """The QoS policy of an interface: that of the service for its connection point, else that of the descriptor."""
    named = vnf.get("qosPolicies", {}).get(interface.get("connectionPoint"))
    return qos_policy(vim, named, of_service) or qos_policy(vim, interface.get("qosPolicy"), own)


def port_spec(
    interface: Any, link: Link, groups: set[Key] | None, addresses: tuple[str, ...], mac: str | None, policy: Key | None
) -> PortSpec:
    filters = groups or interface.get("allowedAddressPairs")
    secured = interface.get("portSecurity", link.port_security or bool(filters))
    if groups is None:
        groups = {Key(link.network.target, "existing-security-group", DEFAULT_GROUP)} if secured else set()
    pairs = (
        AddressPair(canonical(pair["address"]), pair["mac"].lower() if "mac" in pair else None)
        for pair in interface.get("allowedAddressPairs", ())
    )
    return PortSpec(
        network=link.network,
        fixed_ips=link.fixed_ips(addresses),
        mac=mac,
        vnic_type=interface.get("vnicType", "normal"),
        security_groups=tuple(sorted(groups)),
        port_security=secured,
        allowed_address_pairs=tuple(sorted(pairs, key=str)),
        qos_policy=policy,
    )
