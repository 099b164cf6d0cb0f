"""Repositories of any size, as text: many services of the same shape."""

from __future__ import annotations

VIM = """apiVersion: magi/v1alpha1
kind: Vim
metadata: {{name: {name}}}
spec:
  type: openstack
  cloud: {name}
  externalNetwork: public
  api: {{concurrency: {concurrency}, requestsPerSecond: 1000}}
"""

DESCRIPTOR = """apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata:
  name: {name}
  labels: {{vendor: example, role: edge}}
spec:
  description: One of many functions of a service
  provider: Example Networks
  version: "1.0"
  connectionPoints:
    - {{name: inside, description: the customer's side}}
  securityGroups:
    - name: inside
      description: What the customer may reach
      rules:
        - {{protocol: tcp, ports: 22, remote: 10.0.0.0/8}}
        - {{protocol: tcp, ports: 443}}
        - {{protocol: icmp, remote: 10.0.0.0/8}}
  vdus:
    - name: vm
      description: The only unit
      image: debian-12
      flavor: m1.tiny
      count: 1
      metadata:
        role: edge
        release: "1.0"
      {user_data}
      interfaces:
        - name: eth0
          connectionPoint: inside
          securityGroups: [inside]
"""

SERVICE = """apiVersion: magi/v1alpha1
kind: NetworkService
metadata:
  name: {name}
  labels: {{tier: gold}}
spec:
  description: One of many services
  vim: {vim}
  virtualLinks:
    - {{name: lan, cidr: {cidr}}}
  vnfs:
{vnfs}
  accessPoints:
    - {{name: internet, virtualLink: lan}}
"""

VNF = """    - name: {name}
      descriptor: {descriptor}
      connect: {{inside: lan}}"""


def vim(name: str = "paris", concurrency: int = 8) -> str:
    return VIM.format(name=name, concurrency=concurrency)


def descriptor(name: str, user_data: str = "") -> str:
    return DESCRIPTOR.format(name=name, user_data=f"userData: {{file: {user_data}}}" if user_data else "")


def service(name: str, number: int, descriptors: list[str], vim_name: str = "paris") -> str:
    cidr = f"10.{number // 256}.{number % 256}.0/24"
    vnfs = "\n".join(VNF.format(name=f"f{index}", descriptor=one) for index, one in enumerate(descriptors))
    return SERVICE.format(name=name, vim=vim_name, cidr=cidr, vnfs=vnfs)


def small_services(count: int, concurrency: int = 8) -> dict[str, str]:
    """Services of one VNF each that share a descriptor: 10 steps each to make."""
    files = {"vims.yaml": vim(concurrency=concurrency), "descriptors/edge.yaml": descriptor("edge")}
    for number in range(count):
        files[f"services/s{number}.yaml"] = service(f"s{number}", number, ["edge"])
    return files


def large_repository(services: int, descriptors: int = 9) -> dict[str, str]:
    """Services with descriptors of their own, and a user data file for each descriptor."""
    files = {"vims.yaml": vim()}
    for number in range(services):
        names = [f"s{number}-f{index}" for index in range(descriptors)]
        files[f"s{number}/service.yaml"] = service(f"s{number}", number, names)
        for name in names:
            files[f"s{number}/{name}.yaml"] = descriptor(name, f"{name}.sh")
            files[f"s{number}/{name}.sh"] = f"#!/bin/sh\necho {name}\n"
    return files
