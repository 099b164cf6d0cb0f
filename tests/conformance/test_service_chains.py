"""Chains of ports: made from the inside out, scaled in place, and gone from the outside in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model import (
    Action,
    BlockReason,
    Consent,
    Desired,
    FieldChange,
    Impact,
    Key,
    Permission,
    Policy,
    Spec,
    Step,
    StepFailed,
    StepId,
)
from reconciler.targets.openstack.kinds.flow_classifier import PortRange
from reconciler.targets.openstack.kinds.port_chain import PortChainSpec
from reconciler.targets.openstack.kinds.port_pair_group import PortPairGroupSpec
from reconciler.targets.openstack.kinds.server import ServerSpec
from tests.conformance.bench import Bench, DesiredState, desired_of
from tests.conformance.samples import (
    CHAIN,
    DEBIAN,
    DNS,
    ETH0,
    GUEST,
    HOPS,
    HTTP,
    HTTP_SPEC,
    IDS,
    INS,
    MORE_IDS,
    OUTS,
    PAIR_SPECS,
    PAIRS,
    PLACE,
    SMALL,
    key,
    needed,
)
from tests.plan_of import plan_of

CHAIN_KEY = key("port-chain", "web")
ALLOWED = Policy(consent=Consent(Permission.ALLOW, Permission.ALLOW))


def chained(chain: PortChainSpec = CHAIN, **changes: Spec) -> DesiredState:
    """The chain with all that it needs. ``changes``: `group` or `http` as something else."""
    keys = {"group": IDS, "http": HTTP}
    desired = dict(desired_of(CHAIN_KEY, chain))
    for name, spec in changes.items():
        desired = needed(spec) | desired | {keys[name]: Desired(keys[name], spec, PLACE)}
    return desired


def ids_of(bench: Bench, desired: DesiredState, *keys: Key) -> list[str]:
    observed = bench.converge(desired, ALLOWED).observed
    return [observed[one].id for one in keys]


def effects_of(step: Step) -> tuple[str, ...]:
    assert step.observed
    assert step.desired
    changed = {change.field for change in step.changes if isinstance(change, FieldChange)}
    return step.observed.spec.side_effects(step.impact, step.desired.spec, changed)


def refused(bench: Bench, resource: Key) -> StepFailed:
    with pytest.raises(StepFailed) as failed:
        bench.delete(resource)
    return failed.value


@pytest.mark.essential
def test_a_whole_chain_comes_and_goes_in_the_order_that_the_cloud_takes(bench: Bench) -> None:
    world = bench.converge(chained())
    assert world.observed[CHAIN_KEY].spec == CHAIN
    waits = plan_of({}, world).waits
    for outer, inner in ((CHAIN_KEY, IDS), (IDS, PAIRS[0]), (PAIRS[0], HOPS[0]), (CHAIN_KEY, HTTP), (HTTP, ETH0)):
        assert StepId(Action.DELETE, outer) in waits[StepId(Action.DELETE, inner)]
    assert bench.converge({}).observed == {}


@pytest.mark.parametrize("inner", [IDS, PAIRS[0], HTTP, ETH0], ids=str)
def test_what_a_chain_consists_of_is_not_deleted_before_it_and_is_tried_again(bench: Bench, inner: Key) -> None:
    bench.converge(chained())
    error = refused(bench, inner)
    # Of a port Neutron finds it out by a foreign key of its database alone.
    assert error.message.startswith(("409: ", "500: ") if inner == ETH0 else "409: ")
    assert not error.terminal


def test_a_pair_waits_for_the_server_of_its_ports(bench: Bench) -> None:
    ports = {one: desired for one, desired in desired_of(PAIRS[0], PAIR_SPECS[0]).items() if one.kind != "server"}
    del ports[PAIRS[0]]
    bench.converge(ports)
    with pytest.raises(StepFailed, match="does not belong to a host"):
        bench.create(PAIRS[0], replace(PAIR_SPECS[0], server=None))
    whole = desired_of(PAIRS[0], PAIR_SPECS[0])
    plan = plan_of(whole, bench.observe())
    pair, server = StepId(Action.CREATE, PAIRS[0]), StepId(Action.CREATE, HOPS[0])
    assert server in plan.waits[pair]
    assert bench.converge(whole).observed[PAIRS[0]].spec == PAIR_SPECS[0]


def test_one_more_instance_joins_its_group_and_leaves_it_and_the_chain_stays(bench: Bench) -> None:
    one, two = chained(), chained(group=PortPairGroupSpec(PAIRS))
    before = ids_of(bench, one, CHAIN_KEY, IDS, PAIRS[0])
    plan = plan_of(two, bench.observe())
    step = plan.steps[StepId(Action.UPDATE, IDS)]
    assert (step.impact, step.blocked) == (Impact.NONE, None)
    assert {action for action, _ in plan.steps} == {Action.CREATE, Action.UPDATE}
    assert ids_of(bench, two, CHAIN_KEY, IDS, PAIRS[0]) == before
    plan = plan_of(one, bench.observe())
    gone = StepId(Action.DELETE, PAIRS[1])
    assert StepId(Action.UPDATE, IDS) in plan.waits[gone], "no traffic is sent to it when it goes"
    assert gone in plan.waits[StepId(Action.DELETE, HOPS[1])]
    assert ids_of(bench, one, CHAIN_KEY, IDS, PAIRS[0]) == before


def test_groups_in_another_order_are_another_chain(bench: Bench) -> None:
    first, second = PortChainSpec((IDS, MORE_IDS), (HTTP,)), PortChainSpec((MORE_IDS, IDS), (HTTP,))
    before = ids_of(bench, chained(first), CHAIN_KEY)
    step = plan_of(chained(second), bench.observe()).steps[StepId(Action.DELETE, CHAIN_KEY)]
    assert effects_of(step) == ("traffic goes past the chain until it is made again",)
    assert ids_of(bench, chained(second), CHAIN_KEY) != before


def test_the_cloud_keeps_the_order_of_groups_that_a_chain_has(bench: Bench) -> None:
    observed = bench.converge(chained(PortChainSpec((IDS, MORE_IDS), (HTTP,)))).observed
    path, groups = f"/v2.0/sfc/port_chains/{observed[CHAIN_KEY].id}", [observed[one].id for one in (MORE_IDS, IDS)]
    bench.send("PUT", "network", path, {"port_chain": {"port_pair_groups": groups}})
    there = bench.send("GET", "network", path)["port_chain"]["port_pair_groups"]
    assert there == [*reversed(groups)]


def test_a_classifier_joins_and_leaves_in_place(bench: Bench) -> None:
    before = ids_of(bench, chained(), CHAIN_KEY, HTTP)
    assert ids_of(bench, chained(PortChainSpec((IDS,), (DNS, HTTP))), CHAIN_KEY, HTTP) == before
    assert ids_of(bench, chained(), CHAIN_KEY, HTTP) == before
    assert DNS not in bench.observe().observed


def test_a_classifier_that_changes_goes_before_its_successor_comes_and_the_chain_with_it(bench: Bench) -> None:
    """The new one would be refused beside the old one: one packet matches both."""
    wider = replace(HTTP_SPEC, destination_ports=PortRange(80, 90))
    before = ids_of(bench, chained(), IDS)
    bench.demand([HTTP])
    with pytest.raises(StepFailed, match="conflicts with another Flow Classifier"):
        bench.create(key("flow-classifier", "web/wider"), wider)
    plan = plan_of(chained(http=wider), bench.observe())
    chain = plan.steps[StepId(Action.DELETE, CHAIN_KEY)]
    assert (chain.impact, chain.blocked) == (Impact.REPLACE, BlockReason.CONSENT)
    assert effects_of(chain) == ("traffic goes past the chain until it is made again",)
    world = bench.converge(chained(http=wider), ALLOWED)
    assert (world.observed[HTTP].spec, world.observed[CHAIN_KEY].spec) == (wider, CHAIN)
    assert ids_of(bench, chained(http=wider), IDS) == before


def test_chains_share_a_group_and_no_classifier(bench: Bench) -> None:
    other = key("port-chain", "dns")
    spec = PortChainSpec((IDS, MORE_IDS), (DNS,))
    desired = {**chained(), **desired_of(other, spec)}
    world = bench.converge(desired)
    assert (world.observed[CHAIN_KEY].spec, world.observed[other].spec) == (CHAIN, spec)
    with pytest.raises(StepFailed, match="409"):
        bench.create(key("port-chain", "third"), PortChainSpec((MORE_IDS,), (HTTP,)))
    assert bench.converge({}).observed == {}


def test_a_chain_without_a_group_is_refused_for_good(bench: Bench) -> None:
    with pytest.raises(StepFailed, match="Port Pair Group is not specified") as failed:
        bench.create(CHAIN_KEY, PortChainSpec(()))
    assert failed.value.terminal


def test_a_pair_of_two_servers_is_refused(bench: Bench) -> None:
    bench.converge(chained(group=PortPairGroupSpec(PAIRS)))
    with pytest.raises(StepFailed, match="not in the same host"):
        bench.create(key("port-pair", "ids/mixed"), replace(PAIR_SPECS[0], egress=OUTS[1]))


def test_a_chain_outlives_a_server_that_someone_deleted_and_the_server_is_what_is_repaired(bench: Bench) -> None:
    """The chain looks the same then: what is missing is the server."""
    before = ids_of(bench, chained(), CHAIN_KEY, IDS, PAIRS[0], INS[0])
    server = bench.observe().observed[HOPS[0]].id
    bench.send("DELETE", "compute", f"/servers/{server}")
    world = bench.observe()
    assert world.observed[CHAIN_KEY].spec == CHAIN
    assert StepId(Action.CREATE, HOPS[0]) in plan_of(chained(), world).steps
    assert ids_of(bench, chained(), CHAIN_KEY, IDS, PAIRS[0], INS[0]) == before
    assert bench.observe().observed[HOPS[0]].id != server


def test_a_server_that_is_replaced_keeps_its_place_in_the_chain(bench: Bench) -> None:
    before = ids_of(bench, chained(), CHAIN_KEY, IDS, PAIRS[0])
    there = bench.observe().observed[HOPS[0]]
    spec = ServerSpec(SMALL, DEBIAN, ports=(INS[0], OUTS[0]), key_pair=GUEST)
    desired = {**desired_of(HOPS[0], spec), **chained(), HOPS[0]: Desired(HOPS[0], spec, PLACE)}
    assert ids_of(bench, desired, CHAIN_KEY, IDS, PAIRS[0]) == before
    assert bench.observe().observed[HOPS[0]].id != there.id


def test_what_someone_took_out_of_a_group_manually_is_put_back(bench: Bench) -> None:
    group = bench.converge(chained()).observed[IDS]
    bench.send("PUT", "network", f"/v2.0/sfc/port_pair_groups/{group.id}", {"port_pair_group": {"port_pairs": []}})
    (step,) = plan_of(chained(), bench.observe()).steps.values()
    assert (step.action, step.key) == (Action.UPDATE, IDS)
    assert bench.converge(chained()).observed[IDS].spec == group.spec


def test_what_someone_put_into_a_chain_manually_is_taken_out(bench: Bench) -> None:
    chain = bench.converge(chained()).observed[CHAIN_KEY]
    theirs = {"flow_classifier": {"protocol": "icmp", "logical_source_port": bench.observe().observed[ETH0].id}}
    made = bench.send("POST", "network", "/v2.0/sfc/flow_classifiers", theirs)["flow_classifier"]["id"]
    classifiers = [made, bench.observe().observed[HTTP].id]
    path = f"/v2.0/sfc/port_chains/{chain.id}"
    bench.send("PUT", "network", path, {"port_chain": {"flow_classifiers": classifiers}})
    assert bench.converge(chained()).observed[CHAIN_KEY].spec == CHAIN
    bench.send("DELETE", "network", f"/v2.0/sfc/flow_classifiers/{made}")
