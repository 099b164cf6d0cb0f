"""What people do to a cloud manually, behind Magi's back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from torture.clouds import LISTINGS, OWNER, Cloud, Holding, Item


@dataclass(frozen=True, slots=True)
class Touch:
    """What was done to what: ``done`` in words, the resources by kind and name, the cloud by its entry."""

    done: str
    cloud: str
    resources: tuple[tuple[str, str], ...]


Drift = Callable[[Cloud, Holding, Random], Touch | None]
"""Does it. None where there is nothing to do it to. Raises OSError where the cloud refuses."""


def _any(holding: Holding, kind: str, dice: Random, **having: str) -> tuple[str, Item] | None:
    found = sorted(
        ((key, item) for key, item in holding.marked(kind) if all(str(item.get(n)) == v for n, v in having.items())),
        key=lambda one: one[0],
    )
    return dice.choice(found) if found else None


def _plugged(holding: Holding, dice: Random) -> tuple[str, Item] | None:
    """A port of Magi in a server of Magi."""
    servers = {item["id"] for _, item in holding.marked("server") if item["status"] == "ACTIVE"}
    found = sorted(
        ((key, item) for key, item in holding.marked("port") if item["device_id"] in servers),
        key=lambda one: one[0],
    )
    return dice.choice(found) if found else None


def _changed(
    cloud: Cloud, holding: Holding, dice: Random, kind: str, attributes: dict[str, Any], done: str
) -> Touch | None:
    """Writes attributes of some resource of a kind of the network service."""
    if not (found := _any(holding, kind, dice)):
        return None
    service, path, _ = LISTINGS[kind]
    cloud.ask("PUT", service, f"{path}/{found[1]['id']}", {kind.replace("-", ""): attributes})
    return Touch(done, cloud.entry, ((kind, found[0]),))


def delete_a_server(cloud: Cloud, holding: Holding, dice: Random) -> Touch | None:
    if not (found := _any(holding, "server", dice, status="ACTIVE")):
        return None
    key, server = found
    cloud.ask("DELETE", "compute", f"/servers/{server['id']}")
    return Touch("server deleted", cloud.entry, (("server", key),))


def unplug_a_port(cloud: Cloud, holding: Holding, dice: Random) -> Touch | None:
    if not (found := _plugged(holding, dice)):
        return None
    key, port = found
    cloud.ask("DELETE", "compute", f"/servers/{port['device_id']}/os-interface/{port['id']}")
    return Touch("port unplugged", cloud.entry, (("plug", key),))


def delete_a_floating_ip(cloud: Cloud, holding: Holding, dice: Random) -> Touch | None:
    if not (found := _any(holding, "floating-ip", dice)):
        return None
    cloud.ask("DELETE", "network", f"/v2.0/floatingips/{found[1]['id']}")
    return Touch("floating IP deleted", cloud.entry, (("floating-ip", found[0]),))


def take_a_floating_ip_away(cloud: Cloud, holding: Holding, dice: Random) -> Touch | None:
    return _changed(cloud, holding, dice, "floating-ip", {"port_id": None}, "floating IP taken from its port")


def rename_a_network(cloud: Cloud, holding: Holding, dice: Random) -> Touch | None:
    return _changed(cloud, holding, dice, "network", {"name": "mine now"}, "network renamed")


def change_an_mtu(cloud: Cloud, holding: Holding, dice: Random) -> Touch | None:
    return _changed(cloud, holding, dice, "network", {"mtu": 1290}, "MTU changed")


def shut_a_port(cloud: Cloud, holding: Holding, dice: Random) -> Touch | None:
    return _changed(cloud, holding, dice, "port", {"admin_state_up": False}, "port set down")


def add_a_rule(cloud: Cloud, holding: Holding, dice: Random) -> Touch | None:
    if not (found := _any(holding, "security-group", dice)):
        return None
    rule = {
        "security_group_id": found[1]["id"],
        "direction": "ingress",
        "ethertype": "IPv4",
        "protocol": "tcp",
        "port_range_min": 6000,
        "port_range_max": 6100,
        "remote_ip_prefix": "0.0.0.0/0",
    }
    cloud.ask("POST", "network", "/v2.0/security-group-rules", {"security_group_rule": rule})
    return Touch("rule added", cloud.entry, (("security-group", found[0]),))


def delete_a_rule(cloud: Cloud, holding: Holding, dice: Random) -> Touch | None:
    found = _any(holding, "security-group", dice)
    if not found or not found[1]["security_group_rules"]:
        return None
    rule = min(found[1]["security_group_rules"], key=lambda one: str(one["protocol"]))
    cloud.ask("DELETE", "network", f"/v2.0/security-group-rules/{rule['id']}")
    return Touch("rule deleted", cloud.entry, (("security-group", found[0]),))


def give_a_port_another_address(cloud: Cloud, holding: Holding, dice: Random) -> Touch | None:
    found = _plugged(holding, dice)
    if not found or not found[1]["fixed_ips"]:
        return None
    addresses = found[1]["fixed_ips"]
    more = [*addresses, {"subnet_id": addresses[0]["subnet_id"]}]
    cloud.ask("PUT", "network", f"/v2.0/ports/{found[1]['id']}", {"port": {"fixed_ips": more}})
    return Touch("second address given", cloud.entry, (("port", found[0]),))


def take_second_addresses(cloud: Cloud, holding: Holding) -> None:
    """Takes from each port what addresses it has too many: a Magi that was not there can't know which came first."""
    used = {item["fixed_ip_address"] for _, item in holding.marked("floating-ip")}
    for _, port in holding.marked("port"):
        addresses = sorted(port["fixed_ips"], key=lambda ip: ip["ip_address"] not in used)
        first = {ip["subnet_id"]: ip for ip in reversed(addresses)}
        if len(first) < len(addresses):
            body = {"port": {"fixed_ips": list(first.values())}}
            cloud.ask("PUT", "network", f"/v2.0/ports/{port['id']}", body)


