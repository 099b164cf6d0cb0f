"""The Driver for an OpenStack VIM: look at everything, carry out one step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import requests
from keystoneauth1 import exceptions as ks

from reconciler.drivers.openstack.connection import Clouds, Connection
from reconciler.drivers.openstack.errors import step_failed, step_without_answer
from reconciler.drivers.openstack.listing import fetch
from reconciler.drivers.openstack.looking import LISTINGS, world_of
from reconciler.model import ApiCall, Done, Key, Step, StepFailed, Target, TargetUnknown, World
from reconciler.resources.openstack import KINDS
from reconciler.resources.openstack.kind import Listing, Request, requests_of

_KINDS = {kind.name: kind for kind in KINDS}

# An empty list where this many stood is more likely a fault than a clean-up; it is believed when it stays so.
_SUSPICIOUS = 100
_LOOKS_TO_BELIEVE = 3


def connect(target: Target, clouds: Clouds, owner: str, record: Callable[[ApiCall], None]) -> OpenStackDriver:
    """A driver for the target. Reads clouds.yaml, sends nothing yet. Raises ConfigError."""
    return OpenStackDriver(Connection(target, clouds, record), owner)


class OpenStackDriver:
    """Looks at and writes to one VIM. ``owner`` is the name in the marks of what belongs to this Magi."""

    def __init__(self, connection: Connection, owner: str) -> None:
        self._connection = connection
        self._target = connection.target
        self._owner = owner
        self._counts: dict[Listing, int] = {}
        self._empty_looks: dict[Listing, int] = {}

    def look(self) -> World:
        """Lists every kind, in parallel. Raises TargetUnknown or ConfigError."""
        with ThreadPoolExecutor(self._target.budget.concurrency, thread_name_prefix="look") as pool:
            pages = list(pool.map(partial(fetch, self._connection), LISTINGS))
        items = dict(zip(LISTINGS, pages, strict=True))
        for listing, found in items.items():
            self._believe(listing, len(found))
        return world_of(self._target.name, self._owner, items)

    def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
        """Sends the requests of one step. Raises StepFailed."""
        new_id, pending = None, False
        for request in requests_of(_KINDS[step.key.kind], step, ids, self._owner):
            new_id = self._send(request) or new_id
            pending = pending or request.pending
        return Done(new_id, pending)

    def close(self) -> None:
        self._connection.close()

    def _send(self, request: Request) -> str | None:
        try:
            response = self._connection.request(
                request.method, request.service, request.path, body=request.body, revision=request.revision
            )
        except ks.ClientException as error:
            raise step_without_answer(error) from error
        if response.status_code in request.done:
            return None
        if response.status_code >= 400:
            raise step_failed(response)
        return _id(request, response) if request.answer else None

    def _believe(self, listing: Listing, count: int) -> None:
        if count or self._counts.get(listing, 0) < _SUSPICIOUS:
            self._counts[listing] = count
            self._empty_looks[listing] = 0
            return
        self._empty_looks[listing] += 1
        if self._empty_looks[listing] < _LOOKS_TO_BELIEVE:
            raise TargetUnknown(
                f"VIM {self._target.name} lists no {listing.collection} where {self._counts[listing]} stood",
                f"this is believed, and mended, when {_LOOKS_TO_BELIEVE} looks in a row say so",
            )
        self._counts[listing] = 0


def _id(request: Request, response: requests.Response) -> str:
    """The id in the reply to a create. Keypairs have a name for it."""
    try:
        found = response.json()[request.answer]
        return str(found if isinstance(found, str) else found.get("id") or found["name"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StepFailed(f"the reply to {request.method} {request.route} is not what its API promises") from error
