"""magi validate: all errors at once, each with file, line and column."""

from __future__ import annotations

import posixpath
from dataclasses import asdict, replace
from pathlib import Path

import click

from reconciler.cli import exits, options
from reconciler.cli.loading import expand, read_source
from reconciler.cli.output import echo, print_json
from reconciler.model import NO_SECRETS, DocumentsError, Problem


@click.command(name="validate")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@options.revision
@options.path
@options.overlay
@options.output
def command(sources: tuple[str, ...], revision: str | None, path: str, overlay: str, output: str) -> int:
    """Check documents, and print all that is wrong with them as FILE:LINE:COLUMN: MESSAGE.

    SOURCE is a directory, a local Git repository or a Git URL. Each one is a repository of its own. No cloud is asked,
    and no secret is read. Trust, owners, approvers, limits and Rego rules are those of the variables that plan takes.

    \b
    Examples:
      magi validate .
      magi validate desired-state-examples/*
      magi validate . --overlay overlays/prod
      magi validate https://git.example/ns.git --revision feature -o json
    """
    problems: list[Problem] = []
    placed: dict[str, dict[str, str]] = {}
    services = vims = ignored = 0
    for source in sources:
        snapshot = read_source(source, revision, path)
        ignored += snapshot.ignored
        try:
            catalog = expand(snapshot, NO_SECRETS, overlay)
        except DocumentsError as error:
            # On disk a path can be opened from where the command runs; of a commit there is only its own.
            folder = posixpath.join(source, path) if Path(source).is_dir() and snapshot.commit is None else ""
            problems += [replace(problem, file=posixpath.join(folder, problem.file)) for problem in error.problems]
        else:
            services += len(catalog.services)
            vims += len(catalog.targets)
            placed |= {name: dict(info.placed) for name, info in catalog.services.items() if info.placed}
    if output == "json":
        listed = [asdict(problem) for problem in problems]
        print_json(
            {"valid": not problems, "problems": listed, "placed": {} if problems else placed, "ignored": ignored}
        )
    else:
        for problem in problems:
            echo(str(problem))
        if problems:
            count = len(problems)
            echo(f"{count} problem{'s' if count != 1 else ''}.{_left_out(ignored)}", err=True)
        else:
            for service, vnfs in placed.items():
                echo(f"{service}: {', '.join(f'{vnf} on {vim}' for vnf, vim in vnfs.items())}")
            echo(f"Valid: {_count(services, 'network service')} on {_count(vims, 'VIM')}.{_left_out(ignored)}")
    return exits.DOCUMENTS if problems else exits.FINE


def _left_out(files: int) -> str:
    return f" .magiignore leaves out {_count(files, 'file')}." if files else ""


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
