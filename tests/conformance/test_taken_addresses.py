"""Floating IPs that the project has already: taken while a service has them, and given back as they were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from reconciler.model import Action, BlockReason, Consent, Permission, Policy, Step, StepFailed, StepId
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec, unused_key
from tests.conformance.bench import Bench, DesiredState, desired_of
from tests.conformance.samples import ETH0, INTERFACE, PUBLIC, SAMPLES
from tests.plan_of import plan_of

KEY = SAMPLES["floating-ip"].key
TEXT = "www in DNS"
ALLOWED = Policy(consent=Consent(Permission.ALLOW, Permission.ALLOW))


@dataclass(frozen=True)
class Allocated:
    """A floating IP that someone allocated, and what a service has that asks for it."""

    bench: Bench
    id: str
    address: str

    @property
    def desired(self) -> DesiredState:
        return desired_of(KEY, self.spec)

    @property
    def spec(self) -> FloatingIpSpec:
        return FloatingIpSpec(PUBLIC, ETH0, INTERFACE, self.address, existing=unused_key(PUBLIC, self.address))

    def show(self) -> Any:
        return self.bench.send("GET", "network", f"/v2.0/floatingips/{self.id}")["floatingip"]

    def change(self, **values: Any) -> None:
        self.bench.send("PUT", "network", f"/v2.0/floatingips/{self.id}", {"floatingip": values})


@pytest.fixture
def allocated(bench: Bench) -> Iterator[Allocated]:
    world = bench.observe()
    body = {"floating_network_id": world.existing[PUBLIC][0], "description": TEXT}
    made = bench.send("POST", "network", "/v2.0/floatingips", {"floatingip": body})["floatingip"]
    yield Allocated(bench, made["id"], made["floating_ip_address"])
    bench.converge({})
    bench.out_of_band.request("DELETE", "network", f"/v2.0/floatingips/{made['id']}")


@pytest.mark.essential
def test_it_is_taken_in_one_request_kept_and_given_back_with_what_it_said(bench: Bench, allocated: Allocated) -> None:
    observed = bench.converge(allocated.desired).observed[KEY]
    assert (observed.id, observed.spec, observed.address) == (allocated.id, allocated.spec, allocated.address)
    assert observed.writer is not None
    assert allocated.show()["description"].endswith(f" -- {TEXT}")
    assert not plan_of(allocated.desired, bench.observe()).steps
    assert KEY not in bench.converge({}).observed
    left = allocated.show()
    assert (left["description"], left["port_id"]) == (TEXT, None)


def test_one_without_a_description_has_none_again_afterwards(bench: Bench, allocated: Allocated) -> None:
    allocated.change(description="")
    bench.converge(allocated.desired)
    bench.converge({})
    assert allocated.show()["description"] == ""


def test_a_description_that_does_not_fit_beside_the_mark_is_cut_and_the_mark_is_whole(
    bench: Bench, allocated: Allocated
) -> None:
    allocated.change(description="x" * 255)
    assert bench.converge(allocated.desired).observed[KEY].spec == allocated.spec
    bench.converge({})
    left = allocated.show()["description"]
    assert set(left) == {"x"}
    assert len(left) > 150


def test_one_that_is_taken_away_from_its_port_gets_it_back(bench: Bench, allocated: Allocated) -> None:
    bench.converge(allocated.desired)
    allocated.change(port_id=None)
    (step,) = plan_of(allocated.desired, bench.observe()).steps.values()
    assert (step.action, step.key) == (Action.UPDATE, KEY)
    bench.converge(allocated.desired)
    assert allocated.show()["description"].endswith(f" -- {TEXT}")


def test_one_that_has_a_port_or_another_owner_s_mark_is_not_taken_and_the_step_says_so(
    bench: Bench, allocated: Allocated
) -> None:
    bench.converge(desired_of(ETH0, SAMPLES["port"].spec))
    allocated.change(description="magi:someone-else a/b/c")
    step = plan_of(allocated.desired, bench.observe()).steps[StepId(Action.CREATE, KEY)]
    assert step.blocked is BlockReason.MISSING
    assert f"unused floating ip 'public/{allocated.address}' does not exist on VIM" in step.reason
    assert allocated.show()["description"] == "magi:someone-else a/b/c"


def test_of_two_that_saw_it_unused_one_takes_it(bench: Bench, allocated: Allocated) -> None:
    desired = allocated.desired
    bench.converge({key: one for key, one in desired.items() if key != KEY})
    world = bench.observe()
    step = plan_of(desired, world).steps[StepId(Action.CREATE, KEY)]
    allocated.change(description="reserved for mail")
    bench.wait()
    ids = {key: found[0] for key, found in world.existing.items()} | {
        key: one.id for key, one in world.observed.items()
    }
    with pytest.raises(StepFailed) as failed:
        bench.driver.carry_out(step, ids)
    assert not failed.value.terminal
    assert (allocated.show()["description"], allocated.show()["port_id"]) == ("reserved for mail", None)


def test_whoever_disowns_leaves_it_with_its_port_and_what_it_said(bench: Bench, allocated: Allocated) -> None:
    observed = bench.converge(allocated.desired).observed[KEY]
    bench.carry_out(Step(Action.DISOWN, KEY, observed=observed))
    left = allocated.show()
    assert (left["description"], left["port_id"] is not None) == (TEXT, True)
    allocated.change(port_id=None)


def test_another_address_gives_the_first_one_back(bench: Bench, allocated: Allocated) -> None:
    bench.converge(allocated.desired)
    own = replace(allocated.spec, address=None, existing=None)
    observed = bench.converge(desired_of(KEY, own), ALLOWED).observed[KEY]
    assert observed.id != allocated.id
    assert allocated.show()["description"] == TEXT
