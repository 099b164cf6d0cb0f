"""A login that may only read: a review of a branch does with it, on real clouds, and nothing is changed by it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conformance.clouds import REAL
from tests.openstack.conftest import RealTeam

pytestmark = [
    pytest.mark.openstack,
    pytest.mark.xdist_group("real clouds"),
    pytest.mark.skipif(not REAL, reason="MAGI_TEST_CLOUDS_FILE leads to no real clouds"),
]


@pytest.fixture
def reading(team: RealTeam) -> Iterator[Path]:
    """A clouds.yaml whose entry paris logs in as someone with the role reader in the same project."""
    clouds: dict[str, Any] = yaml.safe_load(team.clouds_file.read_text(encoding="utf-8"))
    entry = clouds["clouds"]["paris"]
    name, word = f"reader-{secrets.token_hex(4)}", secrets.token_hex(8)
    team.client("paris-admin", "user", "create", "--password", word, name)
    try:
        team.client("paris-admin", "role", "add", "--user", name, "--project", entry["auth"]["project_name"], "reader")
        entry["auth"] |= {"username": name, "password": word}
        file = team.folder / "reading.yaml"
        file.write_text(json.dumps(clouds), encoding="utf-8")
        yield file
    finally:
        team.client("paris-admin", "user", "delete", name)


def test_a_reader_reviews_what_a_member_applies(team: RealTeam, reading: Path) -> None:
    team.copy_example("hello-world")
    team.apply()
    team.work.git("switch", "-q", "-c", "topic")
    team.edit("hello.yaml", "cidr: 10.1.0.0/24", "cidr: 10.1.0.0/24, mtu: 1300")
    merge = (team.url, "--base", "main", "--head", "topic", "--dry-run")
    by_reader = team.magi("review", *merge, "--clouds-file", str(reading))
    by_member = team.magi("review", *merge, "--clouds-file", str(team.clouds_file))
    assert by_reader.code == by_member.code == 0, by_reader.out + by_reader.err
    assert "-> 1300" in by_reader.out
    assert "1 to update, 0 to delete" in by_reader.out
    digests = [done.out.partition("Plan digest: ")[2].split()[0] for done in (by_reader, by_member)]
    assert digests[0] == digests[1] != ""
    refused = team.magi("apply", team.url, "--revision", "topic", "--yes", "--clouds-file", str(reading))
    assert refused.code == 6
    assert "403" in refused.err + refused.out or "forbid" in (refused.err + refused.out).lower()
