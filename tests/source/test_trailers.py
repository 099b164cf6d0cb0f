"""Which trailers count: those of the newest commits of a branch, and of what these merged."""

from __future__ import annotations

from pathlib import Path

from reconciler.source import open_source
from tests.git_server import serve_repositories
from tests.git_work import Work

ONE, OTHER = "1" * 32, "2" * 32


def approvals(work: Work, tmp_path: Path) -> frozenset[str]:
    with serve_repositories(work.bare.parent) as server:
        return open_source(f"{server.url}/edge.git", cache_dir=tmp_path / "cache").fetch().approvals()


def test_a_trailer_of_the_commit_in_force_and_of_those_before_it(work: Work, tmp_path: Path) -> None:
    work.commit({"a.yaml": "1"}, f"first\n\nMagi-Approve: {ONE}")
    work.commit({"a.yaml": "2"}, f"second\n\nReviewed-by: A <a@example.net>\nMagi-Approve: {OTHER}")
    assert approvals(work, tmp_path) == {ONE, OTHER}
    assert open_source(str(work.path), cache_dir=tmp_path).fetch().approvals() == {ONE, OTHER}


def test_what_is_no_trailer_or_no_digest_is_none(work: Work, tmp_path: Path) -> None:
    work.commit({"a.yaml": "1"}, f"first\n\nMagi-Approve: {ONE}\n\nand then more text")
    work.commit({"a.yaml": "2"}, "second\n\nMagi-Approve: yes")
    assert approvals(work, tmp_path) == frozenset()


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
    assert approvals(work, tmp_path) == frozenset()
