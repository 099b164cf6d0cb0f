"""An interface of a VDU becomes a port for each instance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.documents.addresses import canonical
from reconciler.documents.expand.expansion import Link
from reconciler.model import Key
from reconciler.resources.openstack.port import AddressPair, PortSpec

DEFAULT_GROUP = "default"
"""The security group that every project has: for interfaces that name none."""


def link_of(interface: Any, internal: Mapping[str, Link], connected: Mapping[str, Link]) -> Link:
    return internal[interface["virtualLink"]] if "virtualLink" in interface else connected[interface["connectionPoint"]]


def addresses_of(interface: Any, vnf: Any) -> list[str]:
    given: list[str] = interface.get("addresses") or vnf.get("addresses", {}).get(interface.get("connectionPoint"), [])
    return given


def port_spec(interface: Any, link: Link, address: str | None, groups: Mapping[str, Key], vim: str) -> PortSpec:
    filters = interface.get("securityGroups") or interface.get("allowedAddressPairs")
    secured = interface.get("portSecurity", link.port_security or bool(filters))
    if "securityGroups" in interface:
        chosen = tuple(sorted({groups[name] for name in interface["securityGroups"]}))
    else:
        chosen = (Key(vim, "existing-security-group", DEFAULT_GROUP),) if secured else ()
    pairs = (
        AddressPair(canonical(pair["address"]), pair["mac"].lower() if "mac" in pair else None)
        for pair in interface.get("allowedAddressPairs", ())
    )
    return PortSpec(
        network=link.network,
        fixed_ips=link.fixed_ips(address),
        security_groups=chosen,
        port_security=secured,
        allowed_address_pairs=tuple(sorted(pairs, key=str)),
    )
