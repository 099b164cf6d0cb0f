"""Between two observations a cloud reports when something is built or gone."""

from __future__ import annotations

import time
from collections.abc import Callable

from reconciler.model import Key, State, World
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.volume import VolumeSpec
from tests.conformance.bench import Bench
from tests.conformance.samples import DATA, DEBIAN, SMALL, TARGET
from tests.waiting import PATIENCE

VM = Key(TARGET, "server", "fw/fw-6")


def glanced_until(bench: Bench, over: Callable[[World], bool]) -> World:
    """Observes again whenever a glance says that it is worth it, and never else."""
    deadline = time.monotonic() + PATIENCE
    world = bench.driver.observe({"volume"})
    while not over(world):
        while not bench.driver.stirs():
            assert time.monotonic() < deadline, "no glance noticed"
            bench.wait()
        world = bench.driver.observe({"volume"})
    return world


def test_a_server_is_built_and_gone_again(bench: Bench) -> None:
    bench.create(VM, ServerSpec(SMALL, DEBIAN))
    world = glanced_until(bench, lambda world: world.observed[VM].state is not State.BUILDING)
    assert world.observed[VM].ready
    assert not bench.driver.stirs()
    bench.delete(VM)
    glanced_until(bench, lambda world: VM not in world.observed)
    assert not bench.driver.stirs()


def test_of_two_servers_the_second_is_informed_when_the_first_exists_already(bench: Bench) -> None:
    bench.deploy(VM, ServerSpec(SMALL, DEBIAN))
    second = VM._replace(name="fw/fw-8")
    bench.create(second, ServerSpec(SMALL, DEBIAN))
    world = glanced_until(bench, lambda world: world.observed[second].state is not State.BUILDING)
    assert (world.observed[VM].ready, world.observed[second].ready) == (True, True)


def test_a_volume_is_made_and_gone_again(bench: Bench) -> None:
    bench.create(DATA, VolumeSpec(1))
    world = glanced_until(bench, lambda world: world.observed[DATA].state is not State.BUILDING)
    assert world.observed[DATA].ready
    bench.delete(DATA)
    glanced_until(bench, lambda world: DATA not in world.observed)
    assert not bench.driver.stirs()
