"""Which listings an observation needs. What every service has is always asked; what is rare only where it may matter.

An optional listing is asked when Git declares or refers to a kind of it, when managed ones existed at the last
observation, when something managed that was found refers to one (`Kind.evidence`), and at a complete observation. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reconciler.model import Key
from reconciler.targets.openstack.kinds.existing import ExistingKind
from reconciler.targets.rest import Index, Kind, Listing


@dataclass(frozen=True)
class Survey:
    """All that may be listed: the listings of the kinds that Magi makes, and of those that it only looks up."""

    kinds: Sequence[Kind[Any]]
    existing: Sequence[ExistingKind] = ()

    @cached_property
    def listings(self) -> tuple[Listing, ...]:
        return tuple(self.kinds_of)

    @cached_property
    def kinds_of(self) -> Mapping[Listing, frozenset[str]]:
        """The names of the kinds whose items a listing has."""
        names: defaultdict[Listing, set[str]] = defaultdict(set)
        for kind in self.kinds:
            names[kind.listing].add(kind.name)
        for found in self.existing:
            names[found.listing].add(found.name)
        return {listing: frozenset(them) for listing, them in names.items()}

    def first(self, kinds: Collection[str], *, complete: bool = False) -> tuple[Listing, ...]:
        """What is asked in any case, with what may hold one of ``kinds``."""
        return tuple(
            listing
            for listing in self.listings
            if complete or not listing.optional or not self.kinds_of[listing].isdisjoint(kinds)
        )

    def further(self, index: Index) -> tuple[Listing, ...]:
        """What was not asked yet and something managed in ``index`` shows; empty when that is all."""
        kinds = frozenset(self._evidence(index))
        return tuple(
            listing
            for listing in self.listings
            if listing not in index.items and not self.kinds_of[listing].isdisjoint(kinds)
        )

    def _evidence(self, index: Index) -> Iterator[str]:
        for kind in self.kinds:
            if kind.evidence and kind.listing in index.items:
                for item in kind.items(index):
                    kinds = [other for attribute, other in kind.evidence.items() if _has(item, attribute)]
                    if kinds and isinstance(kind.recognise(item, index), Key):
                        yield from kinds


def _has(item: Any, attribute: str) -> bool:
    whole, _, part = attribute.partition(".")
    return any(one.get(part) for one in item[whole]) if part else bool(item.get(whole))
