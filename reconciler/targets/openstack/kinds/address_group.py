"""address-group: networks that rules of security groups name as one. API reference: Networking v2.0, address groups.

Addresses come and go one by one, while rules refer to the group: no rule is replaced for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import ClassVar

from reconciler.model import Key, Observed, Spec
from reconciler.targets.openstack.kinds.adoption import Left, Survey, Taken
from reconciler.targets.openstack.kinds.declared import (
    BY_ITSELF,
    Right,
    neutron_extension,
    neutron_rights,
    read_right,
)
from reconciler.targets.openstack.kinds.describing import Data, Documents, last
from reconciler.targets.openstack.kinds.neutron import NeutronKind
from reconciler.targets.openstack.kinds.security_group import SECURITY_GROUPS
from reconciler.targets.rest import Changes, Ids, Index, Json, Listing, Request, Single

# Also what others share with the project, so that it can be referred to by name.
ADDRESS_GROUPS = Listing(
    "network",
    "/v2.0/address-groups",
    "address_groups",
    optional=True,
    project="project_id",
    single=Single("/v2.0/address-groups/{id}", "address_group"),
)

_PASSING = frozenset({400, 404})
"""An address came or went since the observation: Neutron adds none twice, and removes none that is not there."""


@dataclass(frozen=True, slots=True)
class AddressGroupSpec(Spec):
    """``cidrs``: the addresses, as `canonical_cidrs` has them."""

    rank: ClassVar[int] = 95

    cidrs: tuple[str, ...] = ()


def canonical_cidrs(cidrs: Iterable[str]) -> tuple[str, ...]:
    """Networks in one spelling, sorted and each once: the order means nothing."""
    return tuple(sorted({str(ip_network(str(cidr))) for cidr in cidrs}))


def _right(action: str) -> Right:
    return Right("network", "PUT", f"{ADDRESS_GROUPS.path}/{{id}}/{action}", ("get_address_group", action))


class AddressGroupKind(NeutronKind[AddressGroupSpec]):
    name = "address-group"
    spec = AddressGroupSpec
    listing = ADDRESS_GROUPS
    resource = "address_group"
    extension = "address-group"
    rights = (
        read_right(
            "network",
            ADDRESS_GROUPS.path,
            "get_address_group",
            purpose="an observation, where a service has or names one",
        ),
        read_right("network", "/v2.0/address-groups/{id}", "get_address_group", purpose=BY_ITSELF, dispensable=True),
        *neutron_rights("address-groups", "address_group"),
        _right("add_addresses"),
        _right("remove_addresses"),
    )
    requirements = (
        neutron_extension(
            "address-group",
            "`addressGroups`, and security group rules with `remoteAddressGroup`",
            "such a group or rule is blocked and says why, all else works",
        ),
    )

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        return replace(super().decode(key, item, index), stays=_named_by_others(index, item["id"]))

    def read(self, item: Json, index: Index) -> AddressGroupSpec:
        return AddressGroupSpec(canonical_cidrs(item["addresses"]))

    def write(self, spec: AddressGroupSpec, ids: Ids) -> Mapping[str, Mapping[str, Json]]:
        return {"cidrs": {"addresses": list(spec.cidrs)}}

    def update(
        self, observed: Observed, spec: AddressGroupSpec, changes: Changes, ids: Ids, owner: str
    ) -> Iterator[Request]:
        others = changes.without("cidrs")
        if others.fields or others.name:
            yield from super().update(observed, spec, others, ids, owner)
        if "cidrs" in changes.fields:
            there = observed.spec.cidrs if isinstance(observed.spec, AddressGroupSpec) else ()
            # What comes, first: an address that is spelled as a wider or narrower network is let through all the time.
            yield from _changed("add_addresses", observed.id, [one for one in spec.cidrs if one not in there])
            yield from _changed("remove_addresses", observed.id, [one for one in there if one not in spec.cidrs])

    def adopted(self, survey: Survey) -> Iterator[Taken | Left]:
        """Those that rules of security groups which are taken over name."""
        taken = survey.names("security-group")
        rules = (rule for one in survey.items("security-group") if one["id"] in taken for rule in _rules(one))
        named = {rule.get("remote_address_group_id") for rule in rules}
        return survey.by_name(self.name, (group for group in survey.items(self.name) if group["id"] in named))

    def describe(self, key: Key, spec: AddressGroupSpec, documents: Documents) -> Data:
        return documents.add("addressGroups", {"name": last(key), "addresses": list(spec.cidrs)})


def _rules(security_group: Json) -> Iterable[Json]:
    found: Iterable[Json] = security_group["security_group_rules"]
    return found


def _changed(action: str, group: str, addresses: list[str]) -> Iterator[Request]:
    if addresses:
        route = f"{ADDRESS_GROUPS.path}/{{id}}/{action}"
        yield Request("PUT", "network", route, group, body={"addresses": addresses}, again=_PASSING)


def _named_by_others(index: Index, group: str) -> str:
    """Which rules of unmanaged groups name an address group, for which Neutron refuses to remove it (409)."""
    found = index.table("rules of others by address group", _rules_of_others(index)).get(group, ())
    if not found:
        return ""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"rule {min(found)}{more} of another actor uses it"


def _rules_of_others(index: Index) -> Iterator[tuple[str, str]]:
    for group in index.items[SECURITY_GROUPS]:
        if group["id"] not in index.keys or index.keys[group["id"]].kind != "security-group":
            for rule in group["security_group_rules"]:
                if address_group := rule.get("remote_address_group_id"):
                    yield address_group, rule["id"]
