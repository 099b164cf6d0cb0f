"""magi show: what a network service has on its VIMs, for people, scripts, Prometheus and Ansible."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import yaml
from rich.console import Console
from rich.text import Text

from reconciler.cli import exits, options
from reconciler.cli.console_links import Links, links_of
from reconciler.cli.loading import chosen, connected, load_source
from reconciler.cli.observing import observe
from reconciler.cli.output import complain, console, echo, print_json, table
from reconciler.model import Catalog, Report, Target
from reconciler.model.outputs import ServiceOutputs
from reconciler.reporting.moments import moment
from reconciler.reporting.outputs import DEFAULT_PORT, Placed, ansible_inventory, placed_json, prometheus_targets

_WHOLE = frozenset({"ADDRESS", "CIDR", "CONSOLE", "FLOATING", "ID", "MAC"})
"""Columns of what people copy."""


@click.command(name="show")
@options.of_service
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json", "yaml", "prometheus-sd", "ansible-inventory"]),
    default="table",
    show_default=True,
    help="Form of the answer.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port of the targets for Prometheus.",
)
@click.option(
    "--consoles", is_flag=True, help="Also a link to the console of each instance, a secret; see 'magi console'."
)
@click.option("--link", metavar="NAME", help="Targets and hosts by their addresses on this virtual link.")
def command(
    scope: options.Scope,
    service: str,
    clouds_file: Path | None,
    output: str,
    port: int,
    consoles: bool,
    link: str | None,
) -> int:
    """Show what a network service has: instances, interfaces with their addresses, virtual links, access points.

    The VIMs of the service are observed; nothing is changed. SOURCE is as for 'magi plan'.

    \b
    Examples:
      magi show vcpe .
      magi show vcpe . -o json
      magi show vcpe . --consoles
      magi show vcpe . -o prometheus-sd --port 9100 --link mgmt
      magi show vcpe . -o ansible-inventory
    """
    loaded = load_source(scope.source, scope.revision, scope.path, scope.overlay)
    targets = _targets_of(loaded.catalog, service, scope.vims)
    with connected(targets, clouds_file, scope.owner) as drivers:
        reports = observe(loaded.catalog, drivers, service)
        found = links_of(drivers, reports, service) if consoles else None
    placed = _placed(service, reports)
    if output == "table":
        console().print(loaded.title(), style="bright_black", soft_wrap=True)
        _print_tables(placed, found.links if found else {})
    elif output == "prometheus-sd":
        print_json(prometheus_targets(placed, port, link))
    elif output == "ansible-inventory":
        print_json(ansible_inventory(placed, link))
    else:
        answer = {"service": service, "vims": [_with_links(placed_json(one), found) for one in placed]}
        if output == "json":
            print_json(answer)
        else:
            # By way of JSON, so that nothing is written as a reference to what came before.
            echo(yaml.safe_dump(json.loads(json.dumps(answer)), sort_keys=False, allow_unicode=True), nl=False)
    if found:
        _complain_of_links(found)
    return _ending(reports)


def _with_links(placed: dict[str, Any], found: Links | None) -> dict[str, Any]:
    """With ``console`` in each instance, null where there is no link, where these were asked for."""
    if found:
        for one in placed["instances"]:
            one["console"] = found.links.get((placed["vim"], one["name"]))
    return placed


def _complain_of_links(found: Links) -> None:
    for reason in found.refused.values():
        echo(f"no console links: {reason}", err=True)
    if found.more:
        echo(f"{found.more} more instances: 'magi console' has their links", err=True)


def _targets_of(catalog: Catalog, service: str, vims: Sequence[str]) -> list[Target]:
    """Those that the service is on, of those that are asked for."""
    asked = chosen(catalog, vims, service, service_hint="SERVICE")
    on = catalog.services[service].targets
    found = [target for target in asked if target.name in on]
    if vims and not found:
        where = ", ".join(sorted(on)) or "none"
        raise click.BadParameter(f"'{service}' is not on this VIM; it is on: {where}", param_hint="--vim")
    return found


def _placed(service: str, reports: Sequence[Report]) -> list[Placed]:
    return [
        Placed(
            "",
            report.target,
            service,
            moment(report.outputs.observed),
            report.outputs.services.get(service, ServiceOutputs()),
        )
        for report in reports
        if report.outputs is not None
    ]


def _print_tables(placed: Sequence[Placed], links: Mapping[tuple[str, str], str]) -> None:
    """A table of each of instances, interfaces, links and access points that there are."""
    out = console()
    tables = (
        (
            ("INSTANCE", "VIM", "STATE", "HOST NAME", "ID"),
            [
                (one.name, vim, one.state.value, one.host_name or "-", one.id)
                for _, vim, _, _, outputs in placed
                for one in outputs.instances
            ],
        ),
        (
            ("INTERFACE", "LINK", "ADDRESS", "FLOATING", "MAC"),
            [
                (
                    f"{one.name} {card.name}",
                    card.link,
                    _listed(out, card.fixed),
                    _listed(out, card.floating),
                    card.mac or "-",
                )
                for *_, outputs in placed
                for one in outputs.instances
                for card in one.interfaces
            ],
        ),
        (
            ("LINK", "VIM", "CIDR", "SEGMENT", "ID"),
            [
                (one.name, vim, _listed(out, one.cidrs), one.segment or "-", one.id)
                for _, vim, _, _, outputs in placed
                for one in outputs.links
            ],
        ),
        (
            ("ACCESS POINT", "VIM", "ADDRESS", "LEADS TO", "ID"),
            [
                (one.name, vim, _listed(out, one.addresses), f"{one.instance} {one.interface}".strip() or "-", one.id)
                for _, vim, _, _, outputs in placed
                for one in outputs.access_points
            ],
        ),
        (("INSTANCE", "VIM", "CONSOLE"), [(name, vim, url) for (vim, name), url in links.items()]),
    )
    shown = [(columns, rows) for columns, rows in tables if rows]
    for number, (columns, rows) in enumerate(shown):
        if number:
            out.print()
        table(out, columns, rows, whole=_WHOLE)
    if placed and not shown:
        vims = ", ".join(one.vim for one in placed)
        out.print(f"There is nothing of it on {vims}: 'magi plan' shows what would be created.", soft_wrap=True)


def _listed(out: Console, values: Sequence[str]) -> Text:
    """Addresses, each whole: below each other on a terminal, on one line for a pipe."""
    return Text(("\n" if out.is_terminal else ", ").join(values) or "-")


def _ending(reports: Sequence[Report]) -> int:
    errors = [report.error for report in reports if report.error is not None]
    for error in errors:
        complain(error)
    return exits.code_of(errors[0]) if errors else exits.FINE
