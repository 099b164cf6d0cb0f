"""A second type of target, in memory: planning, loop, status, metrics and API work with it, without OpenStack."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.applying import apply
from reconciler.documents import Library
from reconciler.model import (
    Action,
    Catalog,
    Driver,
    Key,
    Result,
    StepFailed,
    TargetUnknown,
    World,
)
from reconciler.planning import plan_target
from reconciler.review.topology import topology_of
from reconciler.targets.memory.driver import MemoryDriver, Store
from reconciler.targets.memory.kinds import MachineSpec, SegmentSpec
from reconciler.targets.registry import TARGET_TYPES, Access, Connections, Registry
from tests.documents.commits import Commit, problems_of

VIMS = """
apiVersion: magi/v1alpha1
kind: Vim
metadata: {name: lab}
spec: {type: memory}
---
apiVersion: magi/v1alpha1
kind: Vim
metadata: {name: paris}
spec: {type: openstack, cloud: paris, externalNetwork: public}
"""
DESCRIPTOR = """
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: web}
spec:
  connectionPoints: [{name: front}]
  virtualLinks: [{name: sync, cidr: 192.168.0.0/28}]
  vdus:
    - name: vm
      image: debian-12
      flavor: m1.small
      count: 2
      userData: {inline: "#cloud-config\\n"}
      interfaces:
        - {name: eth0, connectionPoint: front}
        - {name: eth1, virtualLink: sync}
"""
SERVICE = """
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: shop}
spec:
  vim: lab
  virtualLinks: [{name: lan, cidr: 10.8.0.0/24}]
  vnfs:
    - {name: web, descriptor: web, connect: {front: lan}, addresses: {front: [10.8.0.10-10.8.0.20]}}
