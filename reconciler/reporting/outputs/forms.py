"""Outputs in the forms that other tools read: JSON, targets for Prometheus, an inventory for Ansible."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from reconciler.model.outputs import AccessPointOutputs, InstanceOutputs, InterfaceOutputs, LinkOutputs, ServiceOutputs

DEFAULT_PORT = 9100
"""That of the usual exporter of a host."""


class Placed(NamedTuple):
    """A network service on one VIM. ``observed_at`` is in RFC 3339."""

    repository: str
    vim: str
    service: str
    observed_at: str | None
    outputs: ServiceOutputs


def placed_json(placed: Placed) -> dict[str, Any]:
    """What a service has on one VIM, as the command and the API return it."""
    return {
        "vim": placed.vim,
        "observedAt": placed.observed_at,
        "instances": [_instance(one) for one in placed.outputs.instances],
        "links": [_link(one) for one in placed.outputs.links],
        "accessPoints": [_access_point(one) for one in placed.outputs.access_points],
    }


def _instance(one: InstanceOutputs) -> dict[str, Any]:
    return {
        "name": one.name,
        "vnf": one.vnf,
        "vdu": one.vdu,
        "id": one.id,
        "hostName": one.host_name,
        "state": one.state.value,
        "interfaces": [_interface(part) for part in one.interfaces],
    }


def _interface(one: InterfaceOutputs) -> dict[str, Any]:
    return {
        "name": one.name,
        "id": one.id,
        "link": one.link,
        "mac": one.mac,
        "fixedAddresses": list(one.fixed),
        "floatingAddresses": list(one.floating),
    }


def _link(one: LinkOutputs) -> dict[str, Any]:
    return {"name": one.name, "id": one.id, "segment": one.segment, "cidrs": list(one.cidrs)}


def _access_point(one: AccessPointOutputs) -> dict[str, Any]:
    return {
        "name": one.name,
        "id": one.id,
        "addresses": list(one.addresses),
        "instance": one.instance,
        "interface": one.interface,
    }


def prometheus_targets(placed: Iterable[Placed], port: int, link: str | None = None) -> list[dict[str, Any]]:
    """A group of one target for each instance with an address, as http_sd and file_sd of Prometheus take it.

    ``link``: only addresses of interfaces there.
    """
    return [
        {
            "targets": [f"[{address}]:{port}" if _is_ipv6(address) else f"{address}:{port}"],
            "labels": {
                "__meta_magi_service": one.service,
                "__meta_magi_vim": one.vim,
                "__meta_magi_vnf": instance.vnf,
                "__meta_magi_vdu": instance.vdu,
                "__meta_magi_instance": instance.name,
                "__meta_magi_host_name": instance.host_name,
                "__meta_magi_state": instance.state.value,
            }
            | ({"__meta_magi_repository": one.repository} if one.repository else {}),
        }
        for one in placed
        for instance in one.outputs.instances
        if (address := reached_at(instance, link))
    ]


def reached_at(instance: InstanceOutputs, link: str | None = None) -> str:
    """The address at which an instance is reached; "" where it has none.

    As for probes: a floating one first, and of an interface IPv4 before IPv6.
    """
    interfaces = [one for one in instance.interfaces if link in {None, one.link}]
    addresses = [address for one in interfaces for address in one.floating]
    addresses += [address for one in interfaces for address in sorted(one.fixed, key=_is_ipv6)]
    return next(iter(addresses), "")


def _is_ipv6(address: str) -> bool:
    return ":" in address


def ansible_inventory(placed: Iterable[Placed], link: str | None = None) -> dict[str, Any]:
    """The inventory that a script gives Ansible for --list: groups of hosts, and ``_meta`` with their variables.

    Ansible evaluates templates in variables, so nothing that could be one is in them.
    """
    groups: defaultdict[str, list[str]] = defaultdict(list)
    variables: dict[str, dict[str, Any]] = {}
    for one in placed:
        for instance in one.outputs.instances:
            host = _host(one.service, instance)
            variables[host] = _variables(one, instance, link)
            for group in (
                f"service_{one.service}",
                f"vim_{one.vim}",
                f"vnf_{instance.vnf}",
                f"vdu_{instance.vnf}_{instance.vdu}",
            ):
                groups[_group(group)].append(host)
    return {
        "_meta": {"hostvars": variables},
        "all": {"children": sorted(groups)},
        **{name: {"hosts": groups[name]} for name in sorted(groups)},
    }


def _variables(one: Placed, instance: InstanceOutputs, link: str | None) -> dict[str, Any]:
    address = reached_at(instance, link)
    return ({"ansible_host": address} if address else {}) | {
        "magi_service": _plain(one.service),
        "magi_vim": _plain(one.vim),
        "magi_vnf": _plain(instance.vnf),
        "magi_vdu": _plain(instance.vdu),
        "magi_instance": _plain(instance.name),
        "magi_id": _plain(instance.id),
        "magi_host_name": _plain(instance.host_name),
        "magi_state": instance.state.value,
        "magi_interfaces": [
            {
                "name": _plain(card.name),
                "link": _plain(card.link),
                "mac": card.mac,
                "fixed_addresses": list(card.fixed),
                "floating_addresses": list(card.floating),
            }
            for card in instance.interfaces
        ],
    }


def _host(service: str, instance: InstanceOutputs) -> str:
    """The instance's whole name with dots, as a slash would make folders of host_vars."""
    return _plain(f"{service}/{instance.name}").replace("/", ".").lstrip("-.")


def _group(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._:/-]", "_", text)
