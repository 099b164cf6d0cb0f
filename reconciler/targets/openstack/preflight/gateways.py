"""Gateways: whether the address that a router is to have in a subnet is free, as a port may have taken it."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model import Action, Key, Obstacle
from reconciler.targets.openstack.kinds.port import PORTS, PortSpec
from reconciler.targets.openstack.kinds.router_interface import INTERFACE_OWNERS, RouterInterfaceSpec
from reconciler.targets.openstack.kinds.subnet import SubnetSpec
from reconciler.targets.openstack.preflight.asked import Asked


def gateways(asked: Asked) -> Iterator[Obstacle]:
    """Neutron adds an interface by its subnet with the subnet's gateway as its address (409 where it is taken).

    Raises NotReported.
    """
    desired = {step.key: step.desired.spec for step in asked.plan.steps.values() if step.desired}
    there = {key: one.spec for key, one in asked.world.observed.items()}
    specs = {**there, **desired}
    for step, leg in asked.desired("router-interface", RouterInterfaceSpec):
        subnet = specs.get(leg.subnet)
        if not isinstance(subnet, SubnetSpec) or not subnet.gateway:
            continue
        for who in _who_has(asked, leg.subnet, subnet.gateway):
            yield Obstacle(f"the gateway {subnet.gateway} of {leg.subnet} is the address of {who}", (step.key,))


def _who_has(asked: Asked, subnet: Key, address: str) -> Iterator[str]:
    """Ports that have the address in the subnet, or will have it."""
    for step, port in asked.desired("port", PortSpec, Action.CREATE, Action.UPDATE):
        if any(ip.address == address and ip.subnet == subnet for ip in port.fixed_ips or ()):
            yield str(step.key)
    existing = asked.world.observed.get(subnet)
    if existing is None:
        return
    gone = {one.observed.id for one in asked.steps if one.action is Action.DELETE and one.observed}
    for port in asked.items(PORTS):
        here = any(ip["ip_address"] == address and ip["subnet_id"] == existing.id for ip in port["fixed_ips"])
        if here and port["id"] not in gone and not port["device_owner"].startswith(INTERFACE_OWNERS):
            yield f"port {port['id']}"
