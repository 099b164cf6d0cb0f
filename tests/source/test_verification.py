"""Which commit is in force where signatures are asked for: real keys, a real Git server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.config import TrustConfig
from reconciler.model import ConfigError
from reconciler.source import Snapshot, Source, UntrustedError, open_source
from tests.git_server import GitServer
from tests.git_work import ENVIRONMENT, Work
from tests.source.signing import Keyring, Signer, allowed, commit, git, ssh_signer, tag

DIGEST = "1" * 32


@pytest.fixture
def ann(tmp_path: Path) -> Signer:
    return ssh_signer(tmp_path, "ann")


@pytest.fixture
def eve(tmp_path: Path) -> Signer:
    return ssh_signer(tmp_path, "eve")


@pytest.fixture
def trust(tmp_path: Path, ann: Signer) -> TrustConfig:
    return TrustConfig("commits", allowed(tmp_path / "signers", ann))


def source(server: GitServer, folder: Path, trust: TrustConfig) -> Source:
    return open_source(f"{server.url}/edge.git", "main", cache_dir=folder / "cache", environ={}, trust=trust)


def fetched(server: GitServer, folder: Path, trust: TrustConfig) -> Snapshot:
    return source(server, folder, trust).fetch()


def test_a_signed_commit_is_taken(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, ann: Signer
) -> None:
    head = commit(work, ann)
    snapshot = fetched(server, tmp_path, trust)
    assert (snapshot.commit, snapshot.distrust) == (head, None)


def test_without_verification_everything_is_taken(work: Work, server: GitServer, tmp_path: Path, eve: Signer) -> None:
    head = commit(work, eve)
    assert fetched(server, tmp_path, TrustConfig()).commit == head


@pytest.mark.parametrize("signed", [False, True])
def test_an_unsigned_or_unknown_commit_leaves_the_last_verified_one(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, ann: Signer, eve: Signer, signed: bool
) -> None:
    good = commit(work, ann)
    following = source(server, tmp_path, trust)
    following.fetch()
    bad = commit(work, eve if signed else None)
    for one in (following, source(server, tmp_path / "new", trust), source(server, tmp_path, trust)):
        snapshot = one.fetch()
        assert snapshot.commit == good
        assert str(snapshot.distrust).startswith(f"commit {bad[:10]} of A <a@example.net> is not verified: ")
        reported = "SHA256:" if signed else "it has no signature"
        assert reported in str(snapshot.distrust)
        assert ("is the key of no allowed signer" in str(snapshot.distrust)) is signed


def test_a_signature_on_top_does_not_vouch_for_what_is_below(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, ann: Signer
) -> None:
    good = commit(work, ann)
    fetched(server, tmp_path, trust)
    commit(work, None)
    top = commit(work, ann, "y")
    assert fetched(server, tmp_path, trust).commit == good
    # Who has no memory takes the newest that is verified, unless it is configured where to begin.
    assert fetched(server, tmp_path / "new", trust).commit == top
    assert fetched(server, tmp_path / "newer", replace(trust, since=good)).commit == good


def test_the_beginning_has_to_be_on_the_branch(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, ann: Signer
) -> None:
    commit(work, ann)
    with pytest.raises(UntrustedError, match="the branch does not hold commit 0000"):
        fetched(server, tmp_path, replace(trust, since="0" * 40))


def test_a_branch_that_was_rewritten_is_taken_where_it_is_verified(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, ann: Signer
) -> None:
    first = commit(work, ann)
    commit(work, ann, "y")
    following = source(server, tmp_path, trust)
    following.fetch()
    work.git("reset", "-q", "--hard", first)
    other = commit(work, ann, "z")
    assert following.fetch().commit == other


def test_where_nothing_is_verified_nothing_is_taken(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, eve: Signer
) -> None:
    commit(work, eve)
    following = source(server, tmp_path, trust)
    with pytest.raises(UntrustedError, match=r"no commit is verified; commit .* is the key of no allowed signer"):
        following.fetch()
    assert following.last_good() is None


def test_what_was_taken_without_verification_is_not_kept_with_it(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig
) -> None:
    commit(work, None)
    fetched(server, tmp_path, TrustConfig())
    assert source(server, tmp_path, trust).last_good() is None


def test_a_key_that_is_revoked_or_no_longer_valid_vouches_for_nothing(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, ann: Signer
) -> None:
    commit(work, ann)
    revoked = tmp_path / "revoked"
    revoked.write_text(f"{ann.public}\n")
    with pytest.raises(UntrustedError, match=r"its signature is bad, or its key is revoked|is the key of no allowed"):
        fetched(server, tmp_path / "one", replace(trust, revoked_keys=revoked))
    past = allowed(tmp_path / "past", ann, options='valid-before="20200101"')
    with pytest.raises(UntrustedError, match="was not valid when it was signed"):
        fetched(server, tmp_path / "two", replace(trust, allowed_signers=past))


def test_a_signer_who_leaves_is_noticed_at_the_next_fetch(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, ann: Signer, eve: Signer
) -> None:
    commit(work, ann)
    following = source(server, tmp_path, trust)
    following.fetch()
    allowed(tmp_path / "signers", eve)
    with pytest.raises(UntrustedError):
        following.fetch()


def branch(work: Work, signer: Signer | None, message: str = "change") -> None:
    work.git("checkout", "-q", "-b", "change")
    commit(work, signer, "merged", message=message)
    work.git("checkout", "-q", "main")


def test_a_merge_has_to_be_signed_unless_it_adds_nothing_to_verified_parents(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, ann: Signer
) -> None:
    base = commit(work, ann)
    fetched(server, tmp_path, trust)
    branch(work, ann)
    commit(work, ann, "beside")
    beside = work.git("rev-parse", "HEAD")
    merge = commit(work, None, merge="change")
    assert fetched(server, tmp_path, trust).commit == beside != base
    assert fetched(server, tmp_path, replace(trust, merges="parents")).commit == merge
    assert fetched(server, tmp_path / "new", replace(trust, merges="parents")).commit == merge


def test_an_unsigned_merge_of_an_unsigned_commit_is_not_verified(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, ann: Signer
) -> None:
    base = commit(work, ann)
    branch(work, None)
    commit(work, None, merge="change")
    snapshot = fetched(server, tmp_path, replace(trust, merges="parents"))
    assert snapshot.commit == base
    assert "it merges commit" in str(snapshot.distrust)


def test_an_unsigned_merge_that_smuggles_something_in_is_not_verified(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, ann: Signer
) -> None:
    base = commit(work, ann)
    branch(work, ann)
    work.git("merge", "-q", "--no-ff", "--no-commit", "change")
    commit(work, None, "smuggled")
    snapshot = fetched(server, tmp_path, replace(trust, merges="parents"))
    assert snapshot.commit == base
    assert "holds other content than its parents merge to" in str(snapshot.distrust)


def test_a_signed_merge_vouches_for_what_it_merges(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, ann: Signer
) -> None:
    commit(work, ann)
    branch(work, None)
    merge = commit(work, ann, merge="change")
    assert fetched(server, tmp_path, trust).commit == merge


def test_an_approval_counts_in_a_signed_commit_alone(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, ann: Signer
) -> None:
    commit(work, ann)
    branch(work, None, f"change\n\nMagi-Approve: {'2' * 32}")
    commit(work, ann, merge="change", message=f"merge\n\nMagi-Approve: {DIGEST}")
    found = {one.digest: one for one in fetched(server, tmp_path, trust).approvals()}
    assert (found[DIGEST].signer, found[DIGEST].refusal) == ("a@example.net", "")
    assert "it has no signature" in found["2" * 32].refusal
    unverified = fetched(server, tmp_path, TrustConfig()).approvals()
    assert {(one.digest, one.signer, one.refusal) for one in unverified} == {(DIGEST, "", ""), ("2" * 32, "", "")}


def test_commits_before_are_handed_out_only_where_they_are_verified(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, ann: Signer
) -> None:
    first = commit(work, ann)
    commit(work, None)
    commit(work, ann, "y")
    assert [one.commit for one in fetched(server, tmp_path, trust).predecessors(5)] == [first]


def test_gpg_keys_are_checked_and_revocations_count(work: Work, server: GitServer, tmp_path: Path) -> None:
    with Keyring() as ring, Keyring() as others:
        bob, mallory = ring.signer("bob"), others.signer("mallory")
        keys = tmp_path / "keys.asc"
        keys.write_text(bob.public)
        trust = TrustConfig("commits", gpg_keys=keys)
        good = commit(work, bob)
        commit(work, mallory)
        snapshot = fetched(server, tmp_path, trust)
        assert snapshot.commit == good
        assert "is no key of an allowed signer" in str(snapshot.distrust)
        revocation = next(Path(ring.home, "openpgp-revocs.d").glob("*.rev"))
        revocation.write_text(revocation.read_text().replace(":-----BEGIN", "-----BEGIN"))
        ring.gpg("--import", str(revocation))
        keys.write_text(ring.gpg("--armor", "--export"))
        with pytest.raises(UntrustedError, match="no commit is verified"):
            fetched(server, tmp_path / "new", trust)


def test_the_newest_commit_with_a_signed_tag_is_in_force(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, ann: Signer, eve: Signer
) -> None:
    tags = replace(trust, verify="tags")
    commit(work, None)
    with pytest.raises(UntrustedError, match="no verified tag is on the branch; there is no signed tag"):
        fetched(server, tmp_path, tags)
    released = work.git("rev-parse", "HEAD")
    tag(work, "v1", ann)
    commit(work, None, "y")
    assert (fetched(server, tmp_path, tags).commit, fetched(server, tmp_path, tags).distrust) == (released, None)
    tag(work, "v2", eve)
    tag(work, "v3", None)
    snapshot = fetched(server, tmp_path, tags)
    assert snapshot.commit == released
    assert ": tag v2: " in str(snapshot.distrust) or ": tag v3: it has no signature" in str(snapshot.distrust)
    assert [one.commit for one in snapshot.predecessors(5)] == []


def test_a_local_repository_is_verified_too(work: Work, tmp_path: Path, trust: TrustConfig, ann: Signer) -> None:
    good = commit(work, ann)
    following = open_source(str(work.path), "HEAD", cache_dir=tmp_path, trust=trust)
    assert following.fetch().commit == good
    work.git("config", "gpg.ssh.allowedSignersFile", "/dev/null")
    work.git("config", "gpg.ssh.program", "/bin/true")
    commit(work, None)
    assert following.fetch().commit == good


def test_keys_that_cannot_be_read_are_reported(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, ann: Signer
) -> None:
    commit(work, ann)
    with pytest.raises(ConfigError, match=r"the keys in .*nothing can't be read: No such file"):
        fetched(server, tmp_path, replace(trust, allowed_signers=tmp_path / "nothing"))
    (tmp_path / "keys").write_text("nothing")
    with pytest.raises(ConfigError, match="holds no public keys that gpg can read"):
        fetched(server, tmp_path, replace(trust, gpg_keys=tmp_path / "keys"))


@pytest.mark.parametrize("verify", ["off", "commits"])
def test_a_branch_that_is_wound_back_is_taken_with_a_warning(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, ann: Signer, verify: str
) -> None:
    old = commit(work, ann)
    new = commit(work, ann, "y")
    following = source(server, tmp_path, replace(trust, verify=verify))
    assert following.fetch().warnings == ()
    work.git("reset", "-q", "--hard", old)
    work.push()
    snapshot = following.fetch()
    assert (snapshot.commit, snapshot.distrust) == (old, None)
    reported = f"the branch was wound back to commit {old[:10]}, from commit {new[:10]}, which was in force"
    assert snapshot.warnings == following.fetch().warnings == (reported,)
    later = commit(work, ann, "z")
    snapshot = following.fetch()
    assert (snapshot.commit, snapshot.warnings) == (later, ())


def test_where_that_is_refused_the_newer_one_stays_in_force_also_after_a_restart(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, ann: Signer
) -> None:
    old = commit(work, ann)
    new = commit(work, ann, "y")
    refusing = replace(trust, rewinds="refuse")
    following = source(server, tmp_path, refusing)
    following.fetch()
    work.git("reset", "-q", "--hard", old)
    work.push()
    for one in (following, source(server, tmp_path, refusing)):
        snapshot = one.fetch()
        assert snapshot.commit == new
        assert f"the branch was wound back to it, behind commit {new[:10]}" in str(snapshot.distrust)
    # What goes on from there is another branch, not an older state of this one.
    other = commit(work, ann, "z")
    assert following.fetch().commit == other


def test_a_commit_that_says_that_it_is_older_than_what_it_was_made_on_is_not_taken(
    work: Work, server: GitServer, tmp_path: Path, trust: TrustConfig, ann: Signer
) -> None:
    """As someone would date it who has a key that was allowed once."""
    good = commit(work, ann)
    following = source(server, tmp_path, trust)
    following.fetch()
    environment = {**ENVIRONMENT, "HOME": "/nonexistent", "GIT_COMMITTER_DATE": "2001-02-03T04:05:06Z"}
    git(work, environment, *ann.options, "commit", "-q", "--allow-empty", "-S", "-m", "back then")
    work.push()
    snapshot = following.fetch()
    assert snapshot.commit == good
    assert f"it is dated 2001-02-03 04:05 UTC, before commit {good[:10]}" in str(snapshot.distrust)
