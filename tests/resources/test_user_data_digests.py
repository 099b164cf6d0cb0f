"""User data that holds secrets is compared by digests with a key: what becomes of them when the key does not stay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model import Action, Consent, Desired, Opaque, Permission, Policy, Spec, StepId
from reconciler.targets.openstack.kinds.marks import USER_DATA
from reconciler.targets.openstack.kinds.server import ServerSpec
from tests.conformance.bench import Bench, DesiredState, desired_of
from tests.conformance.samples import PLACE, SAMPLES, SERVER
from tests.plan_of import plan_of

FW = SAMPLES["server"].key
ALLOWED = Policy(consent=Consent(replace=Permission.ALLOW, disruptive=Permission.ALLOW))
FIRST, SECOND = "hmac:11111111:aa", "hmac:22222222:bb"


def server(*digests: str, content: str = "pin: 4711") -> ServerSpec:
    """``digests``: of the content, by the keys at hand; none for a plain one."""
    opaque = Opaque.secret(digests, content) if digests else Opaque.of(content)
    return replace(SERVER, user_data=opaque, user_data_key=opaque.key)


def desired(spec: Spec) -> DesiredState:
    return desired_of(FW, SERVER) | {FW: Desired(FW, spec, PLACE)}


def mark(bench: Bench) -> str:
    server_id = bench.observe().observed[FW].id
    return str(bench.send("GET", "compute", f"/servers/{server_id}")["server"]["metadata"][USER_DATA])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param((), (FIRST,), id="from a plain digest to one with a key"),
        pytest.param((FIRST,), (SECOND, FIRST), id="from one key to the next"),
    ],
)
def test_the_mark_alone_is_written_again_where_the_content_stays(
    bench: Bench, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    there = bench.converge(desired(server(*before))).observed[FW]
    plan = plan_of(desired(server(*after)), bench.observe())
    assert set(plan.steps) == {StepId(Action.UPDATE, FW)}
    # Without consent to interrupt anything.
    found = bench.converge(desired(server(*after))).observed[FW]
    assert found.id == there.id
    assert mark(bench) == after[0]


def test_another_content_is_a_rebuild_whatever_the_key(bench: Bench) -> None:
    bench.converge(desired(server(FIRST)))
    for spec in (server("hmac:11111111:cc", content="pin: 42"), server("hmac:22222222:dd", "hmac:11111111:cc")):
        (step,) = plan_of(desired(spec), bench.observe()).steps.values()
        assert "user_data" in [change.field for change in step.changes]
        assert step.blocked is not None
    bench.converge(desired(server("hmac:11111111:cc", content="pin: 42")), ALLOWED)
    assert mark(bench) == "hmac:11111111:cc"


def test_by_a_key_that_is_not_at_hand_nothing_is_compared_and_nothing_done(bench: Bench) -> None:
    bench.converge(desired(server(FIRST)))
    plan = plan_of(desired(server(SECOND, content="pin: 42")), bench.observe())
    assert plan.steps == {}
    assert plan.uncompared == {FW: "the digest of its user data is by key 11111111, which is not available"}


def test_other_changes_leave_a_mark_that_can_t_be_compared_as_it_is(bench: Bench) -> None:
    bench.converge(desired(server(FIRST)))
    red = replace(server(SECOND, content="pin: 42"), metadata=(("colour", "red"),))
    assert bench.converge(desired(red)).observed[FW].spec == red.settle(bench.observe().observed[FW].spec)  # type: ignore[arg-type]
    assert mark(bench) == FIRST


def test_a_rebuild_for_another_reason_brings_the_new_content_and_its_mark(bench: Bench) -> None:
    bench.converge(desired(server(FIRST)))
    before, after = SAMPLES["server"].change("image")
    assert isinstance(before, ServerSpec)
    assert isinstance(after, ServerSpec)
    spec = replace(server(SECOND, content="pin: 42"), image=after.image)
    bench.converge({**desired_of(FW, after), **desired(spec)}, ALLOWED)
    assert mark(bench) == SECOND
