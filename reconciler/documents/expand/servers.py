"""An instance of a VDU becomes a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reconciler.documents.checking.hostnames import hostname_at
from reconciler.documents.checking.parameters import hostname_of, metadata_of, user_data_of, values_of
from reconciler.documents.expand.compute import flavor_of, image_of, image_version_of, sizing_of
from reconciler.documents.expand.expansion import Expansion
from reconciler.documents.reading.marks import Document
from reconciler.model import Key, Place, Probe
from reconciler.resources.openstack.server import ServerSpec


def server_specs(
    document: Document,
    vim: str,
    prefix: str,
    vnf: Any,
    vdu: Any,
    keys: Mapping[str, Key],
    expansion: Expansion,
    place: Place,
) -> Callable[[int, tuple[Key, ...], Key | None], ServerSpec]:
    """A function from the index, the ports and the boot volume of an instance to its Spec."""
    values = values_of(expansion.placed, vnf, expansion.contents)
    user_data = user_data_of(document, vdu, values, expansion.contents)
    image = image_of(expansion, document, vim, vdu)
    flavor = flavor_of(expansion, vim, vdu)
    sizing = sizing_of(expansion, vim, vdu, place)
    group = Key(vim, "server-group", f"{prefix}/{vdu['name']}") if "affinity" in vdu else None
    if "serverGroup" in vdu:
        group = Key(vim, "existing-server-group", vdu["serverGroup"])
    zones = vdu.get("availabilityZones") or [vdu.get("availabilityZone")]
    operate = vnf.get("operate", vdu.get("operate"))
    metadata = tuple(sorted(metadata_of(document, vdu, values)))
    hostname = hostname_of(document, vdu, values)

    def server(number: int, ports: tuple[Key, ...], boot_volume: Key | None) -> ServerSpec:
        # Not by the name of the VIM: that is the operator's word, and may change while the server stands.
        opaque = user_data.opaque(f"server {prefix}/{vdu['name']}-{number}", expansion.contents) if user_data else None
        return ServerSpec(
            flavor=flavor,
            image=image,
            ports=ports,
            user_data=opaque,
            user_data_key=opaque.key if opaque else "",
            metadata=metadata,
            availability_zone=zones[number % len(zones)],
            key_pair=keys[vdu["keyPair"]] if "keyPair" in vdu else None,
            server_group=group,
            config_drive=vdu.get("configDrive", False),
            operate=operate,
            boot_volume=boot_volume,
            sizing=sizing,
            hostname=hostname_at(hostname, vnf, number),
            # A boot volume is made anew, and its server with it.
            image_version=None if boot_volume else image_version_of(vdu),
        )

    return server


def probe_of(vdu: Any, server: Key) -> Probe | None:
    """How it is told whether an instance of a VDU does its work."""
    given = vdu.get("probe")
    if given is None:
        return None
    sort = next(sort for sort in ("tcp", "http", "ping") if sort in given)
    default = Probe(sort, Key(server.target, "port", f"{server.name}/{given['interface']}"))
    return default._replace(
        port=given[sort].get("port", 0),
        path=given[sort].get("path", "/") if sort == "http" else "",
        timeout=float(given.get("timeout", default.timeout)),
        failures=given.get("failures", default.failures),
        startup=float(given.get("startup", default.startup)),
    )
