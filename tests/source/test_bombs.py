"""Commits that are small on a disk and huge when they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.source import SourceError, open_source
from reconciler.source.git_process import Git, TooMuchError
from tests.git_server import GitServer
from tests.git_work import Work


def tree(git: Git, entries: list[tuple[str, str, str]]) -> str:
    lines = "".join(
        f"{'040000' if kind == 'tree' else '100644'} {kind} {found}\t{name}\n" for kind, found, name in entries
    )
    return git.run("mktree", stdin=lines.encode()).decode().strip()


def commit(git: Git, of: str, message: bytes = b"m") -> None:
    made = git.run("-c", "user.name=a", "-c", "user.email=a@b", "commit-tree", of, stdin=message).decode().strip()
    git.run("update-ref", "refs/heads/main", made)


def blob(git: Git, content: bytes) -> str:
    return git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()


def test_a_tree_of_too_many_paths_is_reported_as_that_and_listed_once(
    work: Work, server: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = Git(work.bare, "x")
    found = tree(git, [("blob", blob(git, b"a: b\n"), f"f{number}.yaml") for number in range(10)])
    for _ in range(7):
        found = tree(git, [("tree", found, f"d{number}") for number in range(10)])
    commit(git, found)
    source = open_source(f"{server.url}/{work.bare.name}", cache_dir=tmp_path / "cache")
    with pytest.raises(SourceError, match="more than 100,000 files") as failed:
        source.fetch()
    assert "Give the folder of the documents" in str(failed.value)

    ran: list[str] = []
    run = Git.run

    def noted(self: Git, *arguments: str, **options: object) -> bytes:
        ran.append(arguments[0])
        return run(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Git, "run", noted)
    with pytest.raises(SourceError, match="more than 100,000 files"):
        source.fetch()
    assert "fetch" in ran
    assert "ls-tree" not in ran

    commit(git, tree(git, [("blob", blob(git, b"a: b\n"), "f.yaml")]))
    assert set(source.fetch().files) == {"f.yaml"}


def test_a_message_without_end_is_reported_as_that(work: Work, server: GitServer, tmp_path: Path) -> None:
    git = Git(work.bare, "x")
    commit(git, tree(git, [("blob", blob(git, b"a: b\n"), "f.yaml")]), b"m" * 5_000_000)
    with pytest.raises(SourceError, match="has a message of more than"):
        open_source(f"{server.url}/{work.bare.name}", cache_dir=tmp_path / "cache").fetch()


def test_one_content_under_many_names_is_read_once(work: Work, server: GitServer, tmp_path: Path) -> None:
    git = Git(work.bare, "x")
    content = b"# " + b"a" * 1_000_000
    one = blob(git, content)
    commit(git, tree(git, [("blob", one, f"f{number}.yaml") for number in range(1000)]))
    snapshot = open_source(f"{server.url}/{work.bare.name}", cache_dir=tmp_path / "cache").fetch()
    read = snapshot.read(snapshot.files)
    assert len(read) == 1000
    assert {id(found) for found in read.values()} == {id(read["f0.yaml"])}


def test_a_command_that_gives_out_too_much_is_ended(work: Work) -> None:
    git = Git(work.bare, "x")
    one = blob(git, b"a" * 1_000_000)
    assert len(git.run("cat-file", "blob", one)) == 1_000_000
    with pytest.raises(TooMuchError, match="git cat-file gives out more than 100 bytes"):
        git.run("cat-file", "blob", one, most=100)
