"""magi sync: a running daemon fetches and observes now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from reconciler.cli import completing, exits, options
from reconciler.cli.asking import Asked
from reconciler.cli.output import console, echo, print_json
from reconciler.text.markdown import printable

_SHOWN = 10


@click.command(name="sync")
@click.argument("service", metavar="[SERVICE]", required=False, shell_complete=completing.services)
@options.daemon_url
@options.token_file
@click.option("--repository", metavar="NAME", help="Only this repository, by its name in the settings.")
@click.option("--vim", metavar="NAME", help="Only this VIM.", shell_complete=completing.vims)
@options.output
def command(
    service: str | None,
    url: str,
    token_file: Path | None,
    repository: str | None,
    vim: str | None,
    output: str,
) -> int:
    """Have a running daemon fetch Git and observe now, instead of when it is due: all, a SERVICE, or one VIM.

    It logs in again, and tries at once what waits after failures. Nothing is asked for that Git does not declare, so
    this is safe at any time. Returns when the daemon knows of it: 'magi status --wait' waits for the outcome.

    \b
    Examples:
      magi sync
      magi sync vcpe
      magi sync --vim paris; magi status --vim paris --wait
      magi sync --url unix:/run/magi/magi.sock
    """
    found = Asked(url, repository, (vim,) if vim else (), service, token_file=token_file).sync()
    if output == "json":
        print_json(found)
        return exits.FINE
    out = console()
    repositories = ", ".join(map(printable, found["repositories"])) or "none"
    out.print(f"Fetches {repositories}; observes {_listed(found['vims'])}.", soft_wrap=True)
    if found["elsewhere"]:
        echo(f"magi: {_listed(found['elsewhere'])}: served by another daemon, which has to be asked itself", err=True)
    return exits.FINE


def _listed(vims: list[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(printable(str(one["name"])) for one in vims))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}" if names else "no VIM yet"
