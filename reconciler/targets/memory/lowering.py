"""From a blueprint to what is on targets in memory. Routers, filters and volumes are left out: they have none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import sha256

from reconciler.documents.blueprint import Blueprint
from reconciler.documents.checking.links import AnyLink, subnets_of
from reconciler.documents.checking.parameters import Contents, hostname_of, metadata_of, user_data_of, values_of
from reconciler.documents.checking.pools import address_pools, addresses_at
from reconciler.documents.checking.vnfs import addresses_given, count_of, surge_of
from reconciler.documents.choosing.flavours import vdus_of
from reconciler.documents.lowering import Lowered
from reconciler.documents.reading.spots import Problems
from reconciler.documents.words import VnfDescriptor
from reconciler.documents.words.descriptor import VnfDescriptorSpec
from reconciler.documents.words.interfaces import Interface
from reconciler.documents.words.links import VirtualLink
from reconciler.documents.words.vdus import Vdu
from reconciler.documents.words.vnfs import Vnf
from reconciler.model import Desired, Instance, Key, Spec
from reconciler.model.errors import Place
from reconciler.targets.memory.kinds import MachineSpec, PlugSpec, SegmentSpec


def check_descriptor(problems: Problems, spec: VnfDescriptorSpec) -> None:
    """Nothing that a descriptor may say is wrong in memory."""


def lower(blueprint: Blueprint, contents: Contents, on: Collection[str]) -> Lowered:
    """The segments, plugs and machines of a service on these of its targets."""
    resources: dict[Key, Desired] = {}
    instances: dict[str, list[Key]] = {}

    def add(key: Key, spec: Spec, place: Place, instance: Instance | None = None) -> Key:
        resources[key] = Desired(key, spec, place, instance=instance)
        return key

    def segment(vim: str, parent: str, link: AnyLink) -> Key:
        if isinstance(link, VirtualLink) and link.existing is not None:
            return Key(vim, "existing-segment", link.existing)
        cidrs = tuple(subnet.cidr for subnet in subnets_of(link))
        return add(Key(vim, "segment", f"{parent}/{link.name}"), SegmentSpec(cidrs, link.mtu), link.spot.place())

    links = {
        (vim, link.name): segment(vim, blueprint.name, link)
        for link in blueprint.spec.virtual_links
        for vim in blueprint.vims_of_link[link.name]
        if vim in on
    }
    for vnf in blueprint.spec.vnfs:
        vim = blueprint.vim_of_vnf[vnf.name]
        if vim not in on:
            continue
        descriptor, prefix = blueprint.descriptor_of(vnf), f"{blueprint.name}/{vnf.name}"
        internal = {link.name: segment(vim, prefix, link) for link in descriptor.spec.virtual_links}
        for vdu in vdus_of(descriptor.spec, vnf):
            pools = [(interface, address_pools(addresses_given(interface, vnf))) for interface in vdu.interfaces]
            digest = _contents(vnf, descriptor, vdu, contents)
            count = count_of(vnf, vdu)
            for number in range(count + surge_of(vnf, vdu, blueprint.max_surge)):
                machine = Key(vim, "machine", f"{prefix}/{vdu.name}-{number}")
                instance = Instance(f"{prefix}/{vdu.name}", number, machine, surge=number >= count)
                plugs = [
                    add(
                        Key(vim, "plug", f"{machine.name}/{interface.name}"),
                        PlugSpec(_link_of(interface, vnf, vim, internal, links), addresses_at(pool, number)),
                        vdu.spot.place(),
                        instance,
                    )
                    for interface, pool in pools
                ]
                spec = MachineSpec(vdu.image, _flavor(vdu), tuple(sorted(plugs)), digest)
                add(machine, spec, vdu.spot.place(), instance)
                if not instance.surge:
                    instances.setdefault(vnf.name, []).append(machine)
    return Lowered(resources, instances)


def _link_of(
    interface: Interface, vnf: Vnf, vim: str, internal: dict[str, Key], links: dict[tuple[str, str], Key]
) -> Key:
    if interface.virtual_link is not None:
        return internal[interface.virtual_link]
    return links[vim, vnf.connect[interface.connection_point or ""]]


def _flavor(vdu: Vdu) -> str:
    if vdu.sizing is None:
        return vdu.flavor or ""
    return f"vcpus={vdu.sizing.vcpus},memory={vdu.sizing.memory},disk={vdu.sizing.disk}"


def _contents(vnf: Vnf, descriptor: VnfDescriptor, vdu: Vdu, contents: Contents) -> str:
    """A digest of what an instance is handed; "" for nothing. Secrets have no part in it: memory can't keep them."""
    values = values_of(descriptor, vnf, contents)
    data = user_data_of(descriptor, vdu, values, contents)
    text = data.text if data and isinstance(data.text, str) and not data.has_secrets else ""
    parts: Sequence[object] = (text, sorted(metadata_of(descriptor, vdu, values)), hostname_of(descriptor, vdu, values))
    return sha256(repr(parts).encode()).hexdigest()[:16] if any(parts) else ""
