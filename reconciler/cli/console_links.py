"""Links to the consoles of instances, as their VIMs make them for who asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reconciler.model import Driver, MagiError, Report, State
from reconciler.model.consoles import ConsoleType, HasConsoles
from reconciler.model.outputs import InstanceOutputs

MOST_LINKS = 100
"""Links that are asked for at once: each is a request."""
_OFF = frozenset({State.STOPPED, State.DELETING})


class Links(NamedTuple):
    """``links`` by VIM and name of the instance; ``refused``: why a VIM makes none; ``more``: how many are left out."""

    links: Mapping[tuple[str, str], str]
    refused: Mapping[str, str]
    more: int


class Found(NamedTuple):
    """An instance and the VIM that it is on."""

    vim: str
    instance: InstanceOutputs


def link_of(driver: Driver, found: Found, console: ConsoleType) -> str:
    """A link that the VIM makes. Raises MagiError for an instance or a VIM that has no console to show."""
    vim, instance = found
    if not isinstance(driver, HasConsoles):
        raise MagiError(f"VIM {vim} has no consoles", "those of type openstack have")
    if instance.state in _OFF:
        # Clouds make a link for one that is off as well, and it leads nowhere.
        raise MagiError(
            f"{instance.name} on {vim} is {instance.state}, so it has no console",
            "start it first: 'magi plan' shows whether Magi would" if instance.state is State.STOPPED else "",
        )
    return driver.console_url(instance.id, console)


def links_of(drivers: Mapping[str, Driver], reports: Sequence[Report], service: str) -> Links:
    """A link to the console of each instance of a service that runs, of some; and why others have none, by VIM."""
    links: dict[tuple[str, str], str] = {}
    refused: dict[str, str] = {}
    running = [one for one in instances_of(service, reports) if one.instance.state not in _OFF]
    for found in running[:MOST_LINKS]:
        vim, instance = found
        if vim not in refused:
            try:
                links[vim, instance.name] = link_of(drivers[vim], found, ConsoleType.NOVNC)
            except MagiError as error:
                refused[vim] = str(error)
    return Links(links, refused, max(0, len(running) - MOST_LINKS))


def instances_of(service: str, reports: Sequence[Report]) -> list[Found]:
    return [
        Found(report.target, one)
        for report in reports
        if report.outputs is not None and service in report.outputs.services
        for one in report.outputs.services[service].instances
    ]
