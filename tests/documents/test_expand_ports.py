"""From interfaces to ports: their addresses, cards, links and policies."""

from reconciler.model import Key, Spec
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.kinds.port import AddressPair, FixedIp, PortSpec
from reconciler.targets.openstack.kinds.subnet import SubnetSpec
from tests.documents.commits import changed
from tests.documents.firewall import (
    DUAL,
    LAN,
    LAN_SUBNET,
    MGMT_NET,
    REPOSITORY,
    WEB,
    in_descriptor,
    in_service,
    paris,
    port_of,
    specs,
)


def test_a_port_of_a_new_link_asks_for_an_address_in_its_subnet() -> None:
    assert port_of(specs(), "fw/fw-0/eth1") == PortSpec(
        network=LAN, fixed_ips=(FixedIp(LAN_SUBNET, None),), security_groups=(WEB,)
    )


def test_a_port_of_an_existing_network_takes_what_it_gets_and_the_default_group() -> None:
    default = Key("paris", "existing-security-group", "default")
    assert port_of(specs(), "fw/fw-0/eth0") == PortSpec(network=MGMT_NET, fixed_ips=None, security_groups=(default,))


def test_an_empty_list_of_groups_is_none_at_all() -> None:
    found = in_descriptor("securityGroups: [web]}", "securityGroups: []}")
    assert port_of(found, "fw/fw-0/eth1").security_groups == ()
    assert port_of(found, "fw/fw-0/eth1").port_security is True


def test_fixed_addresses_go_by_the_index_of_the_instance() -> None:
    found = in_service(
        "inside: lan}",
        "inside: lan}\n      addresses: {inside: [10.8.0.50, 10.8.0.40], mgmt: [192.168.100.7, 192.168.100.8]}",
    )
    assert port_of(found, "fw/fw-0/eth1").fixed_ips == (FixedIp(LAN_SUBNET, "10.8.0.50"),)
    assert port_of(found, "fw/fw-1/eth1").fixed_ips == (FixedIp(LAN_SUBNET, "10.8.0.40"),)
    assert port_of(found, "fw/fw-1/eth0").fixed_ips == (FixedIp(None, "192.168.100.8"),)
    assert port_of(found, "fw/fw-1/eth2").fixed_ips == (FixedIp(paris("subnet", "fw/sync/ipv4"), "192.168.0.12"),)


def test_an_instance_has_the_address_of_its_index_out_of_ranges_of_each_ip_version() -> None:
    there = changed(
        REPOSITORY,
        "vcpe.yaml",
        "{name: lan, cidr: 10.8.0.0/24, mtu: 1450}",
        "{name: lan, subnets: [{cidr: 10.8.0.0/24}, {cidr: '2001:db8:8::/64', ipv6AddressMode: dhcpv6-stateful}]}",
    )
    pools = "[10.8.0.9, 10.8.0.40-10.8.0.50, '2001:db8:8::a-2001:db8:8::ffff:ffff']"
    found = specs(changed(there, "vcpe.yaml", "inside: lan}", f"inside: lan}}\n      addresses: {{inside: {pools}}}"))
    ipv6 = paris("subnet", "lan/ipv6")
    assert port_of(found, "fw/fw-0/eth1").fixed_ips == (
        FixedIp(LAN_SUBNET, "10.8.0.9"),
        FixedIp(ipv6, "2001:db8:8::a"),
    )
    assert port_of(found, "fw/fw-1/eth1").fixed_ips == (
        FixedIp(LAN_SUBNET, "10.8.0.40"),
        FixedIp(ipv6, "2001:db8:8::b"),
    )


def test_scaling_in_and_out_leaves_each_instance_its_addresses() -> None:
    there = changed(REPOSITORY, "firewall.yaml", "192.168.0.11, 192.168.0.12", "192.168.0.11-192.168.0.19")
    given = "counts: {fw: 3}\n      addresses: {inside: [10.8.0.40-10.8.0.50]}\n      connect:"
    three = specs(changed(there, "vcpe.yaml", "connect:", given))
    one = specs(changed(there, "vcpe.yaml", "connect:", given.replace("3", "1", 1)))
    assert {key for key in three if key.kind == "port"} > {key for key in one if key.kind == "port"}
    assert all(three[key] == spec for key, spec in one.items() if key.kind == "port")


def test_mac_addresses_go_by_the_index_of_the_instance() -> None:
    found = in_service(
        "inside: lan}", "inside: lan}\n      macAddresses: {inside: ['FA:16:3E:10:00:FF-fa:16:3e:10:01:0f']}"
    )
    assert [port_of(found, f"fw/fw-{index}/eth1").mac for index in range(2)] == [
        "fa:16:3e:10:00:ff",
        "fa:16:3e:10:01:00",
    ]
    assert port_of(found, "fw/fw-0/eth0").mac is None


def test_an_interface_may_be_a_part_of_a_physical_card() -> None:
    found = in_descriptor("securityGroups: [web]}", "securityGroups: [web], vnicType: direct}")
    assert port_of(found, "fw/fw-1/eth1").vnic_type == "direct"


