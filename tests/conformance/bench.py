"""A driver at a cloud, simulated or real, and what it was asked to do there."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.applying import apply
from reconciler.config import ImagesConfig
from reconciler.model import (
    Action,
    ApiCall,
    Desired,
    Key,
    Observed,
    Policy,
    Result,
    Spec,
    State,
    Step,
    Target,
    World,
    Writer,
)
from reconciler.targets.openstack.driver import OpenStackDriver
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.session.clouds import Clouds
from reconciler.targets.openstack.session.connection import Connection
from tests.conformance.samples import PLACE, Sample, needed
from tests.plan_of import plan_of
from tests.waiting import PATIENCE

DesiredState = Mapping[Key, Desired]

WRITER = Writer(1_790_000_000, 1_790_000_600, "0123abcd")
"""Who makes what benches make."""

_MOVING = frozenset({State.BUILDING, State.DELETING})


@dataclass
class Bench:
    """One cloud. ``wait`` lets it go on with what it is at; ``owner`` marks what this test makes, and no other does.

    ``images``: the folder of image files.
    """

    target: Target
    clouds: Clouds
    owner: str
    wait: Callable[[], None]
    ending: ExitStack
    images: Path
    calls: list[ApiCall] = field(default_factory=list)
    driver: OpenStackDriver = field(init=False)
    out_of_band: Connection = field(init=False)

    def __post_init__(self) -> None:
        self.driver = self.driver_of(self.owner)
        self.out_of_band = Connection(self.target, self.clouds, lambda _: None)
        self.ending.callback(self.out_of_band.close)

    def driver_of(self, owner: str) -> OpenStackDriver:
        driver = OpenStackDriver(
            Connection(self.target, self.clouds, self.calls.append), owner, ImagesConfig(self.images, ("127.0.0.1",))
        )
        self.ending.callback(driver.close)
        return driver

    def may(self, sample: Sample, field: str = "") -> Bench:
        """This bench, or that of an admin of the same cloud where only an admin may set the field, or make one."""
        if field not in sample.admin and not sample.by_admin:
            return self
        target = replace(self.target, entry=f"{self.target.entry}-admin")
        # A name of its own: who shares the cloud sees what is shared, and could not take it away again.
        admin = Bench(target, self.clouds, f"{self.owner}-admin", self.wait, self.ending, self.images)
        self.ending.callback(admin.converge, {})
        return admin

    def writes(self) -> list[str]:
        """The methods of the requests since the last observation that could change something."""
        return [call.method for call in self.calls if call.method != "GET" and call.service != "identity"]

    def observe(self) -> World:
        """What is there when everything that was under way is done."""
        deadline = time.monotonic() + PATIENCE
        while True:
            self.wait()
            world = self.driver.observe(complete=True)
            if not any(found.state in _MOVING for found in world.observed.values()):
                self.calls.clear()
                return world
            assert time.monotonic() < deadline, [k for k, o in world.observed.items() if o.state in _MOVING]

    def converge(self, desired: DesiredState, policy: Policy | None = None) -> World:
        """Makes the cloud what is declared, and observes."""
        self.demand(desired)
        for _ in range(6):
            world = self.observe()
            plan = plan_of(desired, world, policy)
            if not plan.steps:
                return world
            for outcome in apply(plan, world, self.driver, workers=4, writer=WRITER):
                done = outcome.result in {Result.DONE, Result.PENDING} or outcome.again
                assert done, outcome.reason
        raise AssertionError(f"still to do: {list(map(str, plan.steps.values()))}")

    def deploy(self, key: Key, spec: Spec) -> Observed:
        """Makes a resource and what it needs."""
        return self.converge(desired_of(key, spec)).observed[key]

    def carry_out(self, step: Step) -> None:
        world = self.driver.observe(complete=True)
        ids = {one: found[0] for one, found in world.existing.items()}
        self.driver.carry_out(step, ids | {one: found.id for one, found in world.observed.items()})

    def demand(self, desired: Iterable[Key]) -> None:
        """Skips a test that needs a service which a real cloud may do without."""
        kinds = {kind.name: kind for kind in KINDS}
        for kind in {key.kind for key in desired}:
            if not self.out_of_band.offers(kinds[kind].listing.service):
                pytest.skip(f"the cloud has no {kinds[kind].listing.service} service")

    def create(self, key: Key, spec: Spec) -> None:
        self.demand([key])
        self.carry_out(Step(Action.CREATE, key, Desired(key, spec, PLACE), writer=WRITER))

    def delete(self, key: Key) -> None:
        self.carry_out(Step(Action.DELETE, key, observed=self.driver.observe(complete=True).observed[key]))

    def send(self, method: str, service: str, path: str, body: Any = None) -> Any:
        """A request as anyone could send it; the test fails when it is refused."""
        answer = self.out_of_band.request(method, service, path, body=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None


def desired_of(key: Key, spec: Spec, *others: Spec) -> dict[Key, Desired]:
    """The resource and what it, and the other Specs, need."""
    desired = {key: Desired(key, spec, PLACE)}
    for one in itertools.chain([spec], others):
        desired = needed(one) | desired
    return desired
