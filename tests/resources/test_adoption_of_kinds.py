"""What a kind says of its adoption is all that adoption has to know of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from reconciler.model import Key, Observed, Spec
from reconciler.targets.openstack.adopting import Left, documents_of
from reconciler.targets.openstack.adopting.choosing import Claims, choose
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.kinds.address_group import ADDRESS_GROUPS
from reconciler.targets.openstack.kinds.adoption import Selection, Survey, Taken
from reconciler.targets.openstack.kinds.declared import OpenStackKind
from reconciler.targets.openstack.kinds.describing import Data, Documents, last
from reconciler.targets.openstack.kinds.neutron import NeutronKind
from reconciler.targets.openstack.kinds.port import PortSpec
from reconciler.targets.openstack.kinds.qos_policy import QOS_POLICIES
from reconciler.targets.openstack.kinds.router import RouterSpec
from reconciler.targets.openstack.kinds.security_group import SecurityGroupSpec
from reconciler.targets.openstack.kinds.security_group_rule import SecurityGroupRuleSpec, rule_key
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.users import ATTACHED
from reconciler.targets.openstack.kinds.volume import VOLUMES, VolumeKind
from reconciler.targets.rest import Listing

ZONES = Listing("dns", "/v2/zones", "zones", project="project_id")
SELECTION = Selection("paris", "p1", "magi", "shop", ("shop-*",))


@dataclass(frozen=True, slots=True)
class ZoneSpec(Spec):
    rank = 300

    router: Key
    ttl: int = 60


class ZoneKind(NeutronKind[ZoneSpec]):
    """A kind that nothing else knows: a zone goes with the router that it names."""

    name = "zone"
    spec = ZoneSpec
    listing = ZONES

    def adopted(self, survey: Survey) -> Iterator[Taken | Left]:
        routers = survey.names("router")
        for zone in survey.items(self.name):
            if zone["router_id"] in routers:
                yield Taken(zone, f"{routers[zone['router_id']]}/{zone['name']}")
            else:
                yield Left(self.name, zone["name"], "its router is not taken over")

    def describe(self, key: Key, spec: ZoneSpec, documents: Documents) -> Data | None:
        router = documents.part(spec.router)
        if router is not None:
            router.setdefault("zones", []).append({"name": last(key), "ttl": spec.ttl})
        return documents.add("zones", {"name": last(key)})


class RoundKind(OpenStackKind[ZoneSpec]):
    """A kind whose adoption follows from that of another one."""

    spec = ZoneSpec
    listing = ZONES
    other = ""

    def adopted(self, survey: Survey) -> Iterator[Taken | Left]:
        yield from (Taken(zone, "zone") for zone in survey.items(self.name) if zone["id"] in survey.names(self.other))

    def describe(self, key: Key, spec: ZoneSpec, documents: Documents) -> Data | None:
        return documents.part(spec.router)


class HenKind(RoundKind):
    name = "hen"
    other = "egg"


class EggKind(RoundKind):
    name = "egg"
    other = "hen"


def item(identifier: str, name: str, **content: Any) -> dict[str, Any]:
    return {"id": identifier, "name": name, "project_id": "p1", "description": "", **content}


def key(kind: str, name: str) -> Key:
    return Key("paris", kind, f"shop/{name}")


def observed(*specs: tuple[Key, Spec]) -> Mapping[Key, Observed]:
    return {key: Observed(key, spec, str(key)) for key, spec in specs}


def chosen(items: Mapping[str, Sequence[Any]], *more: OpenStackKind[Any]) -> Claims:
    kinds = (*more, *KINDS)
    listings = {kind.name: kind.listing for kind in kinds}
    return choose({listings[kind]: found for kind, found in items.items()}, SELECTION, kinds)


def service(*specs: tuple[Key, Spec], kinds: Sequence[OpenStackKind[Any]] = KINDS) -> Any:
    return documents_of(observed(*specs), "shop", "paris", kinds)[0]["spec"]


def test_a_kind_that_nothing_else_knows_is_taken_over_as_it_says() -> None:
    routers = [item("r1", "shop-edge"), item("r2", "other")]
    zones = [item("z1", "inside", router_id="r1"), item("z2", "outside", router_id="r2")]
    claims = chosen({"router": routers, "zone": zones}, ZoneKind())
    assert claims.keys[ZONES, "z1"] == key("zone", "shop-edge/inside")
    assert claims.left == (Left("zone", "outside", "its router is not taken over"),)


def test_a_kind_that_nothing_else_knows_writes_its_part_and_adds_to_that_of_another_one() -> None:
    edge = key("router", "edge")
    # Also where it is described before what it adds to.
    kinds = (ZoneKind(), *KINDS)
    spec = service((edge, RouterSpec()), (key("zone", "edge/inside"), ZoneSpec(edge)), kinds=kinds)
    assert spec["routers"] == [{"name": "edge", "zones": [{"name": "inside", "ttl": 60}]}]
    assert spec["zones"] == [{"name": "inside"}]


def test_kinds_whose_adoption_follows_from_each_other_are_named() -> None:
    with pytest.raises(RuntimeError, match="hen -> egg -> hen"):
        chosen({"hen": [item("z", "shop-zone")]}, HenKind(), EggKind())


def test_resources_whose_parts_follow_from_each_other_are_named() -> None:
    hen, egg = key("hen", "a"), key("egg", "b")
    with pytest.raises(RuntimeError, match=f"{hen} -> {egg} -> {hen}"):
        service((hen, ZoneSpec(egg)), (egg, ZoneSpec(hen)), kinds=(HenKind(), EggKind()))


def test_a_kind_that_says_nothing_is_left_as_it_is() -> None:
    claims = choose({QOS_POLICIES: [item("q", "shop-gold")]}, SELECTION)
    assert (claims.keys, claims.left) == ({}, ())


def test_of_other_projects_nothing_is_taken_over() -> None:
    claims = chosen({"router": [item("r1", "shop-edge") | {"project_id": "p2"}]})
    assert claims.keys == {}


def test_instances_with_the_same_volumes_are_alike_in_whatever_order_these_were_made() -> None:
    def server(*volumes: str) -> dict[str, Any]:
        return item(f"s-{volumes}", "shop-db", image="", **{ATTACHED: [{"id": one} for one in volumes]})

    def volume(identifier: str, size: int, bootable: str) -> dict[str, Any]:
        return item(identifier, "", size=size, bootable=bootable, attachments=[], created_at="2026-11-30T10:00:00")

    volumes = [volume("a", 10, "true"), volume("b", 5, "false"), volume("c", 5, "false"), volume("d", 10, "true")]
    survey = Survey(SELECTION, {VOLUMES: volumes}, {kind.name: kind for kind in KINDS})
    first, second, third = (VolumeKind().alike(server(*ids), survey) for ids in (("a", "b"), ("c", "d"), ("a",)))
    assert first == second
    assert first != third


def test_interfaces_are_described_in_the_order_of_their_numbers() -> None:
    lan, server = key("network", "lan"), key("server", "web/web-0")
    names = [f"eth{number}" for number in range(12)]
    ports = [(key("port", f"web/web-0/{name}"), PortSpec(lan)) for name in reversed(names)]
    image = Key("paris", "image", "debian-12")
    documents = documents_of(
        observed((server, ServerSpec(Key("paris", "flavor", "small"), image)), *ports), "shop", "paris"
    )
    (vdu,) = documents[1]["spec"]["vdus"]
    assert [interface["name"] for interface in vdu["interfaces"]] == names


def test_what_has_no_server_is_not_described() -> None:
    spec = service((key("port", "web/web-0/eth0"), PortSpec(key("network", "lan"))))
    assert spec == {"vim": "paris", "suspend": True}


def test_outgoing_rules_are_said_unless_they_are_those_of_a_new_group() -> None:
    group, offices = key("security-group", "web"), Key("paris", "existing-address-group", "offices")

    def rules(**content: Any) -> Any:
        egress = [SecurityGroupRuleSpec(group, "egress", version, **content) for version in ("IPv4", "IPv6")]
        (entry,) = service((group, SecurityGroupSpec()), *((rule_key(one), one) for one in egress))["securityGroups"]
        return entry.get("rules", [])

    assert rules() == []
    assert [rule["remoteAddressGroup"] for rule in rules(remote_address_group=offices)] == ["offices", "offices"]


def test_address_groups_are_taken_over_with_the_rules_that_name_them() -> None:
    groups = [item("a1", "shop-offices"), item("a2", "shop-unused"), item("a3", "others")]
    named = [{"remote_address_group_id": one} for one in ("a1", "a3", None)]
    network, server = item("n", "net"), item("s", "shop-web", image={"id": "i"}, tenant_id="p1", metadata={})
    port = item("p", "", network_id="n", device_id="s", device_owner="compute:nova", security_groups=["g"])
    claims = chosen(
        {
            "network": [network],
            "port": [port | {"mac_address": "fa:16:3e:00:00:01"}],
            "server": [server | {"flavor": {"original_name": "small"}}],
            "security-group": [item("g", "shop-web", security_group_rules=named)],
            "address-group": groups,
        }
    )
    taken = {identifier: key for (listing, identifier), key in claims.keys.items() if listing is ADDRESS_GROUPS}
    assert taken == {"a1": key("address-group", "shop-offices")}
