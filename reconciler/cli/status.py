"""magi status: what a running daemon last found."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import click
from rich.text import Text

from reconciler.cli import exits, options
from reconciler.cli.output import console, print_json, print_services, table
from reconciler.events import Severity
from reconciler.model import Health, ServiceStatus, Sync, TargetUnknown

_TIMEOUT = 10
_SHOWN = 30
"""Events in a table; -o json has all."""


@click.command(name="status")
@click.option(
    "--url",
    default="http://127.0.0.1:9464",
    envvar="MAGI_STATUS_URL",
    show_default=True,
    help="Where the daemon listens.",
)
@options.vim
@options.service
@click.option("--events", is_flag=True, help="Also what happened lately, the newest first.")
@click.option("--check", is_flag=True, help="Exit with 2 unless all is synced, healthy and accepted.")
@options.output
def command(url: str, vims: tuple[str, ...], service: str | None, events: bool, check: bool, output: str) -> int:
    """What a running daemon last found, by network service and by VIM.

    \b
    Examples:
      magi status
      magi status --events
      magi status --vim paris --service vcpe
      magi status --url http://magi.example:9464 --check -o json
    """
    found = fetch(url)
    if events:
        query = {
            name: value for name, value in (("vim", vims[0] if len(vims) == 1 else ""), ("service", service)) if value
        }
        found["events"] = _answer(url, f"/api/v1/events?{urllib.parse.urlencode(query)}")["events"]
    found["services"] = [s for s in found["services"] if _wanted(s, vims, service)]
    found["vims"] = [vim for vim in found["vims"] if not vims or vim["name"] in vims]
    if output == "json":
        print_json(found)
    else:
        _show(found)
        if events:
            _show_events(found["events"])
    good = all(s["sync"] == Sync.SYNCED.value and s["health"] == Health.HEALTHY.value for s in found["services"])
    repository = found["repository"]
    good = (
        good
        and all(vim["up"] for vim in found["vims"])
        and not any(repository[name] for name in ("error", "refused", "distrust"))
    )
    good = good and found["ready"]
    return exits.CHANGES if check and not good else exits.FINE


def fetch(url: str) -> dict[str, Any]:
    """What the daemon last found. Raises TargetUnknown when none answers."""
    body = _answer(url, "/api/v1/status")
    if not {"repository", "vims", "services"} <= body.keys():
        raise _not_magi(url)
    return body


def _answer(url: str, path: str) -> dict[str, Any]:
    if not url.startswith(("http://", "https://")):
        raise click.BadParameter("must begin with http:// or https://", param_hint="--url")
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}{path}", timeout=_TIMEOUT) as answer:  # noqa: S310  checked
            body: Any = json.load(answer)
    except (OSError, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise TargetUnknown(
            f"no daemon answers at {url}: {reason}", "start one with 'magi run', or name its address with --url"
        ) from error
    if not isinstance(body, dict):
        raise _not_magi(url)
    return body


def _not_magi(url: str) -> TargetUnknown:
    return TargetUnknown(f"what answers at {url} is not a Magi daemon", "name the daemon's address with --url")


def _wanted(found: Any, vims: tuple[str, ...], service: str | None) -> bool:
    return (not vims or found["vim"] in vims) and service in {None, found["name"]}


def _show(found: dict[str, Any]) -> None:
    out = console()
    repository = found["repository"]
    head = f"{repository['url']} at {repository['revision'][:10] or 'no commit yet'}"
    out.print(Text(f"{head} “{repository['subject']}”" if repository["subject"] else head), soft_wrap=True)
    if repository["error"]:
        out.print(Text(f"Git can't be read: {repository['error']}", style="red"), soft_wrap=True)
    if repository["distrust"]:
        out.print(
            Text(f"The last verified commit stays in force: {repository['distrust']}", style="red"), soft_wrap=True
        )
    if repository["refused"]:
        out.print(Text(f"Commit {repository['refused'][:10]} is refused:", style="red"), soft_wrap=True)
        for problem in repository["problems"]:
            out.print(Text(f"  {problem}", style="red"), soft_wrap=True)
    out.print()
    print_services(
        out,
        [
            ServiceStatus(
                s["name"], s["vim"], Sync(s["sync"]), Health(s["health"]), s["resources"], s["ready"], s["stepsLeft"],
                s["message"],
            )
            for s in found["services"]
        ],
    )  # fmt: skip
    out.print()
    table(
        out,
        ("VIM", "LOOK", "RESOURCES", "STEPS LEFT", "LOOKED", ""),
        (
            (
                vim["name"],
                Text("up", style="green") if vim["up"] else Text("unknown", style="red"),
                vim["resources"],
                vim["stepsLeft"],
                f"{max(0, round(time.time() - vim['lookedAt']))} s ago",
                vim["error"],
            )
            for vim in found["vims"]
        ),
    )
    for vim in found["vims"]:
        for told in vim["plan"]["warnings"] if vim["plan"] else ():
            out.print(Text(f"warning on {vim['name']}: {told}", style="yellow"), soft_wrap=True)
    held = [(vim["name"], one) for vim in found["vims"] if vim["plan"] for one in vim["plan"]["heldSets"]]
    for name, one in held:
        line = f"held on {name}: {one['reason']}: magi approve {one['digest']}"
        out.print(Text(line, style="yellow"), soft_wrap=True)


def _show_events(events: list[dict[str, Any]]) -> None:
    out = console()
    out.print()
    rows = (
        (
            f"{max(0, round(time.time() - event['last']))} s ago",
            event["count"],
            event["vim"],
            event["service"],
            Text(event["reason"], style="red" if event["severity"] == Severity.WARNING else ""),
            event["message"],
        )
        for event in events[:_SHOWN]
    )
    table(out, ("LAST", "TIMES", "VIM", "SERVICE", "REASON", "WHAT"), rows)
