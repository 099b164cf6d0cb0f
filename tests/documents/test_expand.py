"""What a network service becomes: the names of its resources, and what stands in each."""

import re
from collections.abc import Mapping

import pytest

from reconciler.model import Consent, Key, Opaque, Permission, Spec
from reconciler.resources.openstack.floating_ip import FloatingIpSpec
from reconciler.resources.openstack.keypair import KeypairSpec
from reconciler.resources.openstack.network import NetworkSpec
from reconciler.resources.openstack.port import AddressPair, FixedIp, PortSpec
from reconciler.resources.openstack.router import RouterSpec
from reconciler.resources.openstack.router_interface import RouterInterfaceSpec
from reconciler.resources.openstack.router_routes import Route, RouterRoutesSpec
from reconciler.resources.openstack.security_group_rule import SecurityGroupRuleSpec
from reconciler.resources.openstack.server import ServerSpec
from reconciler.resources.openstack.server_group import ServerGroupSpec
from reconciler.resources.openstack.subnet import NO_GATEWAY, HostRoute, Pool, SubnetSpec
from reconciler.resources.openstack.trunk import Subport, TrunkSpec
from reconciler.resources.openstack.volume import VolumeSpec
from reconciler.resources.openstack.volume_attachment import VolumeAttachmentSpec
from tests.documents.commits import catalog_of, changed

