"""The members of a set get other names: the old ones exist until all new ones are well. The real command."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import Workplace
from tests.simulator.callers import Caller, send

VIMS = "".join(
    f"---\napiVersion: magi/v1alpha1\nkind: Vim\nmetadata: {{name: {name}}}\nspec: {{type: openstack, cloud: {name}}}\n"
    for name in ("paris", "lyon")
)
DESCRIPTOR = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: s}
spec:
  connectionPoints: [{name: lan}]
  vdus: [{name: s, image: IMAGE, flavor: m1.tiny, interfaces: [{name: eth0, connectionPoint: lan}]}]
"""
FLEET = """\
apiVersion: magi/v1alpha1
kind: NetworkServiceSet
metadata: {name: fleet}
spec:
  rollout: {canary: 1, waveSize: 3}
  generator:
    list: [ROWS]
  template:
    metadata: {name: "PREFIX-{{ row.name }}"}
    spec:
      vim: "{{ row.vim }}"
      changes: {disruptive: allow, replace: allow}
      virtualLinks: [{name: lan, cidr: 10.50.0.0/24}]
      vnfs: [{name: v, descriptor: s, connect: {lan: lan}}]
"""
BROKEN = {"fail_image": "ubuntu-24.04"}
ROWS = [f"e{number:02}" for number in range(1, 9)]


def files(prefix: str, image: str) -> dict[str, str]:
    rows = ", ".join(f"{{name: {name}, vim: {('paris', 'lyon')[at % 2]}}}" for at, name in enumerate(ROWS))
    fleet = FLEET.replace("ROWS", rows).replace("PREFIX", prefix)
    return {"vims.yaml": VIMS, "s.yaml": DESCRIPTOR.replace("IMAGE", image), "fleet.yaml": fleet}


def deployed(place: Workplace) -> list[str]:
    found = [
        network["description"].split()[1].partition("/")[0]
        for cloud in ("paris", "lyon")
        for network in Caller(f"{place.simulator.url}/{cloud}").network("GET", "networks")["networks"]
        if network["description"].startswith("magi:")
    ]
    return sorted(found)


@pytest.fixture
def fleet(workplace: Workplace) -> Workplace:
    """Eight members f-e01 and so on exist, and Git names them g-e01 and so on, with an image that does not boot."""
    workplace.work.commit(files("f", "debian-12"))
    done = magi(workplace, "apply", "--yes")
    assert done[0] == 0, done[1]
    workplace.work.commit(files("g", "ubuntu-24.04"))
    for cloud in ("paris", "lyon"):
        assert send("PUT", f"{workplace.simulator.url}/_simulator/clouds/{cloud}/settings", BROKEN).status == 200
    return workplace


def magi(place: Workplace, command: str, *arguments: str) -> tuple[int, str]:
    done = place.magi(command, place.url, "--clouds-file", str(place.clouds_file), *arguments)
    return done.code, done.out + done.err


def test_no_old_member_goes_while_the_new_canary_fails_and_all_go_when_it_is_fixed(fleet: Workplace) -> None:
    old, new = [f"f-{name}" for name in ROWS], [f"g-{name}" for name in ROWS]
    assert deployed(fleet) == old
    output = magi(fleet, "plan")[1]
    assert "waits for wave 1 of 4 of set fleet: g-e01 is " in output
    assert "no service is removed before the rollout is through" in output

    code, output = magi(fleet, "apply", "--yes")
    assert code != 0, output
    assert deployed(fleet) == [*old, "g-e01"]

    fleet.work.commit(files("g", "debian-12"))
    code, output = magi(fleet, "apply", "--yes")
    assert code == 0, output
    assert deployed(fleet) == new
