"""Versions of descriptors: `firewall` where there is one, `firewall@1.2` where there are several, or to be sure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from reconciler.documents.checking.draft import ServiceDraft
from reconciler.documents.words import VnfDescriptor
from reconciler.documents.words.vnfs import Vnf
from reconciler.text.suggestion import did_you_mean


def reference_of(descriptor: VnfDescriptor) -> str:
    """The name of a descriptor with its version."""
    return f"{descriptor.name}@{descriptor.spec.version}"


def by_reference(descriptors: Iterable[VnfDescriptor]) -> dict[str, VnfDescriptor]:
    """The descriptors by all that names one of them: NAME@VERSION, and the NAME alone that has one version."""
    by_name: defaultdict[str, list[VnfDescriptor]] = defaultdict(list)
    for descriptor in descriptors:
        by_name[descriptor.name].append(descriptor)
    found = {name: versions[0] for name, versions in by_name.items() if len(versions) == 1}
    return found | {reference_of(one): one for versions in by_name.values() for one in versions}


def check_descriptor_is_there(draft: ServiceDraft, vnf: Vnf) -> None:
    """Notes a reference that leads to no descriptor, or to more than one."""
    name, _, version = vnf.descriptor.partition("@")
    if vnf.descriptor in draft.descriptors or draft.is_refused("VnfDescriptor", name):
        return
    problems, where = draft.problems, vnf.at("descriptor")
    versions = _versions(draft.descriptors, name)
    if not versions:
        problems.report_unknown(where, "descriptor", name, {key.partition("@")[0] for key in draft.descriptors})
    elif version:
        hint = did_you_mean(vnf.descriptor, versions) or f"there is {', '.join(versions)}"
        problems.report(where, f"descriptor '{name}' has no version '{version}'", hint)
    else:
        message = f"descriptor '{name}' has several versions"
        problems.report(where, message, f"name one of {', '.join(versions)}")


def _versions(descriptors: Mapping[str, VnfDescriptor], name: str) -> list[str]:
    return sorted(reference for reference in descriptors if reference.startswith(f"{name}@"))
