"""Every request that the kinds can make, by making them all: of each sample, each of its changes, and of healing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from reconciler.model import Change, Confirmation, FieldChange, HealingChange, Impact, Key, NameChange, Observed, Spec
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.kinds.floating_ip import UNUSED
from reconciler.targets.rest import Changes, Kind, Request
from tests.conformance.samples import SAMPLES, Sample

OWNER = "magi"
ASLEEP = ("stopped", "paused", "suspended", "shelved", "shelved_offloaded", "rescue")


class Asked(NamedTuple):
    """A request without its ids. ``attributes``: those in its body, and of what is in them."""

    service: str
    method: str
    route: str
    action: str
    attributes: frozenset[str]


class Ids(dict[Key, str]):
    def __missing__(self, key: Key) -> str:
        return f"id-of-{key.kind} 7 in DNS" if key.kind == UNUSED else f"id-of-{key.kind}"


def asked(request: Request) -> Asked:
    action = next(iter(request.body)) if request.route.endswith("/action") else ""
    wrapped = request.body.values() if isinstance(request.body, dict) and request.service == "network" else ()
    names = frozenset(name for one in wrapped if isinstance(one, dict) for name in _names(one))
    return Asked(request.service, request.method, request.route, action, names)


def _names(body: dict[str, Any]) -> Iterator[str]:
    for name, value in body.items():
        yield name
        inner = value if isinstance(value, list) else [value]
        yield from (f"{name}:{part}" for one in inner if isinstance(one, dict) for part in one)


def made(kinds: Iterable[Kind[Any]] = KINDS) -> Iterator[Request]:
    for kind in kinds:
        yield from _of(kind, SAMPLES[kind.name])
        if kind.name == "server":
            yield from _of_servers(kind, SAMPLES[kind.name])
        if kind.name == "port":
            sample = SAMPLES[kind.name]
            yield kind.delete(replace(_there(sample, sample.spec), attached_to="a-server"), sample.spec, Ids())
            left = replace(sample.spec, left_by="a-server")  # type: ignore[call-arg]  # it is that of a port
            yield kind.delete(_there(sample, left), left, Ids())


def _of(kind: Kind[Any], sample: Sample) -> Iterator[Request]:
    there = _there(sample, sample.spec)
    yield kind.create(sample.key, sample.spec, Ids(), OWNER)
    yield kind.delete(there, sample.spec, Ids())
    yield from kind.disown(there, sample.spec, OWNER)
    if type(kind).adopt is not Kind.adopt:
        yield from kind.adopt(there, sample.spec, OWNER)
    changed = [sample.change(name) for name in sample.changes]
    for name, (before, after) in zip(sample.changes, changed, strict=True):
        for one, other in ((before, after), (after, before)):
            yield kind.create(sample.key, other, Ids(), OWNER)
            yield kind.delete(_there(sample, other), other, Ids())
            if name not in kind.spec.immutable:
                yield from _update(
                    kind, sample, one, other, FieldChange(name, getattr(one, name), getattr(other, name))
                )


def _of_servers(kind: Kind[Any], sample: Sample) -> Iterator[Request]:
    spec = replace(sample.spec, operate="started")  # type: ignore[call-arg]  # it is that of a server
    changes: list[Change] = [
        NameChange("other", sample.key.name),
        Confirmation(Impact.RESIZE),
        HealingChange("it is degraded", Impact.REBOOT),
        HealingChange("it is degraded", Impact.REBUILD),
        *(FieldChange("operate", state, "started") for state in ASLEEP),
    ]
    for change in changes:
        yield from _update(kind, sample, spec, spec, change)


def _update(kind: Kind[Any], sample: Sample, before: Spec, after: Spec, change: Change) -> Iterator[Request]:
    yield from kind.update(_there(sample, before), after, Changes.of([change]), Ids(), OWNER)


def _there(sample: Sample, spec: Spec) -> Observed:
    return Observed(sample.key, spec, "an-id")
