"""Address groups: which resources documents make of them, what rules mean by a name, and what is wrong with them."""

from __future__ import annotations

from reconciler.model import Key
from reconciler.targets.openstack.kinds.address_group import AddressGroupSpec
from reconciler.targets.openstack.kinds.security_group_rule import SecurityGroupRuleSpec
from tests.documents.commits import catalog_of, changed, problems_of

VIMS = """\
{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: paris}, spec: {type: openstack}}
---
{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: lyon}, spec: {type: openstack}}
"""
DESCRIPTOR = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: firewall}
spec:
  connectionPoints: [{name: inside}]
  addressGroups:
    - {name: offices, addresses: ["2001:DB8:20::/48", 10.20.0.0/16]}
  securityGroups:
    - name: web
      rules: [{protocol: tcp, ports: 443, remoteAddressGroup: offices}, {remoteAddressGroup: partners}]
  vdus:
    - name: fw
      image: debian-12
      flavor: m1.small
      interfaces: [{name: eth0, connectionPoint: inside, securityGroups: [web]}]
"""
SERVICE = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: vcpe}
spec:
  addressGroups: [{name: operators, addresses: [192.0.2.7/32]}]
  securityGroups: [{name: admin, rules: [{remoteAddressGroup: operators}]}]
  virtualLinks:
    - {name: lan, cidr: 10.8.0.0/24, onEachVim: true}
  vnfs:
    - {name: fw, descriptor: firewall, vim: paris, connect: {inside: lan}, securityGroups: {inside: [admin]}}
    - {name: fx, descriptor: firewall, vim: lyon, connect: {inside: lan}}
"""
REPOSITORY: dict[str, str | bytes] = {"vims.yaml": VIMS, "firewall.yaml": DESCRIPTOR, "vcpe.yaml": SERVICE}
OFFICES = AddressGroupSpec(("10.20.0.0/16", "2001:db8:20::/48"))


def groups() -> dict[Key, object]:
    desired = catalog_of(REPOSITORY).desired
    every = {key: one.spec for resources in desired.values() for key, one in resources.items()}
    return {key: spec for key, spec in every.items() if isinstance(spec, AddressGroupSpec)}


def named_by_rules(vim: str) -> set[Key]:
    specs = (one.spec for one in catalog_of(REPOSITORY).desired[vim].values())
    return {spec.remote_address_group for spec in specs if isinstance(spec, SecurityGroupRuleSpec)} - {None}  # type: ignore[return-value]


def test_a_vnf_has_its_own_and_those_of_a_service_are_where_its_security_groups_do() -> None:
    assert groups() == {
        Key("paris", "address-group", "vcpe/fw/offices"): OFFICES,
        Key("lyon", "address-group", "vcpe/fx/offices"): OFFICES,
        Key("paris", "address-group", "vcpe/operators"): AddressGroupSpec(("192.0.2.7/32",)),
    }


def test_a_rule_means_one_of_its_document_else_one_that_the_vim_holds() -> None:
    assert named_by_rules("paris") == {
        Key("paris", "address-group", "vcpe/fw/offices"),
        Key("paris", "address-group", "vcpe/operators"),
        Key("paris", "existing-address-group", "partners"),
    }


def in_descriptor(old: str, new: str) -> list[str]:
    return problems_of(changed(REPOSITORY, "firewall.yaml", old, new))


def test_what_is_no_network_is_refused_where_it_stands() -> None:
    assert in_descriptor("10.20.0.0/16", "10.20.0.1/16") == [
        "firewall.yaml:7:55: '10.20.0.1/16' has host bits set (did you mean '10.20.0.0/16'?)"
    ]


def test_a_network_twice_is_refused_however_it_is_spelled() -> None:
    assert in_descriptor("10.20.0.0/16", "'2001:db8:0020::/48'") == [
        "firewall.yaml:7:55: 2001:db8:20::/48 is there twice in address group 'offices' (remove one)"
    ]


def test_a_name_twice_is_refused() -> None:
    assert in_descriptor("  securityGroups:\n", "    - {name: offices, addresses: []}\n  securityGroups:\n") == [
        "firewall.yaml:8:14: address group 'offices' is there twice (the first is in line 7)"
    ]