VIMS = """\
{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: paris}, spec: {type: openstack, externalNetwork: public}}
---
{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: lyon}, spec: {type: openstack, externalNetwork: outside}}
"""
DESCRIPTOR = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: firewall}
spec:
  connectionPoints: [{name: mgmt}, {name: inside}]
  virtualLinks:
    - {name: sync, cidr: 192.168.0.0/24}
  keyPairs:
    - {name: netops, publicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICnbhO7LJD6DcczPWwRL8c0 netops@example.net"}
  securityGroups:
    - {name: web, rules: [{protocol: tcp, ports: 443}]}
  vdus:
    - name: fw
      image: debian-12
      flavor: m1.small
      count: 2
      keyPair: netops
      affinity: anti-affinity
      metadata: {role: firewall, alpha: first}
      userData: {inline: "#cloud-config"}
      interfaces:
        - {name: eth0, connectionPoint: mgmt}
        - {name: eth1, connectionPoint: inside, securityGroups: [web]}
        - {name: eth2, virtualLink: sync, portSecurity: false, addresses: [192.168.0.11, 192.168.0.12]}
"""
SERVICE = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: vcpe}
spec:
  vim: paris
  virtualLinks:
    - {name: mgmt, existing: mgmt-net}
    - {name: lan, cidr: 10.8.0.0/24, mtu: 1450}
  vnfs:
    - name: fw
      descriptor: firewall
      connect: {mgmt: mgmt, inside: lan}
  accessPoints:
    - {name: internet, virtualLink: lan}
    - {name: console, connectionPoint: {vnf: fw, name: inside}}
"""
REPOSITORY: dict[str, str | bytes] = {"vims.yaml": VIMS, "firewall.yaml": DESCRIPTOR, "vcpe.yaml": SERVICE}

MGMT_NET = Key("paris", "existing-network", "mgmt-net")
PUBLIC = Key("paris", "existing-network", "public")


def paris(kind: str, name: str) -> Key:
    return Key("paris", kind, f"vcpe/{name}")


LAN, LAN_SUBNET = paris("network", "lan"), paris("subnet", "lan/ipv4")
WEB = paris("security-group", "fw/web")


def specs(texts: Mapping[str, str | bytes] = REPOSITORY, vim: str = "paris") -> dict[Key, Spec]:
    return {key: desired.spec for key, desired in catalog_of(texts).desired[vim].items()}


def in_service(old: str, new: str) -> dict[Key, Spec]:
    return specs(changed(REPOSITORY, "vcpe.yaml", old, new))


def in_descriptor(old: str, new: str) -> dict[Key, Spec]:
    return specs(changed(REPOSITORY, "firewall.yaml", old, new))


def port_of(found: Mapping[Key, Spec], name: str) -> PortSpec:
    spec = found[paris("port", name)]
    assert isinstance(spec, PortSpec)
    return spec


def test_every_resource_has_its_name_from_where_it_stands() -> None:
    assert sorted(f"{key.kind} {key.name}" for key in specs()) == [
        "floating-ip vcpe/console/fw-0",
        "floating-ip vcpe/console/fw-1",
        "keypair vcpe/fw/netops",
        "network vcpe/fw/sync",
        "network vcpe/lan",
        "port vcpe/fw/fw-0/eth0",
        "port vcpe/fw/fw-0/eth1",
        "port vcpe/fw/fw-0/eth2",
        "port vcpe/fw/fw-1/eth0",
        "port vcpe/fw/fw-1/eth1",
        "port vcpe/fw/fw-1/eth2",
        "router vcpe/internet",
        "router-interface vcpe/internet/lan/ipv4",
        "security-group vcpe/fw/web",
        "security-group-rule vcpe/fw/web/egress-ipv4-any",
        "security-group-rule vcpe/fw/web/egress-ipv6-any",
        "security-group-rule vcpe/fw/web/ingress-ipv4-tcp-443",
        "server vcpe/fw/fw-0",
        "server vcpe/fw/fw-1",
        "server-group vcpe/fw/fw",
        "subnet vcpe/fw/sync/ipv4",
        "subnet vcpe/lan/ipv4",
    ]


def test_a_resource_knows_the_line_that_asks_for_it() -> None:
    desired = catalog_of(REPOSITORY).desired["paris"]
    assert str(desired[LAN].place) == "vcpe.yaml:8"
    assert str(desired[paris("server", "fw/fw-0")].place) == "firewall.yaml:13"
    assert str(desired[paris("floating-ip", "console/fw-0")].place) == "vcpe.yaml:15"


def test_every_reference_leads_to_a_resource_or_to_what_the_vim_holds() -> None:
    found = specs()
    there = {"existing-network", "existing-security-group", "flavor", "image"}
    assert [ref for spec in found.values() for ref in spec.refs() if ref not in found and ref.kind not in there] == []


# --------------------------------------------------------------------------- instances


def test_a_server_has_all_that_its_vdu_says() -> None:
    assert specs()[paris("server", "fw/fw-1")] == ServerSpec(
        flavor=Key("paris", "flavor", "m1.small"),
        image=Key("paris", "image", "debian-12"),
        ports=(paris("port", "fw/fw-1/eth0"), paris("port", "fw/fw-1/eth1"), paris("port", "fw/fw-1/eth2")),
        user_data=Opaque.of("#cloud-config"),
        metadata=(("alpha", "first"), ("role", "firewall")),
        key_pair=paris("keypair", "fw/netops"),
        server_group=paris("server-group", "fw/fw"),
    )


def test_affinity_becomes_a_group_of_the_vdu_and_a_key_loses_its_comment() -> None:
    found = specs()
    assert found[paris("server-group", "fw/fw")] == ServerGroupSpec("anti-affinity")
    assert found[paris("keypair", "fw/netops")] == KeypairSpec(
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICnbhO7LJD6DcczPWwRL8c0"
    )


def vdu_with(text: str, path: str = "fw/fw-0") -> ServerSpec:
    """The server of an instance whose VDU says something more."""
    there = changed(REPOSITORY, "firewall.yaml", "      affinity: anti-affinity", text)
    server = specs(there)[paris("server", path)]
    assert isinstance(server, ServerSpec)
    return server


def test_instances_are_spread_over_zones_by_their_index() -> None:
    zones = "      availabilityZones: [az-1, az-2]"
    assert [vdu_with(zones, f"fw/fw-{index}").availability_zone for index in (0, 1)] == ["az-1", "az-2"]


def test_a_config_drive_and_the_operation_are_those_of_the_vdu() -> None:
    server = vdu_with("      configDrive: true\n      operate: stopped")
    assert (server.config_drive, server.operate) == (True, "stopped")
    assert vdu_with("      affinity: affinity").operate is None


def test_the_operation_of_the_vnf_goes_before_that_of_the_vdu() -> None:
    there = changed(REPOSITORY, "firewall.yaml", "      affinity: anti-affinity", "      operate: stopped")
    there = changed(there, "vcpe.yaml", "descriptor: firewall", "descriptor: firewall\n      operate: started")
    server = specs(there)[paris("server", "fw/fw-0")]
    assert isinstance(server, ServerSpec)
    assert server.operate == "started"


def test_a_limit_for_each_host_is_that_of_the_group() -> None:
    text = "      affinity: anti-affinity\n      maxInstancesPerHost: 2"
    found = specs(changed(REPOSITORY, "firewall.yaml", "      affinity: anti-affinity", text))
    assert found[paris("server-group", "fw/fw")] == ServerGroupSpec("anti-affinity", 2)


def test_an_existing_key_pair_is_used_and_not_made() -> None:
    there = REPOSITORY | {
        "firewall.yaml": re.sub(r"publicKey: [^}]*", "existing: ops-2026", str(REPOSITORY["firewall.yaml"]))
    }
    found = specs(there)
    server = found[paris("server", "fw/fw-0")]
    assert isinstance(server, ServerSpec)
    assert server.key_pair == Key("paris", "existing-keypair", "ops-2026")
    assert not [key for key in found if key.kind == "keypair"]


VOLUMES = """\
      bootVolume: {size: 10}
      volumes: [{name: data, size: 20, type: fast, keep: true}]
      sharedVolumes: [state]"""


def with_volumes() -> Mapping[Key, Spec]:
    there = changed(REPOSITORY, "firewall.yaml", "      affinity: anti-affinity", VOLUMES)
    return specs(changed(there, "firewall.yaml", "  vdus:", "  volumes: [{name: state, size: 5}]\n  vdus:"))


def test_each_instance_has_data_volumes_of_its_own_and_all_share_one() -> None:
    found = with_volumes()
    fast = Key("paris", "volume-type", "fast")
    assert found[paris("volume", "fw/fw-1/data")] == VolumeSpec(20, fast, keep=True)
    assert found[paris("volume", "fw/state")] == VolumeSpec(5)
    server = paris("server", "fw/fw-1")
    assert {
        key.name: spec for key, spec in found.items() if key.kind == "volume-attachment" and server in spec.refs()
    } == {
        "vcpe/fw/fw-1/data": VolumeAttachmentSpec(server, paris("volume", "fw/fw-1/data")),
        "vcpe/fw/fw-1/state": VolumeAttachmentSpec(server, paris("volume", "fw/state")),
    }


def test_a_server_boots_from_a_volume_that_is_made_from_its_image() -> None:
    found = with_volumes()
    root = paris("volume", "fw/fw-0/root")
    assert found[root] == VolumeSpec(10, image=Key("paris", "image", "debian-12"))
    server = found[paris("server", "fw/fw-0")]
    assert isinstance(server, ServerSpec)
    assert server.boot_volume == root


@pytest.mark.parametrize("count", [0, 1, 2])
def test_counts_of_the_service_go_before_the_count_of_the_vdu(count: int) -> None:
    found = in_service("descriptor: firewall", f"descriptor: firewall\n      counts: {{fw: {count}}}")
    names = sorted(key.name for key in found if key.kind in {"server", "floating-ip"})
    assert names == [
        *(f"vcpe/console/fw-{index}" for index in range(count)),
        *(f"vcpe/fw/fw-{index}" for index in range(count)),
    ]


def test_a_user_data_file_is_read_beside_its_descriptor() -> None:
    there = changed(REPOSITORY, "firewall.yaml", '{inline: "#cloud-config"}', "{file: init/fw}")
    server = specs({**there, "init/fw": "#!/bin/sh\n"})[paris("server", "fw/fw-0")]
    assert isinstance(server, ServerSpec)
    assert server.user_data == Opaque.of("#!/bin/sh\n")
    assert server.user_data is not None
    assert server.user_data.content == "#!/bin/sh\n"


# --------------------------------------------------------------------------- ports


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


DUAL = """\
    - name: lan
      subnets:
        - {cidr: 10.8.0.0/24}
        - {cidr: 10.18.0.0/24}
        - {cidr: "2001:db8:1::/64", ipv6AddressMode: slaac}
        - {cidr: "2001:DB8:2:0::/64", ipv6AddressMode: dhcpv6-stateful}
        - {cidr: "2001:db8:3::/64"}
"""


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


# --------------------------------------------------------------------------- port security


def test_a_port_without_port_security_has_no_group() -> None:
    port = port_of(specs(), "fw/fw-0/eth2")
    assert (port.port_security, port.security_groups) == (False, ())


def test_an_interface_that_says_nothing_follows_its_link() -> None:
    open_link = changed(REPOSITORY, "vcpe.yaml", "mtu: 1450", "portSecurity: false")
    plain = changed(open_link, "firewall.yaml", ", securityGroups: [web]}", "}")
    port = port_of(specs(plain), "fw/fw-0/eth1")
    assert (port.port_security, port.security_groups) == (False, ())
    network = specs(plain)[LAN]
    assert isinstance(network, NetworkSpec)
    assert network.port_security is False


@pytest.mark.parametrize(
    "says", ["securityGroups: [web]", "allowedAddressPairs: [{address: 10.8.0.9}]", "portSecurity: true"]
)
def test_an_interface_that_asks_for_filters_has_them_on_an_open_link_too(says: str) -> None:
    open_link = changed(REPOSITORY, "vcpe.yaml", "mtu: 1450", "portSecurity: false")
    port = port_of(specs(changed(open_link, "firewall.yaml", "securityGroups: [web]}", f"{says}}}")), "fw/fw-0/eth1")
    assert port.port_security is True
    assert port.security_groups


# --------------------------------------------------------------------------- security groups


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


# --------------------------------------------------------------------------- networks, routers, access points


def test_a_cidr_alone_leaves_gateway_and_pools_to_the_vim() -> None:
    found = specs()
    assert found[LAN] == NetworkSpec(mtu=1450, port_security=True)
    assert found[LAN_SUBNET] == SubnetSpec(network=LAN, cidr="10.8.0.0/24")


def test_a_subnet_in_full() -> None:
    subnet = (
        "{name: users, cidr: 10.8.0.0/24, gateway: false, dhcp: false, dnsServers: [192.0.2.54, 192.0.2.53], "
        "allocationPools: [{start: 10.8.0.20, end: 10.8.0.29}, {start: 10.8.0.5, end: 10.8.0.9}], "
        "hostRoutes: [{destination: 10.20.0.0/16, nextHop: 10.8.0.254}]}"
    )
    there = changed(REPOSITORY, "firewall.yaml", "cidr: 192.168.0.0/24", f"subnets: [{subnet}]")
    there = changed(there, "firewall.yaml", ", addresses: [192.168.0.11, 192.168.0.12]", "")
    assert specs(there)[paris("subnet", "fw/sync/users")] == SubnetSpec(
        network=paris("network", "fw/sync"),
        cidr="10.8.0.0/24",
        gateway=NO_GATEWAY,
        dhcp=False,
        dns_servers=("192.0.2.54", "192.0.2.53"),  # best first: the order means something
        allocation_pools=(Pool("10.8.0.20", "10.8.0.29"), Pool("10.8.0.5", "10.8.0.9")),
        host_routes=(HostRoute("10.20.0.0/16", "10.8.0.254"),),
    )


def test_an_access_point_at_a_link_becomes_a_router_with_a_leg() -> None:
    found = specs()
    router = paris("router", "internet")
    assert found[router] == RouterSpec(external_network=PUBLIC)
    leg = found[paris("router-interface", "internet/lan/ipv4")]
    assert leg == RouterInterfaceSpec(router=router, subnet=LAN_SUBNET)


def test_a_router_without_an_external_network_has_no_gateway() -> None:
    found = in_service("  vnfs:\n", "  routers: [{name: inner}]\n  vnfs:\n")
    assert found[paris("router", "inner")] == RouterSpec(external_network=None)


def test_an_access_point_at_a_connection_point_becomes_a_floating_ip_each() -> None:
    assert specs()[paris("floating-ip", "console/fw-1")] == FloatingIpSpec(
        external_network=PUBLIC,
        port=paris("port", "fw/fw-1/eth1"),
        via=paris("router-interface", "internet/lan/ipv4"),
    )


def test_a_floating_ip_on_an_existing_network_knows_no_router() -> None:
    spec = in_service("{vnf: fw, name: inside}", "{vnf: fw, name: mgmt}")[paris("floating-ip", "console/fw-0")]
    assert isinstance(spec, FloatingIpSpec)
    assert spec.via is None


def test_the_external_network_of_the_access_point_goes_before_that_of_the_vim() -> None:
    there = changed(REPOSITORY, "vcpe.yaml", "virtualLink: lan}", "virtualLink: lan, externalNetwork: transit}")
    there = changed(there, "vcpe.yaml", "{name: console, ", "{name: console, externalNetwork: transit, ")
    assert specs(there)[paris("router", "internet")] == RouterSpec(Key("paris", "existing-network", "transit"))


def test_an_existing_network_is_never_made() -> None:
    assert [key for key in specs() if "mgmt" in key.name.split("/") and key.kind in {"network", "subnet"}] == []


# --------------------------------------------------------------------------- several sites, several descriptors


TWO_SITES = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: wan, labels: {tier: gold}}
spec:
  vim: paris
  changes: {replace: allow}
  virtualLinks:
    - {name: oam, existing: mgmt-net}
    - {name: north, cidr: 10.8.0.0/24}
    - {name: south, vim: lyon, cidr: 10.8.0.0/24}
  vnfs:
    - {name: a, descriptor: firewall, connect: {mgmt: oam, inside: north}}
    - {name: b, descriptor: firewall, vim: lyon, connect: {mgmt: oam, inside: south}}
  accessPoints:
    - {name: exit-a, virtualLink: north}
    - {name: exit-b, virtualLink: south}
