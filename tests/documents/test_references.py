"""What documents refer to: every name, address and file that leads nowhere is told, at its place, with a way out."""

from reconciler.documents.subject import MAX_PROBLEMS
from tests.documents.commits import changed, problems_of

VIMS = """\
{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: paris}, spec: {type: openstack, externalNetwork: public}}
---
{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: lyon}, spec: {type: openstack}}
"""
FIREWALL = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: firewall}
spec:
  connectionPoints:
    - {name: mgmt}
    - {name: inside}
  virtualLinks:
    - {name: sync, cidr: 192.168.0.0/24}
  keyPairs:
    - {name: netops, publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICnbhO7LJD6DcczPWwRL8c0}
  securityGroups:
    - {name: web, rules: [
        {protocol: tcp, ports: 443}]}
  vdus:
    - name: fw
      image: debian-12
      flavor: m1.small
      keyPair: netops
      userData: {file: cloud-init/fw.yaml}
      interfaces:
        - {name: eth0, connectionPoint: mgmt, securityGroups: [web]}
        - {name: eth1, connectionPoint: inside}
        - {name: eth2, virtualLink: sync}
"""
VCPE = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: vcpe}
spec:
  vim: paris
  virtualLinks:
    - {name: mgmt, existing: mgmt-net}
    - {name: lan, cidr: 10.8.0.0/24}
    - {name: dmz, cidr: 10.9.0.0/24}
  routers:
    - {name: edge, virtualLinks: [dmz]}
  vnfs:
    - name: fw
      descriptor: firewall
      counts: {fw: 1}
      connect: {mgmt: mgmt, inside: lan}
  accessPoints:
    - {name: internet, virtualLink: lan}
    - {name: console, connectionPoint: {vnf: fw, name: inside}}
"""
POLICY = "{apiVersion: magi/v1alpha1, kind: Policy, metadata: {name: %s}, spec: {}}\n"
REPOSITORY: dict[str, str | bytes] = {
    "vims.yaml": VIMS,
    "vnfd/firewall.yaml": FIREWALL,
    "vnfd/cloud-init/fw.yaml": "#cloud-config\n",
    "vcpe.yaml": VCPE,
}


def in_service(old: str, new: str) -> list[str]:
    return problems_of(changed(REPOSITORY, "vcpe.yaml", old, new))


def in_descriptor(old: str, new: str) -> list[str]:
    return problems_of(changed(REPOSITORY, "vnfd/firewall.yaml", old, new))


def with_link(text: str) -> list[str]:
    """A virtual link of the service, from line 9, column 5 on."""
    return in_service("{name: dmz, cidr: 10.9.0.0/24}", "{name: dmz,\n    " + text + "}")


def with_subnet(text: str) -> list[str]:
    """A subnet of a link that no router is on, from line 10, column 5 on."""
    lonely = changed(REPOSITORY, "vcpe.yaml", "virtualLinks: [dmz]", "virtualLinks: []")
    return problems_of(
        changed(lonely, "vcpe.yaml", "{name: dmz, cidr: 10.9.0.0/24}", "{name: dmz, subnets: [\n    {" + text + "}]}")
    )


def with_rule(text: str) -> list[str]:
    """A rule of the descriptor's group, in line 14 from column 10 on."""
    return in_descriptor("{protocol: tcp, ports: 443}", "{" + text + "}")


def test_the_repository_itself_is_right() -> None:
    assert problems_of(REPOSITORY) == []


# --------------------------------------------------------------------------- names


def test_an_unknown_descriptor() -> None:
    assert in_service("descriptor: firewall", "descriptor: firewal") == [
        "vcpe.yaml:14:19: unknown descriptor 'firewal' (did you mean 'firewall'?)"
    ]


def test_an_unknown_vim_of_the_service_is_told_once() -> None:
    assert in_service("vim: paris", "vim: pariss") == ["vcpe.yaml:5:8: unknown VIM 'pariss' (did you mean 'paris'?)"]


def test_an_unknown_vim_of_a_part() -> None:
    assert in_service("{name: edge,", "{name: edge, vim: berlin,") == [
        "vcpe.yaml:11:25: unknown VIM 'berlin' (there is lyon, paris)"
    ]


def test_an_unknown_vdu_in_counts_stands_at_its_key() -> None:
    assert in_service("counts: {fw: 1}", "counts: {fv: 1}") == ["vcpe.yaml:15:16: unknown VDU 'fv' (there is fw)"]


