"""Free addresses: whether the subnets and the pools outside have as many as a plan takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from reconciler.model import Action, Key, Obstacle
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec
from reconciler.targets.openstack.kinds.port import PORTS, PortSpec
from reconciler.targets.openstack.kinds.subnet import NO_GATEWAY, SubnetSpec
from reconciler.targets.openstack.preflight.asked import Asked, NotReported

AVAILABILITY = "network-ip-availability"


def addresses(asked: Asked) -> Iterator[Obstacle]:
    """What a plan takes of the IPv4 addresses of each network. Raises NotReported."""
    links: defaultdict[Key, list[Key]] = defaultdict(list)
    networks: defaultdict[Key, list[Key]] = defaultdict(list)
    for step, port in asked.desired("port", PortSpec):
        if port.fixed_ips is None or any(ip.address is None for ip in port.fixed_ips):
            (links if port.network.kind == "network" else networks)[port.network].append(step.key)
    for step, floating in asked.desired("floating-ip", FloatingIpSpec):
        networks[floating.external_network].append(step.key)
    yield from _in_links(asked, links)
    yield from _in_networks(asked, networks)


class _Range(NamedTuple):
    """A subnet as it will be; ``id`` where it exists."""

    spec: SubnetSpec
    id: str | None


def _in_links(asked: Asked, desired: Mapping[Key, list[Key]]) -> Iterator[Obstacle]:
    """Managed networks: what is free follows from the pools and from all ports of the project."""
    ranges: defaultdict[Key, list[_Range]] = defaultdict(list)
    made = {step.key: _Range(spec, None) for step, spec in asked.desired("subnet", SubnetSpec)}
    gone = {step.key for step in asked.steps if step.action is Action.DELETE}
    existing = {
        key: _Range(one.spec, one.id)
        for key, one in asked.world.observed.items()
        if isinstance(one.spec, SubnetSpec) and key not in gone
    }
    for one in (existing | made).values():
        if ":" not in one.spec.cidr:
            ranges[one.spec.network].append(one)
    for network, keys in sorted(desired.items()):
        pools = ranges[network]
        most = sum(map(_capacity, pools))
        used = _used(asked, {one.id for one in pools if one.id}) if len(keys) <= most else 0
        if pools and used + len(keys) > most:
            cidrs = ", ".join(one.spec.cidr for one in pools)
            yield Obstacle(
                f"{network} ({cidrs}) has {most - used} of {most} IPv4 addresses free, {len(keys)} more are needed",
                tuple(keys),
            )


def _used(asked: Asked, subnets: Collection[str]) -> int:
    """How many addresses of the subnets, by id, ports have that are not removed by this plan."""
    if not subnets:
        return 0
    removed = {step.observed.id for step in asked.steps if step.action is Action.DELETE and step.observed}
    return sum(
        ip["subnet_id"] in subnets
        for port in asked.items(PORTS)
        if port["id"] not in removed
        for ip in port["fixed_ips"]
    )


def _capacity(one: _Range) -> int:
    """How many addresses can be given to ports: those of the pools, or all but the network's own and the gateway."""
    if one.spec.allocation_pools:
        ends = [(ip_address(pool.start), ip_address(pool.end)) for pool in one.spec.allocation_pools]
        return sum(int(end) - int(start) + 1 for start, end in ends)
    net = ip_network(one.spec.cidr)
    takes_one = one.spec.gateway is None or (one.spec.gateway != NO_GATEWAY and ip_address(one.spec.gateway) in net)
    return max(0, net.num_addresses - 2 * (net.prefixlen < 31) - takes_one)


def _in_networks(asked: Asked, desired: Mapping[Key, list[Key]]) -> Iterator[Obstacle]:
    """Networking v2.0, network-ip-availabilities, which by default only an admin may ask. Raises NotReported."""
    ids = {key: there[0] for key in desired if len(there := asked.world.existing.get(key, ())) == 1}
    if not ids:
        return
    if AVAILABILITY not in asked.extensions:
        raise NotReported("free addresses of networks of others: the cloud does not report them")
    path = f"/v2.0/{AVAILABILITY.removesuffix('y')}ies"
    try:
        availabilities = asked.get("network", path, "network_ip_availabilities", {"network_id": sorted(ids.values())})
    except NotReported as error:
        reason = "free addresses of networks of others (clouds report them to an admin alone by default)"
        raise NotReported(reason) from error
    pools = {
        one["network_id"]: [s for s in one["subnet_ip_availability"] if s["ip_version"] == 4] for one in availabilities
    }
    for key, network_id in sorted(ids.items()):
        if pool := pools.get(network_id):
            most, used = sum(one["total_ips"] for one in pool), sum(one["used_ips"] for one in pool)
            if used + len(desired[key]) > most:
                yield Obstacle(
                    f"network '{key.name}' has {most - used} of {most} IPv4 addresses free, "
                    f"{len(desired[key])} more are needed",
                    tuple(desired[key]),
                )
