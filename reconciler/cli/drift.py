"""magi drift: what differs from the documents, since when, and who did it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from reconciler.cli import exits, options
from reconciler.cli.loading import Loaded, chosen, connected, load_source
from reconciler.cli.observing import observe
from reconciler.cli.output import complain, console, print_json, table
from reconciler.model import Catalog, Change, DriftMode, Driver, Key, Plan, Step, Trace
from reconciler.review import difference, items_of, plain

MOST_TRACED = 100
"""Resources of a VIM of which it is asked who changed them: it costs a request each."""

_WORDS = {"create": "missing", "update": "changed", "replace": "changed", "delete": "extra"}


@dataclass(frozen=True, slots=True)
class _Row:
    """One resource that differs; ``mode``: what the documents say is done when nothing new in Git is the cause.

    ``step``: what that comes to now, which may be blocked.
    """

    key: Key
    how: str
    changes: tuple[Change, ...]
    mode: str
    step: Step
    trace: Trace | None

    @property
    def done(self) -> str:
        """What the daemon does about it: nothing, whatever the mode, to what is suspended or frozen."""
        if self.step.blocked is None or DriftMode.REPAIR.value not in self.mode:
            return self.mode
        return f"blocked: {self.step.blocked.value}"


@click.command(name="drift")
@options.of_targets
@click.option("--check", is_flag=True, help="Exit with 2 when something differs.")
@options.output
def command(
    scope: options.Scope,
    clouds_file: Path | None,
    check: bool,
    output: str,
) -> int:
    """List what differs from the documents: since when, by whom where the cloud reports, what the daemon does about it.

    Nova reports the last action on a server and its user, Neutron and Cinder when a resource last changed. What is
    written to Git and not yet applied differs as well. SOURCE is as for 'magi plan'; nothing is changed.

    \b
    Examples:
      magi drift .
      magi drift https://git.example/ns.git --revision main --check
      magi drift . --service vcpe -o json
    """
    loaded = load_source(scope.source, scope.revision, scope.path, scope.overlay)
    targets = chosen(loaded.catalog, scope.vims, scope.service)
    with connected(targets, clouds_file, scope.owner) as drivers:
        reports = observe(loaded.catalog, drivers, scope.service)
        plans = [report.plan for report in reports if report.plan is not None]
        with ThreadPoolExecutor(len(drivers), thread_name_prefix="trace") as pool:
            found = pool.map(lambda plan: list(_rows(loaded.catalog, plan, drivers[plan.target])), plans)
            rows = [row for of_vim in found for row in of_vim]
    errors = [report.error for report in reports if report.error is not None]
    if output == "json":
        print_json(_json(loaded, rows, list(map(str, errors))))
    else:
        _print(loaded, rows)
    for error in errors:
        complain(error)
    if errors:
        return exits.code_of(errors[0])
    return exits.CHANGES if check and rows else exits.FINE


def _rows(catalog: Catalog, plan: Plan, driver: Driver) -> Iterator[_Row]:
    items = items_of(plan)
    there = [step.observed for _, step in items if step.observed is not None]
    traces = driver.trace(there[:MOST_TRACED])
    for verb, step in items:
        yield _Row(step.key, _WORDS[verb], step.changes, _mode(step, catalog.policy.drift), step, traces.get(step.key))


def _mode(step: Step, wider: DriftMode) -> str:
    """All that is to be done about the fields that differ: ("repair"), or ("repair, report")."""
    if step.desired is None:
        return DriftMode.REPAIR.value
    names = [change.field for change in step.changes] or [""]
    return ", ".join(dict.fromkeys(step.desired.drift_of(name, wider).value for name in names))


def _json(loaded: Loaded, rows: list[_Row], errors: list[str]) -> dict[str, Any]:
    return {
        "source": loaded.snapshot.label,
        "commit": loaded.snapshot.commit,
        "drift": [
            {
                "vim": row.key.target,
                "service": row.key.service,
                "kind": row.key.kind,
                "name": row.key.name,
                "difference": row.how,
                "changes": [
                    {"field": change.field, "old": plain(change.old), "new": plain(change.new)}
                    for change in row.changes
                ],
                "mode": row.mode,
                "blocked": row.step.blocked.value if row.step.blocked else None,
                "reason": row.step.reason,
                "changedAt": _time(row.trace.at) if row.trace else None,
                "changedBy": (row.trace.who or None) if row.trace else None,
                "action": (row.trace.what or None) if row.trace else None,
            }
            for row in rows
        ],
        "errors": errors,
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _print(loaded: Loaded, rows: list[_Row]) -> None:
    out = console()
    out.print(loaded.title(), style="bright_black", soft_wrap=True)
    if not rows:
        out.print("No drift: the clouds are what the documents say.")
        return
    now = time.time()
    table(
        out,
        ("VIM", "RESOURCE", "DIFFERENCE", "FIELDS", "LAST CHANGE", "BY", "DRIFT"),
        (
            (
                row.key.target,
                str(row.key),
                row.how,
                "; ".join(f"{change.field}: {difference(change)}" for change in row.changes),
                _format_trace(row.trace, now),
                row.trace.who if row.trace else "",
                row.done,
            )
            for row in rows
        ),
    )


def _format_trace(trace: Trace | None, now: float) -> str:
    """How long ago, and what was done: "3 h ago (stop)"."""
    if trace is None:
        return ""
    seconds = max(0, round(now - trace.at))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit} ago" + f" ({trace.what})" * bool(trace.what)
    return f"{seconds} s ago" + f" ({trace.what})" * bool(trace.what)
