"""What of a project is taken over, and under which Keys: pure, from the raw listings of a VIM.

Networks, routers, security groups and servers are chosen by name. What has no name that means anything follows: subnets
their network, ports and volumes their server, a floating IP its port. What is used and not chosen is referred to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reconciler.model import Key
from reconciler.targets.openstack.adopting.cards import in_order
from reconciler.targets.openstack.adopting.shapes import free, slug, stem_of, vdus_of
from reconciler.targets.openstack.kinds.floating_ip import FLOATING_IPS
from reconciler.targets.openstack.kinds.marks import OWNER, described_key
from reconciler.targets.openstack.kinds.network import NETWORKS
from reconciler.targets.openstack.kinds.port import PORTS
from reconciler.targets.openstack.kinds.router import ROUTERS
from reconciler.targets.openstack.kinds.security_group import SECURITY_GROUPS
from reconciler.targets.openstack.kinds.server import ATTACHED
from reconciler.targets.openstack.kinds.server_group import SERVER_GROUPS
from reconciler.targets.openstack.kinds.subnet import SUBNETS
from reconciler.targets.openstack.kinds.users import SERVERS
from reconciler.targets.openstack.kinds.volume import VOLUMES, is_bootable
from reconciler.targets.rest import Listing
from reconciler.text.patterns import matches

_DEFAULT_GROUP = "default"
ROOT = "root"


class Left(NamedTuple):
    """Something that is left alone although it was meant, or belongs to what was."""

    kind: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Selection:
    """What is to be taken over: of ``project`` on VIM ``target``, as ``service`` of ``owner``.

    ``names``: patterns as of a shell, of which one has to match; empty for all.
    """

    target: str
    project: str
    owner: str
    service: str
    names: tuple[str, ...] = ()

    def matches(self, name: str) -> bool:
        return not self.names or matches(name, self.names)

    def is_free(self, item: Any) -> bool:
        """Whether it is unmanaged, or marked for this very service: then a run before was cut off."""
        metadata = item.get("metadata") or {}
        text = item.get("description") or ""
        if OWNER in metadata:
            return metadata[OWNER] == self.owner and str(metadata.get("magi:key", "")).startswith(f"{self.service}/")
        if text.startswith("magi:"):
            return (described_key(text, self.owner) or "").startswith(f"{self.service}/")
        return True


@dataclass(slots=True)
class Claims:
    """The Keys of what is taken over, by listing and id, and what is left alone."""

    selection: Selection
    keys: dict[tuple[Listing, str], Key] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)

    def claim(self, listing: Listing, item: Any, kind: str, name: str) -> Key:
        key = Key(self.selection.target, kind, f"{self.selection.service}/{name}")
        self.keys[listing, item["id"]] = key
        return key

    def has(self, listing: Listing, identifier: str) -> bool:
        return (listing, identifier) in self.keys

    def leave(self, kind: str, name: str, why: str) -> None:
        self.left.append(Left(kind, name, why))


def choose(items: Mapping[Listing, Sequence[Any]], selection: Selection) -> Claims:
    """A Key for everything that is taken over."""
    claims = Claims(selection)
    of = {listing: _mine(listing, found, selection) for listing, found in items.items()}
    _networks(claims, of)
    _named(claims, of[ROUTERS], ROUTERS, "router")
    # The names of all networks: a server may be on one that another project shares.
    _servers(claims, of, {network["id"]: network["name"] for network in items[NETWORKS]})
    _security_groups(claims, of)
    return claims


def _mine(listing: Listing, found: Iterable[Any], selection: Selection) -> list[Any]:
    """Those of the project, in an order that is always the same: by age."""
    own = [item for item in found if listing.belongs(item, selection.project)]
    return sorted(own, key=lambda item: (item.get("created_at") or item.get("created") or "", item.get("id", "")))


def _named(claims: Claims, items: Iterable[Any], listing: Listing, kind: str) -> dict[str, str]:
    """Claims the items of a kind whose name matches; their names in the documents by id."""
    names: dict[str, str] = {}
    for item in items:
        if not claims.selection.matches(item["name"]):
            continue
        if not claims.selection.is_free(item):
            claims.leave(kind, item["name"], "it has a mark already")
            continue
        names[item["id"]] = free(slug(item["name"], kind), names.values())
        claims.claim(listing, item, kind, names[item["id"]])
    return names


def _networks(claims: Claims, of: Mapping[Listing, Sequence[Any]]) -> None:
    names = _named(claims, of[NETWORKS], NETWORKS, "network")
    count: defaultdict[tuple[str, int], int] = defaultdict(int)
    for subnet in of[SUBNETS]:
        network, version = subnet["network_id"], subnet["ip_version"]
        if network in names:
            count[network, version] += 1
            number = count[network, version]
            name = f"ipv{version}" if number == 1 else f"ipv{version}-{number}"
            claims.claim(SUBNETS, subnet, "subnet", f"{names[network]}/{name}")


def _security_groups(claims: Claims, of: Mapping[Listing, Sequence[Any]]) -> None:
    """Those that ports which are taken over have, or that rules of such groups name."""
    groups = {group["id"]: group for group in of[SECURITY_GROUPS] if group["name"] != _DEFAULT_GROUP}
    ports = (port for port in of[PORTS] if claims.has(PORTS, port["id"]))
    pending = {group for port in ports for group in port.get("security_groups") or ()}
    used: set[str] = set()
    while pending:
        one = pending.pop()
        used.add(one)
        rules = groups[one].get("security_group_rules", ()) if one in groups else ()
        pending |= {rule["remote_group_id"] for rule in rules if rule.get("remote_group_id")} - used
    for group in groups.values():
        if group["id"] not in used and claims.selection.matches(group["name"]) and claims.selection.is_free(group):
            claims.leave("security-group", group["name"], "no server that is taken over uses it")
    _named(claims, [group for group in groups.values() if group["id"] in used], SECURITY_GROUPS, "security-group")


def _servers(claims: Claims, of: Mapping[Listing, Sequence[Any]], networks: Mapping[str, str]) -> None:
    every = _cards(claims, of, networks)
    chosen = [server for server in of[SERVERS] if server["id"] in every]
    volumes = {server["id"]: _volumes(server, of.get(VOLUMES, ()), claims) for server in chosen}
    addresses = {ip["port_id"]: ip for ip in of[FLOATING_IPS] if ip.get("port_id") and _is_reachable(ip, claims)}
    groups = {member: group["id"] for group in of[SERVER_GROUPS] for member in group.get("members", ())}
    names: set[str] = set()
    for group in vdus_of(chosen, every, volumes, groups, set(addresses)):
        vdu = free(slug(stem_of(group), "vnf"), names)
        names.add(vdu)
        for index, server in enumerate(group):
            instance = f"{vdu}/{vdu}-{index}"
            claims.claim(SERVERS, server, "server", instance)
            for number, port in enumerate(every[server["id"]]):
                claims.claim(PORTS, port, "port", f"{instance}/eth{number}")
                if port["id"] in addresses:
                    point = f"{vdu}-eth{number}/{vdu}-{index}"
                    claims.claim(FLOATING_IPS, addresses[port["id"]], "floating-ip", point)
            data = (volume for volume in volumes[server["id"]] if not is_root(volume, server))
            for number, volume in enumerate(data, 1):
                claims.claim(VOLUMES, volume, "volume", f"{instance}/data{number}")
            for volume in volumes[server["id"]]:
                if is_root(volume, server):
                    claims.claim(VOLUMES, volume, "volume", f"{instance}/{ROOT}")


def _cards(
    claims: Claims, of: Mapping[Listing, Sequence[Any]], networks: Mapping[str, str]
) -> Mapping[str, Sequence[Any]]:
    """By id of each server that is taken over its ports: those that are its cards in order, then what these carry."""
    ports = _by(of[PORTS], lambda port: [port["device_id"]] if port["device_owner"].startswith("compute:") else [])
    by_id = {port["id"]: port for port in of[PORTS]}
    found: dict[str, Sequence[Any]] = {}
    for server in of[SERVERS]:
        if not _is_chosen(server, claims):
            continue
        cards = in_order(server, ports.get(server["id"], []), networks)
        if cards is None:
            why = "in which order its network cards are can't be reported from what Nova says; write it manually"
            claims.leave("server", server["name"], why)
            continue
        subs = [sub["port_id"] for port in cards for sub in (port.get("trunk_details") or {}).get("sub_ports", ())]
        found[server["id"]] = [*cards, *(by_id[port] for port in subs if port in by_id and by_id[port] not in cards)]
    return found


def is_root(volume: Any, server: Any) -> bool:
    """Whether the server boots from the volume."""
    return not server["image"] and is_bootable(volume)


def _is_chosen(server: Any, claims: Claims) -> bool:
    if not claims.selection.matches(server["name"]):
        return False
    if not claims.selection.is_free(server):
        claims.leave("server", server["name"], "it has a mark already")
        return False
    return True


def _volumes(server: Any, volumes: Iterable[Any], claims: Claims) -> list[Any]:
    """The volumes in a server that can be taken over with it."""
    attached = {one["id"] for one in server.get(ATTACHED, ())}
    found = []
    for volume in volumes:
        if volume["id"] not in attached:
            continue
        why = _refused(volume, server, claims.selection)
        if why:
            claims.leave("volume", volume["name"] or volume["id"], why)
        else:
            found.append(volume)
    return found


def _refused(volume: Any, server: Any, selection: Selection) -> str:
    if not selection.is_free(volume):
        return "it has a mark already"
    if len(volume["attachments"]) > 1:
        return "several servers share it"
    if is_bootable(volume) and server["image"]:
        return f"{server['name']} does not boot from it, and it holds an image"
    return ""


def _is_reachable(address: Any, claims: Claims) -> bool:
    """Whether the documents can say how a floating IP reaches its port: by a router that is taken over too."""
    if not claims.selection.is_free(address):
        return False
    if claims.has(ROUTERS, address.get("router_id") or ""):
        return True
    claims.leave("floating-ip", address["floating_ip_address"], "its router is not taken over")
    return False


def _by(items: Iterable[Any], keys: Callable[[Any], Iterable[str]]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    for item in items:
        for key in keys(item):
            grouped.setdefault(key, []).append(item)
    return grouped
