"""What of a project is taken over, and under which Keys: pure, from the raw listings of a VIM.

Each kind answers for its own items. What none of them takes is left as it is, and is referred to where it is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.model import Key
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.kinds.adoption import Left, Selection, Survey
from reconciler.targets.openstack.kinds.declared import OpenStackKind
from reconciler.targets.rest import Listing


@dataclass(frozen=True, slots=True)
class Claims:
    """The Keys of what is taken over, by listing and id, and what is left alone."""

    keys: Mapping[tuple[Listing, str], Key]
    left: tuple[Left, ...]


def choose(
    items: Mapping[Listing, Sequence[Any]], selection: Selection, kinds: Iterable[OpenStackKind[Any]] = KINDS
) -> Claims:
    """A Key for everything that is taken over."""
    by_name = {kind.name: kind for kind in kinds}
    survey = Survey(selection, items, by_name)
    keys = {
        (kind.listing, identifier): Key(selection.target, kind.name, f"{selection.service}/{name}")
        for kind in by_name.values()
        for identifier, name in survey.names(kind.name).items()
    }
    return Claims(keys, tuple(survey.left))
