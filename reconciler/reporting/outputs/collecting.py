"""From an observation to outputs, by what each kind says that it contributes.

The values are claims of a target: texts are made printable and clipped, and what is no address, MAC or range is left
out, as other tools take these as arguments.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from itertools import islice

from reconciler.model import Key, Observed, Spec, World
from reconciler.model.outputs import (
    AccessPointOutputs,
    InstanceOutputs,
    InterfaceOutputs,
    LinkOutputs,
    ServiceOutputs,
    TargetOutputs,
)
from reconciler.model.resources import (
    AddressOutput,
    InstanceOutput,
    InterfaceOutput,
    LinkOutput,
    TaggedOutput,
    vdu_of,
)
from reconciler.text.markdown import LONGEST, clipped

MOST = 100
"""Addresses of an interface, interfaces of an instance and ranges of a link that are taken from a target."""

_MAC = re.compile(r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}\Z")


def outputs_of(world: World, observed: float) -> TargetOutputs:
    """The outputs of every service that has something on the target. ``observed``: when that was."""
    by_service: defaultdict[str, _Service] = defaultdict(_Service)
    for key, one in world.observed.items():
        if key.service:
            by_service[key.service].take(one)
    services = {_claim(name): found.outputs() for name, found in sorted(by_service.items())}
    return TargetOutputs(observed, {name: one for name, one in services.items() if one != ServiceOutputs()})


def kept(found: TargetOutputs | None, before: TargetOutputs | None) -> TargetOutputs | None:
    """What is to be kept of outputs: the objects of before where they are equal, and all of them where none is found.

    A target that can't be observed is unknown: that must not take its instances from a monitoring.
    """
    if found is None or before is None:
        return found or before
    same = {name: before.services[name] for name, one in found.services.items() if before.services.get(name) == one}
    if len(same) == len(found.services) == len(before.services):
        return TargetOutputs(found.observed, before.services)
    return TargetOutputs(found.observed, {**found.services, **same})


@dataclass(slots=True)
class _Service:
    """What the resources of a service contribute, by Key."""

    observed: dict[Key, Observed] = field(default_factory=dict)
    instances: dict[Key, InstanceOutput] = field(default_factory=dict)
    interfaces: dict[Key, InterfaceOutput] = field(default_factory=dict)
    tagged: dict[Key, tuple[Key, ...]] = field(default_factory=dict)
    outside: dict[Key, AddressOutput] = field(default_factory=dict)
    links: defaultdict[Key, list[LinkOutput]] = field(default_factory=lambda: defaultdict(list))

    def take(self, one: Observed) -> None:
        spec: Spec = one.spec
        self.observed[one.key] = one
        match spec.output(one.key):
            case InstanceOutput() as instance:
                self.instances[one.key] = instance
            case InterfaceOutput() as interface:
                self.interfaces[one.key] = interface
            case TaggedOutput(parent, interfaces):
                self.tagged[parent] = interfaces
            case AddressOutput() as address:
                self.outside[one.key] = address
            case LinkOutput() as link:
                self.links[link.link].append(link)

    def outputs(self) -> ServiceOutputs:
        floating: defaultdict[Key, list[str]] = defaultdict(list)
        for _, address in sorted(self.outside.items()):
            if address.interface:
                floating[address.interface] += address.addresses
        return ServiceOutputs(
            tuple(self._instance(key, one, floating) for key, one in sorted(self.instances.items())),
            tuple(self._link(key, parts) for key, parts in sorted(self.links.items()) if key in self.observed),
            tuple(self._access_point(key, one) for key, one in sorted(self.outside.items(), key=_by_name)),
        )

    def _instance(self, key: Key, one: InstanceOutput, floating: Mapping[Key, list[str]]) -> InstanceOutputs:
        attached = [part for card in one.interfaces for part in (card, *self.tagged.get(card, ()))]
        interfaces = {part: self.interfaces[part] for part in attached if part in self.interfaces}
        vnf, _, _ = _within(key).rpartition("/")
        return InstanceOutputs(
            name=_claim(_within(key)),
            vnf=_claim(vnf),
            vdu=_claim(vdu_of(key.name).rpartition("/")[2]),
            id=_claim(self.observed[key].id),
            host_name=_claim(one.host_name),
            state=self.observed[key].state,
            interfaces=tuple(
                self._interface(part, interfaces[part], floating.get(part, ()))
                for part in islice(sorted(interfaces), MOST)
            ),
        )

    def _interface(self, key: Key, one: InterfaceOutput, floating: Iterable[str]) -> InterfaceOutputs:
        return InterfaceOutputs(
            name=_claim(_last(key)),
            id=_claim(self.observed[key].id),
            link=_claim(_within(one.network)),
            mac=one.mac.lower() if _MAC.match(one.mac) else "",
            fixed=tuple(_valid(one.addresses, _address)),
            floating=tuple(_valid(floating, _address)),
        )

    def _link(self, key: Key, parts: Iterable[LinkOutput]) -> LinkOutputs:
        parts = list(parts)
        return LinkOutputs(
            name=_claim(_within(key)),
            id=_claim(self.observed[key].id),
            segment=_claim(next((part.segment for part in parts if part.segment), "")),
            cidrs=tuple(_valid(sorted(cidr for part in parts for cidr in part.cidrs), _range)),
        )

    def _access_point(self, key: Key, one: AddressOutput) -> AccessPointOutputs:
        instance, _, interface = _within(one.interface).rpartition("/") if one.interface else ("", "", "")
        return AccessPointOutputs(
            name=_claim(one.access_point.partition("/")[2]),
            id=_claim(self.observed[key].id),
            addresses=tuple(_valid(one.addresses, _address)),
            instance=_claim(instance),
            interface=_claim(interface),
        )


def _by_name(one: tuple[Key, AddressOutput]) -> str:
    return one[0].name


def _within(key: Key) -> str:
    """A name without that of the service; all of it where it belongs to none."""
    return key.name.partition("/")[2] if key.service else key.name


def _last(key: Key) -> str:
    return key.name.rpartition("/")[2]


def _claim(text: str) -> str:
    """A word of a target, on one line and not too long."""
    return clipped(text[: LONGEST + 1])


def _valid(values: Iterable[str], normal: Callable[[str], str]) -> Iterator[str]:
    return filter(None, map(normal, islice(values, MOST)))


def _address(text: str) -> str:
    """An address in its usual form; "" for what is none. A zone would be free text."""
    try:
        return "" if "%" in text else str(ip_address(text))
    except ValueError:
        return ""


def _range(text: str) -> str:
    try:
        return "" if "%" in text else str(ip_network(text))
    except ValueError:
        return ""
