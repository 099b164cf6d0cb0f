"""CIDRs, gateways, pools and fixed addresses that Neutron would refuse, or give twice."""

from tests.documents.commits import changed, problems_of
from tests.documents.vcpe import REPOSITORY, in_descriptor, in_service, with_link, with_subnet


def test_host_bits_in_a_cidr() -> None:
    assert with_link("cidr: 10.9.0.7/24") == [
        "vcpe.yaml:10:11: '10.9.0.7/24' has host bits set (did you mean '10.9.0.0/24'?)"
    ]


def test_what_only_looks_like_a_cidr() -> None:
    reported = with_link("cidr: 10.9.0.300/24")
    assert reported[0].startswith("vcpe.yaml:10:11: '10.9.0.300/24' is no CIDR: ")
    assert reported[0].endswith("(write it like 10.8.0.0/24 or 2001:db8::/64)")


def test_subnets_that_overlap_within_a_link() -> None:
    reported = with_link("subnets: [{cidr: 10.9.0.0/24}, {cidr: 2001:db8::/64}, {cidr: 10.9.0.128/25}]")
    assert reported == ["vcpe.yaml:10:66: subnet 10.9.0.128/25 overlaps with 10.9.0.0/24 of the same virtual link"]


def test_subnets_of_one_name() -> None:
    assert with_link("subnets: [{cidr: 10.9.0.0/24}, {name: ipv4, cidr: 10.10.0.0/24}]") == [
        "vcpe.yaml:10:36: subnet 'ipv4' is there twice (give each its own name)"
    ]


def test_networks_that_can_be_no_subnet() -> None:
    assert with_subnet("cidr: 0.0.0.0/0") == ["vcpe.yaml:10:12: 0.0.0.0/0 can't be a subnet"]
    assert with_subnet("cidr: 224.0.0.0/24") == ["vcpe.yaml:10:12: 224.0.0.0/24 can't be a subnet"]
    assert with_subnet("cidr: 10.9.0.0/31") == [
        "vcpe.yaml:10:12: 10.9.0.0/31 is too small for DHCP (take a /30 or larger, or set dhcp: false)"
    ]
    assert with_subnet("cidr: 10.9.0.0/31, dhcp: false") == []


def test_a_gateway_may_be_outside_of_its_subnet_or_link_local() -> None:
    assert with_subnet("cidr: 10.9.0.0/24, gateway: 10.8.0.1") == []
    assert with_subnet("cidr: 10.9.0.9/32, dhcp: false, gateway: 10.9.0.1") == []
    assert with_subnet("cidr: 2001:db8::/64, gateway: fe80::1") == []
    assert with_subnet("cidr: 2001:db8::/64, gateway: '2001:db8::'") == []
    assert with_subnet("cidr: 2001:db8::/64, gateway: 2001:db8:1::1, ipv6AddressMode: slaac") == []


def test_a_gateway_that_neutron_refuses() -> None:
    assert with_subnet("cidr: 10.9.0.0/24, gateway: 'fe80::1'") == [
        "vcpe.yaml:10:34: fe80::1 does not go with the IPv4 subnet 10.9.0.0/24 (a subnet is of one IP version)"
    ]
    assert with_subnet("cidr: 2001:db8::/64, gateway: 10.9.0.1") == [
        "vcpe.yaml:10:36: 10.9.0.1 does not go with the IPv6 subnet 2001:db8::/64 (a subnet is of one IP version)"
    ]
    assert with_subnet("cidr: 10.9.0.0/24, gateway: 10.9.0.0") == [
        "vcpe.yaml:10:34: gateway 10.9.0.0 is the network address of 10.9.0.0/24 (take another address)"
    ]
    assert with_subnet("cidr: 10.9.0.0/24, gateway: 10.9.0.255") == [
        "vcpe.yaml:10:34: gateway 10.9.0.255 is the broadcast address of 10.9.0.0/24 (take another address)"
    ]
    assert with_subnet("cidr: 10.9.0.9/32, dhcp: false, gateway: 10.9.0.9") == [
        "vcpe.yaml:10:47: gateway 10.9.0.9 is the network address of 10.9.0.9/32 (take another address)"
    ]
    assert with_subnet("cidr: 10.9.0.0/24, gateway: 10.9.0.300") == [
        "vcpe.yaml:10:34: '10.9.0.300' is no IP address (write it like 10.8.0.10 or 2001:db8::10)"
    ]


