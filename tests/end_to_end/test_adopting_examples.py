"""magi adopt on whole examples: what Magi made and disowned is taken over by another Magi without a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.conftest import Workplace
from tests.team import Finished

VIM = """apiVersion: magi/v1alpha1
kind: Vim
metadata: {name: paris}
spec: {type: openstack, externalNetwork: public}
"""


def deploy(workplace: Workplace, example: str, service: str) -> None:
    """Makes an example and disowns it: as if someone had made it manually."""
    workplace.copy_example(example)
    clouds = ["--clouds-file", str(workplace.clouds_file)]
    done = workplace.magi("apply", workplace.url, "--yes", *clouds)
    assert done.code == 0, done.out + done.err
    suspended = {
        str(file.relative_to(workplace.work.path)): text.replace("\nspec:", "\nspec:\n  suspend: true")
        for file in workplace.work.path.rglob("*.yaml")
        if "kind: NetworkService\n" in (text := file.read_text())
    }
    workplace.work.commit(suspended, "Suspend")
    disowned = workplace.magi("disown", service, workplace.url, "--yes", *clouds)
    assert disowned.code == 0, disowned.out + disowned.err


def adopt(workplace: Workplace, folder: Path, service: str, *options: str) -> Finished:
    """As another Magi, which knows nothing of the first one's marks."""
    clouds = ["--clouds-file", str(workplace.clouds_file), "--owner", "second", "--vim", "paris"]
    return workplace.magi("adopt", "taken", str(folder), "--name", f"{service}/*", *clouds, *options)


@pytest.mark.parametrize(
    ("example", "service"),
    [
        ("hello-world", "hello"),
        ("vcpe", "vcpe-paris"),  # anti-affinity, floating IPs
        ("active-standby", "load-balancer"),  # address pairs, a key pair
        ("dual-stack", "resolver"),  # IPv6 by itself
        ("ims", "ims"),  # boot volumes and data volumes
        ("mobile-core", "mobile-core"),  # trunks, static routes, SR-IOV, a QoS policy
    ],
)
def test_an_example_that_was_disowned_is_taken_over_without_a_change(
    workplace: Workplace, tmp_path: Path, example: str, service: str
) -> None:
    deploy(workplace, example, service)
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "vims.yaml").write_text(VIM)
    written = adopt(workplace, folder, service, "--out", str(folder / "taken.yaml"))
    assert written.code == 0, written.out + written.err

    workplace.simulator.reset_requests()
    marked = adopt(workplace, folder, service, "--yes")
    assert marked.code == 0, marked.out + marked.err
    assert {method for _, method, _ in workplace.writes()} <= {"PUT", "POST"}
    again = adopt(workplace, folder, service, "--yes")
    assert "0 resources of taken have Magi's mark now" in again.out, again.out + again.err
