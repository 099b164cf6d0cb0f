"""magi apply: one convergence."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from click.core import ParameterSource

from reconciler.cli import exits, options
from reconciler.cli.consenting import consented
from reconciler.cli.converging import converge_shown, converged_json, ending
from reconciler.cli.loading import chosen, connected, load_source
from reconciler.cli.observing import observe
from reconciler.cli.output import complain, console, print_json, print_plans, print_services
from reconciler.cli.saving import OutdatedError, SavedPlan, check_is_the_same, is_saved_plan, read_saved_plan
from reconciler.model import ApiCall


@click.command(name="apply")
@options.for_targets
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--timeout", default=1800.0, show_default=True, metavar="SECONDS", help="When to stop waiting, a VIM.")
def command(
    scope: options.Scope,
    clouds_file: Path | None,
    output: str,
    yes: bool,
    timeout: float,
) -> int:
    """Make the clouds what the documents say: passes until nothing is left to do, or only failures are left.

    Shows the plan and asks first, and then whether to do what guards block as well, where a person may consent to it.
    SOURCE is a directory (as it is on disk), a local Git repository (with --revision) or a Git URL; or a file of 'magi
    plan --out', which says what it was made of: it is applied without asking if exactly that would be done now, and
    else not at all (exit code 7).

    \b
    Examples:
      magi apply .
      magi apply . --yes --vim paris --service vcpe
      magi apply https://git.example/ns.git --revision v1.4 --yes -o json
      magi apply plan.json
    """
    saved = read_saved_plan(scope.source) if is_saved_plan(scope.source) else None
    if saved:
        _check_scope(saved, click.get_current_context())
        scope, yes = saved.scope, True
    if output == "json" and not yes:
        raise click.UsageError("-o json needs --yes: it asks nothing")
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask on: give --yes")
    loaded = load_source(scope.source, scope.revision, scope.path, scope.overlay)
    targets = chosen(loaded.catalog, scope.vims, scope.service)
    out = console(stderr=output == "json")
    calls: list[ApiCall] = []
    with connected(targets, clouds_file, scope.owner, calls.append) as drivers:
        # The drivers remember what exists, so that the passes that follow find it too.
        reports = observe(loaded.catalog, drivers, scope.service, complete=True, preflight=True)
        out.print(loaded.title(), style="bright_black", soft_wrap=True)
        plans = [report.plan for report in reports if report.plan is not None]
        if plans:
            print_plans(out, plans)
        errors = [report.error for report in reports if report.error is not None]
        for error in errors:
            complain(error)
        if errors and (saved or len(errors) == len(reports)):
            return exits.code_of(errors[0])
        if saved:
            try:
                check_is_the_same(saved, plans)
            except OutdatedError as error:
                complain(error)
                return exits.OUTDATED
        if any(plan.steps for plan in plans) and not yes:
            click.confirm("Apply this plan?", abort=True)
        catalog = loaded.catalog if yes else consented(out, plans, loaded.catalog)
        result = converge_shown(out, catalog, drivers, only=scope.service, timeout=timeout)
    if output == "json":
        print_json(converged_json(result, len(calls)))
    else:
        services = [status for report in result.converged.reports.values() for status in report.services]
        print_services(out, [status for status in services if scope.service in {None, status.name}])
    return ending(result, asks=not catalog.approvals_are_limited)


def _check_scope(saved: SavedPlan, context: click.Context) -> None:
    """A saved plan says itself what it is about."""
    given = {
        name: context.params[name]
        for name in ("revision", "path", "overlay", "vims", "service", "owner")
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT
    }
    for name in ("owner", "overlay"):
        # Both may come from the environment.
        if name in given and given[name] == getattr(saved.scope, name):
            del given[name]
    if given:
        names = " and ".join(f"--{name.removesuffix('s') if name == 'vims' else name}" for name in given)
        raise click.UsageError(f"{names} can't be given with a saved plan: {saved.file} says what it was made of")
