"""Options that several commands share, with the same words in each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any

import click

from reconciler.cli import completing
from reconciler.config import OWNER_PATTERN


def _owner(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not OWNER_PATTERN.match(value):
        raise click.BadParameter("lower-case letters, digits and '-', at most 32")
    return value


KEY_FILE = "digest.key"
"""The name of the key for digests of secrets in that folder, where the operator gives none."""


def cache_dir() -> Path:
    """Where mirrors of repositories are kept; losing it costs a fetch."""
    return Path(click.get_app_dir("magi", force_posix=False).replace("/.config/", "/.cache/"))


source = click.argument("source", metavar="SOURCE", shell_complete=completing.folders)
source_or_here = click.argument("source", metavar="[SOURCE]", default=".", shell_complete=completing.folders)
revision = click.option(
    "--revision",
    shell_complete=completing.revisions,
    metavar="REV",
    help="Branch, tag or commit of a Git repository; in a clone all that git rev-parse knows.",
)
path = click.option("--path", default="", metavar="FOLDER", help="Folder of the documents in the source.")
overlay = click.option(
    "--overlay",
    default="",
    envvar="MAGI_REPOSITORY_OVERLAY",
    metavar="FOLDER",
    help="Folder of the environment, where the documents have overlays.",
)
vim = click.option(
    "--vim",
    "vims",
    multiple=True,
    metavar="NAME",
    help="Only this VIM; may be given several times.",
    shell_complete=completing.vims,
)
named_service = click.argument("service", metavar="SERVICE", shell_complete=completing.services)
instance = click.argument("instance", metavar="INSTANCE", shell_complete=completing.instances)
named_services = click.argument(
    "services", metavar="[SERVICE]...", nargs=-1, shell_complete=completing.services_or_folders
)
service = click.option(
    "--service", metavar="NAME", help="Only this network service.", shell_complete=completing.services
)
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
daemon_url = click.option(
    "--url",
    default="http://127.0.0.1:9464",
    envvar="MAGI_STATUS_URL",
    show_envvar=True,
    show_default=True,
    help="Where the daemon listens; or unix:/PATH.",
)
token_file = click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    envvar="MAGI_API_TOKEN_FILE",
    help="File with a token for its API.  [env: MAGI_API_TOKEN_FILE]",
)
output = click.option(
    "-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of the answer."
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a plan is made of, so that it can be made again: the documents, and which VIMs and service are meant.

    ``revision`` None: the newest, or the directory as it is; ``vims`` empty: all; ``service`` None: all.
    ``overlay`` empty: the documents have no environments.
    """

    source: str
    revision: str | None
    path: str
    owner: str
    vims: Sequence[str]
    service: str | None
    overlay: str = ""


def of_targets(command: Any) -> Any:
    """The options of commands that observe clouds, but for the form of their answer: a `Scope` and ``clouds_file``."""
    return _scoped(command, (owner, clouds_file, service, vim, overlay, path, revision, source))


def of_service(command: Any) -> Any:
    """The same for commands about one network service, which they also get as ``service``."""

    @wraps(command)
    def named(scope: Scope, **given: Any) -> Any:
        return command(scope=scope, service=scope.service, **given)

    return _scoped(named, (owner, clouds_file, vim, overlay, path, revision, source, named_service))


def of_instance(command: Any) -> Any:
    """The same for commands about one instance of a network service, which they also get as ``instance``."""

    @wraps(command)
    def named(scope: Scope, **given: Any) -> Any:
        return command(scope=scope, service=scope.service, **given)

    return _scoped(named, (owner, clouds_file, vim, overlay, path, revision, source_or_here, instance, named_service))


def of_services(command: Any) -> Any:
    """The same for commands about any number of network services, which they get as ``services``."""
    return _scoped(command, (owner, clouds_file, vim, overlay, path, revision, source, named_services))


def for_targets(command: Any) -> Any:
    """The options of commands that observe clouds."""
    return of_targets(output(command))


def _scoped(command: Any, added: Iterable[Any]) -> Any:
    @wraps(command)
    def collected(**given: Any) -> Any:
        scope = Scope(**{one.name: given.pop(one.name, None) for one in fields(Scope)})
        return command(scope=scope, **given)

    for option in added:
        collected = option(collected)
    return collected
