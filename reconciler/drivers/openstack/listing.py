"""All pages of a collection as plain JSON, or an error: a part of it is never taken for the whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from keystoneauth1 import exceptions as ks

from reconciler.drivers.openstack.connection import Connection
from reconciler.drivers.openstack.errors import retry_after, target_unknown
from reconciler.model import ConfigError, TargetUnknown
from reconciler.resources.openstack.kind import Listing

PAGE = 1000
"""Items asked for in one request; clouds may give fewer and say how to go on."""

# A service without links may cap a page below what was asked: only a clearly shorter one is surely the last.
_SURELY_LAST = 100
_TRIES = 3


class NotOffered(Exception):
    """The cloud does without the API of an optional listing; the text says which one."""


def login(connection: Connection) -> None:
    """Gets a token, once for all listings: they would queue for it, each with a timeout of its own.

    Raises TargetUnknown or ConfigError.
    """
    name = connection.target.name
    try:
        project = connection.project_id()
    except ks.ClientException as error:
        raise target_unknown(name, "the login", error) from error
    if project is None:
        raise ConfigError(
            f"VIM {name}: the login is for no project", "add project_name to auth of its entry in clouds.yaml"
        )


def fetch(
    connection: Connection,
    listing: Listing,
    narrowed: Mapping[str, str] = MappingProxyType({}),
    sleep: Callable[[float], None] = time.sleep,
) -> list[Any]:
    """Every item of the collection, or of what parameters narrow it to.

    Raises TargetUnknown or ConfigError; for an optional one also NotOffered.
    """
    if listing.optional and not connection.offers(listing.service):
        raise NotOffered(f"the cloud has no {listing.service} service")
    params = {"limit": str(PAGE), **narrowed}
    if listing.own_project:
        params["project_id"] = str(connection.project_id())
    items: list[Any] = []
    asked: set[tuple[tuple[str, str], ...]] = set()
    while True:
        asked.add(tuple(sorted(params.items())))
        body = _page(connection, listing, params, sleep)
        page = body[listing.collection]
        items += page
        params = _next(listing, body, params, len(items), len(page))
        if not params:
            return items
        if tuple(sorted(params.items())) in asked:
            raise TargetUnknown(
                f"VIM {connection.target.name} can't be looked at: the pages of {listing.path} lead in a circle"
            )


def _page(
    connection: Connection, listing: Listing, params: dict[str, str], sleep: Callable[[float], None]
) -> dict[str, Any]:
    """One page. Reading changes nothing, so what may be a passing fault is asked again."""
    name = connection.target.name
    for attempt in range(1, _TRIES + 1):
        last = attempt == _TRIES
        try:
            response = connection.request("GET", listing.service, listing.path, params=params)
        except ks.ClientException as error:
            # A timeout has taken long enough; whoever looks next asks again.
            lost = isinstance(error, ks.RetriableConnectionFailure) and not isinstance(error, ks.ConnectTimeout)
            if last or not lost:
                raise target_unknown(name, listing.path, error) from error
        else:
            if response.status_code == 200:
                return _checked(name, listing, response)
            if listing.optional and response.status_code == 404:
                raise NotOffered(f"its {listing.service} service has no {listing.path}")
            # 401: the token expired, and while one thread gets a new one the session refuses the others.
            passing = response.status_code >= 500 or response.status_code in {401, 429}
            if last or not passing or (retry_after(response) or 0) > 1:
                raise target_unknown(name, listing.path, response)
        sleep(0.1 * attempt)
    raise AssertionError("the last try returns or raises")


def _checked(name: str, listing: Listing, response: requests.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict) or not isinstance(body.get(listing.collection), list):
        raise TargetUnknown(
            f"VIM {name} can't be looked at: {listing.path} answered something that is not its API",
            "check that the endpoint in the catalog leads to the service and not to a proxy or an error page",
        )
    return body


def _next(listing: Listing, body: dict[str, Any], params: dict[str, str], so_far: int, in_page: int) -> dict[str, str]:
    """The parameters of the next page; empty when there is none.

    Only the query of a link counts: behind a proxy its host is often not the one that was asked.
    """
    match listing.page:
        case "offset":
            return {} if in_page < _SURELY_LAST else params | {"offset": str(so_far)}
        case "next":
            link = body.get("next")
        case _:
            links = body.get(f"{listing.collection}_links") or ()
            link = next((link["href"] for link in links if link.get("rel") == "next"), None)
    return dict(parse_qsl(urlsplit(link).query)) if link else {}