def test_an_unknown_connection_point_and_the_one_left_unconnected_for_it() -> None:
    assert in_service("connect: {mgmt: mgmt, inside: lan}", "connect: {mgmt: mgmt, outside: lan}") == [
        (
            "vcpe.yaml:16:7: connection point 'inside' of descriptor 'firewall' is not connected "
            "(add 'inside: VIRTUAL-LINK' to connect)"
        ),
        "vcpe.yaml:16:29: unknown connection point 'outside' (did you mean 'inside'?)",
    ]


def test_a_vnf_that_connects_nothing_is_told_of_every_connection_point() -> None:
    told = in_service("      connect: {mgmt: mgmt, inside: lan}\n", "")
    assert [line.partition(" (")[0] for line in told] == [
        "vcpe.yaml:13:7: connection point 'inside' of descriptor 'firewall' is not connected",
        "vcpe.yaml:13:7: connection point 'mgmt' of descriptor 'firewall' is not connected",
    ]


def test_an_unknown_virtual_link_in_connect() -> None:
    assert in_service("inside: lan}", "inside: lann}") == [
        "vcpe.yaml:16:37: unknown virtual link 'lann' (did you mean 'lan'?)"
    ]


def test_an_unknown_virtual_link_on_a_router_and_at_an_access_point() -> None:
    assert in_service("virtualLinks: [dmz]", "virtualLinks: [dmx]") == [
        "vcpe.yaml:11:35: unknown virtual link 'dmx' (did you mean 'dmz'?)"
    ]
    assert in_service("{name: internet, virtualLink: lan}", "{name: internet, virtualLink: wan}")[0] == (
        "vcpe.yaml:18:37: unknown virtual link 'wan' (did you mean 'lan'?)"
    )


def test_an_access_point_at_an_unknown_vnf_or_connection_point() -> None:
    assert in_service("{vnf: fw, name: inside}", "{vnf: fx, name: inside}") == [
        "vcpe.yaml:19:46: unknown VNF 'fx' (there is fw)"
    ]
    assert in_service("{vnf: fw, name: inside}", "{vnf: fw, name: wan}") == [
        "vcpe.yaml:19:56: unknown connection point 'wan' (there is inside, mgmt)"
    ]


def test_names_that_an_interface_refers_to() -> None:
    assert in_descriptor(
        "connectionPoint: mgmt, securityGroups: [web]", "connectionPoint: mgt, securityGroups: [wep]"
    ) == [
        (
            "vnfd/firewall.yaml:6:7: no interface leads to connection point 'mgmt' "
            "(remove it, or name it in a vdu's interface)"
        ),
        "vnfd/firewall.yaml:22:41: unknown connection point 'mgt' (did you mean 'mgmt'?)",
        "vnfd/firewall.yaml:22:63: unknown security group 'wep' (did you mean 'web'?)",
    ]
    assert in_descriptor("virtualLink: sync", "virtualLink: sink") == [
        "vnfd/firewall.yaml:24:37: unknown virtual link 'sink' (there is sync)"
    ]


def test_an_unknown_key_pair() -> None:
    assert in_descriptor("keyPair: netops", "keyPair: ops") == [
        "vnfd/firewall.yaml:19:16: unknown key pair 'ops' (did you mean 'netops'?)"
    ]


def test_shared_volumes_are_there_and_used() -> None:
    assert in_descriptor("keyPair: netops", "sharedVolumes: [state]") == [
        "vnfd/firewall.yaml:19:23: unknown volume 'state' (there is none)"
    ]
    assert in_descriptor("  vdus:", "  volumes: [{name: state, size: 1}]\n  vdus:") == [
        "vnfd/firewall.yaml:15:13: no VDU has volume 'state' (remove it, or name it in sharedVolumes of a vdu)"
    ]


def test_an_instance_has_one_volume_of_a_name() -> None:
    both = "volumes: [{name: a, size: 1}, {name: a, size: 2}]"
    assert in_descriptor("keyPair: netops", both) == [
        "vnfd/firewall.yaml:19:44: volume 'a' is there twice (the first is in line 19)"
    ]
    assert in_descriptor("keyPair: netops", "bootVolume: {size: 1}\n      volumes: [{name: root, size: 1}]") == [
        "vnfd/firewall.yaml:20:24: volume 'root' of VDU 'fw' is its boot volume (give it another name)"
    ]


