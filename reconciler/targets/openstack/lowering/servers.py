"""An instance of a VDU becomes a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.documents.checking.hostnames import hostname_at
from reconciler.documents.checking.parameters import hostname_of, metadata_of, user_data_of, values_of
from reconciler.documents.words import VnfDescriptor
from reconciler.documents.words.probes import Probe as WrittenProbe
from reconciler.documents.words.vdus import Vdu
from reconciler.documents.words.vnfs import Vnf
from reconciler.model import Key, Probe
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.lowering.compute import flavor_of, image_of, image_version_of, sizing_of
from reconciler.targets.openstack.lowering.expansion import Expansion


def server_specs(
    descriptor: VnfDescriptor, vim: str, prefix: str, vnf: Vnf, vdu: Vdu, keys: Mapping[str, Key], expansion: Expansion
) -> Callable[[int, tuple[Key, ...], Key | None], ServerSpec]:
    """A function from the index, the ports and the boot volume of an instance to its Spec."""
    values = values_of(descriptor, vnf, expansion.contents)
    user_data = user_data_of(descriptor, vdu, values, expansion.contents)
    image = image_of(expansion, descriptor, vim, vdu)
    flavor = flavor_of(expansion, vim, vdu)
    sizing = sizing_of(expansion, vim, vdu)
    group = Key(vim, "server-group", f"{prefix}/{vdu.name}") if vdu.affinity else None
    if vdu.server_group is not None:
        group = Key(vim, "existing-server-group", vdu.server_group)
    zones = vdu.availability_zones or (vdu.availability_zone,)
    metadata = tuple(sorted(metadata_of(descriptor, vdu, values)))
    hostname = hostname_of(descriptor, vdu, values)

    def server(number: int, ports: tuple[Key, ...], boot_volume: Key | None) -> ServerSpec:
        # Not by the name of the VIM: that is the operator's word, and may change while the server exists.
        opaque = user_data.opaque(f"server {prefix}/{vdu.name}-{number}", expansion.contents) if user_data else None
        return ServerSpec(
            flavor=flavor,
            image=image,
            ports=ports,
            user_data=opaque,
            user_data_key=opaque.key if opaque else "",
            metadata=metadata,
            availability_zone=zones[number % len(zones)],
            key_pair=None if vdu.key_pair is None else keys[vdu.key_pair],
            server_group=group,
            config_drive=vdu.config_drive,
            operate=vnf.operate or vdu.operate,
            boot_volume=boot_volume,
            sizing=sizing,
            hostname=hostname_at(hostname, vnf, number),
            # A boot volume is re-created, and its server with it.
            image_version=None if boot_volume else image_version_of(vdu),
        )

    return server


def probe_of(given: WrittenProbe | None, server: Key) -> Probe | None:
    """How it is found whether an instance of a VDU does its work."""
    if given is None:
        return None
    protocol, port, path = "ping", 0, ""
    if given.tcp:
        protocol, port = "tcp", given.tcp.port
    elif given.http:
        protocol, port, path = "http", given.http.port, given.http.path
    asked = Key(server.target, "port", f"{server.name}/{given.interface}")
    return Probe(
        protocol,
        asked,
        port=port,
        path=path,
        timeout=float(given.timeout),
        failures=given.failures,
        startup=float(given.startup),
    )
