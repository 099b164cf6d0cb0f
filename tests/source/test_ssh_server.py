"""A repository behind a real SSH server, that of OpenSSH, which lets one key in."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.model import ConfigError
from reconciler.source import AuthenticationError, NotARepositoryError
from reconciler.source.mirror import GitSource
from tests.git_work import Work, new_work
from tests.ports import free_port
from tests.processes import ending
from tests.waiting import eventually

SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
# As root it needs a folder that the service of the system makes.
SEPARATED = Path("/run/sshd")

pytestmark = pytest.mark.skipif(SSHD is None, reason="sshd is not installed")


@dataclass
class Site:
    folder: Path
    work: Work
    port: int

    @property
    def url(self) -> str:
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{self.work.bare}"

    @property
    def environ(self) -> dict[str, str]:
        """That of a daemon with the right key, and the host key."""
        files = {"MAGI_GIT_SSH_KEY": self.folder / "team", "MAGI_GIT_KNOWN_HOSTS": self.folder / "known_hosts"}
        kept = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        return kept | {name: str(file) for name, file in files.items()}

    def source(self, environ: Mapping[str, str], url: str = "") -> GitSource:
        return GitSource(url or self.url, cache_dir=self.folder / "cache", environ=environ)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    for name in ("host", "team", "stranger"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    port = free_port()
    (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{port} {(tmp_path / 'host.pub').read_text()}")
    (tmp_path / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {tmp_path}/host\nAuthorizedKeysFile {tmp_path}/team.pub\n"
        "PidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n"
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
    )
    if os.geteuid() == 0:
        SEPARATED.mkdir(exist_ok=True)
    (tmp_path / "log").touch()
    command = [str(SSHD), "-D", "-f", str(tmp_path / "sshd_config"), "-E", str(tmp_path / "log")]
    with ending(subprocess.Popen(command)) as server:
        eventually(lambda: "Server listening" in (tmp_path / "log").read_text() or server.poll() is not None)
        yield Site(tmp_path, new_work(tmp_path / "git"), port)


def test_a_repository_is_read_with_the_key_of_the_environment(site: Site) -> None:
    commit = site.work.commit({"a.yaml": "a: 1\n"})
    snapshot = site.source(site.environ).fetch()
    assert (snapshot.commit, snapshot.read(["a.yaml"])) == (commit, {"a.yaml": b"a: 1\n"})


def test_a_key_that_is_rotated_is_used_at_the_next_fetch(site: Site) -> None:
    site.work.commit({"a.yaml": "a: 1\n"})
    (site.folder / "team.old").write_bytes((site.folder / "team").read_bytes())
    source = site.source(site.environ)
    source.fetch()
    (site.folder / "team.pub").write_bytes((site.folder / "stranger.pub").read_bytes())
    with pytest.raises(AuthenticationError):
        source.fetch()
    (site.folder / "stranger").replace(site.folder / "team")
    commit = site.work.commit({"a.yaml": "a: 2\n"})
    assert source.fetch().commit == commit


def test_a_key_that_the_server_does_not_know_is_reported(site: Site) -> None:
    environ = {**site.environ, "MAGI_GIT_SSH_KEY": str(site.folder / "stranger")}
    with pytest.raises(
        AuthenticationError, match=r"refuses the SSH key \[git: .*Permission denied \(publickey\)"
    ) as reported:
        site.source(environ).fetch()
    assert "set MAGI_GIT_SSH_KEY" in str(reported.value.hint)


def test_a_server_that_is_not_known_is_not_talked_to(site: Site) -> None:
    (site.folder / "known_hosts").write_text("")
    with pytest.raises(AuthenticationError, match="the host key of the server is not known"):
        site.source(site.environ).fetch()


@pytest.mark.parametrize("name", ["MAGI_GIT_SSH_KEY", "MAGI_GIT_KNOWN_HOSTS"])
def test_a_file_that_is_not_there_is_reported_by_name(site: Site, name: str) -> None:
    with pytest.raises(ConfigError, match="the file /nowhere/id cannot be read: No such file") as reported:
        site.source({**site.environ, name: "/nowhere/id"})
    assert name in str(reported.value.hint)


def test_a_repository_that_is_not_there_is_reported(site: Site) -> None:
    with pytest.raises(NotARepositoryError):
        site.source(site.environ, f"{site.url}-of-no-one").fetch()