def test_zones_are_one_or_several() -> None:
    assert in_descriptor("keyPair: netops", "availabilityZone: a\n      availabilityZones: [a, b]") == [
        "vnfd/firewall.yaml:20:7: VDU 'fw' has both availabilityZone and availabilityZones (keep one of them)"
    ]


def test_a_limit_for_each_host_needs_anti_affinity() -> None:
    assert in_descriptor("keyPair: netops", "affinity: affinity\n      maxInstancesPerHost: 2") == [
        "vnfd/firewall.yaml:20:7: maxInstancesPerHost of VDU 'fw' needs 'affinity: anti-affinity' (it has 'affinity')"
    ]


def test_where_there_is_nothing_to_choose_from_the_hint_says_so() -> None:
    nothing = changed(REPOSITORY, "vnfd/firewall.yaml", "- {name: netops, publicKey", "# {name: netops, publicKey")
    assert problems_of(changed(nothing, "vnfd/firewall.yaml", "keyPairs:\n", "keyPairs: []\n")) == [
        "vnfd/firewall.yaml:19:16: unknown key pair 'netops' (there is none)"
    ]


def test_an_unknown_remote_group() -> None:
    assert with_rule("remoteGroup: wep") == [
        "vnfd/firewall.yaml:14:23: unknown security group 'wep' (did you mean 'web'?)"
    ]


# --------------------------------------------------------------------------- names that are there twice


def test_a_second_document_of_a_name_in_another_file() -> None:
    assert problems_of({**REPOSITORY, "z.yaml": VCPE}) == [
        "z.yaml:3:18: NetworkService 'vcpe' is there twice (the first is at vcpe.yaml:3)"
    ]


def test_the_same_name_in_two_kinds_is_no_clash() -> None:
    assert problems_of({**REPOSITORY, "policy.yaml": POLICY % "vcpe"}) == []


def test_a_name_twice_in_a_list() -> None:
    assert in_service("name: dmz", "name: lan")[0] == (
        "vcpe.yaml:9:14: virtual link 'lan' is there twice (the first is in line 8)"
    )
    assert in_descriptor("name: eth1", "name: eth0") == [
        (
            "vnfd/firewall.yaml:7:7: no interface leads to connection point 'inside' "
            "(remove it, or name it in a vdu's interface)"
        ),
        "vnfd/firewall.yaml:23:18: interface 'eth0' is there twice (the first is in line 22)",
    ]


def test_a_router_and_an_access_point_at_a_link_share_their_names() -> None:
    assert in_service("name: edge", "name: internet") == [
        "vcpe.yaml:18:14: access point 'internet' and the router in line 11 share a name"
    ]


def test_two_vims_of_one_cloud() -> None:
    assert problems_of(
        changed(REPOSITORY, "vims.yaml", "name: lyon}, spec: {", "name: lyon}, spec: {cloud: paris, ")
    ) == [
        (
            "vims.yaml:3:78: the Vims 'paris' and 'lyon' are the same cloud 'paris' "
            "(the other is at vims.yaml:1; keep one of them)"
        )
    ]


def test_two_regions_of_one_cloud_are_two_vims() -> None:
    spec = "name: lyon}, spec: {cloud: paris, region: south, "
    assert problems_of(changed(REPOSITORY, "vims.yaml", "name: lyon}, spec: {", spec)) == []


def test_a_second_policy() -> None:
    assert problems_of({**REPOSITORY, "a.yaml": POLICY % "one", "b.yaml": POLICY % "two"}) == [
        "b.yaml:1:60: a second Policy: there can be one in a repository (the first is in a.yaml)"
    ]


# --------------------------------------------------------------------------- where parts stand


def test_a_vnf_without_a_vim() -> None:
    assert in_service("  vim: paris\n", "") == [
        "vcpe.yaml:12:7: no VIM for VNF 'fw' (set vim or placement here, or spec.vim)"
    ]


def test_a_new_virtual_link_that_is_used_on_two_vims() -> None:
    both = "    - {name: fx, descriptor: firewall, vim: lyon, connect: {mgmt: mgmt, inside: lan}}\n  accessPoints:"
    assert in_service("  accessPoints:", both)[0] == (
        "vcpe.yaml:8:14: virtual link 'lan' is used on the VIMs lyon and paris "
        "(a new virtual link stands on one VIM: declare one for each, or set onEachVim: true)"
    )


