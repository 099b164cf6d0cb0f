"""How commands print: tables, colour and progress on a terminal, plain lines when piped, JSON for machines."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.rule import Rule
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from reconciler.model import DocumentsError, Health, MagiError, Plan, Report, ServiceStatus, Sync
from reconciler.review import (
    LONG,
    SUMMARY_COLUMNS,
    Line,
    counts_of,
    duration_line,
    effects_line,
    plan_digest,
    plans_text,
    summary_rows,
)
from reconciler.text.markdown import printable

_STYLES = {
    "create": "green",
    "update": "yellow",
    "delete": "red",
    "replace": "magenta",
    "blocked": "bright_black",
    "heading": "bold",
    "plain": "",
}
_SYNC_STYLES = {Sync.SYNCED: "green", Sync.OUT_OF_SYNC: "yellow", Sync.UNKNOWN: "red"}
_HEALTH_STYLES = {
    Health.HEALTHY: "green",
    Health.PROGRESSING: "cyan",
    Health.DEGRADED: "red",
    Health.MISSING: "red",
    Health.UNKNOWN: "red",
}


_WIDE = 100_000
"""Columns of what is no terminal: there no line is broken, and nothing but long text is cut."""

LONGEST_CELL = 200
"""Characters of a cell in columns of text; JSON has all of it."""


class _Console(Console):
    """Where all that is printed in lines and tables passes.

    Much of it are words of clouds, of Git and of forges, which may hold anything: control characters, and those that
    turn the direction of writing, are shown as escapes, and brackets are no markup.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        for segment in super().render(renderable, options):
            # Rich's own sequences are segments of another type.
            yield segment if segment.control else Segment(harmless(segment.text), segment.style)


def console(*, stderr: bool = False) -> Console:
    """A console that colours only a terminal and never breaks lines that a script may read."""
    found = _Console(stderr=stderr)
    if not found.is_terminal:
        return _Console(stderr=stderr, no_color=True, width=_WIDE, soft_wrap=True)
    return found


def echo(text: str = "", *, err: bool = False, nl: bool = True) -> None:
    """Prints text as it is, but for control characters; where all passes that no console prints."""
    click.echo(harmless(text), err=err, nl=nl)


def complain(error: MagiError) -> None:
    """One clear message on stderr: what is wrong, and what would do."""
    if isinstance(error, DocumentsError):
        for problem in error.problems:
            echo(str(problem), err=True)
        return
    echo(f"magi: {error.message}", err=True)
    if error.hint:
        echo(f"  {error.hint}", err=True)


def harmless(text: str) -> str:
    """A text of one line or several that does nothing to the terminal that shows it."""
    return text if text.isprintable() else "\n".join(map(printable, text.split("\n")))


def heading(out: Console, title: str) -> None:
    """A title, with a rule over the width of a terminal."""
    if out.is_terminal:
        out.print(Rule(Text(title, style="bold"), align="left", style="bright_black"))
    else:
        out.print(f"== {title} ==")


