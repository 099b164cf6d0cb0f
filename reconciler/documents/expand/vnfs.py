"""A VNF becomes its internal links, security groups, keypairs, and a server with its ports for each instance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.documents.checking.vnfs import count_of, surge_of
from reconciler.documents.choosing.flavours import vdus_of
from reconciler.documents.expand.expansion import Expansion, Link
from reconciler.documents.expand.links import expand_link
from reconciler.documents.expand.ports import Addressing, chosen_groups, chosen_policy, link_of, port_spec
from reconciler.documents.expand.qos import expand_qos_policies
from reconciler.documents.expand.security_groups import expand_security_groups
from reconciler.documents.expand.servers import probe_of, server_specs
from reconciler.documents.expand.trunks import expand_trunks
from reconciler.documents.expand.volumes import expand_boot_volume, expand_shared_volumes, expand_volumes
from reconciler.model import Instance, Key, Place
from reconciler.resources.openstack.keypair import KeypairSpec, without_comment
from reconciler.resources.openstack.server_group import ServerGroupSpec


def expand_vnf(
    expansion: Expansion,
    vnf: Any,
    service_links: Mapping[tuple[str, str], Link],
    service_groups: Mapping[str, Mapping[str, Key]],
) -> None:
    """``service_groups``: those of the service by VIM and name."""
    placed = expansion.placed
    vim = placed.vims[vnf["name"]]
    document = placed.descriptors[vnf["descriptor"]]
    spec = document.data["spec"]
    prefix = f"{placed.name}/{vnf['name']}"

    def place(*where: str | int) -> Place:
        return Place(document.file, *document.place(("spec", *where)))

    policies = expand_qos_policies(expansion, vim, prefix, spec, place)
    internal = {
        link["name"]: expand_link(expansion, vim, prefix, link, place("virtualLinks", index), policies)
        for index, link in enumerate(spec.get("virtualLinks", ()))
    }
    groups = expand_security_groups(expansion, vim, prefix, spec, place)
    pairs: dict[str, Key] = {}
    for index, pair in enumerate(spec.get("keyPairs", ())):
        if "existing" in pair:
            pairs[pair["name"]] = Key(vim, "existing-keypair", pair["existing"])
            continue
        key = Key(vim, "keypair", f"{prefix}/{pair['name']}")
        made = KeypairSpec(without_comment(pair["publicKey"]))
        pairs[pair["name"]] = expansion.add(key, made, place("keyPairs", index))
    connected = {point: service_links[vim, link] for point, link in vnf.get("connect", {}).items()}
    shared = expand_shared_volumes(expansion, vim, prefix, spec, place)
    present = vdus_of(spec, vnf)
    for index, vdu in enumerate(spec["vdus"]):
        if vdu not in present:
            continue
        ports = [
            (
                interface,
                link_of(interface, internal, connected),
                chosen_groups(interface, vnf, groups, service_groups.get(vim, {})),
                chosen_policy(interface, vnf, vim, policies, expansion.policies.get(vim, {})),
                Addressing.of(interface, vnf),
            )
            for interface in vdu.get("interfaces", ())
        ]
        common = server_specs(document, vim, prefix, vnf, vdu, pairs, expansion, place("vdus", index))
        if "affinity" in vdu:
            group = Key(vim, "server-group", f"{prefix}/{vdu['name']}")
            most = vdu.get("maxInstancesPerHost", 1)
            spec_of_group = ServerGroupSpec(vdu["affinity"], most if most > 1 else None)
            expansion.add(group, spec_of_group, place("vdus", index))
        where = place("vdus", index)
        count = count_of(vnf, vdu)
        for number in range(count + surge_of(vnf, vdu, placed.max_surge)):
            server = Key(vim, "server", f"{prefix}/{vdu['name']}-{number}")
            instance = Instance(f"{prefix}/{vdu['name']}", number, server, surge=number >= count)
            keys: dict[str, Key] = {}
            for interface, link, filters, policy, addressing in ports:
                key = Key(vim, "port", f"{server.name}/{interface['name']}")
                port = port_spec(interface, link, filters, *addressing.at(number), policy)
                keys[interface["name"]] = expansion.add(key, port, where, instance=instance)
                if "connectionPoint" in interface:
                    expansion.points.setdefault((vnf["name"], interface["connectionPoint"]), []).append(key)
            expand_trunks(expansion, vdu, keys, where, instance)
            plugged = tuple(keys[one["name"]] for one in vdu.get("interfaces", ()) if "subportOf" not in one)
            probe = probe_of(vdu, server)
            boot = expand_boot_volume(expansion, document, server, vdu, where, instance)
            expansion.add(server, common(number, plugged, boot), where, instance=instance, probe=probe)
            expand_volumes(expansion, server, vdu, shared, where, instance)
            if not instance.surge:
                expansion.servers.setdefault(vnf["name"], []).append(server)
