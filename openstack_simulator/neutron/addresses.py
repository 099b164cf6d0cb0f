"""Addresses of ports: which are asked for, which are free, which the network makes by itself."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, invalid_input, network_error

AUTOMATIC = ("slaac", "dhcpv6-stateless")


def allocate(
    cloud: Cloud, network_id: str, mac: str, requested: Any, *, router_port: bool = False, current: Record | None = None
) -> list[Record]:
    """The fixed IPs of a port: what `requested` lists, or one for each IP version; plus the automatic IPv6 ones.

    `current` is the port before an update: it keeps what it has where the request leaves the choice.
    """
    subnets = cloud.network.subnets.find("network_id", network_id)
    if requested is None:
        chosen = _one_a_version(cloud, network_id, subnets)
    elif not isinstance(requested, list):
        message = f"Invalid input for fixed_ips. Reason: Invalid data format for fixed IP: '{requested}'."
        raise network_error(400, "HTTPBadRequest", message)
    else:
        chosen = []
        for item in requested:
            chosen.append(_requested(cloud, network_id, subnets, item, mac, chosen, current, router_port=router_port))
    if not router_port:
        taken = {ip["subnet_id"] for ip in chosen}
        chosen.extend(
            {"subnet_id": subnet["id"], "ip_address": _eui64(subnet, mac)}
            for subnet in subnets
            if subnet["ipv6_address_mode"] in AUTOMATIC and subnet["id"] not in taken
        )
    # Neutron lists them by their text: which came first it does not report.
    return sorted(chosen, key=lambda ip: (ip["ip_address"], ip["subnet_id"]))


def _one_a_version(cloud: Cloud, network_id: str, subnets: list[Record]) -> list[Record]:
    chosen = []
    for version in (4, 6):
        pool = [
            subnet
            for subnet in subnets
            if subnet["ip_version"] == version
            and subnet["ipv6_address_mode"] not in AUTOMATIC
            and not subnet["service_types"]
        ]
        if not pool:
            continue
        found = next(((subnet, ip) for subnet in pool if (ip := next_free(cloud, subnet))), None)
        if found is None:
            raise _exhausted(network_id)
        chosen.append({"subnet_id": found[0]["id"], "ip_address": found[1]})
    return chosen


def _exhausted(network_id: str) -> Exception:
    message = f"No more IP addresses available on network {network_id}."
    return network_error(409, "IpAddressGenerationFailure", message)


def _requested(
    cloud: Cloud,
    network_id: str,
    subnets: list[Record],
    item: Any,
    mac: str,
    chosen: list[Record],
    current: Record | None,
    *,
    router_port: bool,
) -> Record:
    if not isinstance(item, dict) or not item.keys() & {"subnet_id", "ip_address"}:
        raise invalid_input("IP allocation requires subnet_id or ip_address")
    address = item.get("ip_address")
    subnet = _subnet(cloud, network_id, subnets, item.get("subnet_id"), address)
    held = current["fixed_ips"] if current else []
    if address is None:
        kept = next((ip for ip in held if ip["subnet_id"] == subnet["id"] and ip not in chosen), None)
        if kept is not None:
            return dict(kept)
        free = _eui64(subnet, mac) if subnet["ipv6_address_mode"] in AUTOMATIC else next_free(cloud, subnet, chosen)
        if free is None:
            raise _exhausted(network_id)
        return {"subnet_id": subnet["id"], "ip_address": free}
    ip = str(ipaddress.ip_address(address))
    if subnet["ipv6_address_mode"] in AUTOMATIC and not router_port and ip != _eui64(subnet, mac):
        message = f"IPv6 address {ip} cannot be directly assigned to a port on subnet {subnet['id']}"
        raise network_error(
            400,
            "InvalidInput",
            f"Invalid input for operation: {message} as the subnet is configured for automatic addresses.",
        )
    entry = {"subnet_id": subnet["id"], "ip_address": ip}
    if entry in chosen or (entry not in held and cloud.network.ports.holds("address", (subnet["id"], ip))):
        message = f"IP address {ip} already allocated in subnet {subnet['id']}"
        raise network_error(409, "IpAddressAlreadyAllocated", message)
    return entry


def _subnet(cloud: Cloud, network_id: str, subnets: list[Record], subnet_id: str | None, address: Any) -> Record:
    """The subnet that is named or, by an address alone, found."""
    if address is not None:
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            message = f"Invalid input for fixed_ips. Reason: '{address}' is not a valid IP address."
            raise network_error(400, "HTTPBadRequest", message) from None
    if subnet_id is None:
        for subnet in subnets:
            if _usable(subnet, ip):
                return subnet
        message = f"IP address {address} is not a valid IP for any of the subnets on the specified network."
        raise network_error(400, "InvalidIpForNetwork", message)
    found = next((subnet for subnet in subnets if subnet["id"] == subnet_id), None)
    if found is None and subnet_id not in cloud.network.subnets:
        raise network_error(404, "SubnetNotFound", f"Subnet {subnet_id} could not be found.")
    if found is None:
        message = f"Failed to create port on network {network_id}"
        message = f"{message}, because fixed_ips included invalid subnet {subnet_id}"
        raise invalid_input(message)
    if address is not None and not _usable(found, ip):
        message = f"IP address {address} is not a valid IP for the specified subnet."
        raise network_error(400, "InvalidIpForSubnet", message)
    return found


def _usable(subnet: Record, ip: Any) -> bool:
    """Whether a port may ask for it: not for the network's own address and, unless there is none, the broadcast one."""
    net = ipaddress.ip_network(subnet["cidr"])
    if ip not in net:
        return False
    broadcast = net.broadcast_address if net.num_addresses > 2 else None
    return net.version == 6 or ip not in (net.network_address, broadcast)


def next_free(cloud: Cloud, subnet: Record, reserved: list[Record] | None = None) -> str | None:
    """An address out of the allocation pools that no port has; the search goes on where the last one ended."""
    taken = {ip["ip_address"] for ip in reserved or () if ip["subnet_id"] == subnet["id"]}
    start = cloud.network.next_address.get(subnet["id"], 0)
    for offset, address in _from(subnet["allocation_pools"], start):
        if address not in taken and not cloud.network.ports.holds("address", (subnet["id"], address)):
            cloud.network.next_address[subnet["id"]] = offset + 1
            return address
    return None


def _from(pools: list[Record], start: int) -> Iterator[tuple[int, str]]:
    """Every address of the pools with its place, beginning at a place and wrapping around."""
    spans = [(ipaddress.ip_address(pool["start"]), ipaddress.ip_address(pool["end"])) for pool in pools]
    sizes = [int(end) - int(first) + 1 for first, end in spans]
    total = sum(sizes)
    for step in range(total):
        offset = place = (start + step) % total
        for (first, _), size in zip(spans, sizes, strict=True):
            if place < size:
                yield offset, str(first + place)
                break
            place -= size


def _eui64(subnet: Record, mac: str) -> str:
    """The address that a host makes of the prefix and its own MAC."""
    octets = bytes.fromhex(mac.replace(":", ""))
    interface = bytes([octets[0] ^ 2]) + octets[1:3] + b"\xff\xfe" + octets[3:]
    prefix = ipaddress.ip_network(subnet["cidr"]).network_address
    return str(ipaddress.IPv6Address(int(prefix) + int.from_bytes(interface, "big")))
