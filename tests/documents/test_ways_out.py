"""Routers, floating IPs and all that they need of the links that they are on."""

import pytest

from tests.documents.commits import changed, problems_of
from tests.documents.vcpe import REPOSITORY, in_descriptor, in_service, with_link


def test_overlapping_networks_on_one_router() -> None:
    there = changed(REPOSITORY, "vcpe.yaml", "- {name: dmz", "- {name: wide, cidr: 10.0.0.0/8}\n    - {name: dmz")
    assert problems_of(changed(there, "vcpe.yaml", "virtualLinks: [dmz]", "virtualLinks: [dmz, wide]")) == [
        "vcpe.yaml:12:40: 10.0.0.0/8 of 'wide' overlaps with 10.9.0.0/24 of 'dmz' on router 'edge'"
    ]


def test_the_same_networks_on_two_routers_are_fine() -> None:
    assert in_service("cidr: 10.9.0.0/24", "cidr: 10.8.0.0/24") == []


def test_a_link_on_two_routers() -> None:
    assert in_service("virtualLinks: [dmz]", "virtualLinks: [dmz, lan]") == [
        (
            "vcpe.yaml:18:37: virtual link 'lan' is on the routers 'edge' and 'internet' "
            "(its gateway address can be on one of them only)"
        )
    ]


def test_a_router_on_an_existing_network() -> None:
    assert in_service("virtualLinks: [dmz]", "virtualLinks: [mgmt]") == [
        (
            "vcpe.yaml:11:35: virtual link 'mgmt' is an existing network "
            "(only virtual links that Magi makes can be put on its routers)"
        )
    ]


def test_a_router_on_a_link_without_subnet_or_gateway() -> None:
    assert in_service("{name: dmz, cidr: 10.9.0.0/24}", "{name: dmz}") == [
        "vcpe.yaml:11:35: virtual link 'dmz' has no subnet to route (give it a cidr)"
    ]
    assert in_service("cidr: 10.9.0.0/24", "subnets: [{cidr: 10.9.0.0/24, gateway: false}]") == [
        (
            "vcpe.yaml:11:35: router 'edge' can't be on 10.9.0.0/24 of 'dmz', which has 'gateway: false' "
            "(give it a gateway: the router takes its address)"
        )
    ]


@pytest.mark.parametrize(("cidr", "gateway"), [("10.9.0.0/24", "10.8.1.1"), ("2001:db8::/64", "fe80::1")])
def test_a_router_on_a_subnet_whose_gateway_is_outside(cidr: str, gateway: str) -> None:
    assert in_service("cidr: 10.9.0.0/24", f"subnets: [{{cidr: {cidr}, gateway: {gateway}}}]") == [
        (
            f"vcpe.yaml:11:35: router 'edge' can't be on {cidr} of 'dmz', whose gateway {gateway} is outside of it "
            "(set a gateway of the subnet: the router takes its address)"
        )
    ]


def with_field(text: str) -> list[str]:
    """A field of the VNF, in line 17 from column 7 on; the instance is one."""
    return in_service("inside: lan}\n", f"inside: lan}}\n      {text}\n")


def test_ranges_of_addresses() -> None:
    assert with_field("addresses: {inside: [10.8.0.9-10.8.0.19]}") == []
    assert with_field("addresses: {inside: [10.8.0.19-10.8.0.9]}") == [
        "vcpe.yaml:17:28: the range 10.8.0.19-10.8.0.9 ends before it starts (write the lower address first)"
    ]
    assert with_field("addresses: {inside: [10.8.0.200-10.8.1.9]}") == [
        "vcpe.yaml:17:28: address 10.8.1.9 is not on the virtual link (it has 10.8.0.0/24)"
    ]
    assert with_field("addresses: {inside: [10.8.0.9-10.8.0.19, 10.8.0.15]}") == [
        "vcpe.yaml:17:48: address 10.8.0.15 is taken (line 17 has it)"
    ]
    assert with_field("addresses: {inside: [10.8.0.1-10.8.0.19]}") == [
        "vcpe.yaml:17:28: address 10.8.0.1 is taken (router 'internet' has it, as the gateway)"
    ]


