"""Rules of security groups that say what can't be, or the same twice."""

import pytest

from tests.documents.vcpe import with_rule


def test_port_ranges() -> None:
    assert with_rule("protocol: tcp, ports: 443-80") == [
        "vnfd/firewall.yaml:14:32: 443-80 is no port range (write 443 or '8000-8100', at most 65535)"
    ]
    assert with_rule("protocol: tcp, ports: 1-99999") == [
        "vnfd/firewall.yaml:14:32: 1-99999 is no port range (write 443 or '8000-8100', at most 65535)"
    ]


def test_a_rule_of_one_ip_version_with_a_remote_of_the_other() -> None:
    assert with_rule("ethertype: IPv6, remote: 10.0.0.0/8") == [
        "vnfd/firewall.yaml:14:21: IPv6 does not go with remote 10.0.0.0/8"
    ]


def test_icmp_of_the_other_ip_version() -> None:
    assert with_rule("protocol: icmp, remote: '2001:db8::/32'") == [
        "vnfd/firewall.yaml:14:20: protocol icmp does not go with IPv6 (set protocol: icmpv6)"
    ]
    assert with_rule("protocol: icmpv6, remote: 10.0.0.0/8") == [
        "vnfd/firewall.yaml:14:20: protocol icmpv6 does not go with IPv4 (set protocol: icmp)"
    ]
    assert with_rule("protocol: 1, ethertype: IPv6") == [
        "vnfd/firewall.yaml:14:20: protocol 1 does not go with IPv6 (set protocol: icmpv6)"
    ]


@pytest.mark.parametrize("protocol", [41, 43, 44, 59, 60])
def test_a_protocol_of_ipv6_alone_makes_a_rule_one_for_ipv6(protocol: int) -> None:
    assert with_rule(f"protocol: {protocol}") == []
    assert with_rule(f"protocol: {protocol}, ethertype: IPv4") == [
        f"vnfd/firewall.yaml:14:20: protocol {protocol} does not go with IPv4 (it is one of IPv6 alone)"
    ]


def test_two_rules_that_say_the_same() -> None:
    assert with_rule("protocol: tcp, ports: 443}, {protocol: 6, ports: 443-443, remote: 0.0.0.0/0") == [
        "vnfd/firewall.yaml:14:38: this rule of security group 'web' says the same as line 14 (remove one)"
    ]
