"""Flavors by what they hold: one spelling for documents, listings and servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from reconciler.documents.words.declaring import NOWHERE, decode
from reconciler.documents.words.vdus import Sizing
from reconciler.loop.narrowing import narrow
from reconciler.model import (
    Action,
    BlockReason,
    Catalog,
    Desired,
    FieldChange,
    Health,
    Impact,
    Key,
    Observed,
    Outcome,
    Place,
    Policy,
    Result,
    StepId,
    World,
)
from reconciler.planning import plan_target
from reconciler.reporting.status import services_of
from reconciler.targets.openstack.kinds.existing import FLAVORS
from reconciler.targets.openstack.kinds.flavor import FlavorSpec
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.sizing import FITTING, content_of, fitting_flavors
from reconciler.targets.openstack.kinds.volume import VolumeSpec
from reconciler.targets.openstack.lowering.sizing import sizing_name as name_of
from reconciler.targets.rest import Index
from tests.conformance.samples import PROJECT
from tests.documents.commits import catalog_of, problems_of
from tests.plan_of import plan_of

FW = Key("paris", "server", "vcpe/fw/fw-0")
DEBIAN = Key("paris", "image", "debian-12")
PLAIN = {"vcpus": 2, "memory": 4096, "disk": 20}


def sizing_name(sizing: Mapping[str, Any]) -> str:
    """What a sizing is called that is written like this."""
    return name_of(decode(Sizing, sizing, NOWHERE))


def flavor(name: str, **fields: Any) -> dict[str, Any]:
    """A flavor as it is listed."""
    return {"id": f"id-{name}", "name": name, "vcpus": 2, "ram": 4096, "disk": 20, "swap": 0, **fields}


def fitting(content: str) -> Key:
    return Key("paris", FITTING, content)


def found(*flavors: dict[str, Any]) -> dict[Key, tuple[str, ...]]:
    return dict(fitting_flavors(Index("paris", "test", PROJECT, {FLAVORS: flavors})))


@pytest.mark.parametrize(
    ("sizing", "listed"),
    [
        ({}, {}),
        ({"swap": 0, "ephemeral": 0}, {"swap": "", "extra_specs": {}}),
        ({"swap": 512, "ephemeral": 10}, {"swap": 512, "OS-FLV-EXT-DATA:ephemeral": 10}),
        (
            {"cpuPolicy": "dedicated", "cpuThreadPolicy": "isolate", "hugePages": "1GB", "numaNodes": 2},
            {
                "extra_specs": {
                    "hw:numa_nodes": "2",
                    "hw:mem_page_size": "1GB",
                    "hw:cpu_thread_policy": "isolate",
                    "hw:cpu_policy": "dedicated",
                }
            },
        ),
        ({"pciAliases": {"qat": 1, "gpu": 2}}, {"extra_specs": {"pci_passthrough:alias": "qat:1, gpu:2"}}),
        ({"extraSpecs": {"hw:watchdog_action": "reset"}}, {"extra_specs": {"hw:watchdog_action": "reset"}}),
    ],
)
def test_a_sizing_and_the_flavor_that_holds_it_have_one_spelling(
    sizing: dict[str, Any], listed: dict[str, Any]
) -> None:
    assert sizing_name(PLAIN | sizing) == content_of(flavor("f", **listed))


@pytest.mark.parametrize(
    "other", [{"vcpus": 1}, {"ram": 1}, {"disk": 1}, {"swap": 1}, {"ephemeral": 1}, {"extra_specs": {"a": "b"}}]
)
def test_a_flavor_that_holds_anything_else_does_not_fit(other: dict[str, Any]) -> None:
    assert sizing_name(PLAIN) != content_of(flavor("f", **other))


def test_of_flavors_alike_the_first_by_name_is_taken_and_none_that_is_disabled() -> None:
    off = flavor("a", **{"OS-FLV-DISABLED:disabled": True})
    assert found(flavor("c"), off, flavor("b")) == {fitting(sizing_name(PLAIN)): ("id-b",)}


def planned(sizing: dict[str, int], there: ServerSpec | None, *flavors: dict[str, Any]) -> Any:
    desired = {FW: Desired(FW, ServerSpec(None, DEBIAN, sizing=fitting(sizing_name(sizing))), Place("vnfd.yaml", 1))}
    observed = {FW: Observed(FW, there, "s-1", name=FW.name)} if there else {}
    return plan_of(desired, World("paris", observed, {DEBIAN: ("i",), **found(*flavors)}), Policy())


THERE = ServerSpec(Key("paris", "flavor", "old"), DEBIAN, operate="started", sizing=fitting(sizing_name(PLAIN)))


def test_a_flavor_that_a_magi_made_is_not_found() -> None:
    assert found(flavor("a", description="magi:other vcpus=2,memory=4096,disk=20")) == {}


def test_no_part_of_what_a_flavor_holds_is_taken_for_a_service() -> None:
    key = fitting(sizing_name(PLAIN | {"extraSpecs": {"a": "b/c"}}))
    assert key.name.endswith(",a=b%2Fc")
    assert (key.service, FW.service) == ("", "vcpe")


def test_what_services_share_is_wrong_with_those_that_use_it() -> None:
    flavor = fitting(sizing_name(PLAIN))
    others = Key("paris", "server", "other/fw/fw-0")
    desired = {
        flavor: Desired(flavor, FlavorSpec(2, 4096, 20), Place("vnfd.yaml", 1)),
        FW: Desired(FW, ServerSpec(None, DEBIAN, sizing=flavor), Place("vnfd.yaml", 1)),
        others: Desired(others, ServerSpec(Key("paris", "flavor", "old"), DEBIAN), Place("vnfd.yaml", 1)),
    }
    world = World("paris", {}, {DEBIAN: ("i",), Key("paris", "flavor", "old"): ("f",)})
    plan = plan_of(desired, world)
    steps = [plan.steps[StepId(Action.CREATE, key)] for key in (flavor, FW, others)]
    outcomes = (
        Outcome(steps[0], Result.FAILED, "403: no"),
        Outcome(steps[1], Result.SKIPPED, "waits for the flavor"),
        Outcome(steps[2], Result.DONE),
    )
    other, vcpe = services_of(Catalog({}, {"paris": desired}, {}), world, plan, outcomes)
    assert (vcpe.name, vcpe.health, vcpe.message) == ("vcpe", Health.DEGRADED, f"create {flavor} failed: 403: no")
    assert (other.name, other.health) == ("other", Health.PROGRESSING)


def test_a_service_by_itself_makes_what_it_shares_and_leaves_what_others_do() -> None:
    own, theirs, loose = (fitting(sizing_name(PLAIN | {"vcpus": number})) for number in (1, 2, 3))
    other = Key("paris", "server", "other/fw/fw-0")
    place = Place("vnfd.yaml", 1)
    desired = {
        own: Desired(own, FlavorSpec(1, 4096, 20), place),
        theirs: Desired(theirs, FlavorSpec(2, 4096, 20), place),
        FW: Desired(FW, ServerSpec(None, DEBIAN, sizing=own), place),
        other: Desired(other, ServerSpec(None, DEBIAN, sizing=theirs), place),
    }
    there = {key: Observed(key, FlavorSpec(3, 4096, 20), key.name) for key in (theirs, loose)}
    catalog, world = narrow(Catalog({}, {"paris": desired}, {}), World("paris", there, {DEBIAN: ("i",)}), "vcpe")
    assert plan_target(catalog, world).steps.keys() == {StepId(Action.CREATE, own), StepId(Action.CREATE, FW)}


def test_a_server_keeps_a_flavor_that_fits_whatever_there_is_besides() -> None:
    assert not planned(PLAIN, THERE, flavor("older"), flavor("a-first")).steps


def test_a_server_whose_flavor_was_taken_off_the_vim_is_left_alone() -> None:
    assert not planned(PLAIN, THERE).steps


def test_another_sizing_is_a_resize() -> None:
    (step,) = planned(PLAIN | {"vcpus": 4}, THERE, flavor("large", vcpus=4)).steps.values()
    old, new = fitting("vcpus=2,memory=4096,disk=20"), fitting("vcpus=4,memory=4096,disk=20")
    assert step.changes == (FieldChange("sizing", old, new),)
    assert (step.impact, step.blocked) == (Impact.RESIZE, BlockReason.CONSENT)


def test_where_none_fits_the_plan_says_what_is_missing_and_what_is_near() -> None:
    (step,) = planned(PLAIN, None, flavor("f", disk=40)).steps.values()
    assert step.blocked is BlockReason.MISSING
    assert step.reason == (
        "fitting flavor 'vcpus=2,memory=4096,disk=20' does not exist on VIM paris "
        "(did you mean 'vcpus=2,memory=4096,disk=40'?)"
    )


def test_a_named_flavor_is_compared_by_its_name_alone() -> None:
    named = Desired(FW, ServerSpec(Key("paris", "flavor", "old"), DEBIAN), Place("vnfd.yaml", 1))
    there = replace(THERE, sizing=fitting("vcpus=1,memory=1,disk=1"))
    world = World("paris", {FW: Observed(FW, there, "s-1", name=FW.name)}, {DEBIAN: ("i",)})
    assert not plan_of({FW: named}, world).steps


# --------------------------------------------------------------------------- documents

DOCUMENTS = """\
{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: paris}, spec: {type: openstack}}
---
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: firewall}
spec:
  vdus:
    - name: fw
      image: debian-12
      sizing: {vcpus: 2, memory: 4096, cpuPolicy: dedicated}
