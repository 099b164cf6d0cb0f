"""The door to the types of targets: how a blueprint becomes resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from reconciler.documents.blueprint import Blueprint
from reconciler.documents.checking.parameters import Contents
from reconciler.documents.checking.vocabulary import Vocabulary
from reconciler.model import Desired, Key


class Lowered(NamedTuple):
    """What a blueprint becomes on targets of one type.

    ``instances``: what has to be ready of each VNF, by its name, before what depends on it is made.
    """

    resources: Mapping[Key, Desired]
    instances: Mapping[str, Sequence[Key]]


class TargetTypes(Vocabulary, Protocol):
    """What documents need of the types of targets that there are."""

    def lower(self, blueprint: Blueprint, contents: Contents) -> Mapping[Key, Desired]:
        """All resources of a service whose checks found nothing, on all its targets."""
