"""A simulated cloud that lacks something, what Magi does there, and what the doctor says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from reconciler.model import Desired, Key, MagiError, Spec, StepFailed, World
from reconciler.model.findings import Finding
from reconciler.targets.openstack.doctor.checkup import check
from reconciler.targets.openstack.session.clouds import Clouds
from tests.conformance.bench import Bench
from tests.conformance.samples import PLACE, SAMPLES, needed
from tests.drivers.clouds import Vim
from tests.plan_of import plan_of

Test = TypeVar("Test", bound=Callable[..., Any])

TESTED: dict[tuple[str, str], str] = {}
"""The rows of the table that have a test, by service and name, with the name of the test."""


def row(service: str, name: str) -> Callable[[Test], Test]:
    """Marks a test as that of a row: it asserts what the row says happens."""

    def mark(test: Test) -> Test:
        TESTED[service, name] = test.__name__
        return test

    return mark


@dataclass
class Lab:
    vim: Vim
    bench: Bench

    def lacks(self, *extensions: str) -> None:
        """Switches extensions of Neutron off."""
        self.vim.settings(disabled_extensions=list(extensions))

    def doctor(self, entry: str = "paris") -> dict[tuple[str, str], Finding]:
        """What the doctor finds, by area and check."""
        target = self.vim.connection(entry).target
        return {(one.area, one.check): one for one in check(target, Clouds(self.vim.clouds_file))}

    def settles(self, desired: dict[Key, Desired]) -> World:
        """Makes the cloud what is declared, and sees that nothing is left to do."""
        world = self.bench.converge(desired)
        assert world.observed.keys() >= desired.keys()
        assert not plan_of(desired, world).steps
        return world


def whole(**changes: Spec) -> dict[Key, Desired]:
    """A service with a resource of each kind that a member may make; ``changes`` by kind."""
    made = {kind: sample.spec for kind, sample in SAMPLES.items() if not sample.by_admin}
    specs = {kind: changes.get(kind.replace("-", "_"), spec) for kind, spec in made.items()}
    desired: dict[Key, Desired] = {}
    for spec in specs.values():
        desired |= needed(spec)
    return desired | {SAMPLES[kind].key: Desired(SAMPLES[kind].key, spec, PLACE) for kind, spec in specs.items()}


def observation_error(lab: Lab) -> MagiError:
    """Why an observation fails."""
    with pytest.raises(MagiError) as failed:
        lab.bench.driver.observe()
    return failed.value


def refused(lab: Lab, key: Key, spec: Spec) -> StepFailed:
    """Why a resource is never made."""
    with pytest.raises(StepFailed) as failed:
        lab.bench.create(key, spec)
    assert failed.value.terminal
    return failed.value


def says_it_lacks(error: StepFailed, extension: str) -> bool:
    return error.hint == f"the cloud lacks the Neutron extension {extension}: see docs/compatibility.md"
