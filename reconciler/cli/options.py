"""Options that several commands share, with the same words in each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reconciler.config import OWNER_PATTERN


def _owner(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not OWNER_PATTERN.match(value):
        raise click.BadParameter("lower-case letters, digits and '-', at most 32")
    return value


def cache_dir() -> Path:
    """Where mirrors of repositories are kept; losing it costs a fetch."""
    return Path(click.get_app_dir("magi", force_posix=False).replace("/.config/", "/.cache/"))


source = click.argument("source", metavar="SOURCE")
revision = click.option("--revision", metavar="REV", help="Branch, tag or commit of a Git repository.")
path = click.option("--path", default="", metavar="FOLDER", help="Folder of the documents in the source.")
vim = click.option("--vim", "vims", multiple=True, metavar="NAME", help="Only this VIM; may be given several times.")
service = click.option("--service", metavar="NAME", help="Only this network service.")
clouds_file = click.option(
    "--clouds-file",
    type=click.Path(path_type=Path),
    envvar="MAGI_CLOUDS_FILE",
    help="clouds.yaml to take; left out: its usual search path.",
)
owner = click.option(
    "--owner",
    default="magi",
    envvar="MAGI_OWNER",
    show_default=True,
    callback=_owner,
    help="Name in the marks of what belongs to this Magi.",
)
output = click.option(
    "-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of the answer."
)


def of_targets(command: Any) -> Any:
    """The options of commands that look at clouds, but for the form of their answer."""
    for option in (owner, clouds_file, service, vim, path, revision, source):
        command = option(command)
    return command


def for_targets(command: Any) -> Any:
    """The options of commands that look at clouds."""
    return of_targets(output(command))
