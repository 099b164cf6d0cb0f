"""magi adopt: write the documents of what another actor made, and take it over."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import yaml
from rich.console import Console

from reconciler.applying import apply
from reconciler.cli import exits, options
from reconciler.cli.loading import host_secrets, load_snapshot, load_source
from reconciler.cli.output import complain, console, echo, print_json, print_plans, table
from reconciler.model import Action, Catalog, ConfigError, Key, MagiError, Outcome, Plan, Result, Step, Target, World
from reconciler.planning import plan_target
from reconciler.review import plan_json
from reconciler.source import Snapshot, SourceFile
from reconciler.source.snapshot import blob_id
from reconciler.targets.openstack.adopting import (
    Adoption,
    adoption_plan,
    documents_of,
    has_mark,
    survey_of,
)
from reconciler.targets.openstack.driver import OpenStackDriver
from reconciler.targets.registry import TARGET_TYPES, Access, Connections


@click.command(name="adopt")
@click.argument("service", metavar="SERVICE")
@options.source
@options.revision
@options.path
@options.overlay
@click.option("--vim", required=True, metavar="NAME", help="The VIM on which it exists.")
@click.option("--name", "names", multiple=True, metavar="PATTERN", help="Only what is called so, as in 'web-*'.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File for the documents.")
@options.clouds_file
@options.owner
@options.output
@click.option("--yes", is_flag=True, help="Put the marks on.")
def command(
    service: str,
    source: str,
    revision: str | None,
    path: str,
    overlay: str,
    vim: str,
    names: tuple[str, ...],
    out: Path | None,
    clouds_file: Path | None,
    owner: str,
    output: str,
    yes: bool,
) -> int:
    """Take over what another actor made on a VIM: networks, routers, security groups, ports, servers, volumes.

    First without --yes: writes the documents of a network service SERVICE that asks for just what exists there, and
    changes nothing. Commit them; they say `suspend: true`. Then with --yes: puts Magi's marks on, if a plan against the
    documents of SOURCE is empty. Then take `suspend` away, and Magi keeps it what Git says.

    \b
    Examples:
      magi adopt shop . --vim paris --name 'shop-*' --out services/shop.yaml
      magi adopt shop . --vim paris --name 'shop-*' --yes
    """
    loaded = load_source(source, revision, path, overlay)
    if vim not in loaded.catalog.targets:
        raise click.BadParameter(f"no Vim '{vim}' in the documents", param_hint="--vim")
    in_source = service in loaded.catalog.services
    screen = console(stderr=output == "json" or (out is None and not in_source))
    target = loaded.catalog.targets[vim]
    with closing(_connect(target, clouds_file, owner)) as driver:
        adoption = survey_of(driver, vim, owner, service, names)
        if not adoption.world.observed:
            raise ConfigError(f"{vim}: nothing there is called so and has no mark", "see --name; patterns need quotes")
        written = documents_of(adoption.world.observed, service, vim)
        place = _place(source, path, overlay, out, service)
        catalog = loaded.catalog if in_source else _with(loaded.snapshot, written, place, overlay)
        plan = _differences(catalog, adoption.world, service)
        if not in_source:
            _write(written, out)
        _print_adoption(screen, adoption)
        if not plan.steps and not yes:
            screen.print(_next(out, adoption, in_source=in_source), soft_wrap=True)
        if plan.steps:
            screen.print("The documents would change what exists there, so it can't be taken over:")
            print_plans(screen, [plan])
        left: list[Outcome] = []
        if yes and not plan.steps:
            _demand_suspended(loaded.catalog, service)
            marks = adoption_plan(adoption)
            outcomes = list(apply(marks, adoption.world, driver, workers=target.budget.concurrency))
            left = [outcome for outcome in outcomes if outcome.result is not Result.DONE]
            screen.print(f"{len(outcomes) - len(left)} resources of {service} have Magi's mark now.")
            if not left:
                screen.print("Take 'suspend: true' away, and Magi keeps it what Git says.")
    if output == "json":
        print_json(_json(adoption, plan, left, marked=yes and not plan.steps))
    for outcome in left:
        complain(MagiError(f"{vim}: could not {outcome.step}: {outcome.reason}"))
    return exits.STEPS if left or plan.steps else exits.FINE


def _connect(target: Target, clouds_file: Path | None, owner: str) -> OpenStackDriver:
    """Raises ConfigError for a target of another type: nothing can be taken over there."""
    driver = Connections(TARGET_TYPES).connect(target, Access(clouds_file, owner))
    if not isinstance(driver, OpenStackDriver):
        driver.close()
        raise ConfigError(f"{target.name}: nothing can be adopted on a target of type {target.type}")
    return driver


def _place(source: str, path: str, overlay: str, out: Path | None, service: str) -> str:
    """The path of the documents from the folder of the source; where they are written elsewhere, one that is free."""
    folder = Path(source, path).expanduser().resolve()
    place = out.resolve() if out else folder
    free = posixpath.join(overlay, f"{service}.adopted.yaml")
    return place.relative_to(folder).as_posix() if folder in place.parents else free


def _with(snapshot: Snapshot, documents: Sequence[Any], path: str, overlay: str) -> Catalog:
    """What a source asks for together with documents that are not in it yet. Raises SourceError and DocumentsError."""
    content = _yaml(documents).encode()
    file = SourceFile(path, blob_id(content), len(content))

    def read(files: Sequence[SourceFile]) -> dict[str, bytes]:
        others = [one for one in files if one.path != path]
        return (snapshot.reader(others) if others else {}) | ({path: content} if len(others) < len(files) else {})

    both = replace(snapshot, files={**snapshot.files, path: file}, reader=read)
    return load_snapshot(both, host_secrets(os.environ), overlay).catalog


def _yaml(documents: Sequence[Any]) -> str:
    return yaml.safe_dump_all(documents, sort_keys=False, explicit_start=True, width=120)


def _write(documents: Sequence[Any], out: Path | None) -> None:
    if out is None:
        echo(_yaml(documents), nl=False)
        return
    if out.exists():
        raise ConfigError(f"{out} is there already", "give --out another file, or take that one away")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(_yaml(documents))


def _print_adoption(out: Console, adoption: Adoption) -> None:
    rows = (
        (key.kind, one.name or one.address, key.name, "to be put on" if key in adoption.unmarked else _mark_text(key))
        for key, one in sorted(adoption.world.observed.items())
    )
    table(out, ("KIND", "IS CALLED", "BECOMES", "MARK"), rows)
    for left in adoption.left:
        out.print(f"left alone: {left.kind} {left.name}: {left.why}")


def _next(out: Path | None, adoption: Adoption, *, in_source: bool) -> str:
    """What is to be done now that the documents ask for just what exists there."""
    if in_source:
        return f"A plan against the documents is empty. With --yes {len(adoption.unmarked)} resources get Magi's mark."
    where = f"in {out}" if out else "on standard output"
    return f"The documents are {where}: add them to SOURCE and commit them, then run this again with --yes."


def _mark_text(key: Key) -> str:
    return "has it" if has_mark(key.kind) else "by what it belongs to"


def _demand_suspended(catalog: Catalog, service: str) -> None:
    """Raises ConfigError where what is marked would be removed, or changed before anyone has checked."""
    info = catalog.services.get(service)
    if info is None:
        raise ConfigError(
            f"the documents have no service {service}, so that Magi would remove what has its marks",
            "write them with --out, commit them, and adopt with --yes then",
        )
    if not info.suspended:
        raise ConfigError(
            f"{info.place}: {service} is not suspended, so that Magi may work on it at the same time",
            "commit 'suspend: true' in its spec, adopt it, then take that away",
        )


def _json(adoption: Adoption, plan: Plan, left: Sequence[Outcome], *, marked: bool) -> Any:
    return {
        "vim": adoption.world.target,
        "resources": [
            {"kind": key.kind, "name": one.name, "id": one.id, "becomes": key.name}
            for key, one in sorted(adoption.world.observed.items())
        ],
        "leftAlone": [one._asdict() for one in adoption.left],
        "differences": plan_json(plan),
        "marked": len(adoption.unmarked) - len(left) if marked else 0,
        "failed": [str(outcome.step.key) for outcome in left],
    }


def _differences(catalog: Catalog, world: World, service: str) -> Plan:
    """What the documents would still do to what is taken over, but for new names: those are no harm."""
    desired = {
        key: declared for key, declared in catalog.desired.get(world.target, {}).items() if key.service == service
    }
    plan = plan_target(Catalog(catalog.targets, {world.target: desired}, {}), world)
    steps = {step_id: step for step_id, step in plan.steps.items() if not _only_renames(step)}
    return replace(plan, steps=steps, waits={step_id: plan.waits[step_id] & steps.keys() for step_id in steps})


def _only_renames(step: Step) -> bool:
    return step.action is Action.UPDATE and all(change.field == "name" for change in step.changes)
