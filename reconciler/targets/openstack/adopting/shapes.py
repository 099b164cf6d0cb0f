"""Which servers are instances of one VDU: those that are made alike, and whose names differ by a number alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from reconciler.targets.openstack.kinds.marks import PREFIX

_NUMBERED = re.compile(r"(?P<stem>.*?)[-_. ]*(?P<number>\d+)")
_LONGEST = 40


def slug(name: str, fallback: str) -> str:
    """A name that documents can have, as near to the given one as can be."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST].strip("-")
    return plain or fallback


def free(name: str, taken: Iterable[str]) -> str:
    """The name, or the first of ``name-2``, ``name-3`` that is not taken."""
    known = set(taken)
    number, found = 1, name
    while found in known:
        number += 1
        found = f"{name}-{number}"
    return found


def vdus_of(
    servers: Iterable[Any],
    ports: Mapping[str, Sequence[Any]],
    volumes: Mapping[str, Sequence[Any]],
    groups: Mapping[str, str],
    outside: set[str],
) -> list[list[Any]]:
    """The servers, those together that one VDU can describe, in the order of their numbers.

    ``ports`` and ``volumes`` in order and ``groups``, the server groups, are by id of the server; ``outside``: ids of
    the ports that have a floating IP.
    """
    alike: defaultdict[Hashable, list[tuple[int, Any]]] = defaultdict(list)
    for server in servers:
        numbered = _NUMBERED.fullmatch(server["name"])
        stem, number = (numbered["stem"], int(numbered["number"])) if numbered else (server["name"], 0)
        shape = (
            stem if numbered else server["id"],
            _made_like(server),
            groups.get(server["id"]),
            repr([_port_shape(port, outside) for port in ports[server["id"]]]),
            tuple(
                (volume["size"], volume.get("volume_type"), volume.get("bootable")) for volume in volumes[server["id"]]
            ),
        )
        alike[shape].append((number, server))
    vdus = [[server for _, server in sorted(group, key=_by_number)] for group in alike.values()]
    return sorted(vdus, key=lambda vdu: (vdu[0]["name"], vdu[0]["id"]))


def stem_of(group: Sequence[Any]) -> str:
    """What the servers of a VDU are called without their numbers; the whole name of a single one."""
    name: str = group[0]["name"]
    numbered = _NUMBERED.fullmatch(name) if len(group) > 1 else None
    return numbered["stem"] if numbered else name


def _by_number(entry: tuple[int, Any]) -> tuple[int, str]:
    return entry[0], entry[1]["id"]


def _made_like(server: Any) -> Hashable:
    image = server["image"]["id"] if server["image"] else None
    metadata = tuple(sorted((k, v) for k, v in server["metadata"].items() if not k.startswith(PREFIX)))
    return server["flavor"]["original_name"], image, server.get("key_name"), server.get("config_drive"), metadata


def _port_shape(port: Any, outside: set[str]) -> tuple[Any, ...]:
    """What two ports that are made alike have in common; can be sorted."""
    pairs = port.get("allowed_address_pairs") or ()
    # An address pair with the MAC address of the port itself names none.
    others = {(p["ip_address"], p["mac_address"] if p["mac_address"] != port["mac_address"] else "") for p in pairs}
    return (
        port["network_id"],
        sorted(port.get("security_groups") or ()),
        port.get("binding:vnic_type") or "",
        port.get("port_security_enabled", True),
        port.get("qos_policy_id") or "",
        sorted(others),
        port["id"] in outside,
        sorted(sub["segmentation_id"] for sub in (port.get("trunk_details") or {}).get("sub_ports", ())),
    )