def print_json(value: Any, indent: int | None = 2) -> None:
    """``indent`` None: on one line."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    # What is no letter of any language is escaped as JSON does it, and then all that is not ASCII.
    click.echo(text if harmless(text) == text else json.dumps(value, indent=indent))


def print_lines(out: Console, lines: Iterable[Line]) -> None:
    for line in lines:
        out.print(Text(line.text, style=_STYLES[line.style]), soft_wrap=True)


def print_plans(out: Console, plans: Iterable[Plan], *, approving: bool = True) -> None:
    """Plans by network service and VIM, and what they come to. ``approving``: also how Git may consent.

    On a terminal a table comes first where they are long.
    """
    plans = list(plans)
    rows = summary_rows(plans) if out.is_terminal else []
    if sum(row.counts.resources for row in rows) > LONG:
        table(out, SUMMARY_COLUMNS, (row.cells for row in rows))
        out.print(Text("The plan follows; 'magi plan --summary' shows this table alone.", style="bright_black"))
    print_lines(out, plans_text(plans, approving=approving))
    _print_totals(out, plans)


def print_summary(out: Console, plans: Iterable[Plan]) -> None:
    """Plans as a table, and what they come to."""
    plans = list(plans)
    if rows := summary_rows(plans):
        table(out, SUMMARY_COLUMNS, (row.cells for row in rows))
    _print_totals(out, plans)


def _print_totals(out: Console, plans: Sequence[Plan]) -> None:
    if any(plan.steps for plan in plans):
        out.print(Text(f"Plan: {counts_of(plans)}.", style="bold"))
        if effects := effects_line(plans):
            out.print(Text(f"Impact: {effects}.", style="bold"))
        if duration := duration_line(plans):
            out.print(Text(f"Duration: {duration}.", style="bold"))
        out.print(Text(f"Digest: {plan_digest(plans)}", style="bright_black"))
    elif any(plan.uncompared for plan in plans):
        out.print(Text("Nothing to do in what could be compared.", style="bold"))
    elif degraded := sum(note.degraded for plan in plans for note in plan.notes.values()):
        what = "1 resource does" if degraded == 1 else f"{degraded} resources do"
        out.print(Text(f"Nothing to do, but {what} not work: see above.", style="bold"))
    else:
        out.print(Text("Nothing to do: the clouds are what the documents say.", style="bold"))


def print_reports(title: str, reports: Iterable[Report], *, summary: bool = False) -> None:
    """The plans, under where the documents are from. ``summary``: only as a table."""
    out = console()
    out.print(title, style="bright_black", soft_wrap=True)
    if plans := [report.plan for report in reports if report.plan is not None]:
        (print_summary if summary else print_plans)(out, plans)


def print_services(out: Console, services: Iterable[ServiceStatus]) -> None:
    out.print(services_table(out, services))


def services_table(out: Console, services: Iterable[ServiceStatus]) -> Table:
    """Services with their sync and health, as a table on a terminal and as columns of text elsewhere."""
    table = _table(out, "SERVICE", "VIM", "SYNC", "HEALTH", "READY", "")
    for service in services:
        table.add_row(
            service.name,
            service.target,
            Text(service.sync.value, style=_SYNC_STYLES[service.sync]),
            Text(service.health.value, style=_HEALTH_STYLES[service.health]),
            # Of what could not be observed it is not known how much is ready.
            f"{'?' if service.health is Health.UNKNOWN else service.ready}/{service.desired}",
            _cell(out, service.message, whole=False),
        )
    return table


def _table(out: Console, *columns: str, whole: Collection[str] = ()) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for column in columns:
        table.add_column(
            column, overflow="fold" if out.is_terminal else "ignore", no_wrap=not out.is_terminal or column in whole
        )
    return table


def table(out: Console, columns: Iterable[str], rows: Iterable[Iterable[Any]], whole: Collection[str] = ()) -> None:
    out.print(make_table(out, columns, rows, whole))


def make_table(
    out: Console, columns: Iterable[str], rows: Iterable[Iterable[Any]], whole: Collection[str] = ()
) -> Table:
    """A table of anything. ``whole``: columns of what is copied, which is not broken over lines."""
    columns = list(columns)
    made = _table(out, *columns, whole=whole)
    for row in rows:
        made.add_row(*(_cell(out, cell, column in whole) for column, cell in zip(columns, row, strict=True)))
    return made


def _cell(out: Console, cell: Any, whole: bool) -> Text | str:
    if isinstance(cell, Text):
        return cell
    text = printable(str(cell))
    return text if whole or out.is_terminal or len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def since(out: Console, moment: str) -> str:
    """A time in RFC 3339 with how long it is ago: "12 s ago, 14:03 UTC" on a terminal, in full elsewhere."""
    if not out.is_terminal:
        return f"{moment} ({ago(moment)})"
    at = datetime.fromisoformat(moment).astimezone(UTC)
    recent = time.time() - at.timestamp() < 86_400
    return f"{ago(moment)}, {at:%H:%M} UTC" if recent else f"{ago(moment)}, {at:%Y-%m-%d %H:%M} UTC"


def ago(moment: str) -> str:
    """How long a time in RFC 3339 is ago: "12 s ago", "3 h ago"."""
    seconds = max(0, round(time.time() - datetime.fromisoformat(moment).timestamp()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit} ago"
    return f"{seconds} s ago"