def test_allocation_pools() -> None:
    subnet = "cidr: 10.9.0.0/24, allocationPools: [%s]"
    assert with_subnet(subnet % "{start: 10.9.0.9, end: 10.9.1.9}") == [
        "vcpe.yaml:10:66: address 10.9.1.9 is not on the virtual link (it has 10.9.0.0/24)"
    ]
    assert with_subnet(subnet % "{start: 10.9.0.9, end: 10.9.0.8}") == [
        "vcpe.yaml:10:43: the pool ends at 10.9.0.8, before it starts at 10.9.0.9"
    ]
    assert with_subnet(subnet % "{start: 10.9.0.1, end: 10.9.0.8}") == [
        "vcpe.yaml:10:43: the pool holds the gateway 10.9.0.1 (let the pool begin behind it, or set another gateway)"
    ]
    assert with_subnet(subnet % "{start: 10.9.0.5, end: 10.9.0.9}, {start: 10.9.0.2, end: 10.9.0.5}") == [
        "vcpe.yaml:10:77: the pool overlaps with the one in line 10"
    ]


def test_one_ip_version_in_a_subnet() -> None:
    assert with_subnet("cidr: 10.9.0.0/24, dnsServers: ['2001:db8::53']") == [
        "vcpe.yaml:10:38: 2001:db8::53 does not go with the IPv4 subnet 10.9.0.0/24 (a subnet is of one IP version)"
    ]
    reported = with_subnet("cidr: 10.9.0.0/24, hostRoutes: [{destination: '2001:db8::/32', nextHop: 10.9.0.9}]")
    assert reported == [
        "vcpe.yaml:10:52: 2001:db8::/32 does not go with the IPv4 subnet 10.9.0.0/24 (a subnet is of one IP version)"
    ]


def test_ipv6_address_modes() -> None:
    assert with_subnet("cidr: 10.9.0.0/24, ipv6AddressMode: slaac") == [
        "vcpe.yaml:10:25: ipv6AddressMode does not go with the IPv4 subnet 10.9.0.0/24"
    ]
    assert with_subnet("cidr: '2001:db8::/56', ipv6AddressMode: slaac") == [
        "vcpe.yaml:10:12: 2001:db8::/56 does not go with ipv6AddressMode: slaac (it needs a /64)"
    ]
    assert with_subnet("cidr: '2001:db8::/64', dhcp: false, ipv6AddressMode: slaac") == [
        "vcpe.yaml:10:42: ipv6AddressMode: slaac does not go with dhcp: false (remove one of them)"
    ]


def test_a_link_too_narrow_for_ipv6() -> None:
    assert with_link("mtu: 1000, cidr: '2001:db8::/64'") == [
        "vcpe.yaml:10:10: mtu 1000 is too small for IPv6 (at least 1280)"
    ]


def with_addresses(text: str) -> list[str]:
    """Fixed addresses of connection point 'inside', in line 17 from column 27 on."""
    return in_service("inside: lan}\n", "inside: lan}\n      addresses: {inside: [" + text + "]}\n")


def test_a_fixed_address_outside_of_its_link() -> None:
    assert with_addresses("10.9.0.5") == [
        "vcpe.yaml:17:28: address 10.9.0.5 is not on the virtual link (it has 10.8.0.0/24)"
    ]


def test_fixed_addresses_that_no_port_can_have() -> None:
    assert with_addresses("10.8.0.0") == ["vcpe.yaml:17:28: address 10.8.0.0 is the network address of 10.8.0.0/24"]
    assert with_addresses("10.8.0.255") == [
        "vcpe.yaml:17:28: address 10.8.0.255 is the broadcast address of 10.8.0.0/24"
    ]
    assert with_addresses("10.8.0.1") == [
        "vcpe.yaml:17:28: address 10.8.0.1 is taken (router 'internet' has it, as the gateway)"
    ]
    assert with_addresses("10.8.0.256") == [
        "vcpe.yaml:17:28: '10.8.0.256' is no IP address (write it like 10.8.0.10 or 2001:db8::10)"
    ]


