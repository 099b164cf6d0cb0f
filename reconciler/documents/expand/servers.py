"""An instance of a VDU becomes a server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reconciler.documents.expand.expansion import UserData
from reconciler.documents.yaml_marks import Document
from reconciler.model import Key, Opaque
from reconciler.resources.openstack.server import ServerSpec


def server_specs(
    document: Document, vim: str, prefix: str, vdu: Any, user_data: UserData
) -> Callable[[tuple[Key, ...]], ServerSpec]:
    """A function from the ports of an instance to its Spec: all instances of a VDU share the rest."""
    given = vdu.get("userData")
    text = None if given is None else given["inline"] if "inline" in given else user_data(document, given["file"])
    opaque = None if text is None else Opaque.of(text)
    flavor, image = Key(vim, "flavor", vdu["flavor"]), Key(vim, "image", vdu["image"])
    key_pair = Key(vim, "keypair", f"{prefix}/{vdu['keyPair']}") if "keyPair" in vdu else None
    group = Key(vim, "server-group", f"{prefix}/{vdu['name']}") if "affinity" in vdu else None
    metadata = tuple(sorted(vdu.get("metadata", {}).items()))

    def server(ports: tuple[Key, ...]) -> ServerSpec:
        return ServerSpec(
            flavor=flavor,
            image=image,
            ports=ports,
            user_data=opaque,
            metadata=metadata,
            availability_zone=vdu.get("availabilityZone"),
            key_pair=key_pair,
            server_group=group,
        )

    return server
