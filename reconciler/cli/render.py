"""magi render: the documents with sets, templates and overlays written out, or the resources that they ask for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

from reconciler.cli import exits, options
from reconciler.cli.loading import chosen, host_secrets, read_source, written_out
from reconciler.cli.output import echo, print_json
from reconciler.documents import rendered, yaml_of
from reconciler.judging.digests import facts_of, plain
from reconciler.model import NO_SECRETS, Catalog


@click.command(name="render")
@options.source
@options.revision
@options.path
@options.overlay
@options.vim
@options.service
@click.option("--resources", is_flag=True, help="The resources on each VIM, instead of the documents.")
@click.option(
    "-o", "--output", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True, help="Form of the answer."
)
def command(
    source: str,
    revision: str | None,
    path: str,
    overlay: str,
    vims: tuple[str, ...],
    service: str | None,
    resources: bool,
    output: str,
) -> int:
    """Print what the documents are once everything is written out: no set, template or overlay is left.

    What is printed is a repository again, with paths of user data relative to its root. With --resources: what Magi
    would keep on each VIM. No cloud is asked; secrets are shown as references or digests. SOURCE is as for 'magi plan'.

    \b
    Examples:
      magi render .
      magi render . --service edge-paris
      magi render . --overlay overlays/prod
      magi render . --resources --vim paris -o json
      diff <(magi render . --revision main) <(magi render .)
    """
    if vims and not resources:
        raise click.UsageError("--vim chooses among resources: give --resources")
    snapshot = read_source(source, revision, path)
    catalog, documents = written_out(snapshot, host_secrets(os.environ) if resources else NO_SECRETS, overlay)
    targets = [target.name for target in chosen(catalog, vims, service)]
    found = resources_of(catalog, targets, service) if resources else rendered(documents, service)
    if output == "json":
        print_json(list(found))
    else:
        for one in found:
            echo(f"---\n{yaml_of(one)}", nl=False)
    return exits.FINE


def resources_of(catalog: Catalog, targets: Iterable[str], service: str | None) -> Iterator[Mapping[str, Any]]:
    """What is desired on each target; only that of a service where one is named."""
    for target in targets:
        for key, desired in sorted(catalog.desired.get(target, {}).items()):
            if service is None or key.service == service:
                yield {
                    "vim": target,
                    "kind": key.kind,
                    "name": key.name,
                    "service": key.service,
                    "source": str(desired.place),
                    "spec": {name: plain(value) for name, value in facts_of(desired.spec)},
                }
