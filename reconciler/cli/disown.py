"""magi disown: remove the owner marks of a network service and leave everything running."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from reconciler.applying import apply
from reconciler.cli import exits, options
from reconciler.cli.loading import chosen, connected, load_source
from reconciler.cli.output import complain, console, print_json, table
from reconciler.model import (
    Action,
    Catalog,
    ConfigError,
    Driver,
    Impact,
    MagiError,
    Outcome,
    Plan,
    Result,
    Step,
    World,
)


@click.command(name="disown")
@options.of_service
@options.output
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(
    scope: options.Scope,
    service: str,
    clouds_file: Path | None,
    output: str,
    yes: bool,
) -> int:
    """Remove Magi's owner marks from a network service, and leave everything running: it is unmanaged from then on.

    The documents of SOURCE must not declare it any more, or say `suspend: true`; otherwise Magi would create it again.
    To stop managing a service: commit `suspend: true`, disown it, then remove its document.

    \b
    Examples:
      magi disown vcpe-paris .
      magi disown vcpe-paris https://git.example/ns.git --vim paris --yes
    """
    loaded = load_source(scope.source, scope.revision, scope.path, scope.overlay)
    _demand_suspended(loaded.catalog, service)
    targets = chosen(loaded.catalog, scope.vims, None)
    out = console(stderr=output == "json")
    outcomes: list[Outcome] = []
    with connected(targets, clouds_file, scope.owner) as drivers:
        worlds = {name: driver.observe(complete=True) for name, driver in drivers.items()}
        plans = [disown_plan(world, service) for world in worlds.values()]
        steps = [step for plan in plans for step in plan.steps.values()]
        if not steps:
            out.print(f"Nothing of {service} has a mark of '{scope.owner}'.")
            return exits.FINE
        table(out, ("VIM", "KIND", "NAME"), ((step.key.target, step.key.kind, step.key.name) for step in steps))
        if not yes:
            if not sys.stdin.isatty() or output == "json":
                raise click.UsageError("there is no terminal to ask on: give --yes")
            click.confirm(f"Remove the owner marks of these {len(steps)} resources?", abort=True)
        outcomes = list(_disowned(plans, worlds, drivers, loaded.catalog))
    left = [outcome for outcome in outcomes if outcome.result is not Result.DONE]
    if output == "json":
        print_json({"disowned": len(outcomes) - len(left), "left": [str(outcome.step.key) for outcome in left]})
    else:
        out.print(f"{len(outcomes) - len(left)} resources of {service} are disowned, and keep running.")
    for outcome in left:
        complain(MagiError(f"{outcome.step.key.target}: could not {outcome.step}: {outcome.reason}"))
    return exits.STEPS if left else exits.FINE


def _demand_suspended(catalog: Catalog, service: str) -> None:
    """Raises ConfigError where Magi would continue to work on the service."""
    info = catalog.services.get(service)
    if info and not info.suspended:
        raise ConfigError(
            f"{info.place}: the documents declare {service}, so Magi would create it again",
            "commit 'suspend: true' in its spec, disown it, then remove the document",
        )


def disown_plan(world: World, service: str) -> Plan:
    """A step for each resource of the service that exists on the target; they wait for nothing."""
    steps = [
        Step(Action.DISOWN, key, observed=observed, impact=Impact.NONE)
        for key, observed in sorted(world.observed.items())
        if key.service == service
    ]
    return Plan(world.target, {step.id: step for step in steps}, {step.id: frozenset() for step in steps})


def _disowned(
    plans: Iterable[Plan], worlds: Mapping[str, World], drivers: Mapping[str, Driver], catalog: Catalog
) -> Iterable[Outcome]:
    for plan in plans:
        workers = catalog.targets[plan.target].budget.concurrency
        yield from apply(plan, worlds[plan.target], drivers[plan.target], workers=workers)
