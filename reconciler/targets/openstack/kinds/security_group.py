"""security-group: a named set of rules for ports. API reference: Networking v2.0, security groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from reconciler.model import Key, Spec
from reconciler.targets.openstack.kinds.adoption import Left, Survey, Taken
from reconciler.targets.openstack.kinds.declared import (
    BY_ITSELF,
    Level,
    neutron_extension,
    neutron_rights,
    read_right,
)
from reconciler.targets.openstack.kinds.describing import Data, Documents, last, unless
from reconciler.targets.openstack.kinds.occupants import OccupiedKind
from reconciler.targets.openstack.services import UNKNOWN_WITHOUT
from reconciler.targets.rest import Ids, Index, Json, Listing, Single

SECURITY_GROUPS = Listing(
    "network",
    "/v2.0/security-groups",
    "security_groups",
    own_project=True,
    project="project_id",
    single=Single("/v2.0/security-groups/{id}", "security_group"),
)

_DEFAULT = "default"
_RULES_OF_EACH = 2
"""Rules that Neutron makes in each new security group: all that goes out, by IPv4 and by IPv6."""


@dataclass(frozen=True, slots=True)
class SecurityGroupSpec(Spec):
    """``stateful``: answers to what was let through are let through too."""

    rank: ClassVar[int] = 100

    stateful: bool = True


class SecurityGroupKind(OccupiedKind[SecurityGroupSpec]):
    name = "security-group"
    spec = SecurityGroupSpec
    listing = SECURITY_GROUPS
    quota = "security_group"
    resource = "security_group"
    rights = (
        # A project's group named default is made by the first observation of its groups, under a rule of its own.
        read_right("network", SECURITY_GROUPS.path, "get_security_group", "create_default_security_group"),
        read_right("network", "/v2.0/security-groups/{id}", "get_security_group", purpose=BY_ITSELF, dispensable=True),
        *neutron_rights("security-groups", "security_group"),
    )
    evidence: ClassVar[Mapping[str, str]] = {"security_group_rules.remote_address_group_id": "existing-address-group"}
    requirements = (
        neutron_extension("security-group", "security groups and their rules", UNKNOWN_WITHOUT, level=Level.NEEDED),
        neutron_extension(
            "stateful-security-group",
            "security groups with `stateful: false`",
            "all groups are stateful; a step that needs `stateful: false` fails and says why",
            "stateful",
        ),
    )

    def takes(self, spec: SecurityGroupSpec) -> Mapping[str, int]:
        return {self.quota: 1, "security_group_rule": _RULES_OF_EACH}

    def read(self, item: Json, index: Index) -> SecurityGroupSpec:
        return SecurityGroupSpec(stateful=item.get("stateful", True))

    def write(self, spec: SecurityGroupSpec, ids: Ids) -> Mapping[str, Mapping[str, Json]]:
        return {"stateful": {"stateful": spec.stateful}}

    def dispensable(self, spec: SecurityGroupSpec) -> frozenset[str]:
        return frozenset({"stateful"} if spec.stateful else ())

    def adopted(self, survey: Survey) -> Iterator[Taken | Left]:
        """Those that ports which are taken over have, or that rules of such groups name; never a project's default."""
        groups = [group for group in survey.items(self.name) if group["name"] != _DEFAULT]
        used = _used(groups, survey)
        for group in groups:
            if group["id"] not in used and survey.selection.matches(group["name"]) and survey.selection.is_free(group):
                yield Left(self.name, group["name"], "no server that is taken over uses it")
        yield from survey.by_name(self.name, (group for group in groups if group["id"] in used))

    def describe(self, key: Key, spec: SecurityGroupSpec, documents: Documents) -> Data:
        return documents.add("securityGroups", {"name": last(key)} | unless("stateful", spec.stateful))


def _used(groups: Iterable[Json], survey: Survey) -> set[str]:
    """The ids of the groups that ports which are taken over have, and of those that the rules of such groups name."""
    by_id = {group["id"]: group for group in groups}
    taken = survey.names("port")
    ports = (port for port in survey.items("port") if port["id"] in taken)
    pending = {group for port in ports for group in port.get("security_groups") or ()}
    used: set[str] = set()
    while pending:
        one = pending.pop()
        used.add(one)
        rules = by_id[one].get("security_group_rules", ()) if one in by_id else ()
        pending |= {rule["remote_group_id"] for rule in rules if rule.get("remote_group_id")} - used
    return used
