"""All pages of a collection as plain JSON, or an error: a part of it is never taken for the whole."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain
from types import MappingProxyType
from typing import Any, NamedTuple

import requests
from keystoneauth1 import exceptions as ks

from reconciler.model import ConfigError, Target, TargetUnknown
from reconciler.targets.openstack.services import SERVICES
from reconciler.targets.openstack.session.answers import TooDeep
from reconciler.targets.openstack.session.connection import Connection
from reconciler.targets.openstack.session.errors import retry_after, target_unknown
from reconciler.targets.rest import Listing, Page, Params

PAGE = 1000
"""Items asked for in one request; clouds may give fewer and say how to go on."""

_TRIES = 3

_ANSWERS = 16
"""The answers of full size that all pages of a listing may come to."""

_SHOWN = 80

_MAY_BE_HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""Where there is none of it, no text of an answer has half of a surrogate pair."""

_NOT_THE_SERVICE = "check that the endpoint in the catalog leads to the service and not to a proxy or an error page"


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


class Mark(NamedTuple):
    """What is remembered of a page: what it was asked with, a digest of its bytes, its items, what comes next."""

    asked: Params
    digest: bytes
    items: int
    following: Params


Marks = tuple[Mark, ...]
"""Those of all pages of a listing, in their order. Two listings with the same marks have the same items."""


@dataclass(frozen=True, slots=True)
class Pages:
    """All pages of a collection. Those with the mark of an earlier one are decoded only where their items are asked."""

    listing: Listing
    target: str
    marks: Marks
    answers: tuple[requests.Response | list[Any], ...]

    def items(self) -> list[Any]:
        """Raises TargetUnknown as `pages_of` does."""
        decoded = (
            one if isinstance(one, list) else _checked(self.target, self.listing, one)[self.listing.collection]
            for one in self.answers
        )
        return list(chain.from_iterable(decoded))


def fetch(
    connection: Connection,
    listing: Listing,
    narrowed: Params = MappingProxyType({}),
    sleep: Callable[[float], None] = time.sleep,
) -> list[Any]:
    """Every item of the collection, or of what parameters narrow it to. Raises what `pages_of` raises."""
    return pages_of(connection, listing, narrowed, sleep=sleep).items()


def pages_of(
    connection: Connection,
    listing: Listing,
    narrowed: Params = MappingProxyType({}),
    *,
    before: Marks = (),
    sleep: Callable[[float], None] = time.sleep,
) -> Pages:
    """The whole collection, or what parameters narrow it to. ``before``: the marks of an earlier answer.

    Raises TargetUnknown or ConfigError; for an optional one also NotOffered.
    """
    target = connection.target
    if listing.optional and not connection.offers(listing.service):
        raise NotOffered(f"the cloud has no {listing.service} service")
    params: dict[str, str | list[str]] = {"limit": str(PAGE), **narrowed}
    if listing.own_project:
        params["project_id"] = str(connection.project_id())
    marks: list[Mark] = []
    answers: list[requests.Response | list[Any]] = []
    size = count = 0
    while params:
        if any(params == mark.asked for mark in marks):
            raise TargetUnknown(f"VIM {target.name} can't be observed: the pages of {listing.path} lead in a circle")
        response = _page(connection, listing, params, sleep)
        digest = blake2b(response.content, digest_size=16).digest()
        known = before[len(marks)] if len(marks) < len(before) else None
        if known is not None and (known.asked, known.digest) == (params, digest):
            mark = known
            answers.append(response)
        else:
            body = _checked(target.name, listing, response)
            items = body[listing.collection]
            page = Page(body, listing.collection, params, count=len(items), so_far=count + len(items))
            mark = Mark(params, digest, len(items), _next(target.name, listing, page))
            answers.append(items)
        marks.append(mark)
        size, count = size + len(response.content), count + mark.items
        _require_bounds(target, listing, size, len(marks))
        params = dict(mark.following)
    return Pages(listing, target.name, tuple(marks), tuple(answers))


def _page(
    connection: Connection, listing: Listing, params: Params, sleep: Callable[[float], None]
) -> requests.Response:
    """One page. Reading changes nothing, so what may be a passing fault is asked again."""
    name = connection.target.name
    for attempt in range(1, _TRIES + 1):
        last = attempt == _TRIES
        try:
            response = connection.request("GET", listing.service, listing.path, params=params)
        except ks.ClientException as error:
            # A timeout has taken long enough; the next observation asks again.
            lost = isinstance(error, ks.RetriableConnectionFailure) and not isinstance(error, ks.ConnectTimeout)
            if last or not lost:
                raise target_unknown(name, listing.path, error) from error
        else:
            if response.status_code == 200:
                return response
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
    except TooDeep as error:
        raise TargetUnknown(
            f"VIM {name} can't be observed: {listing.path}: {error}",
            f"{_NOT_THE_SERVICE}; if the service really answers so, raise spec.api.maxDepth of the Vim",
        ) from error
    except ValueError:
        body = None
    if not isinstance(body, dict) or not isinstance(body.get(listing.collection), list):
        raise TargetUnknown(
            f"VIM {name} can't be observed: {listing.path} answered something that is not its API",
            _NOT_THE_SERVICE,
        )
    _require_ids(name, listing, body[listing.collection])
    _require_unicode(name, listing, response)
    return body


def _require_ids(name: str, listing: Listing, items: list[Any]) -> None:
    """Raises TargetUnknown for an id that is none of that service, before it becomes part of a URL."""
    pattern = SERVICES[listing.service].ids
    for item in items:
        found = item.get("id") if isinstance(item, dict) else None
        if found is not None and not (isinstance(found, str) and re.fullmatch(pattern, found)):
            whole = ascii(found)
            shown = whole if len(whole) <= _SHOWN else f"{whole[:_SHOWN]}…"
            raise TargetUnknown(
                f"VIM {name} can't be observed: {listing.path} lists the id {shown}, "
                f"which is no id of the {listing.service} service",
                f"an id matches {pattern}; {_NOT_THE_SERVICE}",
            )


def _require_unicode(name: str, listing: Listing, response: requests.Response) -> None:
    """Raises TargetUnknown for half of a surrogate pair: nothing that shows it could be written."""
    if not _MAY_BE_HALF.search(response.content):
        return
    try:
        json.dumps(response.json(), ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise TargetUnknown(
            f"VIM {name} can't be observed: {listing.path} answers with text that is no Unicode "
            f"({error.object[error.start]!a})",
            "find out who gave something such a name, and rename it",
        ) from error


def _require_bounds(target: Target, listing: Listing, size: int, pages: int) -> None:
    """Raises TargetUnknown when the pages so far come to more than a listing may have."""
    most = _ANSWERS * target.budget.max_answer_bytes
    if size > most:
        raise TargetUnknown(
            f"VIM {target.name} can't be observed: {listing.path} has more than {most:,} bytes on {pages:,} pages",
            "raise spec.api.maxAnswerBytes of the Vim if the cloud really holds that much: "
            f"{_ANSWERS} times as many are allowed",
        )
    if pages > target.budget.max_pages:
        raise TargetUnknown(
            f"VIM {target.name} can't be observed: {listing.path} has more than {target.budget.max_pages:,} pages",
            "have the cloud give more items a page, or raise spec.api.maxPages of the Vim",
        )


def _next(name: str, listing: Listing, page: Page) -> Params:
    """The parameters of the next page; empty when there is none. Raises TargetUnknown where that is not reported."""
    try:
        return dict(listing.page(page))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise TargetUnknown(
            f"VIM {name} can't be observed: {listing.path} does not report its next page as its API does",
            _NOT_THE_SERVICE,
        ) from error
