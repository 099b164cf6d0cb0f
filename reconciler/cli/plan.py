"""magi plan: what would be done, without doing it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reconciler.cli import exits, options
from reconciler.cli.loading import Loaded, chosen, connected, load_source
from reconciler.cli.observing import observe
from reconciler.cli.output import complain, echo, print_json, print_reports
from reconciler.cli.saving import pinned, save_plan
from reconciler.model import ApiCall, BlockReason, MagiError, Plan, Report
from reconciler.review import LEAST_SIZE, MAX_SIZE, counts_of, plan_digest, plan_json, plans_markdown, summary_json


@click.command(name="plan")
@options.of_targets
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="Form of the answer; markdown is for a pull request.",
)
@click.option(
    "--summary", is_flag=True, help="Only a table: numbers by network service and VIM, with the worst impact."
)
@click.option(
    "--max-size",
    type=click.IntRange(min=LEAST_SIZE),
    default=MAX_SIZE,
    show_default=True,
    metavar="BYTES",
    help="How long the Markdown may be; a GitHub comment takes 65536, one of GitLab 1000000.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also save the plan, for 'magi apply FILE'.",
)
@click.option(
    "--detailed-exitcode", is_flag=True, help="Exit with exactly 0: nothing to do, 2: changes, 1: an error of any kind."
)
def command(
    scope: options.Scope,
    clouds_file: Path | None,
    output: str,
    summary: bool,
    max_size: int,
    out: Path | None,
    detailed_exitcode: bool,
) -> int:
    """Show what would be done to make the clouds what the documents say.

    SOURCE is a directory (as it is on disk), a local Git repository (with --revision) or a Git URL. Nothing is changed.

    \b
    Examples:
      magi plan .
      magi plan . --revision HEAD~1 --vim paris
      magi plan https://git.example/ns.git --detailed-exitcode -o json
      magi plan . --summary
      magi plan . -o markdown
      magi plan . --out plan.json
    """
    if summary and output != "text":
        raise click.UsageError("--summary is a form of the text; JSON always has the numbers, as 'services'")
    try:
        loaded = load_source(scope.source, scope.revision, scope.path, scope.overlay)
        targets = chosen(loaded.catalog, scope.vims, scope.service)
        calls: list[ApiCall] = []
        with connected(targets, clouds_file, scope.owner, calls.append) as drivers:
            # What is shown has to be what an apply finds, which lists all.
            reports = observe(loaded.catalog, drivers, scope.service, complete=True, preflight=True)
        answer = _json(loaded, reports, len(calls))
        if output == "json":
            print_json(answer)
        elif output == "markdown":
            errors = [str(report.error) for report in reports if report.error is not None]
            echo(plans_markdown(_plans(reports), loaded.title(), errors, max_size), nl=False)
        else:
            print_reports(loaded.title(), reports, summary=summary)
        if out and answer["errors"]:
            echo(f"magi: {out} is not written: a plan of which a VIM could not be observed is none", err=True)
        elif out:
            save_plan(out, pinned(scope, loaded), answer)
            echo(f"magi: saved: 'magi apply {out}' does this, and nothing else", err=True)
        return _ending(reports, detailed_exitcode=detailed_exitcode)
    except MagiError as error:
        if detailed_exitcode:
            complain(error)
            return 1
        raise


def _json(loaded: Loaded, reports: list[Report], requests: int) -> dict[str, Any]:
    plans = _plans(reports)
    return {
        "source": loaded.snapshot.label,
        "commit": loaded.snapshot.commit,
        "digest": plan_digest(plans),
        "summary": counts_of(plans)._asdict(),
        "services": summary_json(plans),
        "vims": [plan_json(plan) for plan in plans],
        "errors": [str(report.error) for report in reports if report.error is not None],
        "apiRequests": requests,
    }


def _plans(reports: list[Report]) -> list[Plan]:
    return [report.plan for report in reports if report.plan is not None]


def _ending(reports: list[Report], *, detailed_exitcode: bool) -> int:
    """Reports what could not be observed, and the exit code."""
    errors = [report.error for report in reports if report.error is not None]
    for error in errors:
        complain(error)
    if errors:
        return 1 if detailed_exitcode else exits.code_of(errors[0])
    plans = _plans(reports)
    if any(missing(plan) or plan.preflight.obstacles for plan in plans):
        return 1 if detailed_exitcode else exits.STEPS
    return exits.CHANGES if detailed_exitcode and any(plan.steps for plan in plans) else exits.FINE


def missing(plan: Plan) -> bool:
    """Whether the plan has steps that can't be done because something is not there."""
    return any(step.blocked is BlockReason.MISSING for step in plan.steps.values())
