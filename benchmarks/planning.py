"""A plan for 20,000 resources of which 1 % changed: diff and order, nothing else."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from statistics import median

from benchmarks import fleet
from benchmarks.result import Result
from reconciler.documents import Library
from reconciler.model import Catalog, Consent, Key, Observed, Permission, Policy, World
from reconciler.planning import plan_target
from reconciler.source import blob_id
from reconciler.source.snapshot import Snapshot, SourceFile
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.kinds.port import FixedIp, PortSpec
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.registry import TARGET_TYPES

RESOURCES = 20_000
CHANGED = 0.01
SECONDS = 1.0


def run() -> list[Result]:
    catalog = _catalog()
    desired = catalog.desired["paris"]
    world = _world(catalog)
    nothing = _seconds(catalog, world)
    changed = _changed(world)
    plan = plan_target(catalog, changed)
    return [
        Result(f"{len(desired):,} resources, nothing changed", nothing, "s", SECONDS),
        Result(
            f"{len(desired):,} resources, 1 % changed, {len(plan):,} steps", _seconds(catalog, changed), "s", SECONDS
        ),
    ]


def _catalog() -> Catalog:
    contents = {name: text.encode() for name, text in fleet.large_repository(RESOURCES // 76 + 1).items()}
    files = {name: SourceFile(name, blob_id(data), len(data)) for name, data in contents.items()}
    snapshot = Snapshot("memory", None, files, lambda some: {one.path: contents[one.path] for one in some})
    catalog = Library(TARGET_TYPES).catalog(snapshot)
    kept = dict(list(catalog.desired["paris"].items())[:RESOURCES])
    return replace(
        catalog,
        desired={"paris": kept},
        policy=Policy(max_deletes=RESOURCES, consent=Consent(Permission.ALLOW, Permission.ALLOW)),
    )


def _world(catalog: Catalog) -> World:
    """All as declared, with the cloud's choices made."""
    observed: dict[Key, Observed] = {}
    existing: dict[Key, tuple[str, ...]] = {}
    for number, (key, desired) in enumerate(catalog.desired["paris"].items()):
        spec = desired.spec
        if isinstance(spec, PortSpec):
            spec = replace(spec, fixed_ips=tuple(FixedIp(ip.subnet, f"10.0.0.{number}") for ip in spec.fixed_ips or ()))
        elif isinstance(spec, NetworkSpec):
            spec = replace(spec, mtu=1442)
        elif isinstance(spec, ServerSpec):
            spec = replace(spec, availability_zone="nova")
        observed[key] = Observed(key, spec, f"id-{number}")
        for ref in spec.refs():
            if ref.kind in {"image", "flavor"} or ref.kind.startswith("existing"):
                existing[ref] = (f"id-{ref.name}",)
    return World("paris", observed, existing)


def _changed(world: World) -> World:
    """One in a hundred is gone, or differs, or is not declared."""
    dice = random.Random(1)
    observed = dict(world.observed)
    for key in dice.sample(sorted(observed), int(len(observed) * CHANGED)):
        there = observed[key]
        match dice.choice(["gone", "renamed", "replaced", "more"]):
            case "gone":
                del observed[key]
            case "renamed":
                observed[key] = replace(there, name="temporary")
            case "replaced" if isinstance(there.spec, ServerSpec):
                observed[key] = replace(there, spec=replace(there.spec, flavor=Key("paris", "flavor", "other")))
            case _:
                other = key._replace(name=f"{key.name}-old")
                observed[other] = replace(there, key=other, id=f"{there.id}-old")
    return World(world.target, observed, world.existing)


def _seconds(catalog: Catalog, world: World) -> float:
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        plan_target(catalog, world)
        taken.append(time.perf_counter() - start)
    return median(taken)
