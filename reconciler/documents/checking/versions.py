"""Versions of descriptors: `firewall` where there is one, `firewall@1.2` where there are several, or to be sure."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.documents.checking.draft import ServiceDraft
from reconciler.documents.words import VnfDescriptor
from reconciler.documents.words.vnfs import Vnf
from reconciler.text.suggestion import did_you_mean


def reference_of(descriptor: VnfDescriptor) -> str:
    """The name of a descriptor with its version."""
    return f"{descriptor.name}@{descriptor.spec.version}"


def by_reference(descriptors: Mapping[str, VnfDescriptor]) -> dict[str, VnfDescriptor]:
    """The descriptors by all that names one: NAME@VERSION, as given, and the NAME alone that has one version."""
    by_name: dict[str, VnfDescriptor] = {}
    several: set[str] = set()
    for descriptor in descriptors.values():
        name = descriptor.name
        if by_name.setdefault(name, descriptor) is not descriptor:
            several.add(name)
    for name in several:
        del by_name[name]
    return {**by_name, **descriptors}


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