def test_links_and_interfaces_name_the_qos_policies_of_the_vim() -> None:
    gold = Key("paris", "existing-qos-policy", "gold")
    network = in_service("mtu: 1450", "qosPolicy: gold")[LAN]
    assert network == NetworkSpec(qos_policy=gold)
    found = in_descriptor("securityGroups: [web]}", "securityGroups: [web], qosPolicy: gold}")
    assert [port_of(found, f"fw/fw-0/{name}").qos_policy for name in ("eth0", "eth1")] == [None, gold]


def test_a_link_says_how_it_is_carried_and_who_may_use_it() -> None:
    provider = "provider: {type: vlan, physicalNetwork: physnet1, segmentationId: 120}"
    found = in_service("mtu: 1450", f"{provider}, shared: true, external: true, dnsDomain: lan.example.net.")
    assert found[LAN] == NetworkSpec(
        network_type="vlan",
        physical_network="physnet1",
        segmentation_id=120,
        shared=True,
        external=True,
        dns_domain="lan.example.net.",
    )


def test_an_internal_link_says_how_it_is_carried_too() -> None:
    found = in_descriptor("cidr: 192.168.0.0/24", "cidr: 192.168.0.0/24, provider: {type: vlan, physicalNetwork: nic2}")
    spec = found[paris("network", "fw/sync")]
    assert spec == NetworkSpec(network_type="vlan", physical_network="nic2")


def dual(addresses: str = "") -> dict[Key, Spec]:
    there = changed(REPOSITORY, "vcpe.yaml", "    - {name: lan, cidr: 10.8.0.0/24, mtu: 1450}\n", DUAL)
    given = f"inside: lan}}\n      addresses: {{inside: [{addresses}]}}" if addresses else "inside: lan}"
    return specs(changed(there, "vcpe.yaml", "inside: lan}", given))


def test_subnets_without_a_name_are_called_by_their_ip_version() -> None:
    names = [key.name for key in dual() if key.kind == "subnet" and "/lan/" in key.name]
    assert [name.rpartition("/")[2] for name in names] == ["ipv4", "ipv4-2", "ipv6", "ipv6-2", "ipv6-3"]


def test_a_port_has_one_address_of_each_version_and_all_that_come_by_themselves() -> None:
    assert port_of(dual(), "fw/fw-0/eth1").fixed_ips == (
        FixedIp(paris("subnet", "lan/ipv4"), None),
        FixedIp(paris("subnet", "lan/ipv6"), None),
        FixedIp(paris("subnet", "lan/ipv6-2"), None),
    )


def test_a_given_address_takes_the_place_of_one_of_its_version() -> None:
    assert port_of(dual("10.18.0.9, 10.18.0.10"), "fw/fw-0/eth1").fixed_ips == (
        FixedIp(paris("subnet", "lan/ipv4-2"), "10.18.0.9"),
        FixedIp(paris("subnet", "lan/ipv6"), None),
        FixedIp(paris("subnet", "lan/ipv6-2"), None),
    )


def test_an_address_that_comes_by_itself_comes_beside_a_given_one_of_its_version() -> None:
    assert port_of(dual("'2001:db8:3::9', '2001:db8:3::a'"), "fw/fw-0/eth1").fixed_ips == (
        FixedIp(paris("subnet", "lan/ipv4"), None),
        FixedIp(paris("subnet", "lan/ipv6"), None),
        FixedIp(paris("subnet", "lan/ipv6-3"), "2001:db8:3::9"),
    )


def test_the_floating_ip_of_a_given_address_goes_through_the_subnet_of_it() -> None:
    key = paris("floating-ip", "console/fw-1")
    first, second = dual()[key], dual("10.18.0.9, 10.18.0.10")[key]
    assert isinstance(first, FloatingIpSpec)
    assert isinstance(second, FloatingIpSpec)
    assert first.via == paris("router-interface", "internet/lan/ipv4")
    assert second.via == paris("router-interface", "internet/lan/ipv4-2")


def test_addresses_are_spelt_as_openstack_answers_them() -> None:
    subnet = dual()[paris("subnet", "lan/ipv6-2")]
    assert isinstance(subnet, SubnetSpec)
    assert subnet.cidr == "2001:db8:2::/64"


def test_allowed_address_pairs_are_sorted_and_spelt_in_one_way() -> None:
    pairs = "{address: '2001:DB8::5'}, {address: 10.8.0.9, mac: '00:00:5E:00:01:01'}, {address: 10.8.0.8}"
    found = in_descriptor("securityGroups: [web]}", f"allowedAddressPairs: [{pairs}]}}")
    assert port_of(found, "fw/fw-0/eth1").allowed_address_pairs == (
        AddressPair("10.8.0.8"),
        AddressPair("10.8.0.9", "00:00:5e:00:01:01"),
        AddressPair("2001:db8::5"),
    )
