"""Every path of the JSON API: what it answers with, and which parameters it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from reconciler.web import answers
from reconciler.web.query import Query
from reconciler.web.watched import Watched

PREFIX = "/api/v1"
DOCUMENT = f"{PREFIX}/openapi.json"


class Route(NamedTuple):
    """``path`` in OpenAPI's way, ``schema`` the component that describes the answer.

    ``waits``: it has no answer until the VIMs were observed.
    """

    path: str
    summary: str
    answer: Callable[[Watched, Query], dict[str, Any] | list[dict[str, Any]]]
    schema: str
    parameters: tuple[str, ...] = ()
    waits: bool = False


_PAGE = ("limit", "offset")
_SERVICE = f"{PREFIX}/repositories/{{repository}}/services/{{service}}"

ROUTES = (
    Route(f"{PREFIX}/status", "All at one glance", answers.status, "Status", ("repository", "vim", "service")),
    Route(f"{PREFIX}/repositories", "The repositories that are followed", answers.repositories, "Repositories", _PAGE),
    Route(
        f"{PREFIX}/commits",
        "What became of the newest commits, the newest of each repository first",
        answers.commits,
        "Commits",
        ("repository", *_PAGE),
    ),
    Route(f"{PREFIX}/vims", "The VIMs with their conditions", answers.vims, "Vims", ("repository", "vim", *_PAGE)),
    Route(f"{PREFIX}/repositories/{{repository}}/vims/{{vim}}", "One VIM", answers.vim, "Vim"),
    Route(
        f"{PREFIX}/services",
        "The network services with their conditions, those on the VIM that is asked for",
        answers.services,
        "Services",
        ("repository", "vim", "service", *_PAGE),
    ),
    Route(_SERVICE, "One network service, with its newest events", answers.service, "ServiceWithEvents"),
    Route(f"{_SERVICE}/topology", "Its parts and what joins them", answers.topology, "Topology"),
    Route(
        f"{PREFIX}/services/{{service}}",
        "The outputs of a network service: its instances, addresses, links and access points on each VIM",
        answers.outputs,
        "Outputs",
        ("repository", "vim", *_PAGE),
    ),
    Route(
        f"{PREFIX}/targets",
        "The instances as targets, for http_sd_configs of Prometheus",
        answers.targets,
        "Targets",
        ("repository", "vim", "service", "link", "port"),
        waits=True,
    ),
    Route(
        f"{PREFIX}/plan",
        "What is left to do on each VIM",
        answers.plan,
        "Plans",
        ("repository", "vim", "service", *_PAGE),
    ),
    Route(
        f"{PREFIX}/drift",
        "What differs though Git asks for nothing new",
        answers.drift,
        "Drifts",
        ("repository", "vim", "service", *_PAGE),
    ),
    Route(
        f"{PREFIX}/events",
        "What happened lately, the newest first",
        answers.events,
        "Events",
        ("repository", "vim", "service", *_PAGE),
    ),
    Route(
        f"{PREFIX}/passes",
        "The newest passes that did something, failed or were blocked, the newest first",
        answers.passes,
        "Passes",
        ("repository", "vim", "service", *_PAGE),
    ),
)
