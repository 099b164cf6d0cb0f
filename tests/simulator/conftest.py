"""A fresh cloud for each test."""

from collections.abc import Iterator

import pytest

from openstack_simulator import CloudSettings, Simulator
from tests.simulator.callers import Caller, Clock, World


@pytest.fixture
def settings() -> CloudSettings:
    """What the cloud of a test is like; a test module may say otherwise."""
    return CloudSettings(build_seconds=3.0, delete_seconds=2.0, action_seconds=1.0)


@pytest.fixture
def world(settings: CloudSettings) -> Iterator[World]:
    clock = Clock()
    with Simulator({"paris": settings}, clock=clock, seed=1) as simulator:
        url = f"{simulator.url}/paris"
        yield World(simulator, clock, Caller(url), Caller(url, "admin", "admin"))


@pytest.fixture
def demo(world: World) -> Caller:
    return world.demo


@pytest.fixture
def admin(world: World) -> Caller:
    return world.admin


@pytest.fixture
def clock(world: World) -> Clock:
    return world.clock
