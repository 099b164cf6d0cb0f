"""The address groups of a VNF or a service, and what names one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.documents.words.filters import AddressGroup
from reconciler.model import Key
from reconciler.targets.openstack.kinds.address_group import AddressGroupSpec, canonical_cidrs
from reconciler.targets.openstack.lowering.expansion import Expansion


def address_group(vim: str, name: str | None, own: Mapping[str, Key]) -> Key | None:
    """The address group behind a name: one of the same document, else one that the VIM holds."""
    if name is None:
        return None
    return own.get(name) or Key(vim, "existing-address-group", name)


def expand_address_groups(
    expansion: Expansion, vim: str, prefix: str, written: Iterable[AddressGroup]
) -> dict[str, Key]:
    return {
        group.name: expansion.add(
            Key(vim, "address-group", f"{prefix}/{group.name}"),
            AddressGroupSpec(canonical_cidrs(group.addresses)),
            group.spot.place(),
        )
        for group in written
    }
