"""What exists on a VIM without Magi and can be referred to by name: networks, keypairs, flavors, images and such.

Nothing of it is ever written to, but for floating IPs that are taken while a service has them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.targets.openstack.kinds.address_group import ADDRESS_GROUPS
from reconciler.targets.openstack.kinds.declared import Right, read_right
from reconciler.targets.openstack.kinds.floating_ip import FLOATING_IPS, UNUSED, handle
from reconciler.targets.openstack.kinds.keypair import KEYPAIRS, by_name
from reconciler.targets.openstack.kinds.marks import PREFIX
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

    def name_of(self, item: Json, index: Index) -> str | None:
        """What it is referred to by; None for what can't be."""
        name: str | None = item["name"]  # Glance takes images without one
        return name

    def id_of(self, item: Json) -> str:
        """What a request needs to know of it."""
        found: str = item["id"]
        return found

    def nearness(self, item: Json, index: Index) -> int | None:
        """How near an item is to the project of the login, 0 for its own; None for what another one keeps to itself.

        An administrator is listed everything, and anyone may give a thing the name of another one and share it.
        """
        if self.listing.belongs(item, index.project):
            return 0
        if "visibility" in item:
            return _VISIBILITY.get(item["visibility"])
        return 1 if item.get("shared") or item.get("router:external") else None


@dataclass(frozen=True, slots=True)
class UnusedFloatingIps(ExistingKind):
    """Floating IPs of the project that no port has: NETWORK/ADDRESS."""

    def items(self, index: Index) -> Iterable[Json]:
        """Not what has the mark of another owner: that one's Magi is about to give it a port."""
        unmarked = (
            one for one in ExistingKind.items(self, index) if not (one.get("description") or "").startswith(PREFIX)
        )
        return [item for item in unmarked if not item.get("port_id")]

    def name_of(self, item: Json, index: Index) -> str | None:
        network = index.keys.get(item["floating_network_id"])
        return f"{network.name}/{item['floating_ip_address']}" if network else None

    def id_of(self, item: Json) -> str:
        return handle(item)


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
    # After the networks, which are in their names.
    UnusedFloatingIps(UNUSED, "unused floating IP", FLOATING_IPS),
)
