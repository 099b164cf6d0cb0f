"""A target in memory that is as strict as a cloud, and random things to want of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from threading import Lock
from typing import ClassVar

from hypothesis import strategies as st

from reconciler.model import (
    Action,
    Desired,
    Done,
    FieldChange,
    Impact,
    Key,
    Observed,
    Place,
    Plan,
    PreflightResult,
    Spec,
    State,
    Step,
    StepFailed,
    Trace,
    World,
)

TARGET = "paris"
PLACE = Place("services/vcpe.yaml", 7)


@dataclass(frozen=True, slots=True)
class ThingSpec(Spec):
    """A field of each type: ``shape`` and ``base`` immutable, ``loud`` disruptive, ``chosen`` computed."""

    immutable: ClassVar[frozenset[str]] = frozenset({"shape", "base"})
    disruptive: ClassVar[Mapping[str, Impact]] = {"loud": Impact.REBUILD}
    computed: ClassVar[frozenset[str]] = frozenset({"chosen"})
    reattach: ClassVar[frozenset[str]] = frozenset({"plugs"})

    size: int = 0
    shape: int = 0
    loud: int = 0
    chosen: int | None = None
    base: tuple[Key, ...] = ()
    uses: tuple[Key, ...] = ()
    plugs: tuple[Key, ...] = ()


@dataclass(slots=True)
class Thing:
    key: Key
    spec: ThingSpec
    held: dict[str, list[str]]
    going: int = 0


def key(name: str) -> Key:
    """``2/a`` becomes a Key of the kind ``level2``: things refer to things of lower levels only."""
    level = name.partition("/")[0]
    return Key(TARGET, f"level{level}", f"svc/{name}")


def desired(name: str, spec: ThingSpec) -> Desired:
    return Desired(key(name), spec, PLACE)


def catalog_of(things: Mapping[str, ThingSpec]) -> dict[Key, Desired]:
    return {key(name): desired(name, spec) for name, spec in things.items()}


class MemoryTarget:
    """A driver: refuses what a cloud refuses. References are kept as ids, as a cloud does.

    ``fault`` is asked before each step: "refuse" (nothing happens), "lose" (it happens, the reply is lost), or None.
    ``slow_deletes``: observations for which a deleted thing is still there.
    """

    def __init__(self, fault: Callable[[Step], str | None] = lambda _: None, slow_deletes: int = 0) -> None:
        self.things: dict[str, Thing] = {}
        self.fault = fault
        self.slow_deletes = slow_deletes
        self.calls: list[Step] = []
        self._ids = count(1)
        self._one_at_a_time = Lock()

    def observe(self, kinds: Collection[str] = (), *, complete: bool = False) -> World:
        for thing_id, thing in list(self.things.items()):
            if thing.going:
                thing.going -= 1
                if not thing.going:
                    self._vanish(thing_id)
        observed = {
            thing.key: Observed(thing.key, self._spec(thing), thing_id, State.DELETING if thing.going else State.READY)
            for thing_id, thing in self.things.items()
        }
        return World(TARGET, observed, {Key(TARGET, "image", "debian"): ("i-1",)})

    def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
        with self._one_at_a_time:
            self.calls.append(step)
            fault = self.fault(step)
            if fault == "refuse":
                raise StepFailed("503: try again")
            done = self._do(step, ids)
        if fault == "lose":
            raise StepFailed("no answer")
        return done

    def preflight(self, plan: Plan, world: World) -> PreflightResult:
        return PreflightResult()

    def stirs(self) -> bool:
        return True

    def is_stale(self) -> bool:
        return False

    def trace(self, resources: Iterable[Observed]) -> Mapping[Key, Trace]:
        return {}

    def close(self) -> None:
        pass

    def _do(self, step: Step, ids: Mapping[Key, str]) -> Done:
        if step.action is Action.DELETE:
            assert step.observed is not None
            return self._delete(step.observed.id)
        assert step.desired is not None
        spec = step.desired.spec
        assert isinstance(spec, ThingSpec)
        if step.action is Action.CREATE:
            return self._create(step.key, spec, ids)
        assert step.observed is not None
        return self._update(step, spec, ids)

    def _create(self, thing_key: Key, spec: ThingSpec, ids: Mapping[Key, str]) -> Done:
        if any(thing.key == thing_key for thing in self.things.values()):
            raise StepFailed("409: there is one of that name")
        held = {field: self._existing(getattr(spec, field), ids) for field in ("base", "uses", "plugs")}
        thing_id = f"id-{next(self._ids)}"
        self.things[thing_id] = Thing(thing_key, replace(spec, chosen=spec.chosen or 7), held)
        return Done(thing_id)

    def _update(self, step: Step, spec: ThingSpec, ids: Mapping[Key, str]) -> Done:
        assert step.observed is not None
        thing = self.things.get(step.observed.id)
        if thing is None or thing.going:
            raise StepFailed("404: gone")
        for change in step.changes:
            assert isinstance(change, FieldChange)
            if change.field in spec.immutable:
                raise StepFailed(f"400: {change.field} is read-only", terminal=True)
            if change.field in thing.held:
                thing.held[change.field] = self._existing(change.new, ids)
            else:
                thing.spec = replace(thing.spec, **{change.field: change.new})
        return Done(step.observed.id)

    def _delete(self, thing_id: str) -> Done:
        thing = self.things.get(thing_id)
        if thing is None or thing.going:
            return Done()
        for other in self.things.values():
            if thing_id in other.held["base"] or thing_id in other.held["uses"]:
                raise StepFailed(f"409: {thing.key} is in use by {other.key}")
        if self.slow_deletes:
            thing.going = self.slow_deletes
            return Done(pending=True)
        self._vanish(thing_id)
        return Done()

    def _vanish(self, thing_id: str) -> None:
        del self.things[thing_id]
        for other in self.things.values():
            other.held["plugs"] = [held for held in other.held["plugs"] if held != thing_id]

    def _existing(self, keys: tuple[Key, ...], ids: Mapping[Key, str]) -> list[str]:
        found = [ids[one] for one in keys]
        for thing_id in found:
            if thing_id not in self.things and not thing_id.startswith("i-"):
                raise StepFailed(f"404: no {thing_id}")
        return found

    def _spec(self, thing: Thing) -> ThingSpec:
        def keys(field: str) -> Iterator[Key]:
            for thing_id in thing.held[field]:
                known = self.things.get(thing_id)
                yield known.key if known else Key(TARGET, "image", "debian")

        base, uses, plugs = (tuple(sorted(keys(field))) for field in ("base", "uses", "plugs"))
        return replace(thing.spec, base=base, uses=uses, plugs=plugs)


LEVELS = 4
NAMES = "abc"


Wish = dict[Key, Desired]


def pairs() -> st.SearchStrategy[tuple[Wish, Wish]]:
    """Two random sets of things to want one after the other: all different, or with a few changes."""
    return st.tuples(st.integers(0, 2**32), st.booleans()).map(lambda drawn: _pair(*drawn))


def _pair(seed: int, related: bool) -> tuple[Wish, Wish]:
    dice = random.Random(seed)  # noqa: S311  no secret
    first = _things(dice)
    return catalog_of(first), catalog_of(_changed(first, dice) if related else _things(dice))


def _things(dice: random.Random) -> dict[str, ThingSpec]:
    found: dict[str, ThingSpec] = {}
    for level in range(LEVELS):
        names = [f"{level}/{name}" for name in NAMES if dice.random() < 0.8]
        found |= {name: _thing(dice, [key(below) for below in found if below < str(level)]) for name in names}
    return found


def _thing(dice: random.Random, below: list[Key]) -> ThingSpec:
    base, uses, plugs = (
        tuple(sorted(dice.sample(below, min(len(below), dice.choice([0, 0, 1, 2]))))) for _ in range(3)
    )
    return ThingSpec(
        size=dice.randrange(2),
        shape=dice.randrange(2),
        loud=dice.randrange(2),
        chosen=dice.choice([None, 7, 8]),
        base=base,
        uses=uses,
        plugs=plugs,
    )


def _changed(things: dict[str, ThingSpec], dice: random.Random) -> dict[str, ThingSpec]:
    """Some fields of some things are different, some things are gone and some are new."""
    result: dict[str, ThingSpec] = {}
    for level in range(LEVELS):
        below = [key(name) for name in result]
        for name in (f"{level}/{name}" for name in NAMES):
            fresh, old = _thing(dice, below), things.get(name)
            if old is None:
                if dice.random() < 0.2:
                    result[name] = fresh
                continue
            if dice.random() < 0.1:
                continue
            field = dice.choice(["size", "shape", "loud", "chosen", "base", "uses", "plugs", "", "", ""])
            new = replace(old, **{field: getattr(fresh, field)}) if field else old
            base, uses, plugs = (tuple(k for k in keys if k in below) for keys in (new.base, new.uses, new.plugs))
            result[name] = replace(new, base=base, uses=uses, plugs=plugs)
    return result


def random_faults(seed: int, likelihood: float, most: int) -> Callable[[Step], str | None]:
    """Faults at random, at most so many."""
    dice = random.Random(seed)  # noqa: S311  no secret
    left = count(most, -1)

    def fault(_step: Step) -> str | None:
        if dice.random() < likelihood and next(left) > 0:
            return dice.choice(["refuse", "lose"])
        return None

    return fault