def test_a_fixed_address_where_instances_make_their_own() -> None:
    subnets = "subnets: [{cidr: 10.8.0.0/24}, {cidr: '2001:db8::/64', ipv6AddressMode: slaac}]"
    both = changed(REPOSITORY, "vcpe.yaml", "name: lan, cidr: 10.8.0.0/24", f"name: lan, {subnets}")
    addresses = "inside: lan}\n      addresses: {inside: ['2001:db8::5']}\n"
    assert problems_of(changed(both, "vcpe.yaml", "inside: lan}\n", addresses)) == [
        (
            "vcpe.yaml:17:28: address 2001:db8::5 can't be given in 2001:db8::/64: instances make their own there "
            "(leave it out, or set ipv6AddressMode: dhcpv6-stateful)"
        )
    ]


def test_one_address_for_two_ports_however_it_is_spelt() -> None:
    six = changed(REPOSITORY, "vcpe.yaml", "{name: dmz, cidr: 10.9.0.0/24}", "{name: dmz, cidr: '2001:db8::/64'}")
    again = """\
      addresses: {mgmt: [192.168.100.9]}
    - name: fx
      descriptor: firewall
      connect: {mgmt: mgmt, inside: dmz}
      addresses: {inside: ['2001:db8::a'], mgmt: [192.168.100.9]}
    - name: fy
      descriptor: firewall
      connect: {mgmt: mgmt, inside: dmz}
      addresses: {inside: ['2001:DB8:0::A']}
  accessPoints:
"""
    assert problems_of(changed(six, "vcpe.yaml", "  accessPoints:\n", again)) == [
        "vcpe.yaml:21:51: address 192.168.100.9 is taken (line 17 has it)",
        "vcpe.yaml:25:28: address 2001:db8::a is taken (line 21 has it)",
    ]


def test_fewer_addresses_than_instances() -> None:
    few = "counts: {fw: 2}\n      addresses: {inside: [10.8.0.5]}"
    assert in_service("counts: {fw: 1}", few) == [
        (
            "vcpe.yaml:15:20: VDU 'fw' has 2 instances, but interface 'eth1' has 1 address "
            "(give an address for each, or none at all)"
        )
    ]


def test_addresses_of_a_connection_point_that_two_vdus_share() -> None:
    second = "  vdus:\n    - {name: log, image: i, flavor: f, interfaces: [{name: eth0, connectionPoint: inside}]}\n"
    shared = changed(REPOSITORY, "vnfd/firewall.yaml", "  vdus:\n", second)
    addresses = "inside: lan}\n      addresses: {inside: [10.8.0.5]}\n"
    assert problems_of(changed(shared, "vcpe.yaml", "inside: lan}\n", addresses)) == [
        (
            "vcpe.yaml:17:19: connection point 'inside' is shared by the VDUs log and fw, "
            "so that each address would be given twice "
            "(leave the addresses out, or give each VDU a connection point of its own)"
        )
    ]


def test_addresses_on_internal_links() -> None:
    link = "{name: eth2, virtualLink: sync}"
    assert in_descriptor(link, "{name: eth2, virtualLink: sync, addresses: [192.168.1.5]}") == [
        "vnfd/firewall.yaml:24:55: address 192.168.1.5 is not on the virtual link (it has 192.168.0.0/24)"
    ]
    twice = f"{link[:-1]}, addresses: [192.168.0.5]}}\n        - {link[:-1]}, addresses: [192.168.0.5]}}".replace(
        "- {name: eth2", "- {name: eth3"
    )
    assert in_descriptor(link, twice) == ["vnfd/firewall.yaml:25:55: address 192.168.0.5 is taken (line 24 has it)"]


def test_two_interfaces_of_a_vdu_at_one_connection_point() -> None:
    reported = in_descriptor("{name: eth2, virtualLink: sync}", "{name: eth2, connectionPoint: mgmt}")
    assert reported == [
        (
            "vnfd/firewall.yaml:24:41: connection point 'mgmt' is that of interface 'eth0' already "
            "(give each interface of a VDU its own)"
        )
    ]


def test_allowed_address_pairs() -> None:
    eth = "{name: eth1, connectionPoint: inside}"
    pairs = "{name: eth1, connectionPoint: inside, allowedAddressPairs: [%s]}"
    assert in_descriptor(eth, pairs % "{address: 10.8.0.5/24}") == [
        "vnfd/firewall.yaml:23:81: '10.8.0.5/24' has host bits set (did you mean '10.8.0.0/24'?)"
    ]
    assert in_descriptor(eth, pairs % "{address: 10.8.0.5}, {address: 10.8.0.5}") == [
        "vnfd/firewall.yaml:23:102: the pair for 10.8.0.5 is there twice (remove one)"
    ]
