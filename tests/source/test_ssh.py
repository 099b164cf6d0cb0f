"""How git gets to a server over SSH: through ssh that asks nothing, and without a shell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.source import ssh

ENVIRON = {"MAGI_GIT_SSH_KEY": "/run/my keys/id", "MAGI_GIT_KNOWN_HOSTS": "/run/hosts"}


def test_ssh_never_asks_and_never_trusts_an_unknown_host() -> None:
    options = ssh.ssh_options(ENVIRON, 10)
    assert options[:2] == ["-i", "/run/my keys/id"]
    settings = set(options[3::2])
    assert {"BatchMode=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=10", "IdentitiesOnly=yes"} <= settings
    assert "UserKnownHostsFile=/run/hosts" in settings


def test_without_a_key_of_its_own_the_agent_and_the_users_keys_are_asked() -> None:
    assert not {"-i", "IdentitiesOnly=yes"} & set(ssh.ssh_options({}, 10))


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A Python with the program beside it."""
    program = tmp_path / ssh.PROGRAM
    program.write_text(f"#!{sys.executable}\nfrom reconciler.source.ssh import main\nmain()\n")
    program.chmod(0o755)
    return tmp_path / "python"


def test_git_starts_our_program_which_becomes_ssh_with_the_options(tmp_path: Path, python: Path) -> None:
    """With the real git, which would start a command with options by a shell."""
    said = tmp_path / "said"
    fake = tmp_path / "bin" / "ssh"
    fake.parent.mkdir()
    fake.write_text(
        f"#!{sys.executable}\nimport os, pathlib, sys\n"
        f"parent = pathlib.Path(f'/proc/{{os.getppid()}}/comm').read_text().strip()\n"
        f"pathlib.Path({str(said)!r}).write_text('\\n'.join([parent, *sys.argv[1:]]))\n"
    )
    fake.chmod(0o755)
    environment = {"PATH": f"{fake.parent}:{os.environ['PATH']}"} | ssh.ssh_environment(ENVIRON, 10, str(python))
    subprocess.run(["git", "ls-remote", "git@git.example:edge.git"], env=environment, capture_output=True, check=False)
    parent, *arguments = said.read_text().splitlines()
    assert parent == "git"
    assert arguments[: len(ssh.ssh_options(ENVIRON, 10))] == ssh.ssh_options(ENVIRON, 10)
    assert arguments[-2:] == ["git@git.example", "git-upload-pack 'edge.git'"]


def test_where_our_program_is_not_installed_git_gets_a_command(tmp_path: Path) -> None:
    environment = ssh.ssh_environment(ENVIRON, 10, str(tmp_path / "python"))
    assert "GIT_SSH" not in environment
    assert environment["GIT_SSH_COMMAND"].startswith("ssh -i '/run/my keys/id' -o BatchMode=yes")
