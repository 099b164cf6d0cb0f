"""magi graph: the topology of a network service, as Mermaid or DOT."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import exits, options
from reconciler.cli.loading import chosen, connected, load_source
from reconciler.cli.observing import observe
from reconciler.cli.output import complain, echo
from reconciler.review import dot, mermaid, topology_of


@click.command(name="graph")
@options.of_service
@click.option("--changes", is_flag=True, help="Observe the clouds, and mark what would be done.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["mermaid", "dot"]),
    default="mermaid",
    show_default=True,
    help="Form of the graph: Mermaid is drawn by forges, DOT by Graphviz.",
)
def command(
    scope: options.Scope,
    service: str,
    clouds_file: Path | None,
    changes: bool,
    output: str,
) -> int:
    """Draw a network service: VDUs with the number of their instances, virtual links, routers and access points.

    From the documents alone; with --changes also from the clouds: what would be created, updated, replaced or deleted
    is marked. SOURCE is as for 'magi plan'.

    \b
    Examples:
      magi graph vcpe .
      magi graph vcpe . --changes
      magi graph vcpe . -o dot
    """
    loaded = load_source(scope.source, scope.revision, scope.path, scope.overlay)
    catalog = loaded.catalog
    targets = chosen(catalog, scope.vims, service, service_hint="SERVICE")
    plans, code = [], exits.FINE
    if changes:
        with connected(targets, clouds_file, scope.owner) as drivers:
            reports = observe(catalog, drivers, service)
        plans = [report.plan for report in reports if report.plan is not None]
        for report in reports:
            if report.error is not None:
                complain(report.error)
                code = exits.code_of(report.error)
        if not plans:
            return code
    desired = [one for target in targets for one in catalog.desired.get(target.name, {}).values()]
    topology = topology_of(service, desired, plans)
    echo(dot(topology) if output == "dot" else mermaid(topology), nl=False)
    return code