def test_a_router_over_links_on_two_vims() -> None:
    new = "- {name: far, vim: lyon, cidr: 10.10.0.0/24}\n    - {name: dmz"
    there = changed(REPOSITORY, "vcpe.yaml", "- {name: dmz", new)
    assert problems_of(changed(there, "vcpe.yaml", "virtualLinks: [dmz]", "virtualLinks: [dmz, far]")) == [
        (
            "vcpe.yaml:12:7: router 'edge' would stand on the VIMs lyon and paris "
            "(a router stands where all of its links are)"
        )
    ]


def test_a_link_and_a_router_that_stand_nowhere() -> None:
    alone = "{apiVersion: magi/v1alpha1, kind: NetworkService, metadata: {name: x}, spec: {\n%s}}\n"
    assert problems_of({"x.yaml": alone % "virtualLinks: [{name: lan}]"}) == [
        "x.yaml:2:23: no VIM for virtual link 'lan' (set vim here, or connect a VNF to it)"
    ]
    assert problems_of({"x.yaml": alone % "routers: [{name: edge}]"}) == [
        "x.yaml:2:11: no VIM for router 'edge' (set vim here, or spec.vim)"
    ]


# --------------------------------------------------------------------------- routers and access points


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
            "vcpe.yaml:11:35: router 'edge' can't stand on 10.9.0.0/24 of 'dmz', which has 'gateway: false' "
            "(give it a gateway: the router takes its address)"
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
    def told(text: str) -> list[str]:
        return with_link("cidr: 10.9.0.0/24, provider: {" + text + "}")

    assert told("type: vlan, physicalNetwork: physnet1, segmentationId: 120") == []
    assert told("type: flat") == ["vcpe.yaml:10:34: provider type flat has no physicalNetwork (name that of the VIM)"]
    assert told("type: flat, physicalNetwork: physnet1, segmentationId: 1") == [
        "vcpe.yaml:10:74: a flat network has no segmentationId (remove it)"
    ]
    assert told("type: vlan, segmentationId: 120") == [
        "vcpe.yaml:10:34: VLAN 120 has no physicalNetwork (name that of the VIM)"
    ]
    assert told("type: vlan, physicalNetwork: physnet1, segmentationId: 4095") == [
        "vcpe.yaml:10:90: segmentationId 4095 is too large for vlan (at most 4094)"
    ]
    assert told("type: vxlan, physicalNetwork: physnet1") == [
        "vcpe.yaml:10:48: a vxlan network has no physicalNetwork (remove it)"
    ]


