"""Whether what some listings name and another one lacks is there: asked for by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from enum import Enum
from urllib.parse import quote

from keystoneauth1 import exceptions as ks

from reconciler.targets.openstack.kinds.server_states import SOFT_DELETED
from reconciler.targets.openstack.kinds.users import SERVERS
from reconciler.targets.openstack.observing.contradictions import Missing
from reconciler.targets.openstack.session.connection import Connection
from reconciler.targets.openstack.session.errors import target_unknown
from reconciler.targets.openstack.session.listing import fetch
from reconciler.targets.rest import Listing, Single

_LISTS_TO_BELIEVE = 4
_ABSENT = frozenset({404})
_NOT_MANAGED = frozenset({400, 403})
"""How a service answers for what is none of the login's business."""


class Found(Enum):
    """What asking for it came to. ``ELSEWHERE``: it may be there, and is none of the project's."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    NOWHERE = "nowhere"


def find(connection: Connection, missing: Iterable[Missing], project: str) -> Iterator[tuple[Missing, Found]]:
    """What asking for each came to. Raises TargetUnknown where that can't be known."""
    by_list: defaultdict[tuple[Listing, str], list[Missing]] = defaultdict(list)
    for one in missing:
        if one.listing.single is None or one.attribute != "id":
            by_list[one.listing, one.attribute].append(one)
        else:
            yield one, _by_itself(connection, one, one.listing.single, project)
    for (listing, attribute), named in by_list.items():
        there = _listed(connection, listing, attribute, [one.id for one in named])
        yield from ((one, Found.HERE if one.id in there else Found.NOWHERE) for one in named)


def _listed(connection: Connection, listing: Listing, attribute: str, desired: list[str]) -> Collection[str]:
    """Which of these values some items have.

    A list that came short before may come short again: several in a row are to say that there is none.
    """
    there: set[str] = set()
    for _ in range(_LISTS_TO_BELIEVE):
        found = fetch(connection, listing, {attribute: desired})
        there |= {item[attribute] for item in found if isinstance(item, dict) and item.get(attribute) in desired}
        if there.issuperset(desired):
            break
    return there


def _by_itself(connection: Connection, one: Missing, single: Single, project: str) -> Found:
    path = single.route.replace("{id}", quote(one.id, safe=""))
    try:
        response = connection.request("GET", one.listing.service, path)
    except ks.ClientException as error:
        raise target_unknown(connection.target.name, path, error) from error
    if response.status_code in _ABSENT:
        return Found.NOWHERE
    if response.status_code in _NOT_MANAGED:
        return Found.ELSEWHERE
    try:
        item = response.json()[single.name]
        managed = item["id"] == one.id and one.listing.belongs(item, project)
    except (ValueError, KeyError, TypeError) as error:
        raise target_unknown(connection.target.name, path, response) from error
    if managed and one.listing is SERVERS and item.get("status") == SOFT_DELETED:
        return Found.NOWHERE
    return Found.HERE if managed else Found.ELSEWHERE
