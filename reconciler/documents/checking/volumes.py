"""Checks the volumes of a VnfDescriptor: every name leads to one, and no instance has two of one name."""

from __future__ import annotations

from typing import Any

from reconciler.documents.reading.marks import Path
from reconciler.documents.subject import Subject

ROOT = "root"
"""The last part of the name of a boot volume."""


def check_shared_volumes(subject: Subject, used: set[str]) -> dict[str, Any]:
    """The shared volumes of a descriptor by name. ``used``: those that a VDU names; notes the others."""
    found = subject.named("volume", "volumes")
    for name, (path, _) in found.items():
        if name not in used:
            message = f"no VDU has volume '{name}'"
            subject.report(path, message, "remove it, or name it in sharedVolumes of a vdu")
    return found


def check_volumes(subject: Subject, path: Path, vdu: Any, shared: dict[str, Any]) -> None:
    """Notes what is wrong with the volumes of one VDU."""
    own = subject.named("volume", *path, "volumes")
    if ROOT in own and "bootVolume" in vdu:
        where = (*own[ROOT][0], "name")
        subject.report(where, f"volume '{ROOT}' of VDU '{vdu['name']}' is its boot volume", "give it another name")
    for index, name in enumerate(vdu.get("sharedVolumes", ())):
        where = (*path, "sharedVolumes", index)
        if name not in shared:
            subject.report_unknown(where, "volume", name, shared)
        elif name in own or (name == ROOT and "bootVolume" in vdu):
            subject.report(where, f"VDU '{vdu['name']}' has two volumes '{name}'", "give one of them another name")