def test_subports_that_nothing_carries() -> None:
    def told(text: str) -> list[str]:
        return in_descriptor("virtualLink: sync", f"virtualLink: sync, subportOf: {{{text}}}")

    assert told("interface: eth0, vlan: 100") == []
    assert told("interface: eth2, vlan: 100") == [
        ("vnfd/firewall.yaml:24:66: interface 'eth2' is a subport itself (name one that is a network card)")
    ]
    assert told("interface: eht0, vlan: 100") == [
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
    def told(addresses: str) -> list[str]:
        return in_service("{vnf: fw, name: inside}}", "{vnf: fw, name: inside}, addresses: [" + addresses + "]}")

    assert told("203.0.113.20-203.0.113.29") == []
    assert told("203.0.113.20, 203.0.113.20-203.0.113.22") == [
        "vcpe.yaml:19:91: address 203.0.113.20 is taken (line 19 has it)"
    ]
    assert told("'2001:db8::1'") == ["vcpe.yaml:19:77: 2001:db8::1 is no IPv4 address (floating IPs are IPv4)"]
    assert told("203.0.113.2") == []
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
    told = problems_of(changed(inner, "vcpe.yaml", "virtualLinks: [dmz]", "virtualLinks: [lan]"))
    assert "which no router leads out of" in told[0]


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


# --------------------------------------------------------------------------- networks and addresses


def test_host_bits_in_a_cidr() -> None:
    assert with_link("cidr: 10.9.0.7/24") == [
        "vcpe.yaml:10:11: '10.9.0.7/24' has host bits set (did you mean '10.9.0.0/24'?)"
    ]


def test_what_only_looks_like_a_cidr() -> None:
    told = with_link("cidr: 10.9.0.300/24")
    assert told[0].startswith("vcpe.yaml:10:11: '10.9.0.300/24' is no CIDR: ")
    assert told[0].endswith("(write it like 10.8.0.0/24 or 2001:db8::/64)")


def test_subnets_that_overlap_within_a_link() -> None:
    told = with_link("subnets: [{cidr: 10.9.0.0/24}, {cidr: 2001:db8::/64}, {cidr: 10.9.0.128/25}]")
    assert told == ["vcpe.yaml:10:66: subnet 10.9.0.128/25 overlaps with 10.9.0.0/24 of the same virtual link"]


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


def test_a_gateway_outside_of_its_subnet() -> None:
    assert with_subnet("cidr: 10.9.0.0/24, gateway: 10.8.0.1") == [
        "vcpe.yaml:10:34: address 10.8.0.1 is not on the virtual link (it has 10.9.0.0/24)"
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
    told = with_subnet("cidr: 10.9.0.0/24, hostRoutes: [{destination: '2001:db8::/32', nextHop: 10.9.0.9}]")
    assert told == [
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
    told = in_descriptor("{name: eth2, virtualLink: sync}", "{name: eth2, connectionPoint: mgmt}")
    assert told == [
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


# --------------------------------------------------------------------------- rules


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


def test_two_rules_that_say_the_same() -> None:
    assert with_rule("protocol: tcp, ports: 443}, {protocol: 6, ports: 443-443, remote: 0.0.0.0/0") == [
        "vnfd/firewall.yaml:14:38: this rule of security group 'web' says the same as line 14 (remove one)"
    ]


# --------------------------------------------------------------------------- user data and metadata


def test_a_user_data_file_that_is_not_there() -> None:
    assert in_descriptor("cloud-init/fw.yaml", "cloud-init/fv.yaml") == [
        (
            "vnfd/firewall.yaml:20:24: user data file 'vnfd/cloud-init/fv.yaml' is not in the repository "
            "(did you mean 'vnfd/cloud-init/fw.yaml'?)"
        )
    ]


def test_a_user_data_file_named_from_the_root() -> None:
    assert in_descriptor("cloud-init/fw.yaml", "vnfd/cloud-init/fw.yaml") == [
        (
            "vnfd/firewall.yaml:20:24: user data file 'vnfd/vnfd/cloud-init/fw.yaml' is not in the repository "
            "(the path is relative to this file: 'cloud-init/fw.yaml')"
        )
    ]


def test_a_user_data_file_outside_of_the_repository() -> None:
    assert in_descriptor("cloud-init/fw.yaml", "../../etc/passwd") == [
        (
            "vnfd/firewall.yaml:20:24: user data file '../../etc/passwd' is outside the repository "
            "(put it into the repository and name it relative to this file)"
        )
    ]


def test_a_folder_with_dots_is_inside_of_the_repository() -> None:
    there = changed(REPOSITORY, "vnfd/firewall.yaml", "cloud-init/fw.yaml", "../..cloud/fw")
    assert problems_of({**there, "..cloud/fw": "#cloud-config\n"}) == []


def test_user_data_that_is_no_text() -> None:
    assert problems_of({**REPOSITORY, "vnfd/cloud-init/fw.yaml": b"\xff\xfe"}) == [
        "vnfd/cloud-init/fw.yaml:1:1: user data must be UTF-8 text (vnfd/firewall.yaml uses it)"
    ]


def test_user_data_that_is_too_large() -> None:
    assert problems_of({**REPOSITORY, "vnfd/cloud-init/fw.yaml": "#" * 50_000}) == [
        (
            "vnfd/firewall.yaml:20:24: user data file 'vnfd/cloud-init/fw.yaml' has 50,000 bytes; at most 49,149 are "
            "allowed (let the instance fetch the rest)"
        )
    ]
    assert in_descriptor("{file: cloud-init/fw.yaml}", "{inline: '" + "é" * 25_000 + "'}") == [
        (
            "vnfd/firewall.yaml:20:26: user data has 50,000 bytes; at most 49,149 are allowed "
            "(let the instance fetch the rest)"
        )
    ]


def test_documents_as_user_data_are_refused_right_or_wrong() -> None:
    told = (
        "vnfd/firewall.yaml:20:24: user data file 'vcpe.yaml' holds documents of Magi "
        "(keep user data in a file of its own)"
    )
    named = changed(REPOSITORY, "vnfd/firewall.yaml", "cloud-init/fw.yaml", "../vcpe.yaml")
    assert problems_of(named) == [told]
    assert told in problems_of(changed(named, "vcpe.yaml", "kind: NetworkService", "kind: NetworkServis"))


def test_yaml_that_is_user_data_is_held_against_no_schema() -> None:
    assert problems_of({**REPOSITORY, "vnfd/cloud-init/fw.yaml": "#cloud-config\npackages: &all [frr]\n"}) == []


def test_metadata_that_would_pass_for_the_mark() -> None:
    assert in_descriptor("keyPair: netops", "metadata: {'magi:owner': me}") == [
        "vnfd/firewall.yaml:19:18: metadata 'magi:owner': names with 'magi:' are Magi's"
    ]


# --------------------------------------------------------------------------- size


def test_names_that_do_not_fit_into_a_mark() -> None:
    long = "x" * 63
    there = changed(REPOSITORY, "vnfd/firewall.yaml", "sync", long)
    for old in ("metadata: {name: vcpe}", "name: fw\n", "vnf: fw"):
        there = changed(there, "vcpe.yaml", old, old.replace("vcpe", long).replace("fw", long))
    assert problems_of(there) == []
    subnets = f"{long}, subnets: [{{name: {long}, cidr: 192.168.0.0/24}}]"
    told = problems_of(changed(there, "vnfd/firewall.yaml", f"{long}, cidr: 192.168.0.0/24", subnets))
    assert told == [f"vcpe.yaml:13:7: the name '{long[:40]}…' has 255 characters (at most 200 fit)"]


def test_a_service_beyond_all_measure_is_not_expanded() -> None:
    many = "\n".join(
        f"    - {{name: v{i}, descriptor: firewall, counts: {{fw: 1000}}, connect: {{mgmt: mgmt, inside: lan}}}}"
        for i in range(13)
    )
    assert in_service("  vnfs:\n", f"  vnfs:\n{many}\n") == [
        (
            "vcpe.yaml:13:5: the service has 52,032 resources; at most 50,000 are allowed "
            "(look for a count that is too large, or divide the service)"
        )
    ]


def test_the_same_fault_all_over_is_told_so_often_and_no_more() -> None:
    links = "\n".join(f"    - {{name: l{i}, cidr: 10.0.0.1/8}}" for i in range(2000))
    told = in_service("  routers:\n", f"{links}\n  routers:\n")
    assert len(told) == MAX_PROBLEMS


def test_many_subnets_are_compared_in_one_go() -> None:
    subnets = ", ".join(f"{{cidr: 10.{i // 256}.{i % 256}.0/24}}" for i in range(20_000))
    assert with_subnet("cidr: 10.0.0.0/8}, {cidr: 11.0.0.0/8") == []
    told = with_link(f"subnets: [{subnets}, {{cidr: 10.78.31.0/25}}]")
    assert [line.partition(": ")[2] for line in told] == [
        "subnet 10.78.31.0/25 overlaps with 10.78.31.0/24 of the same virtual link"
    ]


# --------------------------------------------------------------------------- all at once


def test_all_that_is_wrong_comes_out_at_once_sorted_by_place() -> None:
    wrong = changed(REPOSITORY, "vcpe.yaml", "descriptor: firewall", "descriptor: fire")
    wrong = changed(wrong, "vcpe.yaml", "virtualLinks: [dmz]", "virtualLinks: [dmx]")
    wrong = changed(wrong, "vnfd/firewall.yaml", "keyPair: netops", "keyPair: ops")
    wrong["broken.yaml"] = "kind: [\n"
    wrong["typo.yaml"] = "{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: nice}, spec: {tpye: openstack}}\n"
    told = [line.partition(" ")[0] for line in problems_of(wrong)]
    assert told == [
        "broken.yaml:2:1:",
        "typo.yaml:1:71:",
        "vcpe.yaml:11:35:",
        "vcpe.yaml:14:19:",
        "vnfd/firewall.yaml:19:16:",
    ]


def test_a_wrong_document_causes_no_further_problems() -> None:
    wrong = changed(REPOSITORY, "vims.yaml", "name: paris}, spec: {type", "name: paris}, spec: {typ")
    assert problems_of(wrong) == ["vims.yaml:1:72: unknown field 'typ' in spec (did you mean 'type'?)"]
    wrong = changed(REPOSITORY, "vnfd/firewall.yaml", "flavor: m1.small", "flavour: m1.small")
    assert problems_of(wrong) == [
        "vnfd/firewall.yaml:18:7: unknown field 'flavour' in spec.vdus[0] (did you mean 'flavor'?)"
    ]


def test_a_repository_without_documents() -> None:
    told = ".:1:1: no documents: %s ending in .yaml or .yml with something in it"
    hint = " (see desired-state-examples/hello-world for a first one)"
    assert problems_of({}) == [told % "no files," + hint]
    assert problems_of({"README.md": "x"}) == [told % "1 file, none of them" + hint]
