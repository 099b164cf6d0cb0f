"""The answers of OpenStack's APIs to an observation, made into a World and a plan.

An input is the answer to each listing as JSON, ``{path: answer}``; or, where it begins with anything but ``{``,
mutations of `EVERYTHING`, which holds one of each kind.

Contract: a World or TargetUnknown. What a World observes is the project's, whatever else has the owner mark. With what
`EVERYTHING` holds as what is declared, and with nothing declared, there is a plan that can be reported, and each of its
steps has requests.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from fuzz.corpus import CORPUS
from fuzz.mutating import mutate, mutations_in
from reconciler.model import ApiBudget, Catalog, Desired, Key, Place, Target, TargetUnknown, World
from reconciler.planning import plan_target
from reconciler.review import blocked_text, plan_json
from reconciler.targets.openstack.kinds import EXISTING, KINDS
from reconciler.targets.openstack.kinds.volume import VolumeSpec
from reconciler.targets.openstack.observing.glancing import watched
from reconciler.targets.openstack.observing.settling import find
from reconciler.targets.openstack.observing.worlds import LISTINGS, asked_next, missing_of, world_of
from reconciler.targets.openstack.session.answers import Answer
from reconciler.targets.openstack.session.connection import Connection
from reconciler.targets.openstack.session.listing import NotOffered, fetch
from reconciler.targets.rest import Listing, requests_of

EVERYTHING = CORPUS / "listings" / "everything.json"
OWNER, PROJECT = "magi", "a1b2c3d4"
TARGET = Target("paris", "openstack", "paris", (), (), ApiBudget(max_pages=3), Place("vims.yaml", 1))

_KINDS = {kind.name: kind for kind in KINDS}
_BY_PATH = {listing.path: listing for listing in LISTINGS}
_SETTLED = 5


@dataclass(frozen=True, slots=True)
class Cloud:
    """A connection to a cloud that gives each path one answer, whatever it is asked."""

    answers: Mapping[str, bytes]
    target: Target = TARGET

    def offers(self, _service: str) -> bool:
        return True

    def project_id(self) -> str:
        return PROJECT

    def request(self, _method: str, _service: str, path: str, **_: Any) -> Answer:
        answer = Answer()
        answer.max_depth = TARGET.budget.max_depth
        answer.status_code = 200 if path in self.answers else 404
        answer._content = self.answers.get(path, b"{}")  # noqa: SLF001  as the transport fills it
        return answer


def check(data: bytes) -> None:
    """Raises for an input that breaks the contract."""
    answers = _answers(data)
    if answers is None:
        return
    try:
        items, world = _observe(answers)
    except TargetUnknown as error:
        assert error.message.isprintable(), error.message
        return
    _require_own(items, world)
    for asked in (desired(), {}):
        _require_plan(asked, world)


def spelled(data: bytes) -> bytes:
    """The answers that an input represents, as JSON."""
    answers = _answers(data)
    return data if answers is None else json.dumps(answers, indent=1).encode()


def _answers(data: bytes) -> dict[str, Any] | None:
    """None for bytes that represent none."""
    if not data.startswith(b"{"):
        answers: dict[str, Any] = json.loads(_everything())
        mutate(answers, mutations_in(data))
        return answers
    try:
        answers = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return answers


@cache
def _everything() -> bytes:
    return EVERYTHING.read_bytes()


def _observe(answers: Mapping[str, Any]) -> tuple[Mapping[Listing, Sequence[Any]], World]:
    """What a driver does for an observation. Raises TargetUnknown."""
    cloud = cast("Connection", Cloud({path: json.dumps(answer).encode() for path, answer in answers.items()}))
    items: dict[Listing, Sequence[Any]] = {}
    lacking: dict[Listing, str] = {}
    for listing in LISTINGS:
        try:
            items[listing] = fetch(cloud, listing)
        except NotOffered as error:
            items[listing], lacking[listing] = (), str(error)
    asked_next(
        TARGET.name, OWNER, PROJECT, {listing: found for listing, found in items.items() if not listing.optional}
    )
    for _ in find(cloud, missing_of(TARGET.name, items)[:_SETTLED], PROJECT):
        pass
    world = world_of(TARGET.name, OWNER, PROJECT, items, lacking)
    watched(world, items)
    return items, world


@cache
def desired() -> Mapping[Key, Desired]:
    """What `EVERYTHING` holds, as if Git asked for it, and what refers to each kind of thing that is not there."""
    _, world = _observe(json.loads(_everything()))
    nowhere = {
        Key(TARGET.name, "volume", f"svc/{kind.name}"): VolumeSpec(1, image=Key(TARGET.name, kind.name, "nowhere"))
        for kind in EXISTING
    }
    specs = nowhere | {key: one.spec for key, one in world.observed.items()}
    return {key: Desired(key, spec, Place("service.yaml", 1)) for key, spec in specs.items()}


def _require_own(items: Mapping[Listing, Sequence[Any]], world: World) -> None:
    """Raises where something is observed of which every item with its id is another project's."""
    for key, one in world.observed.items():
        kind = _KINDS[key.kind]
        if kind.by_part or not kind.listing.project:
            continue
        found = [item for item in items[kind.listing] if item["id"] == one.id]
        assert any(kind.listing.belongs(item, PROJECT) for item in found), f"{key} is another project's"


def _require_plan(desired: Mapping[Key, Desired], world: World) -> None:
    plan = plan_target(Catalog({}, {world.target: desired}, {}), world)
    json.dumps(plan_json(plan), ensure_ascii=False).encode()
    list(blocked_text([plan]))
    ids: Mapping[Key, str] = defaultdict(lambda: "new", {key: one.id for key, one in world.observed.items()})
    for step in plan.steps.values():
        for request in requests_of(_KINDS[step.key.kind], step, ids, OWNER, PROJECT):
            assert request.path
            json.dumps(request.body)
