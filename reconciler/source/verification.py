"""Which commit may be in force: the newest that allowed signers vouch for. Called by the sources after each fetch.

Git checks the signatures, in its isolated environment, against the keys that the operator named: nothing of the user,
the machine, or the repository decides whom to trust.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import weakref
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from reconciler.config import TrustConfig
from reconciler.model import ConfigError
from reconciler.source.approvals import Signature
from reconciler.source.commit_object import parse
from reconciler.source.errors import SourceError, UntrustedError, last_words
from reconciler.source.git_process import Git, GitFailedError
from reconciler.source.merge_trees import merge_tree, scratch
from reconciler.source.plain_words import printable_part
from reconciler.source.snapshot import Distrust

MOST = 2000
"""Commits of a branch that are gone through for a verified one."""
SKEW = timedelta(minutes=5)
"""How much the clocks of two people who commit may differ."""
_DEPTH = 100
_SSH = b"-----BEGIN SSH SIGNATURE-----"
_FORMAT = "--format=%G?%x00%GS%x00%GK"
_GRADES = {
    "N": "it has no signature",
    "B": "its signature is bad, or its key is revoked",
    "U": "{key} is the key of no allowed signer, or was not valid when it was signed",
    "X": "its signature, of {signer}, has expired",
    "Y": "the key of {signer} has expired",
    "R": "the key of {signer} is revoked",
    "E": "its signature can't be checked: {key} is no key of an allowed signer",
}


class Verifier:
    """Checks commits or tags by the settings. What it found of a commit is kept while the keys are the same."""

    def __init__(self, trust: TrustConfig) -> None:
        self._trust = trust
        self._found: dict[str, str] = {}
        self._signatures: dict[str, Signature] = {}
        self._keys = ""
        self._gpg_home = os.devnull

    def in_force(self, git: Git, head: str, known: str | None) -> tuple[str, Distrust | None]:
        """The commit that may be in force, and why it is not ``head``, if so. ``known``: the one that was before.

        Raises UntrustedError where none may, ConfigError where the keys can't be read.
        """
        self._read_keys()
        if known and self._trust.rewinds == "refuse" and was_rewound(git, head, known) and self.is_verified(git, known):
            reason = f"the branch was wound back to it, behind commit {known[:10]}, which is in force"
            return known, _distrust(git, head, reason)
        branch = git.run("rev-list", "--first-parent", f"--max-count={MOST}", head).decode().split()
        if self._trust.verify == "tags":
            return self._newest_tagged(git, branch)
        base = self._base(git, branch, known)
        if base is None:
            return self._newest_verified(git, branch)
        commit = base
        for newer in reversed(branch[: branch.index(base)]):
            if reason := self._reason(git, newer) or _dated_before(git, newer, commit):
                return commit, _distrust(git, newer, reason)
            commit = newer
        return commit, None

    def signature_of(self, git: Git, commit: str) -> Signature:
        """Who vouches for this commit itself."""
        if commit not in self._signatures:
            self._signatures[commit] = self._signature(git, commit)
        return self._signatures[commit]

    def is_verified(self, git: Git, commit: str) -> bool:
        """Whether a commit before the one in force may be taken in its place."""
        if self._trust.verify == "tags":
            return any(not self._tag_reason(git, tag) for tag in _tags_of(git).get(commit, ()))
        return not self._reason(git, commit)

    def _base(self, git: Git, branch: list[str], known: str | None) -> str | None:
        """The commit from which on every one has to be verified; None where there is no such."""
        since = self._trust.since
        if since:
            found = next((commit for commit in branch if commit.startswith(since)), None)
            if found is None:
                raise UntrustedError(
                    f"{git.label}: the branch does not hold commit {since}",
                    "trust.since names the commit from which on all are verified; was the branch rewritten?",
                )
            return found
        return known if known in branch and not self._reason(git, str(known)) else None

    def _newest_verified(self, git: Git, branch: list[str]) -> tuple[str, Distrust | None]:
        first: Distrust | None = None
        for commit in branch:
            reason = self._reason(git, commit)
            if not reason:
                return commit, first
            first = first or _distrust(git, commit, reason)
        raise UntrustedError(f"{git.label}: no commit is verified; {first}", "see docs/trust.md")

    def _newest_tagged(self, git: Git, branch: list[str]) -> tuple[str, Distrust | None]:
        tags = _tags_of(git)
        first: Distrust | None = None
        for commit in branch:
            for tag in tags.get(commit, ()):
                reason = self._tag_reason(git, tag)
                if not reason:
                    return commit, first
                first = first or _distrust(git, commit, f"tag {tag.removeprefix('refs/tags/')}: {reason}")
        raise UntrustedError(f"{git.label}: no verified tag is on the branch; {first or 'there is no signed tag'}")

    def _reason(self, git: Git, commit: str, depth: int = 0) -> str:
        """Why a commit is not verified; "" if it is, by its own signature or as a merge of verified commits."""
        if commit not in self._found:
            reason = self.signature_of(git, commit).wrong
            if reason and self._trust.merges == "parents":
                reason = self._merge_reason(git, commit, reason, depth)
            self._found[commit] = reason
        return self._found[commit]

    def _merge_reason(self, git: Git, commit: str, unsigned: str, depth: int) -> str:
        """Why an unsigned commit is no merge that adds nothing to verified commits; "" if it is one."""
        parents = git.run("rev-list", "--parents", "--max-count=1", commit).decode().split()[1:]
        if len(parents) != 2 or depth > _DEPTH:
            return unsigned
        merged = git.run("rev-list", f"--max-count={MOST}", parents[1], f"^{parents[0]}").decode().split()
        for one in (parents[0], *reversed(merged)):
            if reason := self._reason(git, one, depth + 1):
                return f"it merges commit {one[:10]}, and of that: {reason}"
        if git.run("rev-parse", f"{commit}^{{tree}}").decode().strip() != _merged_tree(git, *parents):
            return "it is an unsigned merge, and holds other content than its parents merge to"
        return ""

    def _signature(self, git: Git, commit: str) -> Signature:
        # Not rev-list, which does not read who is allowed to sign.
        output = self._checking(git).run("log", "--no-walk", "--no-patch", _FORMAT, commit).decode("utf-8", "replace")
        grade, signer, key = output.rstrip("\n").split("\0")
        # In a keyring that holds allowed signers alone no one has said how far each is trusted.
        if grade == "G" or (grade == "U" and not key.startswith("SHA256:")):
            return Signature(printable_part(signer) or printable_part(key))
        wrong = _GRADES.get(grade, "its signature can't be checked")
        return Signature(
            "", wrong.format(signer=printable_part(signer) or "its signer", key=printable_part(key) or "its key")
        )

    def _tag_reason(self, git: Git, tag: str) -> str:
        """What is wrong with the signature of a tag; "" for nothing."""
        ssh = _SSH in git.run("cat-file", "tag", tag)
        try:
            self._checking(git, "fully" if ssh else "undefined").run("verify-tag", "--raw", "--end-of-options", tag)
        except GitFailedError as error:
            return "it has no signature" if "no signature" in error.stderr else last_words(error.stderr)
        return ""

    def _checking(self, git: Git, least_trust: str = "undefined") -> Git:
        """Git with the configured keys, and no other program or file than Magi's."""
        settings = {
            "gpg.program": "gpg",
            "gpg.openpgp.program": "gpg",
            "gpg.x509.program": "false",
            "gpg.ssh.program": "ssh-keygen",
            "gpg.ssh.allowedSignersFile": str(self._trust.allowed_signers or os.devnull),
            "gpg.ssh.revocationFile": str(self._trust.revoked_keys or os.devnull),
            "log.showSignature": "false",
            "gpg.minTrustLevel": least_trust,
        }
        environment = {**git.environment, "GNUPGHOME": self._gpg_home}
        return replace(git, settings={**git.settings, **settings}, environment=environment)

    def _read_keys(self) -> None:
        """Forgets what was found with other keys, and re-creates the keyring. Raises ConfigError."""
        trust = self._trust
        contents = [_content(file) for file in (trust.allowed_signers, trust.revoked_keys, trust.gpg_keys)]
        keys = hashlib.sha256(b"\0".join(contents)).hexdigest()
        if keys != self._keys:
            self._found.clear()
            self._signatures.clear()
            self._gpg_home = os.devnull
            if trust.gpg_keys:
                self._gpg_home = tempfile.mkdtemp(prefix="magi-")
                weakref.finalize(self, shutil.rmtree, self._gpg_home, ignore_errors=True)
                _import_keys(self._gpg_home, trust.gpg_keys)
            self._keys = keys


