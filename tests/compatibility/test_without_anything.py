"""What the doctor says of an extension that lacks, and what still runs on a cloud that lacks all of them."""

from __future__ import annotations

import pytest

from reconciler.model.findings import Grade
from reconciler.targets.openstack.kinds.declared import Level, Requirement
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.requirements import EXTENSIONS
from tests.compatibility.lab import Lab, whole
from tests.conformance.samples import (
    ETH0,
    GATEWAY,
    OPEN,
)


@pytest.mark.parametrize("missing", EXTENSIONS, ids=str)
def test_the_doctor_says_what_the_table_says(lab: Lab, missing: Requirement) -> None:
    expected = {Level.NEEDED: Grade.BROKEN, Level.USED: Grade.LIMITED, Level.UNUSED: None}[missing.level]
    assert lab.doctor().get(("network", missing.name)) is None or missing.level is not Level.UNUSED
    lab.lacks(missing.name)
    found = lab.doctor().get(("network", missing.name))
    assert (found and found.verdict) == expected
    assert found is None or found.message == f"missing: {missing.without}"


CHAINS = {"port-pair", "port-pair-group", "flow-classifier", "port-chain"}
OPTIONAL = {"address-group", "rbac-policy", "router-routes", "trunk"} | CHAINS
"""Kinds of which a plain service has none."""


def test_a_cloud_that_lacks_all_that_is_not_needed_runs_a_plain_service(lab: Lab) -> None:
    kept = {"external-net"}
    lab.lacks(*(one.name for one in EXTENSIONS if one.level is not Level.NEEDED and one.name not in kept))
    plain = {key: one for key, one in whole(network=NetworkSpec()).items() if key.kind not in OPTIONAL}
    world = lab.settles(plain)
    assert {GATEWAY, OPEN, ETH0} <= world.observed.keys()
    lab.bench.converge({})
    assert lab.bench.observe().observed == {}
