"""Whether what some listings name and another one lacks is there: asked for by itself."""

from __future__ import annotations

from enum import Enum
from urllib.parse import quote

from keystoneauth1 import exceptions as ks

from reconciler.targets.openstack.kinds.server_states import SOFT_DELETED
from reconciler.targets.openstack.kinds.users import SERVERS
from reconciler.targets.openstack.observing.contradictions import Missing
from reconciler.targets.openstack.session.connection import Connection
from reconciler.targets.openstack.session.errors import target_unknown
from reconciler.targets.openstack.session.listing import fetch

_LISTS_TO_BELIEVE = 4
_ABSENT = frozenset({404})
_NOT_MANAGED = frozenset({400, 403})
"""How a service answers for what is none of the login's business."""


class Found(Enum):
    """What asking for it came to. ``ELSEWHERE``: it may be there, and is none of the project's."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    NOWHERE = "nowhere"


def find(connection: Connection, one: Missing, project: str) -> Found:
    """Raises TargetUnknown where that can't be known."""
    single = one.listing.single
    if single is None or one.attribute != "id":
        # A list that came short before may come short again: several in a row are to say that there is none.
        asked = (fetch(connection, one.listing, {one.attribute: one.id}) for _ in range(_LISTS_TO_BELIEVE))
        return Found.HERE if any(asked) else Found.NOWHERE
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