"""


def catalog(**files: str) -> Catalog:
    texts = {"vims.yaml": VIMS, "web.yaml": DESCRIPTOR, "shop.yaml": SERVICE, **files}
    return Library(TARGET_TYPES).catalog(Commit({name.replace("_", "."): text for name, text in texts.items()}))


def changed(old: str, new: str, text: str = SERVICE) -> str:
    assert old in text
    return text.replace(old, new)


@pytest.fixture
def driver() -> Driver:
    target = catalog().targets["lab"]
    return Connections(TARGET_TYPES).connect(target, Access(None, "magi"))


def converge(driver: Driver, desired: Catalog) -> World:
    """Until nothing is left to do."""
    for _ in range(20):
        world = driver.observe()
        plan = plan_target(desired, world)
        if not plan.steps:
            return world
        outcomes = list(apply(plan, world, driver, workers=4))
        assert {outcome.result for outcome in outcomes} <= {Result.DONE}, outcomes
    raise AssertionError(plan.steps)


def test_a_service_becomes_segments_plugs_and_machines(driver: Driver) -> None:
    world = converge(driver, catalog())
    assert {key.kind for key in world.observed} == {"segment", "plug", "machine"}
    machine = world.observed[Key("lab", "machine", "shop/web/vm-1")].spec
    assert isinstance(machine, MachineSpec)
    assert machine.image == "debian-12"
    assert machine.contents
    plug = world.observed[Key("lab", "plug", "shop/web/vm-1/eth0")].spec
    assert plug.addresses() == ("10.8.0.11",)


def test_more_instances_are_made_and_fewer_removed(driver: Driver) -> None:
    converge(driver, catalog())
    more = converge(driver, catalog(shop_yaml=changed("descriptor: web,", "descriptor: web, counts: {vm: 4},")))
    assert sum(key.kind == "machine" for key in more.observed) == 4
    assert sum(key.kind == "machine" for key in converge(driver, catalog()).observed) == 2


def test_a_field_that_may_change_does_so_in_place(driver: Driver) -> None:
    before = converge(driver, catalog())
    after = converge(driver, catalog(shop_yaml=changed("cidr: 10.8.0.0/24", "cidr: 10.8.0.0/24, mtu: 1400")))
    lan = Key("lab", "segment", "shop/lan")
    spec = after.observed[lan].spec
    assert isinstance(spec, SegmentSpec)
    assert (spec.mtu, after.observed[lan].id) == (1400, before.observed[lan].id)


def test_what_costs_service_waits_for_consent(driver: Driver) -> None:
    world = converge(driver, catalog())
    plan = plan_target(catalog(web_yaml=changed("debian-12", "debian-13", DESCRIPTOR)), world)
    assert {step.action for step in plan.steps.values()} == {Action.UPDATE}
    assert all(step.blocked for step in plan.steps.values())


def test_what_is_in_use_is_not_removed(driver: Driver) -> None:
    world = converge(driver, catalog())
    plan = plan_target(Catalog(catalog().targets, {"lab": {}}, {}), world)
    step = next(step for step in plan.steps.values() if step.key == Key("lab", "segment", "shop/lan"))
    with pytest.raises(StepFailed, match="is in use by"):
        driver.carry_out(step, {})


def test_two_owners_see_only_what_is_their_own(driver: Driver) -> None:
    converge(driver, catalog())
    target, store = catalog().targets["lab"], Store()
    mine, theirs = MemoryDriver(target, store, "magi"), MemoryDriver(target, store, "other")
    converge(mine, catalog())
    assert theirs.observe().observed == {}
    assert mine.observe().observed


def test_a_target_that_can_not_be_reached_is_unknown() -> None:
    store = Store(reachable=False)
    with pytest.raises(TargetUnknown):
        MemoryDriver(catalog().targets["lab"], store, "magi").observe()


def test_targets_of_one_name_in_one_process_are_the_same() -> None:
    connections = Connections(TARGET_TYPES)
    target = catalog().targets["lab"]
    converge(connections.connect(target, Access(None, "magi")), catalog())
    assert connections.connect(target, Access(None, "magi")).observe().observed
    (finding,) = connections.examine(target, Access(None, "magi"))
    assert "resources" in finding.message


def test_its_topology_is_drawn() -> None:
    desired = catalog().desired["lab"].values()
    drawn = topology_of("shop", desired)
    assert {(node.type, node.label) for node in drawn.nodes} == {("link", "lan"), ("link", "sync"), ("vdu", "vm × 2")}
    assert {edge.label for edge in drawn.edges} == {"eth0", "eth1"}


def test_a_service_may_be_on_targets_of_both_types_and_wait_across_them() -> None:
    both = SERVICE + "    - {name: late, descriptor: far, vim: paris, dependsOn: [web]}\n"
    far = DESCRIPTOR.replace("name: web", "name: far").replace("  connectionPoints: [{name: front}]\n", "")
    far = far.replace("        - {name: eth0, connectionPoint: front}\n", "")
    desired = catalog(shop_yaml=both, far_yaml=far)
    assert {key.kind for key in desired.desired["paris"]} >= {"server", "port"}
    late = desired.desired["paris"][Key("paris", "server", "shop/late/vm-0")]
    assert late.after == (Key("lab", "machine", "shop/web/vm-0"), Key("lab", "machine", "shop/web/vm-1"))


def test_an_unknown_type_is_an_error_that_names_those_there_are() -> None:
    (problem,) = problems_of({"vims.yaml": "\n".join(VIMS.splitlines()[:6]).replace("memory", "memry")})
    assert "vims.yaml:5" in problem
    assert "memory" in problem


WITHOUT = """
import json, sys
from pathlib import Path
from reconciler.targets.registry import TARGET_TYPES, Access, Connections
from tests.targets.test_memory import catalog, converge
driver = Connections(TARGET_TYPES).connect(catalog().targets["lab"], Access(None, "magi"))
world = converge(driver, catalog())
print(json.dumps([len(world.observed), sorted(name for name in sys.modules if name in ("openstack", "keystoneauth1"))]))
"""


def test_the_cloud_client_is_not_even_imported() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=root, capture_output=True, text=True, check=True, timeout=120
    )
    count, modules = json.loads(done.stdout)
    assert count > 0
    assert modules == []


def test_two_types_can_not_have_kinds_of_one_name() -> None:
    twice = Registry({"memory": TARGET_TYPES.types["memory"], "other": TARGET_TYPES.types["memory"]})
    with pytest.raises(ValueError, match="two types of targets have a kind 'segment'"):
        _ = twice.kinds
