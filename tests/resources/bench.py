"""A driver at a simulated cloud, and what it was asked to do there."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.applying import apply
from reconciler.drivers.openstack import OpenStackDriver
from reconciler.model import Action, Desired, Key, Observed, Result, Spec, Step, World
from reconciler.planning import plan_target
from reconciler.simulator import Simulator
from tests.resources.samples import PLACE, TARGET, needed
from tests.simulator.callers import Caller, Clock

Wanted = Mapping[Key, Desired]


@dataclass
class Bench:
    """One cloud. ``driver_of`` makes drivers by owner; ``driver`` is that of the owner "test"."""

    simulator: Simulator
    clock: Clock
    driver_of: Callable[[str], OpenStackDriver]
    driver: OpenStackDriver

    def by_hand(self) -> Caller:
        """The same user, without Magi."""
        return Caller(f"{self.simulator.url}/{TARGET}")

    def writes(self) -> list[tuple[str, str]]:
        """Method and route of each request since the last reset that could change something."""
        return [
            (entry["method"], entry["route"])
            for entry in self.simulator.log()
            if entry["method"] != "GET" and entry["service"] != "identity"
        ]

    def look(self) -> World:
        """What is there when everything that was under way is done."""
        self.clock.forward(10)
        return self.driver.look()

    def converge(self, wanted: Wanted) -> World:
        """Makes the cloud what is wanted, and looks."""
        for _ in range(5):
            world = self.look()
            plan = plan_target(wanted, world)
            if not plan.steps:
                return world
            for outcome in apply(plan, world, self.driver, workers=2):
                assert outcome.result in {Result.DONE, Result.PENDING}, outcome.reason
        raise AssertionError(f"still to do: {list(map(str, plan.steps.values()))}")

    def stand(self, key: Key, spec: Spec) -> Observed:
        """Makes a resource and what it needs."""
        return self.converge(wanting(key, spec)).observed[key]

    def carry_out(self, step: Step) -> None:
        world = self.driver.look()
        ids = {one: found[0] for one, found in world.existing.items()}
        self.driver.carry_out(step, ids | {one: found.id for one, found in world.observed.items()})

    def create(self, key: Key, spec: Spec) -> None:
        self.carry_out(Step(Action.CREATE, key, Desired(key, spec, PLACE)))

    def send(self, method: str, service: str, path: str, body: Any = None) -> Any:
        """A request as anybody could send it; the test fails when it is refused."""
        caller = self.by_hand()
        answer = (
            caller.compute(method, path.removeprefix("/"), body, version="2.79")
            if service == "compute"
            else caller.network(method, path.removeprefix("/v2.0/"), body)
        )
        assert answer.status < 300, answer.body
        return answer.body


def wanting(key: Key, spec: Spec, *others: Spec) -> dict[Key, Desired]:
    """The resource and what it, and the other Specs, need."""
    wanted = {key: Desired(key, spec, PLACE)}
    for one in itertools.chain([spec], others):
        wanted = needed(one) | wanted
    return wanted