def change_metadata(cloud: Cloud, holding: Holding, dice: Random) -> Touch | None:
    if not (found := _any(holding, "server", dice, status="ACTIVE")):
        return None
    cloud.ask("POST", "compute", f"/servers/{found[1]['id']}/metadata", {"metadata": {"role": "mine now"}})
    return Touch("metadata changed", cloud.entry, (("server", found[0]),))


def detach_a_volume(cloud: Cloud, holding: Holding, dice: Random) -> Touch | None:
    found = sorted(
        ((key, item) for key, item in holding.marked("volume") if item["attachments"] and not key.endswith("/root")),
        key=lambda one: one[0],
    )
    if not found:
        return None
    key, volume = dice.choice(found)
    server = volume["attachments"][0]["server_id"]
    cloud.ask("DELETE", "compute", f"/servers/{server}/os-volume_attachments/{volume['id']}")
    return Touch("volume detached", cloud.entry, (("attachment", key),))


def take_a_subport(cloud: Cloud, holding: Holding, dice: Random) -> Touch | None:
    found = sorted(((key, item) for key, item in holding.marked("trunk") if item["sub_ports"]), key=lambda one: one[0])
    if not found:
        return None
    key, trunk = dice.choice(found)
    body = {"sub_ports": [{"port_id": trunk["sub_ports"][0]["port_id"]}]}
    cloud.ask("PUT", "network", f"/v2.0/trunks/{trunk['id']}/remove_subports", body)
    return Touch("subport taken out of its trunk", cloud.entry, (("trunk", key),))


def copy_a_mark(cloud: Cloud, holding: Holding, dice: Random) -> Touch | None:
    """A second network with the description of one of Magi, that nothing uses."""
    if not (found := _any(holding, "network", dice)):
        return None
    cloud.ask(
        "POST", "network", "/v2.0/networks", {"network": {"name": "copy", "description": found[1]["description"]}}
    )
    return Touch("network made with the mark of another", cloud.entry, (("network", found[0]),))


def change_addresses(cloud: Cloud, holding: Holding, dice: Random) -> Touch | None:
    """Who may come in, by the address group that rules name: one more, and one less."""
    if not (found := _any(holding, "address-group", dice)):
        return None
    key, group = found
    path = f"/v2.0/address-groups/{group['id']}"
    cloud.ask("PUT", "network", f"{path}/add_addresses", {"addresses": ["203.0.113.0/24"]})
    if group["addresses"]:
        one = {"addresses": [min(group["addresses"])]}
        cloud.ask("PUT", "network", f"{path}/remove_addresses", one)
    return Touch("addresses changed", cloud.entry, (("address-group", key),))


def lock_a_server(cloud: Cloud, holding: Holding, dice: Random) -> Touch | None:
    """Until the end of the history."""
    if not (found := _any(holding, "server", dice, status="ACTIVE")):
        return None
    cloud.ask("POST", "compute", f"/servers/{found[1]['id']}/action", {"lock": None})
    return Touch("server locked", cloud.entry, (("lock", found[0]),))


DRIFTS: dict[str, Drift] = {
    drift.__name__.replace("_", "-"): drift
    for drift in (
        delete_a_server,
        unplug_a_port,
        delete_a_floating_ip,
        take_a_floating_ip_away,
        rename_a_network,
        change_an_mtu,
        shut_a_port,
        add_a_rule,
        delete_a_rule,
        give_a_port_another_address,
        change_metadata,
        detach_a_volume,
        take_a_subport,
        copy_a_mark,
        change_addresses,
        lock_a_server,
    )
}


def unlock_all(cloud: Cloud, holding: Holding) -> None:
    for _, server in holding.marked("server"):
        if server.get("locked"):
            cloud.ask("POST", "compute", f"/servers/{server['id']}/action", {"unlock": None})


FORGED = ("amber/lan", "birch/lan", "absent/lan")


def furnish_foreign(cloud: Cloud, other: Cloud) -> None:
    """What is not Magi's: a small network with a port in the same project, and in another one a forged mark."""
    network = cloud.ask("POST", "network", "/v2.0/networks", {"network": {"name": "theirs"}})["network"]
    subnet = {"network_id": network["id"], "ip_version": 4, "cidr": "10.200.0.0/24", "name": "theirs"}
    cloud.ask("POST", "network", "/v2.0/subnets", {"subnet": subnet})
    cloud.ask("POST", "network", "/v2.0/ports", {"port": {"network_id": network["id"], "name": "theirs"}})
    cloud.ask("POST", "network", "/v2.0/security-groups", {"security_group": {"name": "theirs"}})
    for name in FORGED:
        forged = {"name": name, "description": f"magi:{OWNER} {name}"}
        other.ask("POST", "network", "/v2.0/networks", {"network": forged})


def foreign(cloud: Cloud, other: Cloud) -> dict[str, Item]:
    """All of it as it is now, by id."""
    own_holding = cloud.holds()
    found = {
        item["id"]: item
        for kind in ("network", "subnet", "port", "security-group")
        for item in own_holding.own(kind)
        if item["name"] == "theirs"
    }
    forged = (item for item in other.holds().own("network") if item["name"] in FORGED)
    return found | {item["id"]: item for item in forged}
