"""The main job on real OpenStack clouds, with drift made and results listed by the openstack client."""

from __future__ import annotations

import pytest

from tests.conformance.clouds import REAL
from tests.openstack.conftest import RealTeam
from tests.team import EXAMPLES

pytestmark = [
    pytest.mark.openstack,
    # Names are unique within a test, not between tests: one at a time.
    pytest.mark.xdist_group("real clouds"),
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not REAL, reason="MAGI_TEST_CLOUDS_FILE leads to no real clouds"),
]

NOTHING: dict[str, set[tuple[str, str, str]]] = {"paris": set(), "lyon": set()}
KINDS = ("network", "subnet", "router", "security group", "port", "server")
FOLDERS = sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())


@pytest.mark.essential
def test_the_story_of_the_demo_on_two_vims(team: RealTeam) -> None:
    team.copy_example("vcpe")
    team.apply()
    assert team.plan() == NOTHING
    assert team.names("paris", "server") == ["vcpe-paris/fw/fw-0", "vcpe-paris/fw/fw-1"]
    assert team.names("lyon", "server") == ["vcpe-lyon/fw/fw-0"]

    team.edit("services/vcpe-paris.yaml", "counts: {fw: 2}", "counts: {fw: 3}", "Scale")
    new = {("port", "vcpe-paris/fw/fw-2/eth0"), ("port", "vcpe-paris/fw/fw-2/eth1"), ("server", "vcpe-paris/fw/fw-2")}
    assert team.plan() == {"paris": {("create", *one) for one in new}, "lyon": set()}
    team.apply()
    assert team.plan() == NOTHING

    # A port that a server uses goes only for an admin.
    team.client("paris-admin", "port", "delete", "vcpe-paris/fw/fw-0/eth1")
    for command in (
        "security group set --name temporary vcpe-paris/fw/mgmt",
        "security group rule create --protocol tcp --dst-port 8000:8100 temporary",
        "network set --mtu 1300 vcpe-paris/lan",
        "server delete --wait vcpe-paris/fw/fw-1",
    ):
        team.client("paris", *command.split())
    assert team.plan()["paris"] == {
        ("create", "port", "vcpe-paris/fw/fw-0/eth1"),
        ("create", "server", "vcpe-paris/fw/fw-1"),
        ("update", "server", "vcpe-paris/fw/fw-0"),
        ("update", "security-group", "vcpe-paris/fw/mgmt"),
        ("update", "network", "vcpe-paris/lan"),
        ("delete", "security-group-rule", "vcpe-paris/fw/mgmt/ingress-ipv4-tcp-8000-8100"),
    }
    team.apply()
    assert team.plan() == NOTHING

    team.work.git("revert", "--no-edit", "HEAD")
    team.work.push()
    assert team.plan() == {"paris": {("delete", *one) for one in new}, "lyon": set()}
    team.apply()
    assert team.plan() == NOTHING
    assert team.names("paris", "server") == ["vcpe-paris/fw/fw-0", "vcpe-paris/fw/fw-1"]

    team.edit("descriptors/firewall.yaml", "flavor: m1.small", "flavour: m1.small")
    done = team.magi("apply", team.url, "--yes", "--clouds-file", str(team.clouds_file))
    assert (done.code, "did you mean 'flavor'?" in done.err) == (1, True)
    assert team.names("paris", "server") == ["vcpe-paris/fw/fw-0", "vcpe-paris/fw/fw-1"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_example_converges_and_its_second_plan_is_empty(team: RealTeam, folder: str) -> None:
    team.copy_example(folder)
    team.apply()
    assert set().union(*team.plan().values()) == set()


@pytest.mark.parametrize("lines", [0, 1, 2, 4, pytest.param(6, marks=pytest.mark.essential), 8, 10, 12, 14, 16])
def test_a_first_sync_that_is_killed_is_finished_without_duplicate_or_orphan(team: RealTeam, lines: int) -> None:
    team.copy_example("vcpe")
    team.work.git("rm", "-q", "services/vcpe-lyon.yaml")
    team.work.commit({}, "Paris alone")
    process = team.start("apply", team.url, "--yes", "--vim", "paris", "--clouds-file", str(team.clouds_file))
    assert process.stdout is not None
    reported = 0
    for line in process.stdout:
        reported += line.startswith("paris: created")
        # The plan's last line comes before the first step; then a line a step.
        if reported >= lines and line.startswith(("Plan:", "paris: created")):
            break
    process.kill()
    process.wait()
    process.stdout.close()
    team.apply()
    assert team.plan()["paris"] == set()
    names = team.names_by_kind("paris", KINDS)
    for kind in KINDS:
        assert names[kind] == sorted(set(names[kind])), kind
    assert names["server"] == ["vcpe-paris/fw/fw-0", "vcpe-paris/fw/fw-1"]
    assert names["port"] == [f"vcpe-paris/fw/fw-{number}/eth{interface}" for number in (0, 1) for interface in (0, 1)]