def test_a_range_over_two_subnets_of_a_link() -> None:
    there = changed(
        REPOSITORY, "vcpe.yaml", "cidr: 10.8.0.0/24", "subnets: [{cidr: 10.8.0.0/24}, {cidr: 10.18.0.0/24}]"
    )
    range_ = "inside: lan}\n      addresses: {inside: [10.8.0.9-10.18.0.9]}\n"
    assert problems_of(changed(there, "vcpe.yaml", "inside: lan}\n", range_)) == [
        "vcpe.yaml:17:28: the range 10.8.0.9-10.18.0.9 leads from one subnet into another (write one for each)"
    ]


def test_fewer_addresses_than_instances_of_one_ip_version() -> None:
    there = changed(
        REPOSITORY,
        "vcpe.yaml",
        "cidr: 10.8.0.0/24",
        "subnets: [{cidr: 10.8.0.0/24}, {cidr: '2001:db8::/64', ipv6AddressMode: dhcpv6-stateful}]",
    )
    pools = "inside: lan}\n      addresses: {inside: [10.8.0.9-10.8.0.19, '2001:db8::9']}\n"
    two = changed(
        changed(there, "vcpe.yaml", "inside: lan}\n", pools), "vcpe.yaml", "counts: {fw: 1}", "counts: {fw: 2}"
    )
    assert problems_of(two) == [
        (
            "vcpe.yaml:15:20: VDU 'fw' has 2 instances, but interface 'eth1' has 1 IPv6 address "
            "(give an address for each, or none at all)"
        )
    ]


def test_mac_addresses_that_are_wrong_or_taken() -> None:
    assert with_field("macAddresses: {inside: ['fa:16:3e:00:00:09-fa:16:3e:00:00:01']}") == [
        (
            "vcpe.yaml:17:31: the range fa:16:3e:00:00:09-fa:16:3e:00:00:01 ends before it starts "
            "(write the lower address first)"
        )
    ]
    assert with_field("macAddresses: {inside: ['fa:16:3e:00:00:09', 'FA:16:3E:00:00:09']}") == [
        "vcpe.yaml:17:52: address fa:16:3e:00:00:09 is taken (line 17 has it)"
    ]
    assert with_field("macAddresses: {outside: ['fa:16:3e:00:00:09']}") == [
        "vcpe.yaml:17:22: unknown connection point 'outside' (did you mean 'inside'?)"
    ]


def test_groups_that_a_vnf_names() -> None:
    assert with_field("securityGroups: {inside: [corporate]}") == [
        "vcpe.yaml:17:33: unknown security group 'corporate' (there is none)"
    ]
    there = changed(
        REPOSITORY, "vcpe.yaml", "  vnfs:\n", "  securityGroups: [{name: ssh, existing: corporate}]\n  vnfs:\n"
    )
    there = changed(there, "vcpe.yaml", "inside: lan}\n", "inside: lan}\n      securityGroups: {inside: [ssh]}\n")
    assert problems_of(there) == []
    there = changed(
        there, "vnfd/firewall.yaml", "connectionPoint: inside}", "connectionPoint: inside, portSecurity: false}"
    )
    assert problems_of(there) == [
        ("vcpe.yaml:18:24: interface 'eth1' behind 'inside' has 'portSecurity: false' (it can't have security groups)")
    ]


