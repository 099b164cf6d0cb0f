"""What a network service has on a target, as day-1 configuration and monitoring need it. Compact: a daemon keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.resources import State


@dataclass(frozen=True, slots=True)
class InterfaceOutputs:
    """``link``: as its service names it, or the name of a network of others. ``fixed`` and ``floating``: addresses."""

    name: str
    id: str
    link: str
    mac: str
    fixed: tuple[str, ...] = ()
    floating: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstanceOutputs:
    """An instance of a VDU. ``name`` is that within the service: fw/fw-0."""

    name: str
    vnf: str
    vdu: str
    id: str
    host_name: str
    state: State
    interfaces: tuple[InterfaceOutputs, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkOutputs:
    """A virtual link that is managed. ``segment``: how it is carried; "" where the target does not say."""

    name: str
    id: str
    segment: str = ""
    cidrs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessPointOutputs:
    """Addresses outside. ``instance`` and ``interface``: what they lead to; "" for none, as those of a router."""

    name: str
    id: str
    addresses: tuple[str, ...] = ()
    instance: str = ""
    interface: str = ""


@dataclass(frozen=True, slots=True)
class ServiceOutputs:
    """A network service on one target; each sorted by name."""

    instances: tuple[InstanceOutputs, ...] = ()
    links: tuple[LinkOutputs, ...] = ()
    access_points: tuple[AccessPointOutputs, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetOutputs:
    """All services on one target by name. ``observed``: when, in seconds since the epoch."""

    observed: float
    services: Mapping[str, ServiceOutputs] = field(default_factory=dict)
