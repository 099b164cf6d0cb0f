"""The documents that ask for exactly what exists: one network service, and a descriptor for each VNF in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.model import Key, Observed
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.kinds.declared import OpenStackKind
from reconciler.targets.openstack.kinds.describing import Data, Documents


def documents_of(
    observed: Mapping[Key, Observed], service: str, vim: str, kinds: Iterable[OpenStackKind[Any]] = KINDS
) -> list[Data]:
    """NetworkService and VnfDescriptors, each as what YAML holds. The service is suspended: nothing is done to it."""
    return list(Documents(service, vim, observed, {kind.name: kind for kind in kinds}).write())