def test_provider_segments_that_neutron_would_refuse() -> None:
    def reported(text: str) -> list[str]:
        return with_link("cidr: 10.9.0.0/24, provider: {" + text + "}")

    assert reported("type: vlan, physicalNetwork: physnet1, segmentationId: 120") == []
    assert reported("type: flat") == [
        "vcpe.yaml:10:34: provider type flat has no physicalNetwork (name that of the VIM)"
    ]
    assert reported("type: flat, physicalNetwork: physnet1, segmentationId: 1") == [
        "vcpe.yaml:10:74: a flat network has no segmentationId (remove it)"
    ]
    assert reported("type: vlan, segmentationId: 120") == [
        "vcpe.yaml:10:34: VLAN 120 has no physicalNetwork (name that of the VIM)"
    ]
    assert reported("type: vlan, physicalNetwork: physnet1, segmentationId: 4095") == [
        "vcpe.yaml:10:90: segmentationId 4095 is too large for vlan (at most 4094)"
    ]
    assert reported("type: vxlan, physicalNetwork: physnet1") == [
        "vcpe.yaml:10:48: a vxlan network has no physicalNetwork (remove it)"
    ]


def test_provider_segments_of_internal_links_that_neutron_would_refuse() -> None:
    reported = in_descriptor("cidr: 192.168.0.0/24", "cidr: 192.168.0.0/24, provider: {type: flat}")
    assert reported == [
        "vnfd/firewall.yaml:9:52: provider type flat has no physicalNetwork (name that of the VIM)",
    ]


def test_subports_that_nothing_carries() -> None:
    def reported(text: str) -> list[str]:
        return in_descriptor("virtualLink: sync", f"virtualLink: sync, subportOf: {{{text}}}")

    assert reported("interface: eth0, vlan: 100") == []
    assert reported("interface: eth2, vlan: 100") == [
        ("vnfd/firewall.yaml:24:66: interface 'eth2' is a subport itself (name one that is a network card)")
    ]
    assert reported("interface: eht0, vlan: 100") == [
        "vnfd/firewall.yaml:24:66: unknown interface 'eht0' (did you mean 'eth0'?)"
    ]
    both = changed(
        REPOSITORY,
        "vnfd/firewall.yaml",
        "connectionPoint: inside}",
        "connectionPoint: inside, subportOf: {interface: eth0, vlan: 7}}",
    )
    assert problems_of(
        changed(
            both, "vnfd/firewall.yaml", "virtualLink: sync", "virtualLink: sync, subportOf: {interface: eth0, vlan: 7}"
        )
    ) == ["vnfd/firewall.yaml:24:78: VLAN 7 of 'eth0' is taken (line 23 has it)"]


def test_addresses_outside() -> None:
    def reported(addresses: str) -> list[str]:
        return in_service("{vnf: fw, name: inside}}", "{vnf: fw, name: inside}, addresses: [" + addresses + "]}")

    assert reported("203.0.113.20-203.0.113.29") == []
    assert reported("203.0.113.20, 203.0.113.20-203.0.113.22") == [
        "vcpe.yaml:19:91: address 203.0.113.20 is taken (line 19 has it)"
    ]
    assert reported("'2001:db8::1'") == ["vcpe.yaml:19:77: 2001:db8::1 is no IPv4 address (floating IPs are IPv4)"]
    assert reported("203.0.113.2") == []
    two = changed(REPOSITORY, "vcpe.yaml", "counts: {fw: 1}", "counts: {fw: 2}")
    few = changed(two, "vcpe.yaml", "{vnf: fw, name: inside}}", "{vnf: fw, name: inside}, addresses: [203.0.113.2]}")
    assert problems_of(few) == [
        (
            "vcpe.yaml:19:65: 2 instances are behind the access point, but it has 1 address "
            "(give an address for each, or none at all)"
        )
    ]


def test_what_belongs_to_a_gateway_needs_one() -> None:
    assert in_service("{name: edge,", "{name: edge, snat: false,") == [
        "vcpe.yaml:11:20: router 'edge' has snat, but no externalNetwork (name the network of its gateway)"
    ]
    assert in_service("{name: edge,", "{name: edge, externalAddresses: [203.0.113.400],") == [
        (
            "vcpe.yaml:11:20: router 'edge' has externalAddresses, but no externalNetwork "
            "(name the network of its gateway)"
        ),
        "vcpe.yaml:11:40: '203.0.113.400' is no IP address (write it like 10.8.0.10 or 2001:db8::10)",
    ]


