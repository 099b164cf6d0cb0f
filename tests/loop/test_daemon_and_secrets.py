"""What the daemon makes of secrets that change, come and go while no commit comes."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from reconciler.model import Sync
from tests.loop.follower import Follower, vim
from tests.waiting import eventually

SERVICE = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: host}
spec:
  parameters: [{name: motd, type: string, secret: true}]
  vdus: [{name: vm, image: debian-12, flavor: m1.small, userData: {inline: "motd: {{ motd }}"}}]
---
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: edge}
spec:
  vim: paris
  changes: {disruptive: allow}
  vnfs: [{name: a, descriptor: host, parameters: {motd: {secretRef: {file: FILE}}}}]
"""


@pytest.fixture
def secret(follower: Follower) -> Path:
    """The file that the service names."""
    file = follower.folder / "secrets" / "motd"
    file.parent.mkdir()
    return file


def servers(follower: Follower) -> list[Any]:
    return list(follower.simulator.clouds["paris"].compute.servers)


def user_data(follower: Follower) -> list[str]:
    return [base64.b64decode(server["user_data"]).decode() for server in servers(follower)]


def reported(follower: Follower) -> tuple[Sync, str]:
    (report,) = follower.daemon.reports()
    return report.services[0].sync, report.services[0].message


def test_a_renewed_secret_is_taken_without_a_commit(follower: Follower, secret: Path) -> None:
    secret.write_text("first\n", encoding="utf-8")
    follower.commit(vim("paris") | {"edge.yaml": SERVICE.replace("FILE", str(secret))})
    eventually(lambda: user_data(follower) == ["motd: first"] and follower.synced())
    secret.write_text("second\n", encoding="utf-8")
    follower.daemon.follow()
    eventually(lambda: user_data(follower) == ["motd: second"] and follower.synced())


def test_a_renewed_secret_is_taken_while_a_newer_commit_is_refused(follower: Follower, secret: Path) -> None:
    secret.write_text("first\n", encoding="utf-8")
    good = follower.commit(vim("paris") | {"edge.yaml": SERVICE.replace("FILE", str(secret))})
    eventually(lambda: user_data(follower) == ["motd: first"] and follower.synced())
    bad = follower.commit({"edge.yaml": SERVICE.replace("FILE", str(secret)).replace("vnfs:", "vnf:")})
    secret.write_text("second\n", encoding="utf-8")
    follower.daemon.follow()
    eventually(lambda: user_data(follower) == ["motd: second"] and follower.synced())
    (status,) = follower.daemon.repositories()
    assert (status.commit, status.refused, len(status.problems)) == (good, bad, 1)


def test_a_lost_secret_changes_nothing_and_is_reported(follower: Follower, secret: Path) -> None:
    secret.write_text("first\n", encoding="utf-8")
    follower.commit(vim("paris") | {"edge.yaml": SERVICE.replace("FILE", str(secret))})
    eventually(lambda: user_data(follower) == ["motd: first"] and follower.synced())
    secret.unlink()
    follower.daemon.follow()
    reason = f"its user data needs secret 'motd': file {secret} can't be read: No such file or directory"
    eventually(lambda: reported(follower) == (Sync.UNKNOWN, f"server edge/a/vm-0 is not compared: {reason}"))
    assert user_data(follower) == ["motd: first"]


def test_a_server_is_made_when_its_secret_comes(follower: Follower, secret: Path) -> None:
    follower.commit(vim("paris") | {"edge.yaml": SERVICE.replace("FILE", str(secret))})
    eventually(lambda: bool(follower.daemon.reports()))
    assert reported(follower)[1].startswith("server edge/a/vm-0 is missing: its user data needs secret 'motd'")
    assert servers(follower) == []
    secret.write_text("late\n", encoding="utf-8")
    follower.daemon.follow()
    eventually(lambda: user_data(follower) == ["motd: late"])
