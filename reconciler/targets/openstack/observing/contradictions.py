"""What one listing of an observation names and another one of the same observation lacks. Pure.

An answer may be empty or short by a fault, and what it lacks would be made a second time. Some names are old and right:
Nova goes on reporting for a while what a server had, and others share things with a project. So what is named and
missing is asked for by itself (`driver.py`). What names what is declared by the kinds (`Kind.names`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.kinds.users import SERVERS
from reconciler.targets.rest import Index, Listing

Items = Mapping[Listing, Sequence[Any]]

_LISTING_OF: Mapping[str, Listing] = {kind.name: kind.listing for kind in KINDS}


class Missing(NamedTuple):
    """An id that ``by``, in words, names, and that no item of the listing it belongs to has as its ``attribute``."""

    listing: Listing
    id: str
    by: str
    attribute: str = "id"

    @property
    def named(self) -> str:
        """What is named, for people."""
        what = (self.listing.single.name if self.listing.single else self.listing.collection).replace("_", " ")
        return f"{what} {self.id}" if self.attribute == "id" else f"a {what} of its own"


def contradictions(items: Items) -> list[Missing]:
    """Each id that is named and missing, once. Raises KeyError and the like for items that lack what they promise."""
    found = list(_contradictions(items))
    for one in found:
        if not isinstance(one.id, str):
            raise TypeError(f"{one.by} names {one.id!r} as an id")
    return found


def gone_servers(missing: Iterable[Missing]) -> frozenset[str]:
    return frozenset(one.id for one in missing if one.listing is SERVERS)


def _contradictions(items: Items) -> Iterable[Missing]:
    index = Index("", "", "", {listing: items.get(listing, ()) for listing in _LISTING_OF.values()})
    there: dict[tuple[Listing, str], set[Any]] = {}
    found: dict[tuple[Listing, str, str], Missing] = {}
    for named in (named for kind in KINDS for named in kind.names(index)):
        listing, attribute = _LISTING_OF[named.kind], named.attribute
        # What is listed only where it may matter is not doubted where it was not asked for.
        if listing not in items:
            continue
        if (listing, attribute) not in there:
            there[listing, attribute] = {item[attribute] for item in items[listing]}
        if named.id not in there[listing, attribute]:
            found.setdefault((listing, attribute, named.id), Missing(listing, named.id, named.by, attribute))
    return found.values()