"""


def test_each_part_stands_on_its_vim_and_refers_to_nothing_elsewhere() -> None:
    catalog = catalog_of({**REPOSITORY, "wan.yaml": TWO_SITES})
    for vim, desired in catalog.desired.items():
        assert {ref.target for item in desired.values() for ref in item.spec.refs()} == {vim}
    lyon = {key.name for key in catalog.desired["lyon"]}
    assert {"wan/south", "wan/b/fw-0", "wan/exit-b"} <= lyon
    assert "wan/a/fw-0" not in lyon
    exit_b = catalog.desired["lyon"][Key("lyon", "router", "wan/exit-b")].spec
    assert exit_b == RouterSpec(Key("lyon", "existing-network", "outside"))


def test_what_is_said_of_a_service_as_a_whole() -> None:
    info = catalog_of({**REPOSITORY, "wan.yaml": TWO_SITES}).services["wan"]
    assert info.targets == ("lyon", "paris")
    assert info.consent == Consent(replace=Permission.ALLOW, disruptive=None)
    assert info.labels == (("tier", "gold"),)
    assert str(info.place) == "wan.yaml:3"


def test_a_policy_of_its_own_and_the_one_that_holds_without() -> None:
    text = (
        "{apiVersion: magi/v1alpha1, kind: Policy, metadata: {name: p}, spec: {prune: false, maxDeletes: 3, "
        "protect: {services: ['core-*']}, changes: {disruptive: allow}}}"
    )
    policy = catalog_of({**REPOSITORY, "policy.yaml": text}).policy
    assert (policy.prune, policy.max_deletes, policy.protect) == (False, 3, ("core-*",))
    assert policy.consent == Consent(replace=Permission.DENY, disruptive=Permission.ALLOW)
    standard = catalog_of(REPOSITORY).policy
    assert (standard.prune, standard.max_deletes, standard.protect) == (True, 100, ())


def test_a_vim_is_called_as_its_cloud_unless_it_says_otherwise() -> None:
    spec = "type: openstack, cloud: north, region: r1, api: {concurrency: 2, requestsPerSecond: 5, timeout: 9}"
    text = (
        f"{{apiVersion: magi/v1alpha1, kind: Vim, metadata: {{name: oslo, labels: {{site: oslo}}}}, spec: {{{spec}}}}}"
    )
    targets = catalog_of({**REPOSITORY, "oslo.yaml": text}).targets
    assert targets["paris"].cloud == "paris"
    oslo = targets["oslo"]
    assert (oslo.cloud, oslo.region, oslo.labels) == ("north", "r1", (("site", "oslo"),))
    assert (oslo.budget.concurrency, oslo.budget.requests_per_second, oslo.budget.timeout) == (2, 5, 9)


def test_subports_make_a_trunk_of_the_port_that_carries_them() -> None:
    there = changed(
        REPOSITORY,
        "firewall.yaml",
        "securityGroups: [web]}",
        "securityGroups: [web], subportOf: {interface: eth0, vlan: 100}}",
    )
    found = specs(changed(there, "firewall.yaml", "eth2, ", "eth2, subportOf: {interface: eth0, vlan: 20}, "))
    ports = {name: paris("port", f"fw/fw-1/{name}") for name in ("eth0", "eth1", "eth2")}
    assert found[paris("trunk", "fw/fw-1/eth0")] == TrunkSpec(
        ports["eth0"], (Subport(ports["eth1"], 100), Subport(ports["eth2"], 20))
    )
    server = found[paris("server", "fw/fw-1")]
    assert isinstance(server, ServerSpec)
    assert server.ports == (ports["eth0"],)
    assert port_of(found, "fw/fw-1/eth1").security_groups == (WEB,)


def test_an_access_point_has_the_addresses_outside_that_it_names_by_index() -> None:
    found = in_service("{vnf: fw, name: inside}}", "{vnf: fw, name: inside}, addresses: [203.0.113.20-203.0.113.29]}")
    floating = [found[paris("floating-ip", f"console/fw-{index}")] for index in range(2)]
    assert [one.address for one in floating if isinstance(one, FloatingIpSpec)] == ["203.0.113.20", "203.0.113.21"]


SERVICE_GROUPS = """
  securityGroups:
    - {name: corporate, existing: corporate-ssh}
    - {name: probes, rules: [{protocol: icmp, remoteGroup: corporate}, {remoteAddressGroup: offices}]}
  vnfs:
