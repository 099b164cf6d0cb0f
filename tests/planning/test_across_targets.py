"""What resources of one target need of others: what they refer to there, and what they wait for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from reconciler.model import Catalog, Desired, Key, Place, Policy, Spec

FAR = Key("lyon", "end", "vpn/far")
NEAR = Key("paris", "end", "vpn/near")
LINK = Key("paris", "link", "vpn/link")
DATABASE = Key("lyon", "server", "shop/db")


@dataclass(frozen=True, slots=True)
class LinkSpec(Spec):
    crosses: ClassVar[frozenset[str]] = frozenset({"ends"})

    ends: tuple[Key, ...] = ()
    owner: Key | None = None


def catalog_of(*desired: Desired) -> Catalog:
    by_target: dict[str, dict[Key, Desired]] = {"paris": {}, "lyon": {}}
    for one in desired:
        by_target[one.key.target][one.key] = one
    return Catalog({}, by_target, {}, Policy())


def link(spec: LinkSpec, *after: Key) -> Desired:
    return Desired(LINK, spec, Place("a.yaml", 1), after=after)


def test_a_reference_across_targets_is_known_at_the_target_that_it_leads_to() -> None:
    catalog = catalog_of(link(LinkSpec(ends=(NEAR, FAR))))
    assert catalog.referred_across == {"lyon": {FAR}}
    assert catalog.awaited_across == {"lyon": {FAR}}


def test_what_is_waited_for_on_another_target_is_awaited_and_not_referred_to() -> None:
    catalog = catalog_of(link(LinkSpec(), DATABASE, NEAR))
    assert catalog.referred_across == {}
    assert catalog.awaited_across == {"lyon": {DATABASE}}


def test_both_are_awaited_together() -> None:
    catalog = catalog_of(link(LinkSpec(ends=(FAR,)), DATABASE))
    assert catalog.awaited_across == {"lyon": {FAR, DATABASE}}
