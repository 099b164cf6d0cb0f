"""Commits before the newest one: read from the mirror, without asking the server again."""

from __future__ import annotations

from pathlib import Path

from reconciler.source import GitSource, open_source
from tests.git_server import serve_repositories
from tests.git_work import new_work


def test_predecessors_come_newest_first_and_no_more_than_asked_for(tmp_path: Path) -> None:
    work = new_work(tmp_path)
    commits = [work.commit({"a.yaml": f"{number}\n"}, f"{number}") for number in range(4)]
    snapshot = open_source(str(work.path), "HEAD", cache_dir=tmp_path).fetch()
    earlier = list(snapshot.predecessors(2))
    assert [one.commit for one in earlier] == [commits[2], commits[1]]
    assert earlier[0].read(["a.yaml"]) == {"a.yaml": b"2\n"}


def test_predecessors_of_a_mirror_need_no_server(tmp_path: Path) -> None:
    work = new_work(tmp_path / "git")
    first = work.commit({"a.yaml": "1\n"})
    work.commit({"a.yaml": "2\n"})
    with serve_repositories(work.bare.parent) as server:
        snapshot = GitSource(f"{server.url}/{work.bare.name}", cache_dir=tmp_path / "cache").fetch()
    assert [one.commit for one in snapshot.predecessors(5)] == [first]


def test_commits_without_the_folder_are_passed_over(tmp_path: Path) -> None:
    work = new_work(tmp_path)
    with_folder = work.commit({"services/a.yaml": "1\n"})
    work.git("rm", "-q", "-r", "services")
    work.commit({"README.md": ""})
    work.commit({"services/a.yaml": "2\n"})
    snapshot = open_source(str(work.path), "HEAD", cache_dir=tmp_path, path="services").fetch()
    assert [one.commit for one in snapshot.predecessors(5)] == [with_folder]


def test_a_directory_has_no_history(tmp_path: Path) -> None:
    assert list(open_source(str(tmp_path), cache_dir=tmp_path).fetch().predecessors(5)) == []