"""


def with_groups(names: str) -> dict[Key, Spec]:
    there = changed(REPOSITORY, "vcpe.yaml", "\n  vnfs:\n", SERVICE_GROUPS)
    return specs(changed(there, "vcpe.yaml", "inside: lan}", f"inside: lan}}\n      securityGroups: {names}"))


def test_groups_of_the_service_come_on_top_of_those_of_the_descriptor() -> None:
    found = with_groups("{inside: [corporate, probes], mgmt: [probes]}")
    corporate = Key("paris", "existing-security-group", "corporate-ssh")
    probes = paris("security-group", "probes")
    assert port_of(found, "fw/fw-0/eth1").security_groups == (corporate, WEB, probes)
    assert port_of(found, "fw/fw-0/eth0").security_groups == (probes,)
    rules = [spec for key, spec in found.items() if key.name.startswith("vcpe/probes/ingress")]
    assert rules == [
        SecurityGroupRuleSpec(probes, "ingress", "IPv4", protocol="icmp", remote_group=corporate),
        SecurityGroupRuleSpec(
            probes, "ingress", "IPv4", remote_address_group=Key("paris", "existing-address-group", "offices")
        ),
    ]


def test_groups_of_the_service_that_no_vnf_has_are_not_made() -> None:
    assert not [key for key in with_groups("{}") if key.name.startswith("vcpe/probes")]


# --------------------------------------------------------------------------- routers


def test_a_router_has_the_gateway_and_the_routes_that_it_names() -> None:
    router = """
  routers:
    - name: edge
      externalNetwork: public
      externalAddresses: ["2001:DB8:ffff::40", 203.0.113.40]
      snat: false
      virtualLinks: [lan]
      routes:
        - {destination: 192.0.2.0/24, nextHop: 203.0.113.9}
        - {destination: 10.60.0.0/16, nextHop: 10.8.0.254}
  accessPoints:
"""
    there = changed(REPOSITORY, "vcpe.yaml", "\n  accessPoints:\n    - {name: internet, virtualLink: lan}\n", router)
    found = specs(there)
    edge = paris("router", "edge")
    assert found[edge] == RouterSpec(PUBLIC, ("2001:db8:ffff::40", "203.0.113.40"), snat=False)
    assert found[paris("router-routes", "edge")] == RouterRoutesSpec(
        edge,
        (
            Route("10.60.0.0/16", "10.8.0.254", paris("router-interface", "edge/lan/ipv4")),
            Route("192.0.2.0/24", "203.0.113.9"),
        ),
    )


def test_a_router_without_routes_has_no_resource_for_them() -> None:
    assert not [key for key in specs() if key.kind == "router-routes"]
