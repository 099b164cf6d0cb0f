"""From security groups to groups and their rules."""

from collections.abc import Mapping

from reconciler.model import Key, Spec
from reconciler.targets.openstack.kinds.security_group_rule import SecurityGroupRuleSpec
from tests.documents.commits import catalog_of
from tests.documents.firewall import REPOSITORY, WEB, in_descriptor, paris


def rules_of(found: Mapping[Key, Spec]) -> list[str]:
    return sorted(key.name.rpartition("fw/web/")[2] for key in found if key.kind == "security-group-rule")


def test_the_rules_that_neutron_makes_with_a_group_come_with_it() -> None:
    desired = catalog_of(REPOSITORY).desired["paris"]
    coming = {key.name.rpartition("/")[2]: item.comes_with for key, item in desired.items() if item.comes_with}
    assert coming == {"egress-ipv4-any": WEB, "egress-ipv6-any": WEB}


def test_a_group_with_an_egress_rule_has_no_other_way_out() -> None:
    found = in_descriptor("ports: 443}]", "ports: 443}, {direction: egress, protocol: udp, ports: 53}]")
    assert rules_of(found) == ["egress-ipv4-udp-53", "ingress-ipv4-tcp-443"]


def test_a_rule_is_of_the_ip_version_of_its_remote_or_protocol() -> None:
    found = in_descriptor(
        "{protocol: tcp, ports: 443}", "{remote: '2001:DB8::/32'}, {protocol: icmpv6}, {protocol: 1}, {remote: '::/0'}"
    )
    assert rules_of(found) == [
        "egress-ipv4-any",
        "egress-ipv6-any",
        "ingress-ipv4-icmp",
        "ingress-ipv6-any",
        "ingress-ipv6-any-from-2001:db8::/32",
        "ingress-ipv6-ipv6-icmp",
    ]


def test_a_remote_group_is_a_group_of_the_same_vnf() -> None:
    key = paris("security-group-rule", "fw/web/ingress-ipv4-tcp-443-from-vcpe/fw/web")
    assert in_descriptor("ports: 443}", "ports: 443, remoteGroup: web}")[key] == SecurityGroupRuleSpec(
        group=WEB, direction="ingress", ethertype="IPv4", protocol="tcp", port_min=443, port_max=443, remote_group=WEB
    )
