"""What exists on a VIM without Magi and can be referred to by name: networks, keypairs, flavors, images and such.

Nothing of it is ever written to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.targets.openstack.kinds.address_group import ADDRESS_GROUPS
from reconciler.targets.openstack.kinds.declared import Right, read_right
from reconciler.targets.openstack.kinds.keypair import KEYPAIRS, by_name
from reconciler.targets.openstack.kinds.network import NETWORKS
from reconciler.targets.openstack.kinds.qos_policy import QOS_POLICIES
from reconciler.targets.openstack.kinds.security_group import SECURITY_GROUPS
from reconciler.targets.openstack.kinds.server_group import SERVER_GROUPS
from reconciler.targets.rest import Index, Json, Listing, by_next

FLAVORS = Listing("compute", "/flavors/detail", "flavors", project="")
VOLUME_TYPES = Listing("block-storage", "/types", "volume_types", optional=True, project="")
IMAGES = Listing("image", "/v2/images", "images", page=by_next, project="owner")


_VISIBILITY = {"public": 1, "shared": 2, "community": 3}
"""By default policy only an administrator makes an image public; anyone may share one with some or all."""


@dataclass(frozen=True, slots=True)
class ExistingKind:
    """A kind of thing that is only looked up: ``name`` in Keys, ``word`` for messages.

    ``rights``: the policy rules behind a listing that no kind which Magi makes has.
    """

    name: str
    word: str
    listing: Listing
    rights: tuple[Right, ...] = ()

    def items(self, index: Index) -> Iterable[Json]:
        """Those that are not managed: what is managed is already known to the index."""
        items = by_name(index) if self.listing is KEYPAIRS else index.items[self.listing]
        return [item for item in items if item["id"] not in index.keys]

    def nearness(self, item: Json, index: Index) -> int | None:
        """How near an item is to the project of the login, 0 for its own; None for what another one keeps to itself.

        An administrator is listed everything, and anyone may give a thing the name of another one and share it.
        """
        if self.listing.belongs(item, index.project):
            return 0
        if "visibility" in item:
            return _VISIBILITY.get(item["visibility"])
        return 1 if item.get("shared") or item.get("router:external") else None


EXISTING: tuple[ExistingKind, ...] = (
    ExistingKind("existing-network", "network", NETWORKS),
    ExistingKind("existing-security-group", "security group", SECURITY_GROUPS),
    ExistingKind("existing-server-group", "server group", SERVER_GROUPS),
    ExistingKind("existing-keypair", "keypair", KEYPAIRS),
    ExistingKind("existing-address-group", "address group", ADDRESS_GROUPS),
    ExistingKind("existing-qos-policy", "QoS policy", QOS_POLICIES),
    ExistingKind("flavor", "flavor", FLAVORS),
    ExistingKind(
        "volume-type",
        "volume type",
        VOLUME_TYPES,
        rights=(
            read_right(
                "block-storage",
                VOLUME_TYPES.path,
                "volume_extension:type_get_all",
                purpose="an observation, where a volume names a type",
            ),
        ),
    ),
    ExistingKind("image", "image", IMAGES),
)
