"""magi status: what a running daemon last found."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from reconciler.cli import exits, options
from reconciler.cli.asking import Asked
from reconciler.cli.loading import near
from reconciler.cli.output import console, echo, print_json
from reconciler.cli.status_view import status_parts
from reconciler.cli.watching import JsonLines, Lines, Picture, Screen, Verdict, watch
from reconciler.model import Health, Sync

_EVENTS, _EVENTS_OF_ONE, _EVENTS_IN_JSON = 30, 10, 1000
"""Events that are shown: with --events, along with one service, and to machines."""
_HASH = re.compile(r"[0-9a-f]{1,64}")


@click.command(name="status")
@options.daemon_url
@options.token_file
@click.option("--repository", metavar="NAME", help="Only this repository, by its name in the settings.")
@options.vim
@options.service
@click.option("--events", is_flag=True, help="Also what happened lately, the newest first.")
@click.option("--check", is_flag=True, help="Exit with 2 unless all is synced, healthy and accepted.")
@click.option("-w", "--watch", "watched", is_flag=True, help="Show it again and again, until Ctrl-C.")
@click.option("--wait", "waits", is_flag=True, help="The same, until all is synced, healthy and accepted.")
@click.option("--commit", metavar="HASH", help="With --check and --wait: for this commit; some digits are enough.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.1),
    default=2.0,
    show_default=True,
    help="Seconds between two requests of --watch and --wait.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=300.0,
    show_default=True,
    help="Seconds until --wait ends, with exit code 2.",
)
@options.output
def command(
    url: str,
    token_file: Path | None,
    repository: str | None,
    vims: tuple[str, ...],
    service: str | None,
    events: bool,
    check: bool,
    watched: bool,
    waits: bool,
    commit: str | None,
    interval: float,
    timeout: float,
    output: str,
) -> int:
    """What a running daemon last found, by network service and by VIM.

    One --service is shown with its conditions and what happened to it; docs/status.md says what conditions mean.
    --watch redraws on a terminal. Piped, or with -o json, it prints a line for each change. A daemon that goes away is
    waited for.

    \b
    Examples:
      magi status
      magi status --events
      magi status --service vcpe --watch
      magi status --vim paris --watch -o json
      git push && magi status --wait --commit $(git rev-parse HEAD) --timeout 600
      magi status --url https://magi.example --token-file token --check -o json
      magi status --url unix:/run/magi/magi.sock
    """
    if check and (watched or waits):
        raise click.UsageError("--check checks once: to wait until all is well, take --wait")
    if commit and not (check or waits):
        raise click.UsageError("--commit says what --check and --wait are about: give one of them")
    if commit and not _HASH.fullmatch(commit):
        message = (
            f"'{commit}' is no hash of a commit, nor its first digits: give $(git rev-parse {shlex.quote(commit)})"
        )
        raise click.BadParameter(message, param_hint="--commit")
    shown = (_EVENTS_IN_JSON if output == "json" else _EVENTS) if events else _EVENTS_OF_ONE if service else 0
    asked = Asked(url, repository, vims, service, shown, token_file)
    if watched or waits:
        return _watch(asked, output, interval, timeout if waits else None, commit)
    found = asked.answer()
    _require_known(asked, found)
    if output == "json":
        print_json(found)
    else:
        out = console()
        for part in status_parts(out, found, conditions=service is not None):
            out.print(part, soft_wrap=isinstance(part, Text))
    good = judge(found, asked, commit) is Verdict.GOOD
    return exits.CHANGES if check and not good else exits.FINE


def _require_known(asked: Asked, found: dict[str, Any]) -> None:
    """Raises click.BadParameter for a name that the daemon does not know: a typo is no state of anything."""
    answer: dict[str, Any] = {}

    def require(option: str, what: str, desired: Iterable[str], shown: str, field: str) -> None:
        for name in desired:
            if any(one[field] == name for one in found[shown]):
                continue
            answer.update(answer or replace(asked, repository=None, vims=(), service=None, events=0).answer())
            names = {one[field] for one in answer[shown]}
            if name not in names:
                raise click.BadParameter(f"the daemon knows no {what} '{name}'; {near(name, names)}", param_hint=option)

    require("--repository", "repository", filter(None, (asked.repository,)), "repositories", "name")
    require("--vim", "VIM", asked.vims, "vims", "name")
    require("--service", "network service", filter(None, (asked.service,)), "services", "name")


def _watch(asked: Asked, output: str, interval: float, timeout: float | None, commit: str | None) -> int:
    out = console()
    if timeout is None:
        with ExitStack() as ending:
            watch(asked.answer, _screen(out, asked, output, interval, ending), interval)
        return exits.FINE
    with ExitStack() as ending:
        screen = _screen(out, asked, output, interval, ending)
        verdict = watch(asked.answer, screen, interval, lambda found: judge(found, asked, commit), timeout)
    if verdict is Verdict.NEVER:
        echo(f"magi: commit {commit} is refused", err=True)
    elif verdict is Verdict.NOT_YET:
        echo(f"magi: not all is synced, healthy and accepted after {timeout:g} s", err=True)
    return exits.FINE if verdict is Verdict.GOOD else exits.CHANGES


def _screen(out: Console, asked: Asked, output: str, interval: float, ending: ExitStack) -> Screen:
    if output == "json":
        return JsonLines()
    if not out.is_terminal:
        return Lines(out)
    head = f"{asked.url}, every {interval:g} s, until Ctrl-C:"
    return Picture(out, head, ending, conditions=asked.service is not None)


def judge(found: dict[str, Any], asked: Asked, commit: str | None = None) -> Verdict:
    """Whether all that was asked for is there, synced, healthy and accepted; for ``commit``, where one is named."""
    repositories, vims, services = found["repositories"], found["vims"], found["services"]
    if commit and any(one["refused"].startswith(commit) for one in repositories):
        return Verdict.NEVER
    good = (
        found["ready"]
        and all(one["sync"] == Sync.SYNCED and one["health"] == Health.HEALTHY for one in services)
        and all(vim["up"] for vim in vims)
        and not any(one[name] for one in repositories for name in ("error", "refused", "distrust"))
        and not any(one["shard"] and _is_unwell(one["shard"]) for one in repositories)
        # What is not there yet is not well either.
        and (asked.repository is None or repositories)
        and (asked.service is None or services)
        and {*asked.vims} <= {vim["name"] for vim in vims}
    )
    if commit:
        of_commit = [one["name"] for one in repositories if one["commit"].startswith(commit)]
        observed = (vim["commit"].startswith(commit) for vim in vims if vim["repository"] in of_commit)
        good = good and of_commit and all(observed)
    return Verdict.GOOD if good else Verdict.NOT_YET


def _is_unwell(shard: dict[str, Any]) -> bool:
    # A daemon of before has none unreported.
    return bool(shard["unserved"] or shard["contended"] or shard["membersError"] or shard.get("unreported"))
