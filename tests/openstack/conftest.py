"""A team with two real clouds, and the openstack client beside them."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.clouds import REAL
from tests.git_server import serve_repositories
from tests.git_work import new_work
from tests.team import Team
from tests.waiting import PATIENCE

CLIENT = str(Path(sys.executable).with_name("openstack"))
NOTHING_BUT = """apiVersion: magi/v1alpha1
kind: Policy
metadata: {name: everything-goes}
spec: {maxDeletes: 10000, maxRemovedPercent: 100}
---
apiVersion: magi/v1alpha1
kind: Vim
metadata: {name: paris}
spec: {type: openstack}
---
apiVersion: magi/v1alpha1
kind: Vim
metadata: {name: lyon}
spec: {type: openstack}
---
# Without any service the repository would count as emptied, and nothing would be deleted without consent.
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: nothing}
spec: {}
"""


@dataclass
class RealTeam(Team):
    def apply(self, *options: str) -> None:
        done = self.magi("apply", self.url, "--yes", "--clouds-file", str(self.clouds_file), *options)
        assert done.code == 0, done.out + done.err

    def plan(self) -> dict[str, set[tuple[str, str, str]]]:
        """Action, kind and name of what is planned, by VIM."""
        done = self.magi("plan", self.url, "--clouds-file", str(self.clouds_file), "-o", "json")
        assert done.code == 0, done.err
        return {
            vim["vim"]: {(one["action"], one["kind"], one["name"]) for one in vim["resources"]}
            for vim in done.json["vims"]
        }

    def client(self, cloud: str, *arguments: str) -> str:
        """What the openstack client prints; the test fails when its command is refused."""
        environment = {**os.environ, "OS_CLIENT_CONFIG_FILE": str(self.clouds_file), "OS_CLOUD": cloud}
        done = subprocess.run(
            [CLIENT, *arguments], env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def names(self, cloud: str, what: str) -> list[str]:
        """The names of all of a kind that are managed, as the openstack client lists them, sorted."""
        long = () if what == "security group" else ("--long",)
        rows: list[dict[str, Any]] = json.loads(self.client(cloud, *what.split(), "list", "-f", "json", *long))
        return sorted(row["Name"] for row in rows if "vcpe-" in (row["Name"] or ""))

    def names_by_kind(self, cloud: str, kinds: Sequence[str]) -> Mapping[str, list[str]]:
        """`names` of several kinds, side by side: the client takes its time to start."""
        with ThreadPoolExecutor(len(kinds)) as pool:
            return dict(zip(kinds, pool.map(partial(self.names, cloud), kinds), strict=True))


@pytest.fixture
def team(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[RealTeam]:
    """What the team makes on the clouds is taken away after the test, by Magi itself."""
    alone = "PYTEST_XDIST_WORKER" not in os.environ or "@real clouds" in request.node.nodeid
    assert alone, "these tests would run beside one another, and count one another's resources"
    (tmp_path / "home").mkdir()
    work = new_work(tmp_path / "git")
    with serve_repositories(work.bare.parent) as server:
        made = RealTeam(tmp_path, work, server, Path(REAL), f"team-{secrets.token_hex(4)}", 2 * PATIENCE)
        try:
            yield made
        finally:
            empty = tmp_path / "empty"
            empty.mkdir()
            (empty / "everything-goes.yaml").write_text(NOTHING_BUT)
            done = made.magi("apply", str(empty), "--yes", "--clouds-file", str(made.clouds_file))
            assert done.code == 0, done.out + done.err
