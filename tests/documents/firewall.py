"""A firewall as a VNF in a service, and the resources that it becomes when a piece is another one."""

from collections.abc import Mapping

from reconciler.model import Key, Spec
from reconciler.targets.openstack.kinds.port import PortSpec
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
DUAL = """\
    - name: lan
      subnets:
        - {cidr: 10.8.0.0/24}
        - {cidr: 10.18.0.0/24}
        - {cidr: "2001:db8:1::/64", ipv6AddressMode: slaac}
        - {cidr: "2001:DB8:2:0::/64", ipv6AddressMode: dhcpv6-stateful}
        - {cidr: "2001:db8:3::/64"}
"""
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
