"""A small repository with a firewall as a VNF, and what is said of it when a piece is another one."""

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
