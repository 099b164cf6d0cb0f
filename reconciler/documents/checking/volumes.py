"""Checks the volumes of a VnfDescriptor: every name leads to one, and no instance has two of one name."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from reconciler.documents.reading.spots import Problems
from reconciler.documents.words.descriptor import VnfDescriptorSpec
from reconciler.documents.words.vdus import Vdu
from reconciler.documents.words.volumes import Volume

ROOT = "root"
"""The last part of the name of a boot volume."""


def check_shared_volumes(problems: Problems, spec: VnfDescriptorSpec) -> Mapping[str, Volume]:
    """The shared volumes of a descriptor by name; notes those that no VDU has."""
    used = {name for vdu in spec.vdus for name in vdu.shared_volumes}
    found = problems.named("volume", spec.volumes)
    for name, volume in found.items():
        if name not in used:
            message = f"no VDU has volume '{name}'"
            problems.report(volume.spot, message, "remove it, or name it in sharedVolumes of a vdu")
    return found


def check_volumes(problems: Problems, vdu: Vdu, shared: Collection[str]) -> None:
    """Notes what is wrong with the volumes of one VDU."""
    own = problems.named("volume", vdu.volumes)
    if ROOT in own and vdu.boot_volume:
        message = f"volume '{ROOT}' of VDU '{vdu.name}' is its boot volume"
        problems.report(own[ROOT].at("name"), message, "give it another name")
    for index, name in enumerate(vdu.shared_volumes):
        where = vdu.at("shared_volumes", index)
        if name not in shared:
            problems.report_unknown(where, "volume", name, shared)
        elif name in own or (name == ROOT and vdu.boot_volume):
            problems.report(where, f"VDU '{vdu.name}' has two volumes '{name}'", "give one of them another name")
