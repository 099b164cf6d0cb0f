"""magi history: what a running daemon did lately."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from reconciler.cli import completing, exits, options
from reconciler.cli.asking import Asked
from reconciler.cli.output import console, print_json, since, table
from reconciler.reporting.chronicle import CommitOutcome

_BAD = frozenset({"unknown", CommitOutcome.REFUSED, CommitOutcome.UNREACHABLE, CommitOutcome.FAILED})
_SHOWN = 3
"""Network services that are named in a line."""


@click.command(name="history")
@click.argument("service", metavar="[SERVICE]", required=False, shell_complete=completing.services)
@options.daemon_url
@options.token_file
@click.option("--repository", metavar="NAME", help="Only this repository, by its name in the settings.")
@options.vim
@click.option("--commits", is_flag=True, help="Only commits and what became of them.")
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=50,
    show_default=True,
    help="How many passes, and how many commits, at most.",
)
@options.output
def command(
    service: str | None,
    url: str,
    token_file: Path | None,
    repository: str | None,
    vims: tuple[str, ...],
    commits: bool,
    limit: int,
    output: str,
) -> int:
    """What a running daemon did lately: its passes and the commits that it took or refused, the newest first.

    Passes that found nothing to do are left out, and those that failed alike are one line with their number. With a
    SERVICE: passes with steps of it, those that could not observe its VIMs, and the commits that these were for. All of
    it is in memory: a restart of the daemon forgets it.

    \b
    Examples:
      magi history
      magi history vcpe
      magi history --vim paris --limit 10
      magi history --commits
      magi history --url unix:/run/magi/magi.sock -o json
    """
    asked = Asked(url, repository, vims, service, token_file=token_file)
    found = asked.history(limit, passes=not commits)
    if output == "json":
        print_json({"commits": found["commits"]} if commits else found)
        return exits.FINE
    out = console()
    rows = [*_rows(out, found)]
    if not rows:
        out.print("Nothing yet, of what the daemon remembers.")
        return exits.FINE
    several = len({row[0] for _, row in rows}) > 1
    columns = ("WHEN", "VIM", "COMMIT", "RESULT", "STEPS", "SERVICES", "")
    newest = [row if several else row[1:] for _, row in sorted(rows, key=lambda row: row[0], reverse=True)]
    table(out, ("REPOSITORY", *columns) if several else columns, newest)
    return exits.FINE


def _rows(out: Console, found: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """A row for each, with the time in RFC 3339 that it is sorted by."""
    for one in found["passes"]:
        times = f"{one['times']} times: " if one["times"] > 1 else ""
        yield (
            one["lastAt"],
            (
                one["repository"],
                since(out, one["lastAt"]),
                one["vim"],
                one["commit"][:10],
                _result(one["result"], bad=one["result"] in _BAD or bool(one["failed"])),
                _steps(one),
                _services(one),
                f"{times}{one['reasons'][0]}" if one["reasons"] else times.rstrip(": "),
            ),
        )
    for one in found["commits"]:
        more = f" and {one['problemCount'] - 1} more" if one["problemCount"] > 1 else ""
        what = f"{one['problems'][0]}{more}" if one["problems"] else one["subject"]
        at = one["refusedAt"] or one["inForceAt"] or one["seenAt"]
        result = _result(f"commit {one['outcome']}", bad=one["outcome"] in _BAD)
        yield at, (one["repository"], since(out, at), "", one["commit"][:10], result, "", "", what)


def _result(word: str, *, bad: bool) -> Text:
    return Text(word, style="red" if bad else "")


def _steps(one: Mapping[str, Any]) -> str:
    """In words: "3 create, 1 update failed"."""
    parts = [
        f"{count} {action}{suffix}"
        for name, suffix in (("done", ""), ("failed", " failed"), ("blocked", " blocked"))
        for action, count in one[name].items()
    ]
    return ", ".join(parts)


def _services(one: Mapping[str, Any]) -> str:
    names = one["services"][:_SHOWN]
    left = len(one["services"]) + one["moreServices"] - len(names)
    return f"{', '.join(names)}{f' and {left} more' if left else ''}"
