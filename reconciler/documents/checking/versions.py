"""Versions of descriptors: `firewall` where there is one, `firewall@1.2` where there are several, or to be sure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from reconciler.documents.checking.placed import Placed
from reconciler.documents.reading.marks import Document, Path
from reconciler.suggestion import did_you_mean


def version_of(descriptor: Document) -> str:
    version: str = descriptor.data["spec"].get("version", "1")
    return version


def by_reference(descriptors: Iterable[Document]) -> dict[str, Document]:
    """The descriptors by all that names one of them: NAME@VERSION, and the NAME alone that has one version."""
    by_name: defaultdict[str, list[Document]] = defaultdict(list)
    for descriptor in descriptors:
        by_name[descriptor.data["metadata"]["name"]].append(descriptor)
    found = {name: versions[0] for name, versions in by_name.items() if len(versions) == 1}
    return found | {f"{name}@{version_of(one)}": one for name, versions in by_name.items() for one in versions}


def check_descriptor_is_there(placed: Placed, path: Path, reference: str) -> None:
    """Notes a reference that leads to no descriptor, or to more than one."""
    name, _, version = reference.partition("@")
    if reference in placed.descriptors or placed.is_refused("VnfDescriptor", name):
        return
    versions = _versions(placed.descriptors, name)
    if not versions:
        placed.subject.report_unknown(path, "descriptor", name, {key.partition("@")[0] for key in placed.descriptors})
    elif version:
        hint = did_you_mean(reference, versions) or f"there is {', '.join(versions)}"
        placed.subject.report(path, f"descriptor '{name}' has no version '{version}'", hint)
    else:
        placed.subject.report(path, f"descriptor '{name}' has several versions", f"name one of {', '.join(versions)}")


def _versions(descriptors: Mapping[str, Document], name: str) -> list[str]:
    return sorted(reference for reference in descriptors if reference.startswith(f"{name}@"))
