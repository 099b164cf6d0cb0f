"""The Driver for an OpenStack VIM: observe everything, carry out one step."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import quote

import requests
from keystoneauth1 import exceptions as ks

from reconciler.config import ImagesConfig
from reconciler.model import (
    Action,
    ApiCall,
    Done,
    Key,
    Observed,
    Plan,
    PreflightResult,
    Step,
    StepFailed,
    StepId,
    Target,
    TargetUnknown,
    Trace,
    World,
)
from reconciler.model.consoles import ConsoleType
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.kinds.arrivals import Arrivals
from reconciler.targets.openstack.observing.contradictions import Missing, gone_servers
from reconciler.targets.openstack.observing.glancing import Watched, stirs, watched
from reconciler.targets.openstack.observing.history import traces
from reconciler.targets.openstack.observing.settling import Found, find
from reconciler.targets.openstack.observing.surveying import Remembered, Surveyed, survey_of
from reconciler.targets.openstack.observing.worlds import SURVEY, arrivals_of, missing_of, world_of
from reconciler.targets.openstack.preflight import run_checks
from reconciler.targets.openstack.session.clouds import Clouds
from reconciler.targets.openstack.session.connection import Connection
from reconciler.targets.openstack.session.consoles import console_url
from reconciler.targets.openstack.session.errors import (
    is_over_quota,
    refused_attributes,
    said,
    step_failed,
    step_without_answer,
)
from reconciler.targets.openstack.session.listing import Marks, NotOffered, Pages, login, pages_of
from reconciler.targets.openstack.session.uploading import Contents
from reconciler.targets.rest import Listing, Request, requests_of

_KINDS = {kind.name: kind for kind in KINDS}

# Where this many of a kind existed and half of them or more are gone at once, a fault is more likely than a clean-up.
# It is believed when it stays so.
_SUSPICIOUS = 100
_OBSERVATIONS_TO_BELIEVE = 3
_SETTLED_AT_ONCE = 20


def connect(
    target: Target,
    clouds: Clouds,
    owner: str,
    record: Callable[[ApiCall], None],
    images: ImagesConfig = ImagesConfig(),
) -> OpenStackDriver:
    """A driver for the target. Reads clouds.yaml, sends nothing yet. Raises ConfigError."""
    return OpenStackDriver(Connection(target, clouds, record), owner, images)


class _Sent(NamedTuple):
    """What came of a request: the id of what it made; ``claim``: in which words it was refused as done already."""

    id: str | None = None
    claim: str = ""


class OpenStackDriver:
    """Observes and writes to one VIM. ``owner`` is the name in the marks of what belongs to this Magi.

    ``images``: where the bytes of software images may come from.
    """

    def __init__(self, connection: Connection, owner: str, images: ImagesConfig = ImagesConfig()) -> None:
        self._connection = connection
        self._target = connection.target
        self._owner = owner
        self._images = Contents(images)
        self._existed: set[Key] = set()
        self._remembered: Remembered | None = None
        self._watched: Mapping[Listing, Watched] = {}
        self._arrivals: Mapping[str, Arrivals] = {}
        self._sudden_observations = 0
        self._settled: dict[Missing, Found] = {}
        self._refused_attributes: frozenset[str] = frozenset()
        self._claims: dict[StepId, str] = {}

    def observe(self, kinds: Collection[str] = (), *, complete: bool = False) -> World:
        """Lists what may hold something managed or be referred to, in parallel. Raises TargetUnknown or ConfigError."""
        began = time.monotonic()
        existed = {key.kind for key in self._existed}
        surveyed = self._survey(existed.union(kinds), complete=complete, remembered=self._remembered)
        self._require(surveyed.lacking, existed)
        if surveyed.known is not None:
            world = surveyed.known
            self._believe(world)
        else:
            world = self._read(surveyed)
        for step_id in list(self._claims):
            there = step_id.key in world.observed
            if there if step_id.action is Action.CREATE else not there:
                del self._claims[step_id]
        return replace(world, seconds=time.monotonic() - began)

    def _read(self, surveyed: Surveyed) -> World:
        """What the listings say, once what they contradict each other in was asked for by itself."""
        items, lacking = surveyed.items, surveyed.lacking
        world = self._world(items, lacking)
        missing = self._unsettled(items)
        if doubtful := dict.fromkeys([*self._doubtful(world), *(one.listing for one in missing)]):
            items = {**items, **{one: found for one in doubtful if isinstance(found := self._ask(one), list)}}
            self._settle(self._unsettled(items))
        gone = gone_servers(one for one, found in self._settled.items() if found is Found.NOWHERE)
        if doubtful or gone:
            world = self._world(items, lacking, gone)
        self._believe(world)
        self._remembered = None if doubtful or gone else Remembered(surveyed._replace(items={}), self.project_id, world)
        self._watched = watched(world, items)
        self._arrivals = arrivals_of(world, items, self._arrivals)
        return world

    def survey(self) -> Surveyed:
        """All that the VIM lists, managed or not, as it came. Raises TargetUnknown or ConfigError."""
        return self._survey((), complete=True, remembered=None)

    @property
    def project_id(self) -> str:
        """The project of the credentials; known after an observation."""
        return str(self._connection.project_id())

    def _survey(self, kinds: Collection[str], *, complete: bool, remembered: Remembered | None) -> Surveyed:
        login(self._connection)
        return survey_of(self._connection, self._owner, self._pages, kinds, complete=complete, remembered=remembered)

    def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
        """Sends the requests of one step. Raises StepFailed."""
        new_id, pending, claim = None, False, ""
        undos: list[Request] = []
        for request in requests_of(_KINDS[step.key.kind], step, ids, self._owner, self.project_id):
            try:
                sent = self._send(request)
            except StepFailed as error:
                self._undo(undos, error)
                raise
            if request.undo:
                undos.append(request.undo)
            new_id, claim = sent.id or new_id, sent.claim
            pending = pending or request.pending
        self._note_claim(step, claim)
        if step.action is Action.DELETE:
            self._existed.discard(step.key)
        return Done(new_id, pending, claim)

    def _undo(self, requests: Iterable[Request], cause: StepFailed) -> None:
        """Raises StepFailed, with both reasons, when what was can't be put back."""
        for request in requests:
            try:
                self._send(request)
            except StepFailed as error:
                raise StepFailed(
                    f"{cause}; nor could be put back what was: {error}", terminal=cause.terminal
                ) from error

    def _note_claim(self, step: Step, claim: str) -> None:
        """Raises StepFailed where the cloud says again that a step is done, and observations show that it is not."""
        known = self._claims.pop(step.id, "")
        if claim and known:
            raise StepFailed(
                f"the cloud refuses it as done already ({claim}), which no observation shows",
                "find out what is in its way; it is tried again now and then",
            )
        if claim:
            self._claims[step.id] = claim

    def preflight(self, plan: Plan, world: World) -> PreflightResult:
        """What would keep the plan's steps from succeeding, where the cloud reports it."""
        return run_checks(plan, world, self._connection)

    def trace(self, resources: Iterable[Observed]) -> Mapping[Key, Trace]:
        """When, and by whom, resources were last changed, where the cloud reports it."""
        return traces(self._connection, resources)

    def stirs(self) -> bool:
        """Whether something that was being built or deleted at the last observation may be otherwise now."""
        return stirs(self._connection, self._watched)

    def console_url(self, instance_id: str, console: ConsoleType) -> str:
        """A new link to the console of a server. Raises ConfigError, TargetUnknown, MagiError."""
        return console_url(self._connection, instance_id, console)

    def is_stale(self) -> bool:
        """Whether the credentials were changed since they were read."""
        return self._connection.is_stale()

    def close(self) -> None:
        self._connection.close()

    def _pages(self, listing: Listing, before: Marks) -> Pages | NotOffered:
        try:
            return pages_of(self._connection, listing, before=before)
        except NotOffered as lacking:
            return lacking

    def _ask(self, listing: Listing) -> list[Any] | NotOffered:
        found = self._pages(listing, ())
        return found.items() if isinstance(found, Pages) else found

    def _require(self, lacking: Mapping[Listing, str], existed: Collection[str]) -> None:
        """Raises TargetUnknown when an API is not there in which something managed existed at the last observation."""
        for listing, reason in lacking.items():
            if not SURVEY.kinds_of[listing].isdisjoint(existed):
                raise TargetUnknown(
                    f"VIM {self._target.name} can't be observed: {reason}, and something managed existed there",
                    "nothing is changed there until it answers again; check the service behind it",
                )

    def _send(self, request: Request) -> _Sent:
        response = self._asked(request.without(self._refused_attributes))
        if refused := refused_attributes(response) & request.dispensable:
            # Nothing was made. The cloud lacks an extension, and will the next time.
            self._refused_attributes |= refused
            response = self._asked(request.without(self._refused_attributes))
        if response.status_code in request.done and not is_over_quota(response):
            return _Sent(claim=f"{response.status_code}: {said(response)}")
        if response.status_code >= 400:
            raise step_failed(response, again=response.status_code in request.again)
        return _Sent(_id(request, response) if request.answer else None)

    def _asked(self, request: Request) -> requests.Response:
        upload = self._images.of(request.upload) if request.upload else None
        try:
            return self._connection.request(
                request.method,
                request.service,
                _path(request),
                body=request.body,
                revision_number=request.revision_number,
                media=request.media,
                upload=upload,
                microversion=request.version,
            )
        except ks.ClientException as error:
            raise step_without_answer(error) from error

    def _world(
        self, items: Mapping[Listing, Sequence[Any]], lacking: Mapping[Listing, str], gone: frozenset[str] = frozenset()
    ) -> World:
        return world_of(self._target.name, self._owner, self.project_id, items, lacking, gone, self._arrivals)

    def _unsettled(self, items: Mapping[Listing, Sequence[Any]]) -> list[Missing]:
        """What items name and others lack, but for what is known to be so. Forgets what is so no more."""
        missing = missing_of(self._target.name, items)
        self._settled = {one: self._settled[one] for one in missing if one in self._settled}
        return [one for one in missing if one not in self._settled]

    def _settle(self, missing: Iterable[Missing]) -> None:
        """Asks for what is named and missing by itself, while one observation has time for it.

        Raises TargetUnknown for what is there after all, and managed: the listing that lacks it can't be believed.
        """
        asked = itertools.islice(missing, _SETTLED_AT_ONCE)
        for one, found in find(self._connection, asked, self.project_id):
            if found is Found.HERE:
                raise TargetUnknown(
                    f"VIM {self._target.name} contradicts itself: {one.by} names {one.named}, which is there, "
                    f"and {one.listing.path} does not list it",
                    "nothing is changed there until its answers agree; check the service behind it",
                )
            self._settled[one] = found

    def _doubtful(self, world: World) -> list[Listing]:
        """The listings to ask again: those of kinds of which all that existed at the last observation is gone at once.

        One empty answer of a service that is just starting would have all of it made a second time.
        """
        there = {key.kind for key in world.observed}
        gone = {key.kind for key in self._existed} - there
        return list(dict.fromkeys(_KINDS[kind].listing for kind in sorted(gone)))

    def _believe(self, world: World) -> None:
        """Raises TargetUnknown when much of what existed at the last observation is gone and was not deleted by us."""
        existed = Counter(key.kind for key in self._existed)
        gone = Counter(key.kind for key in self._existed if key not in world.observed)
        sudden = [kind for kind, count in gone.items() if existed[kind] >= _SUSPICIOUS and 2 * count >= existed[kind]]
        self._sudden_observations = self._sudden_observations + 1 if sudden else 0
        if sudden and self._sudden_observations < _OBSERVATIONS_TO_BELIEVE:
            kind = sudden[0]
            raise TargetUnknown(
                f"VIM {self._target.name} lists {existed[kind] - gone[kind]} of {existed[kind]} {kind}s "
                "that existed there",
                f"this is believed, and repaired, when {_OBSERVATIONS_TO_BELIEVE} observations in a row say so",
            )
        self._existed = set(world.observed)
        self._sudden_observations = 0


def _path(request: Request) -> str:
    """The path with the ids of what it is about, none of which can be more than one part of it."""
    return request.route.replace("{id}", quote(request.id, safe="")).replace("{part}", quote(request.part, safe=""))


def _id(request: Request, response: requests.Response) -> str:
    """The id in the reply to a create. Keypairs have a name for it."""
    try:
        found = response.json()[request.answer]
        return str(found if isinstance(found, str) else found.get("id") or found["name"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StepFailed(f"the reply to {request.method} {request.route} is not what its API promises") from error
