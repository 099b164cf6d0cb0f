"""The driver for a target in memory: as strict as a cloud, and as forgetful as the process."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Lock

from reconciler.model import (
    Action,
    Done,
    FieldChange,
    Key,
    Observed,
    Plan,
    PreflightResult,
    Spec,
    Step,
    StepFailed,
    Target,
    TargetUnknown,
    Trace,
    World,
)


@dataclass(slots=True)
class Item:
    """Something that is there. ``references``: the ids of what it refers to, by Key."""

    key: Key
    owner: str
    spec: Spec
    references: Mapping[Key, str]


@dataclass(slots=True)
class Store:
    """All that is on one target, by id, whoever made it. ``existing``: names that people made, by kind."""

    items: dict[str, Item] = field(default_factory=dict)
    existing: dict[tuple[str, str], str] = field(default_factory=dict)
    reachable: bool = True
    lock: Lock = field(default_factory=Lock)
    ids: count[int] = field(default_factory=lambda: count(1))


class MemoryDriver:
    """Sees what its owner made in a store, and writes there."""

    def __init__(self, target: Target, store: Store, owner: str) -> None:
        self._name, self._store, self._owner = target.name, store, owner

    def observe(self, kinds: Collection[str] = (), *, complete: bool = False) -> World:
        with self._store.lock:
            if not self._store.reachable:
                raise TargetUnknown(f"target {self._name} can't be observed: it was made unreachable")
            observed = {
                item.key: Observed(item.key, item.spec, name, name=item.key.name)
                for name, item in self._store.items.items()
                if item.owner == self._owner
            }
            existing = {Key(self._name, *named): (name,) for named, name in self._store.existing.items()}
        return World(self._name, observed, existing)

    def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
        with self._store.lock:
            match step:
                case Step(Action.CREATE, key, desired) if desired:
                    return self._create(key, desired.spec, ids)
                case Step(Action.UPDATE, observed=observed, desired=desired) if observed and desired:
                    return self._update(step, observed, desired.spec, ids)
                case Step(Action.DELETE, observed=observed) if observed:
                    return self._delete(observed)
        raise StepFailed(f"a target in memory can't {step.action}", terminal=True)

    def _create(self, key: Key, spec: Spec, ids: Mapping[Key, str]) -> Done:
        if any(item.key == key for item in self._store.items.values()):
            raise StepFailed(f"409: there is a {key} already")
        name = f"{key.kind}-{next(self._store.ids)}"
        self._store.items[name] = Item(key, self._owner, spec, self._references(spec, ids))
        return Done(name)

    def _update(self, step: Step, observed: Observed, spec: Spec, ids: Mapping[Key, str]) -> Done:
        item = self._known(observed)
        if item is None:
            raise StepFailed(f"404: no {observed.id}")
        changes = {one.field: one.new for one in step.changes if isinstance(one, FieldChange)}
        if refused := changes.keys() & spec.immutable:
            raise StepFailed(f"400: {', '.join(sorted(refused))} can't change", terminal=True)
        item.spec = replace(item.spec, **changes)
        item.references = self._references(item.spec, ids)
        return Done(observed.id)

    def _delete(self, observed: Observed) -> Done:
        if self._known(observed) is None:
            return Done()
        for user in self._store.items.values():
            if observed.id in user.references.values():
                if any(observed.key in user.spec.refs_of(name) for name in user.spec.reattach):
                    kept = tuple(key for key in user.references if key != observed.key)
                    changed = dict.fromkeys(user.spec.reattach, kept)
                    user.spec = replace(user.spec, **changed)
                    user.references = {key: user.references[key] for key in kept}
                    continue
                raise StepFailed(f"409: {observed.key} is in use by {user.key}")
        del self._store.items[observed.id]
        return Done()

    def _known(self, observed: Observed) -> Item | None:
        item = self._store.items.get(observed.id)
        return item if item and item.owner == self._owner else None

    def _references(self, spec: Spec, ids: Mapping[Key, str]) -> Mapping[Key, str]:
        there = {*self._store.items, *self._store.existing.values()}
        references = {key: ids[key] for key in spec.refs() if key in ids}
        own = {name for key, name in references.items() if key.target == self._name}
        if missing := sorted(own - there):
            raise StepFailed(f"404: no {', '.join(missing)}")
        return references

    def preflight(self, plan: Plan, world: World) -> PreflightResult:
        return PreflightResult()

    def trace(self, resources: Iterable[Observed]) -> Mapping[Key, Trace]:
        return {}

    def stirs(self) -> bool:
        return False

    def is_stale(self) -> bool:
        return False

    def close(self) -> None:
        """There is nothing to close: what is there stays."""
