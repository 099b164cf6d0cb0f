"""A VNF becomes its internal links, security groups, keypairs, and a server with its ports for each instance."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.documents.checking.vnfs import count_of, surge_of
from reconciler.documents.choosing.flavours import vdus_of
from reconciler.documents.words.descriptor import VnfDescriptorSpec
from reconciler.documents.words.vnfs import Vnf
from reconciler.model import Instance, Key
from reconciler.targets.openstack.kinds.keypair import KeypairSpec, without_comment
from reconciler.targets.openstack.kinds.server_group import ServerGroupSpec
from reconciler.targets.openstack.lowering.expansion import Expansion, Link
from reconciler.targets.openstack.lowering.links import expand_link
from reconciler.targets.openstack.lowering.ports import Addressing, chosen_groups, chosen_policy, link_of, port_spec
from reconciler.targets.openstack.lowering.qos import expand_qos_policies
from reconciler.targets.openstack.lowering.security_groups import expand_security_groups
from reconciler.targets.openstack.lowering.servers import probe_of, server_specs
from reconciler.targets.openstack.lowering.trunks import expand_trunks
from reconciler.targets.openstack.lowering.volumes import expand_boot_volume, expand_shared_volumes, expand_volumes


def expand_vnf(
    expansion: Expansion,
    vnf: Vnf,
    service_links: Mapping[tuple[str, str], Link],
    service_groups: Mapping[str, Mapping[str, Key]],
) -> None:
    """``service_groups``: those of the service by VIM and name."""
    blueprint = expansion.blueprint
    vim = blueprint.vim_of_vnf[vnf.name]
    descriptor = blueprint.descriptor_of(vnf)
    spec = descriptor.spec
    prefix = f"{blueprint.name}/{vnf.name}"
    policies = expand_qos_policies(expansion, vim, prefix, spec.qos_policies)
    internal = {link.name: expand_link(expansion, vim, prefix, link, policies) for link in spec.virtual_links}
    groups = expand_security_groups(expansion, vim, prefix, spec)
    pairs = _key_pairs(expansion, vim, prefix, spec)
    connected = {point: service_links[vim, link] for point, link in vnf.connect.items()}
    shared = expand_shared_volumes(expansion, vim, prefix, spec.volumes)
    for vdu in vdus_of(spec, vnf):
        ports = [
            (
                interface,
                link_of(interface, internal, connected),
                chosen_groups(interface, vnf, groups, service_groups.get(vim, {})),
                chosen_policy(interface, vnf, vim, policies, expansion.policies.get(vim, {})),
                Addressing.of(interface, vnf),
            )
            for interface in vdu.interfaces
        ]
        common = server_specs(descriptor, vim, prefix, vnf, vdu, pairs, expansion)
        where = vdu.spot.place()
        if vdu.affinity:
            group = Key(vim, "server-group", f"{prefix}/{vdu.name}")
            most = vdu.max_instances_per_host or 1
            expansion.add(group, ServerGroupSpec(vdu.affinity, most if most > 1 else None), where)
        count = count_of(vnf, vdu)
        for number in range(count + surge_of(vnf, vdu, blueprint.max_surge)):
            server = Key(vim, "server", f"{prefix}/{vdu.name}-{number}")
            instance = Instance(f"{prefix}/{vdu.name}", number, server, surge=number >= count)
            keys: dict[str, Key] = {}
            for interface, link, filters, policy, addressing in ports:
                key = Key(vim, "port", f"{server.name}/{interface.name}")
                port = port_spec(interface, link, filters, *addressing.at(number), policy)
                keys[interface.name] = expansion.add(key, port, where, instance=instance)
                if interface.connection_point is not None:
                    expansion.points.setdefault((vnf.name, interface.connection_point), []).append(key)
            expand_trunks(expansion, vdu, keys, where, instance)
            plugged = tuple(keys[one.name] for one in vdu.interfaces if one.subport_of is None)
            boot = expand_boot_volume(expansion, descriptor, server, vdu, where, instance)
            probe = probe_of(vdu.probe, server)
            expansion.add(server, common(number, plugged, boot), where, instance=instance, probe=probe)
            expand_volumes(expansion, server, vdu, shared, where, instance)
            if not instance.surge:
                expansion.servers.setdefault(vnf.name, []).append(server)


def _key_pairs(expansion: Expansion, vim: str, prefix: str, spec: VnfDescriptorSpec) -> Mapping[str, Key]:
    """The key pairs of a descriptor by name: those that are made, and those that the VIM holds."""
    pairs: dict[str, Key] = {}
    for pair in spec.key_pairs:
        if pair.existing is not None:
            pairs[pair.name] = Key(vim, "existing-keypair", pair.existing)
            continue
        made = KeypairSpec(without_comment(pair.public_key or ""))
        pairs[pair.name] = expansion.add(Key(vim, "keypair", f"{prefix}/{pair.name}"), made, pair.spot.place())
    return pairs
