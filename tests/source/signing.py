"""People who sign: with SSH keys and with GPG keys, made for a test."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.git_work import ENVIRONMENT, Work

DATES = {"GIT_AUTHOR_DATE": "", "GIT_COMMITTER_DATE": ""}


@dataclass
class Signer:
    """``options``: what Git needs to sign as this person."""

    options: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    public: str = ""


def ssh_signer(folder: Path, name: str) -> Signer:
    key = folder / name
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(key))
    options = ["-c", "gpg.format=ssh", "-c", f"user.signingKey={key}.pub"]
    return Signer(options, public=Path(f"{key}.pub").read_text(encoding="utf-8").strip())


def allowed(file: Path, *signers: Signer, options: str = "") -> Path:
    """A file of allowed signers."""
    file.write_text("".join(f"a@example.net {options} {one.public}\n" for one in signers), encoding="utf-8")
    return file


class Keyring:
    """A GnuPG home. Its path is short, as GnuPG makes sockets in it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="gpg-", ignore_cleanup_errors=True)
        self.home = self._folder.name
        self.environment = {"GNUPGHOME": self.home}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.gpg("--version")
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"], check=False, capture_output=True)
        self._folder.cleanup()

    def gpg(self, *arguments: str) -> str:
        return run("gpg", "--homedir", self.home, "--batch", "--quiet", "--no-permission-warning", *arguments)

    def signer(self, name: str, expires: str = "never") -> Signer:
        address = f"{name}@example.net"
        self.gpg("--passphrase", "", "--quick-generate-key", address, "ed25519", "sign", expires)
        options = ["-c", "gpg.format=openpgp", "-c", f"user.signingKey={address}"]
        return Signer(options, self.environment, self.gpg("--armor", "--export", address))


def run(*command: str) -> str:
    environment = {**ENVIRONMENT, "PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    done = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
    return done.stdout


def commit(work: Work, signer: Signer | None, text: str = "x", *, merge: str = "", message: str = "change") -> str:
    """A commit on the branch, signed by someone or by no one, pushed. ``merge``: what it merges."""
    options = signer.options if signer else []
    sign = ["-S"] if signer else ["--no-gpg-sign"]
    environment = {**ENVIRONMENT, **(signer.environment if signer else {}), "HOME": "/nonexistent"}
    for name in DATES:
        environment.pop(name)
    if merge:
        git(work, environment, *options, "merge", "-q", "--no-ff", *sign, "-m", message, merge)
    else:
        work.write({f"{text}.yaml": text})
        git(work, environment, "add", "-A")
        git(work, environment, *options, "commit", "-q", "--allow-empty", *sign, "-m", message)
    work.push()
    return work.git("rev-parse", "HEAD")


def tag(work: Work, name: str, signer: Signer | None) -> None:
    sign = ["-s"] if signer else ["-a"]
    environment = {**ENVIRONMENT, **(signer.environment if signer else {}), "HOME": "/nonexistent"}
    for date in DATES:
        environment.pop(date)
    git(work, environment, *(signer.options if signer else []), "tag", *sign, "-m", name, name)
    work.push("--tags", "origin", "HEAD")


def git(work: Work, environment: dict[str, str], *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=work.path, env=environment, capture_output=True, check=True)
