"""magi console: a link to the console of an instance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from reconciler.cli import exits, options
from reconciler.cli.console_links import Found, instances_of, link_of
from reconciler.cli.loading import chosen, connected, load_source
from reconciler.cli.observing import observe
from reconciler.cli.output import echo
from reconciler.model import Catalog, Report, Target
from reconciler.model.consoles import ConsoleType
from reconciler.model.outputs import InstanceOutputs
from reconciler.text.suggestion import did_you_mean

MOST_NAMES = 20
"""Names of instances that an error lists."""


@click.command(name="console")
@options.of_instance
@click.option(
    "--type",
    "console",
    type=click.Choice([one.value for one in ConsoleType]),
    default=ConsoleType.NOVNC.value,
    show_default=True,
    help="What it is shown with; the operator of a VIM decides which there are.",
)
def command(scope: options.Scope, service: str, instance: str, clouds_file: Path | None, console: str) -> int:
    """Print a link to the console of an instance, and nothing else.

    INSTANCE is a name of 'magi show', such as fw/fw-0, or what is enough of it: fw-0, or the name of a VNF or VDU that
    has one instance. SOURCE is as for 'magi plan', left out: this folder. The VIM is asked with the clouds.yaml of who
    calls this. The link holds a token: who has it has the console, until it expires.

    \b
    Examples:
      magi console vcpe fw/fw-0
      xdg-open "$(magi console vcpe fw-0 .)"
      magi console vcpe fw-0 . --type serial
    """
    loaded = load_source(scope.source, scope.revision, scope.path, scope.overlay)
    targets = targets_of(loaded.catalog, service, scope.vims)
    with connected(targets, clouds_file, scope.owner) as drivers:
        found = instance_of(service, instance, observe(loaded.catalog, drivers, service))
        echo(link_of(drivers[found.vim], found, ConsoleType(console)))
    return exits.FINE


def targets_of(catalog: Catalog, service: str, vims: Sequence[str]) -> list[Target]:
    """Those that the service is on, of those that are asked for. Raises BadParameter where there is none."""
    asked = chosen(catalog, vims, service, service_hint="SERVICE")
    on = catalog.services[service].targets
    found = [target for target in asked if target.name in on]
    if not found:
        where = ", ".join(sorted(on)) or "none"
        raise click.BadParameter(f"'{service}' is not on this VIM; it is on: {where}", param_hint="--vim")
    return found


def instance_of(service: str, name: str, reports: Sequence[Report]) -> Found:
    """The one instance that is called so: by its whole name, by the end of that, or by its VNF or VDU.

    Raises BadParameter where there is none or more than one. A VIM that can't be observed may have it: its error is
    raised where no other has.
    """
    there = instances_of(service, reports)
    errors = [report.error for report in reports if report.error is not None]
    for names in (_whole, _end, _group):
        match [one for one in there if name in names(one.instance)]:
            case [found]:
                return found
            case [_, _, *_] as several:
                listed = _listed(f"{one.instance.name} ({one.vim})" for one in several)
                raise click.BadParameter(
                    f"several instances of '{service}' fit '{name}': {listed}", param_hint="INSTANCE"
                )
    if errors:
        raise errors[0]
    if not there:
        vims = ", ".join(report.target for report in reports)
        raise click.BadParameter(
            f"'{service}' has no instance on {vims}: 'magi plan' shows what would be created", param_hint="INSTANCE"
        )
    known = [one.instance.name for one in there]
    hint = did_you_mean(name, known) or f"there are: {_listed(known)}"
    raise click.BadParameter(f"no instance '{name}' of '{service}'; {hint}", param_hint="INSTANCE")


def _whole(one: InstanceOutputs) -> frozenset[str]:
    return frozenset({one.name})


def _end(one: InstanceOutputs) -> frozenset[str]:
    return frozenset({one.name.rpartition("/")[2]})


def _group(one: InstanceOutputs) -> frozenset[str]:
    return frozenset({one.vnf, one.vdu})


def _listed(names: Iterable[str]) -> str:
    """The first of them in words."""
    ordered = sorted(names)
    more = len(ordered) - MOST_NAMES
    return ", ".join(ordered[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