def was_rewound(git: Git, head: str, known: str) -> bool:
    """Whether the branch ends at a commit now that the one which was in force before was made on."""
    if head == known:
        return False
    try:
        return git.run("rev-list", "--max-count=1", head, f"^{known}").strip() == b""
    except GitFailedError:
        return False  # the one before is not there any more


def _dated_before(git: Git, commit: str, parent: str) -> str:
    """Why a commit is not taken that says that it is older than its parent; "" where it does not.

    A key that was valid once vouches for what was signed then, so whoever has an old key would date a commit back.
    """
    one, other = (parse(git.run("cat-file", "commit", each)).committed_at for each in (commit, parent))
    if one is None or other is None or one >= other - SKEW:
        return ""
    return f"it is dated {one:%Y-%m-%d %H:%M} UTC, before commit {parent[:10]}, which it was made on"


def _content(file: Path | None) -> bytes:
    try:
        return file.read_bytes() if file else b""
    except OSError as error:
        raise ConfigError(f"the keys in {file} can't be read: {error.strerror}", "see the settings trust.*") from None


def _import_keys(home: str, keys: Path) -> None:
    """Makes a folder a GnuPG home that holds the public keys of a file, and nothing else. Raises ConfigError."""
    command = ["gpg", "--homedir", home, "--batch", "--quiet", "--no-autostart", "--import", str(keys.absolute())]
    try:
        done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=60)
    except FileNotFoundError:
        raise ConfigError("gpg is not installed", "install GnuPG, or take SSH keys: trust.allowedSigners") from None
    if done.returncode:
        raise ConfigError(
            f"{keys} holds no public keys that gpg can read: {last_words(done.stderr)}", "see 'gpg --export --armor'"
        )


def _merged_tree(git: Git, one: str, other: str) -> str:
    """The tree that Git makes of two commits by itself; "" where it makes none. Nothing is left in the repository."""
    with scratch(git) as apart:
        try:
            return merge_tree(apart, one, other)
        except SourceError:
            return ""


def _tags_of(git: Git) -> dict[str, list[str]]:
    """The annotated tags by the commit that they are on."""
    found: dict[str, list[str]] = {}
    for line in git.run("for-each-ref", "--format=%(*objectname) %(refname)", "refs/tags").decode().splitlines():
        commit, _, tag = line.partition(" ")
        if commit:
            found.setdefault(commit, []).append(tag)
    return found


def _distrust(git: Git, commit: str, reason: str) -> Distrust:
    try:
        about = parse(git.run("cat-file", "commit", commit))
    except SourceError:
        return Distrust(commit, "no one", reason)
    return Distrust(commit, about.author or "no one", reason, about.subject, about.authored_at)
