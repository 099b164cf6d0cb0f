"""What a shell completes: names of VIMs, services and instances, from the documents or a daemon, and revisions.

Completion says nothing where it knows nothing: no error reaches the line that someone types.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from reconciler.model import Catalog

MOST_BYTES: Final = 8 * 1024 * 1024
"""Of YAML that is read for it: more would take longer than people wait for a key."""
MOST: Final = 200
"""Names that are offered."""
_SECONDS: Final = 2.0


def vims(context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """Names of VIMs."""
    return _offered(_of_daemon(context, "vims") if "url" in context.params else _documents(context)[0], typed)


def services(context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """Names of network services, those of sets included."""
    return _offered(_of_daemon(context, "services") if "url" in context.params else _documents(context)[1], typed)


def instances(context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """Names of the instances of the network service that the line names, as the documents have them."""
    service = str(context.params.get("service") or "")
    catalog = _read(context)[0]
    desired = catalog.desired.values() if catalog else ()
    found = (
        key.name.partition("/")[2]
        for resources in desired
        for key, one in resources.items()
        if key.service == service and one.instance and one.instance.key == key and not one.instance.surge
    )
    return _offered(found, typed)


def folders(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Folders, which the shell knows itself."""
    return [CompletionItem(typed, type="dir")]


def services_or_folders(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[str] | list[CompletionItem]:
    """Names of network services, and else folders: the last argument is where the documents are."""
    return services(context, parameter, typed) or folders(context, parameter, typed)


def revisions(context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """Branches and tags of the clone that the documents are in, the newest first."""
    command = ["git", "-C", _folder(context), "for-each-ref", "--sort=-creatordate", f"--count={MOST}"]
    shape = "--format=%(refname:lstrip=2)"
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            [*command, shape, "refs/heads", "refs/remotes", "refs/tags"],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
        names = dict.fromkeys(["HEAD", *done.stdout.split()])
        return [name for name in names if name.startswith(typed)]
    return []


def _offered(names: Iterable[str], typed: str) -> list[str]:
    return sorted(name for name in {*names} if name.startswith(typed))[:MOST]


def _folder(context: click.Context) -> str:
    """Where the documents are, if the line says it by now; else here.

    While the value of an option is missing, click has not given the arguments their names yet.
    """
    given = context.params.get("source") or context.params.get("clone") or next(reversed(context.args), ".")
    return str(given)


def _documents(context: click.Context) -> tuple[list[str], list[str]]:
    """The names of VIMs and of services; of documents with errors those that are written out."""
    catalog, named = _read(context)
    if catalog:
        return [*catalog.targets], [*catalog.services]
    return [name for kind, name in named if kind == "Vim"], [name for kind, name in named if kind == "NetworkService"]


def _read(context: click.Context) -> tuple[Catalog | None, list[tuple[str, str]]]:
    """What the documents ask for; of documents with errors, the kind and name of each instead."""
    from reconciler.config import limits_of, skips_foreign  # noqa: PLC0415  slow to import, and seldom needed
    from reconciler.documents import Library, parse  # noqa: PLC0415  as above
    from reconciler.model import MagiError  # noqa: PLC0415  as above
    from reconciler.source import open_source  # noqa: PLC0415  as above
    from reconciler.targets.registry import TARGET_TYPES  # noqa: PLC0415  as above

    folder = Path(_folder(context), str(context.params.get("path") or ""))
    if not folder.is_dir():
        return None, []
    try:
        snapshot = open_source(str(folder), cache_dir=folder, limits=limits_of(os.environ)).fetch()
        yaml = [path for path, file in snapshot.files.items() if path.endswith((".yaml", ".yml"))]
        if sum(snapshot.files[path].size for path in yaml) > MOST_BYTES:
            return None, []
        with suppress(MagiError):
            overlay, skips = str(context.params.get("overlay") or ""), skips_foreign(os.environ)
            library = Library(TARGET_TYPES, limits=limits_of(os.environ), skip_foreign=skips, overlay=overlay)
            return library.catalog(snapshot), []
        parsed = [one for path, text in snapshot.read(yaml).items() for one in parse(text, path).documents]
    except MagiError:
        return None, []
    return None, [(str(one.data["kind"]), str(one.data["metadata"]["name"])) for one in parsed]


def _of_daemon(context: click.Context, what: str) -> list[str]:
    from reconciler.cli.asking import Asked  # noqa: PLC0415  slow to import, and seldom needed
    from reconciler.model import MagiError  # noqa: PLC0415  as above

    url, token_file = context.params.get("url"), context.params.get("token_file")
    with suppress(MagiError, click.ClickException):
        found = Asked(str(url), token_file=token_file).answer(seconds=_SECONDS)
        return [str(one["name"]) for one in found[what]]
    return []
