"""A real daemon during trouble: a refused commit, blocked steps, drift, a VIM that is down, one not set up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from openstack_simulator import CloudSettings, Simulator
from reconciler.model import Result
from tests.git_work import new_work
from tests.loop.follower import LYON, VIM, Follower, service, vim
from tests.simulator.callers import Caller
from tests.waiting import eventually

EXAMPLE = Path(__file__).parents[2] / "desired-state-examples" / "hello-world"
DRIFTING = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: drifting}
spec:
  vim: paris
  drift: report
  virtualLinks: [{name: lan, cidr: 10.2.0.0/24, mtu: 1400}]
"""
BLOCKED = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {{name: blocked}}
spec:
  vim: paris
  virtualLinks: [{{name: lan, cidr: {0}}}]
"""
SUSPENDED = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: suspended}
spec:
  suspend: true
  vim: paris
  virtualLinks: [{name: lan, cidr: 10.4.0.0/24}]
"""
BOTH = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: both}
spec:
  virtualLinks:
    - {name: one, cidr: 10.5.0.0/24, vim: paris}
    - {name: other, cidr: 10.6.0.0/24, vim: lyon}
"""


def _documents() -> dict[str, str]:
    example = {f"hello/{file.name}": file.read_text(encoding="utf-8") for file in EXAMPLE.glob("*.yaml")}
    made = {
        "drifting.yaml": DRIFTING,
        "blocked.yaml": BLOCKED.format("10.3.0.0/24"),
        "suspended.yaml": SUSPENDED,
        "both.yaml": BOTH,
    }
    return example | LYON | made | {"oslo.yaml": VIM.format("oslo")} | service("oslo")


@contextmanager
def busy(folder: Path) -> Iterator[Follower]:
    """The daemon, once all of it has come to pass. Its commits: two good ones, then a refused one."""
    settings = CloudSettings(build_seconds=0, delete_seconds=0, action_seconds=0)
    with ExitStack() as ending:
        simulator = ending.enter_context(Simulator({"paris": settings, "lyon": settings}, seed=1))
        clouds_file = simulator.write_clouds_file(folder / "clouds.yaml")
        follower = Follower(new_work(folder / "git"), simulator, clouds_file, folder, ending)
        follower.commit(_documents())
        eventually(lambda: _rests(follower, "lyon") and _rests(follower, "paris"))
        follower.commit({"blocked.yaml": BLOCKED.format("10.33.0.0/24")})
        eventually(lambda: "is blocked" in _message(follower, "paris", "blocked"))
        _change_out_of_band(follower)
        eventually(lambda: "mtu drifted" in _message(follower, "paris", "drifting"))
        follower.fault(cloud="lyon", status=503)
        eventually(lambda: follower.error("lyon") and follower.error("oslo"))
        follower.commit({"wrong.yaml": BLOCKED.format("no address").replace("blocked", "wrong")} | vim("wrong"))
        yield follower


def _change_out_of_band(follower: Follower) -> None:
    paris = Caller(f"{follower.simulator.url}/paris")
    (network,) = paris.network("GET", "networks?name=drifting/lan")["networks"]
    paris.network("PUT", f"networks/{network['id']}", {"network": {"mtu": 1300}})


def _rests(follower: Follower, target: str) -> bool:
    """Whether a pass found nothing that it could do: only then what exists is known to agree with Git."""
    reports = (one for one in follower.daemon.reports() if one.target == target and not one.error)
    return any(not any(step.result is Result.DONE for step in one.outcomes) for one in reports)


def _message(follower: Follower, target: str, name: str) -> Any:
    """What the newest pass for the commit in force says of a service."""
    commit = follower.daemon.repositories()[0].commit
    reports = [one for one in follower.daemon.reports() if one.target == target and one.commit == commit]
    return next((one.message for report in reports for one in report.services if one.name == name), "no pass yet")
