"""A team with two simulated clouds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from openstack_simulator import CloudSettings, Simulator
from tests.git_server import serve_repositories
from tests.git_work import new_work
from tests.team import Team


@dataclass
class Workplace(Team):
    simulator: Simulator = field(kw_only=True)

    def writes(self) -> list[tuple[str, str, str]]:
        """What the clouds were asked to change since the requests were reset: cloud, method and route."""
        return [
            (entry["cloud"], entry["method"], entry["route"])
            for entry in self.simulator.requests()
            if entry["method"] != "GET" and not entry["route"].endswith("/auth/tokens")
        ]


@pytest.fixture
def workplace(tmp_path: Path) -> Iterator[Workplace]:
    (tmp_path / "home").mkdir()
    work = new_work(tmp_path / "git")
    settings = CloudSettings(build_seconds=0.1, delete_seconds=0.1)
    with serve_repositories(work.bare.parent) as server, Simulator({"paris": settings, "lyon": settings}) as simulator:
        clouds_file = simulator.write_clouds_file(tmp_path / "clouds.yaml")
        yield Workplace(tmp_path, work, server, clouds_file, simulator=simulator)
