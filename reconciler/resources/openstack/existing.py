"""What stands on a VIM without us and can be referred to by name: networks, groups, keypairs, flavors, images and such.

Nothing of it is ever written to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.resources.openstack.keypair import KEYPAIRS, by_name
from reconciler.resources.openstack.kind import Index, Json, Listing
from reconciler.resources.openstack.network import NETWORKS
from reconciler.resources.openstack.qos_policy import QOS_POLICIES
from reconciler.resources.openstack.security_group import SECURITY_GROUPS
from reconciler.resources.openstack.server_group import SERVER_GROUPS

FLAVORS = Listing("compute", "/flavors/detail", "flavors")
ADDRESS_GROUPS = Listing("network", "/v2.0/address-groups", "address_groups", optional=True)
VOLUME_TYPES = Listing("block-storage", "/types", "volume_types", optional=True)
IMAGES = Listing("image", "/v2/images", "images", page="next")


@dataclass(frozen=True, slots=True)
class ExistingKind:
    """A kind of thing that is only looked up: ``name`` in Keys, ``article`` and word for messages."""

    name: str
    word: str
    listing: Listing

    def items(self, index: Index) -> Iterable[Json]:
        """Those that are not ours: what is ours is already known to the index."""
        items = by_name(index) if self.listing is KEYPAIRS else index.items[self.listing]
        return [item for item in items if item["id"] not in index.keys]


EXISTING: tuple[ExistingKind, ...] = (
    ExistingKind("existing-network", "network", NETWORKS),
    ExistingKind("existing-security-group", "security group", SECURITY_GROUPS),
    ExistingKind("existing-server-group", "server group", SERVER_GROUPS),
    ExistingKind("existing-keypair", "keypair", KEYPAIRS),
    ExistingKind("existing-address-group", "address group", ADDRESS_GROUPS),
    ExistingKind("existing-qos-policy", "QoS policy", QOS_POLICIES),
    ExistingKind("flavor", "flavor", FLAVORS),
    ExistingKind("volume-type", "volume type", VOLUME_TYPES),
    ExistingKind("image", "image", IMAGES),
)