def with_route(text: str) -> list[str]:
    """A static route of the router, in line 11 from column 51 on."""
    return in_service("virtualLinks: [dmz]", "virtualLinks: [dmz], routes: [" + text + "]")


def test_static_routes_that_neutron_would_refuse() -> None:
    assert with_route("{destination: 10.0.0.0/8, nextHop: 10.9.0.9}") == []
    assert with_route("{destination: 10.0.0.0/8, nextHop: 10.8.0.9}") == [
        "vcpe.yaml:11:85: router 'edge' does not reach next hop 10.8.0.9 (it is connected to 10.9.0.0/24)"
    ]
    assert with_route("{destination: 10.0.0.0/8, nextHop: 10.9.0.1}") == [
        ("vcpe.yaml:11:85: next hop 10.9.0.1 is an address of router 'edge' itself (name the next router behind it)")
    ]
    assert with_route("{destination: '2001:db8::/32', nextHop: 10.9.0.9}") == [
        ("vcpe.yaml:11:90: next hop 10.9.0.9 does not go with destination 2001:db8::/32 (a route is of one IP version)")
    ]
    twice = "{destination: 10.0.0.0/8, nextHop: 10.9.0.9}"
    assert with_route(f"{twice}, {twice}") == [
        "vcpe.yaml:11:96: the route to 10.0.0.0/8 says the same as line 11 (remove one)"
    ]


def test_a_next_hop_in_the_external_network_is_for_the_vim_to_judge() -> None:
    assert (
        in_service(
            "virtualLinks: [dmz]",
            "virtualLinks: [dmz], externalNetwork: public, routes: [{destination: 10.0.0.0/8, nextHop: 203.0.113.9}]",
        )
        == []
    )


def test_a_floating_ip_behind_no_router() -> None:
    assert in_service("    - {name: internet, virtualLink: lan}\n", "") == [
        (
            "vcpe.yaml:18:40: connection point 'inside' is on virtual link 'lan', which no router leads out of "
            "(add an access point with virtualLink: lan, or put 'lan' on a router with an externalNetwork)"
        )
    ]


def test_a_floating_ip_behind_a_router_without_a_way_out() -> None:
    inner = changed(REPOSITORY, "vcpe.yaml", "    - {name: internet, virtualLink: lan}\n", "")
    reported = problems_of(changed(inner, "vcpe.yaml", "virtualLinks: [dmz]", "virtualLinks: [lan]"))
    assert "which no router leads out of" in reported[0]


def test_a_floating_ip_of_another_network_than_its_router_leads_to() -> None:
    assert in_service("{name: console, ", "{name: console, externalNetwork: transit, ") == [
        (
            "vcpe.yaml:19:66: connection point 'inside' is on virtual link 'lan', whose router 'internet' leads to "
            "'public', not to 'transit' (set externalNetwork: public here, or transit there)"
        )
    ]


def test_a_floating_ip_on_a_link_with_ipv6_alone() -> None:
    assert in_service("{name: lan, cidr: 10.8.0.0/24}", "{name: lan, cidr: '2001:db8::/64'}") == [
        (
            "vcpe.yaml:19:40: connection point 'inside' is on virtual link 'lan', which has no IPv4 subnet "
            "(floating IPs are IPv4)"
        )
    ]


def test_two_floating_ips_for_one_connection_point() -> None:
    assert in_service(
        "- {name: console", "- {name: web, connectionPoint: {vnf: fw, name: inside}}\n    - {name: console"
    ) == [
        (
            "vcpe.yaml:20:40: connection point 'inside' of VNF 'fw' has an access point already, in line 19 "
            "(a port has one floating IP)"
        )
    ]


def test_no_external_network_anywhere() -> None:
    assert problems_of(changed(REPOSITORY, "vims.yaml", ", externalNetwork: public", "")) == [
        "vcpe.yaml:18:7: no external network for access point on VIM 'paris' (set externalNetwork here or in the Vim)",
        "vcpe.yaml:19:7: no external network for access point on VIM 'paris' (set externalNetwork here or in the Vim)",
    ]
