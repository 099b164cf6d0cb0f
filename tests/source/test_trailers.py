"""Which trailers count: those of the newest commits of a branch, and of what these merged."""

from __future__ import annotations

from pathlib import Path

from reconciler.source import Snapshot, open_source
from tests.git_server import serve_repositories
from tests.git_work import Work

ONE, OTHER = "1" * 32, "2" * 32


def approvals(work: Work, tmp_path: Path) -> set[str]:
    with serve_repositories(work.bare.parent) as server:
        return digests(open_source(f"{server.url}/edge.git", cache_dir=tmp_path / "cache").fetch())


def digests(snapshot: Snapshot) -> set[str]:
    """What counts."""
    return {one.digest for one in snapshot.approvals() if not one.refusal}


def test_a_trailer_of_the_commit_in_force_and_of_those_before_it(work: Work, tmp_path: Path) -> None:
    work.commit({"a.yaml": "1"}, f"first\n\nMagi-Approve: {ONE}")
    work.commit({"a.yaml": "2"}, f"second\n\nReviewed-by: A <a@example.net>\nMagi-Approve: {OTHER}")
    assert approvals(work, tmp_path) == {ONE, OTHER}
    assert digests(open_source(str(work.path), cache_dir=tmp_path).fetch()) == {ONE, OTHER}


def test_what_is_no_trailer_or_no_digest_is_none(work: Work, tmp_path: Path) -> None:
    work.commit({"a.yaml": "1"}, f"first\n\nMagi-Approve: {ONE}\n\nand then more text")
    work.commit({"a.yaml": "2"}, "second\n\nMagi-Approve: yes")
    assert approvals(work, tmp_path) == set()


def test_a_trailer_of_a_merged_commit(work: Work, tmp_path: Path) -> None:
    work.commit({"a.yaml": "1"})
    work.git("checkout", "-q", "-b", "change")
    work.commit({"b.yaml": "1"}, f"change\n\nMagi-Approve: {ONE}")
    work.git("checkout", "-q", "main")
    work.git("merge", "-q", "--no-ff", "-m", "merge", "change")
    work.push()
    assert approvals(work, tmp_path) == {ONE}


def test_a_trailer_older_than_fifty_commits_counts_no_more(work: Work, tmp_path: Path) -> None:
    work.commit({"a.yaml": "1"}, f"first\n\nMagi-Approve: {ONE}")
    for number in range(49):
        work.git("commit", "-q", "--allow-empty", "-m", str(number))
    work.push()
    assert approvals(work, tmp_path) == {ONE}
    work.commit({}, "one more")
    assert approvals(work, tmp_path) == set()


def test_a_reverted_approval_is_withdrawn_whoever_gives_the_same_again(work: Work, tmp_path: Path) -> None:
    approving = work.commit({}, f"ok\n\nMagi-Approve: {ONE}")
    work.commit({}, f"another\n\nMagi-Approve: {OTHER}")
    reverting = work.commit({}, f'Revert "ok"\n\nThis reverts commit {approving}.')
    assert approvals(work, tmp_path) == {OTHER}
    (one,) = [one for one in open_source(str(work.path), cache_dir=tmp_path).fetch().approvals() if one.digest == ONE]
    assert (one.commit, one.author) == (approving, "A <a@example.net>")
    assert one.refusal == f"commit {reverting[:10]} reverts it"
    work.commit({}, f"ok again\n\nMagi-Approve: {ONE}")
    assert approvals(work, tmp_path) == {ONE, OTHER}


def test_reverting_the_revert_approves_nothing(work: Work, tmp_path: Path) -> None:
    approving = work.commit({}, f"ok\n\nMagi-Approve: {ONE}")
    reverting = work.commit({}, f"Revert\n\nThis reverts commit {approving[:12]} (ok, 2026-01-02).")
    work.commit({}, f"Reapply\n\nThis reverts commit {reverting}.")
    assert approvals(work, tmp_path) == set()


def test_reverting_a_merge_withdraws_what_it_merged(work: Work, tmp_path: Path) -> None:
    work.commit({"a.yaml": "1"}, f"first\n\nMagi-Approve: {OTHER}")
    work.git("checkout", "-q", "-b", "change")
    work.commit({"b.yaml": "1"}, f"change\n\nMagi-Approve: {ONE}")
    work.git("checkout", "-q", "main")
    work.git("merge", "-q", "--no-ff", "-m", "merge", "change")
    work.push()
    work.git("revert", "--no-edit", "-m", "1", "HEAD")
    work.push()
    assert approvals(work, tmp_path) == {OTHER}


def test_a_message_about_another_commit_withdraws_nothing(work: Work, tmp_path: Path) -> None:
    work.commit({}, f"ok\n\nMagi-Approve: {ONE}")
    work.commit({}, f"Revert\n\nThis reverts commit {'0' * 40}.")
    assert approvals(work, tmp_path) == {ONE}


def test_what_an_author_writes_makes_no_other_commits(work: Work, tmp_path: Path) -> None:
    signed = work.commit({}, "another actor's")
    forged = f"+AAA-{signed}+AAA-+AAA-b+AAA-{ONE}+AAA-"
    work.git(
        "-c", "i18n.commitEncoding=UTF-7", "commit", "-q", "--allow-empty", "-m", f"{forged}\n\nMagi-Approve: {OTHER}"
    )
    found = {
        one.digest: one.commit for one in open_source(str(work.path), "main", cache_dir=tmp_path).fetch().approvals()
    }
    assert found == {OTHER: work.git("rev-parse", "HEAD")}