---
{apiVersion: magi/v1alpha1, kind: NetworkService, metadata: {name: vcpe},
  spec: {vim: paris, vnfs: [{name: fw, descriptor: firewall}]}}
"""


def in_documents(old: str, new: str) -> list[str]:
    assert old in DOCUMENTS
    return problems_of({"all.yaml": DOCUMENTS.replace(old, new)})


def test_a_vdu_with_a_sizing_asks_for_a_flavor_that_holds_it() -> None:
    spec = catalog_of({"all.yaml": DOCUMENTS}).desired["paris"][FW].spec
    assert isinstance(spec, ServerSpec)
    assert (spec.flavor, spec.sizing) == (None, fitting("vcpus=2,memory=4096,disk=0,hw:cpu_policy=dedicated"))


def test_a_vim_that_says_so_gets_one_flavor_for_all_that_ask_for_the_same() -> None:
    twice = DOCUMENTS.replace("spec: {type: openstack}}", "spec: {type: openstack, makeFlavors: true}}").replace(
        "descriptor: firewall}]", "descriptor: firewall}, {name: second, descriptor: firewall}]"
    )
    desired = catalog_of({"all.yaml": twice}).desired["paris"]
    flavor = fitting("vcpus=2,memory=4096,disk=0,hw:cpu_policy=dedicated")
    assert desired.keys() == {flavor, FW, Key("paris", "server", "vcpe/second/fw-0")}
    assert desired[flavor].spec == FlavorSpec(2, 4096, extra_specs=(("hw:cpu_policy", "dedicated"),))
    assert desired[flavor].place.line == 8


def test_a_vim_may_call_images_and_flavors_otherwise() -> None:
    names = "images: {debian-12: Debian 12 (2026-10)}, flavors: {small: s1-2}"
    documents = DOCUMENTS.replace("{type: openstack}", f"{{type: openstack, {names}}}").replace(
        "sizing: {vcpus: 2, memory: 4096, cpuPolicy: dedicated}", "flavor: small\n      bootVolume: {size: 10}"
    )
    desired = catalog_of({"all.yaml": documents}).desired["paris"]
    image, flavor = Key("paris", "image", "Debian 12 (2026-10)"), Key("paris", "flavor", "s1-2")
    server, volume = desired[FW].spec, desired[Key("paris", "volume", f"{FW.name}/root")].spec
    assert isinstance(server, ServerSpec)
    assert isinstance(volume, VolumeSpec)
    assert (server.image, server.flavor, volume.image) == (image, flavor, image)


def test_flavor_and_sizing_exclude_each_other() -> None:
    (reported,) = in_documents("image: debian-12", "image: debian-12\n      flavor: m1.small")
    assert reported.startswith("all.yaml:8:")
    assert "exactly one of 'flavor', 'sizing' is needed in spec.vdus[0]; found 'flavor' and 'sizing'" in reported


def test_an_extra_spec_that_a_field_says_already() -> None:
    assert in_documents("dedicated}", "dedicated, extraSpecs: {'hw:cpu_policy': shared}}") == [
        "all.yaml:10:75: 'cpuPolicy' says 'hw:cpu_policy' already (keep one of them)"
    ]


@pytest.mark.parametrize(
    "wrong", ["vcpus: 0", "memory: 4 GiB", "memory: 1, hugePages: big", "memory: 1, cpuPolicy: pin"]
)
def test_a_sizing_that_is_none(wrong: str) -> None:
    (reported, *_) = in_documents("memory: 4096" if "memory" in wrong else "vcpus: 2", wrong)
    assert reported.startswith("all.yaml:10:")
