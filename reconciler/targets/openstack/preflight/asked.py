"""What the checks of a plan share: the steps that would be run, and questions whose answer may be no."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import requests
from keystoneauth1 import exceptions as ks

from reconciler.model import Action, MagiError, Plan, Spec, Step, World
from reconciler.targets.openstack.session.connection import Connection
from reconciler.targets.openstack.session.errors import first_line
from reconciler.targets.openstack.session.listing import NotOffered, fetch
from reconciler.targets.rest import Listing

S = TypeVar("S", bound=Spec)


class NotReported(Exception):
    """The cloud does not report; the text says what and why."""


@dataclass(frozen=True)
class Asked:
    """One plan, what its observation found, and the cloud that it is for."""

    plan: Plan
    world: World
    connection: Connection
    _listed: dict[Listing, list[Any]] = field(default_factory=dict)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps that would be run."""
        return tuple(step for step in self.plan.steps.values() if not step.blocked)

    def desired(self, kind: str, spec: type[S], *actions: Action) -> Iterator[tuple[Step, S]]:
        """The steps that make a resource of a kind, or do one of ``actions`` to it, with what it will be like."""
        for step in self.steps:
            if step.key.kind == kind and step.action in (actions or (Action.CREATE,)) and step.desired:
                assert isinstance(step.desired.spec, spec)  # noqa: S101  a kind has one Spec
                yield step, step.desired.spec

    @cached_property
    def extensions(self) -> frozenset[str]:
        """The aliases of the extensions of the network service. Raises NotReported."""
        return frozenset(str(one["alias"]) for one in self.get("network", "/v2.0/extensions", "extensions"))

    @cached_property
    def compute_microversion(self) -> str:
        """The newest that the compute service has. Raises NotReported."""
        return str(
            _read_answer("the compute service", "version", lambda: self.connection.version_document("compute"))[
                "version"
            ]
        )

    def items(self, listing: Listing) -> list[Any]:
        """All items of a collection, asked once. Raises NotReported."""
        if listing not in self._listed:
            try:
                self._listed[listing] = fetch(self.connection, listing)
            except (MagiError, NotOffered) as error:
                raise NotReported(str(error)) from error
        return self._listed[listing]

    def get(self, service: str, path: str, name: str, params: Mapping[str, Any] | None = None) -> Any:
        """What is under ``name`` in the answer to one GET. Raises NotReported."""
        return _read_answer(
            f"{path} of the {service} service",
            name,
            lambda: self.connection.request("GET", service, path, params=params),
        )


def _read_answer(what: str, name: str, ask: Callable[[], requests.Response]) -> Any:
    try:
        response = ask()
        found = response.json()[name]
    except ks.ClientException as error:
        raise NotReported(f"{what}: {first_line(error)}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise NotReported(f"{what} answered {response.status_code}") from error
    return found
