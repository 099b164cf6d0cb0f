"""Reading a directory on disk, and revisions of the repository around it."""

import os
from pathlib import Path

import pytest

from reconciler.source import (
    Directory,
    ForbiddenUrlError,
    LocalCommit,
    NotARepositoryError,
    RevisionNotFoundError,
    SourceError,
    WorkTree,
    open_merge,
    open_source,
)
from tests.git_work import Work


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "documents"
    made.mkdir()
    return made


def write(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def test_files_are_read_as_they_are_and_hidden_ones_skipped(folder: Path) -> None:
    write(folder, {"b.yaml": "b", "a/x.yaml": "x", ".git-like/y": "", ".hidden.yaml": "", "a/.z/w.yaml": ""})
    snapshot = Directory(folder).fetch()
    assert list(snapshot.files) == ["a/x.yaml", "b.yaml"]
    assert snapshot.commit is None
    assert snapshot.work_tree is None
    assert snapshot.read(["b.yaml"]) == {"b.yaml": b"b"}


def test_a_snapshot_does_not_change_with_the_disk(folder: Path) -> None:
    write(folder, {"a.yaml": "before"})
    snapshot = Directory(folder).fetch()
    write(folder, {"a.yaml": "after"})
    assert snapshot.read(["a.yaml"]) == {"a.yaml": b"before"}


def test_blob_ids_are_those_of_git(work: Work) -> None:
    work.commit({"a.yaml": "a: 1\n", "empty.yaml": ""})
    files = Directory(work.path).fetch().files
    assert {path: file.blob for path, file in files.items()} == {
        path: work.git("rev-parse", f"HEAD:{path}") for path in ("a.yaml", "empty.yaml")
    }


def test_links_are_followed_inside_and_ignored_with_a_warning_outside(folder: Path) -> None:
    write(folder, {"real/a.yaml": "a", "b.yaml": "b"})
    (folder / "linked.yaml").symlink_to("b.yaml")
    (folder / "linked").symlink_to("real")
    (folder / "outside.yaml").symlink_to("/etc/passwd")
    (folder / "dangling.yaml").symlink_to("nothing")
    (folder / "real" / "loop").symlink_to("..")
    (folder / "up").symlink_to(folder.parent)
    snapshot = Directory(folder).fetch()
    assert sorted(snapshot.files) == ["b.yaml", "linked.yaml", "linked/a.yaml", "real/a.yaml"]
    assert [warning.split(" ")[0] for warning in snapshot.warnings] == [
        "dangling.yaml",
        "linked/loop",
        "outside.yaml",
        "real/loop",
        "up",
    ]


def test_a_mounted_config_map_is_read(folder: Path) -> None:
    write(folder, {"..2026_01/a.yaml": "a"})
    (folder / "..data").symlink_to("..2026_01")
    (folder / "a.yaml").symlink_to("..data/a.yaml")
    snapshot = Directory(folder).fetch()
    assert snapshot.read(snapshot.files) == {"a.yaml": b"a"}


def test_a_large_file_is_listed_with_its_size_and_not_read(folder: Path) -> None:
    with (folder / "large.yaml").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    snapshot = Directory(folder).fetch()
    assert snapshot.files["large.yaml"].size == 100 * 1024 * 1024
    assert snapshot.files["large.yaml"].blob == ""
    with pytest.raises(SourceError, match=r"large\.yaml has 104,857,600 bytes; at most 4,194,304 can be read"):
        snapshot.read(["large.yaml"])


def test_pipes_and_sockets_are_skipped(folder: Path) -> None:
    os.mkfifo(folder / "pipe.yaml")
    assert Directory(folder).fetch().files == {}


def test_a_file_name_that_is_not_utf_8_is_shown_as_escapes(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.yaml")).write_bytes(b"x")
    snapshot = Directory(folder).fetch()
    assert snapshot.read(snapshot.files) == {"caf\\xe9.yaml": b"x"}


def test_what_cannot_be_read_is_an_error_and_not_absent(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, {"a.yaml": "a"})

    def refuse(*_arguments: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(SourceError, match=r"a\.yaml in .* cannot be read: Permission denied"):
        Directory(folder).fetch()


def test_a_path_that_was_not_listed_is_a_key_error(folder: Path) -> None:
    with pytest.raises(KeyError):
        Directory(folder).fetch().read(["nothing.yaml"])


def test_a_directory_that_vanishes_is_an_error(folder: Path) -> None:
    source = Directory(folder)
    folder.rmdir()
    with pytest.raises(NotARepositoryError, match="there is no such directory"):
        source.fetch()


def test_a_work_tree_opens_as_it_is_on_disk_and_shows_what_is_not_committed(work: Work, tmp_path: Path) -> None:
    commit = work.commit({"a.yaml": "a: 1\n", "b.yaml": "b: 1\n", "c/d.yaml": "d: 1\n"}, "First")
    clean = open_source(str(work.path), cache_dir=tmp_path).fetch()
    assert clean.work_tree == WorkTree(commit, "First", ())
    write(work.path, {"a.yaml": "a: 2\n", "new.yaml": "n: 1\n"})
    (work.path / "b.yaml").unlink()
    snapshot = open_source(str(work.path), cache_dir=tmp_path).fetch()
    assert snapshot.read(["a.yaml"]) == {"a.yaml": b"a: 2\n"}
    assert snapshot.work_tree == WorkTree(commit, "First", ("a.yaml", "b.yaml", "new.yaml"))


def test_a_folder_of_a_work_tree_is_a_root_of_its_own(work: Work, tmp_path: Path) -> None:
    first = work.commit({"edge/a.yaml": "a: 1\n", "other.yaml": "o: 1\n"}, "First")
    write(work.path, {"other.yaml": "o: 2\n"})
    for source in (
        open_source(str(work.path / "edge"), cache_dir=tmp_path),
        open_source(str(work.path), cache_dir=tmp_path, path="edge"),
    ):
        snapshot = source.fetch()
        assert list(snapshot.files) == ["a.yaml"]
        assert snapshot.work_tree == WorkTree(first, "First", ())
    work.commit({"edge/a.yaml": "a: 2\n"})
    for source in (
        open_source(str(work.path / "edge"), "HEAD~1", cache_dir=tmp_path),
        open_source(str(work.path), first[:8], cache_dir=tmp_path, path="edge"),
    ):
        snapshot = source.fetch()
        assert snapshot.commit == first
        assert snapshot.read(snapshot.files) == {"a.yaml": b"a: 1\n"}


def test_a_folder_without_a_commit_is_read_without_a_word_of_git(work: Work, tmp_path: Path) -> None:
    write(work.path, {"a.yaml": "a: 1\n"})
    assert open_source(str(work.path), cache_dir=tmp_path).fetch().work_tree is None
    work.commit({})
    write(work.path, {"new/b.yaml": "b: 1\n"})
    snapshot = open_source(str(work.path / "new"), cache_dir=tmp_path).fetch()
    assert list(snapshot.files) == ["b.yaml"]


def test_a_bare_repository_is_read_at_its_default_branch(work: Work, tmp_path: Path) -> None:
    commit = work.commit({"a.yaml": "a: 1\n"})
    source = open_source(str(work.bare), cache_dir=tmp_path)
    assert isinstance(source, LocalCommit)
    assert source.fetch().commit == commit


def test_a_revision_of_a_local_repository_is_read_directly(work: Work, tmp_path: Path) -> None:
    first = work.commit({"a.yaml": "a: 1\n"})
    work.git("tag", "v1")
    second = work.commit({"a.yaml": "a: 2\n"})
    write(work.path, {"a.yaml": "uncommitted"})
    for revision, commit in (("v1", first), ("HEAD~1", first), ("main", second), ("origin/main", second)):
        snapshot = open_source(str(work.path), revision, cache_dir=tmp_path / "cache").fetch()
        assert snapshot.commit == commit
    assert snapshot.read(["a.yaml"]) == {"a.yaml": b"a: 2\n"}
    assert not (tmp_path / "cache").exists()


@pytest.fixture
def clone(work: Work, tmp_path: Path) -> Work:
    """A clone that is on a branch of its own, ahead of the default branch of its origin."""
    work.commit({"a.yaml": "a: 1\n"}, "One")
    work.git("checkout", "-q", "-b", "release")
    work.commit({"a.yaml": "a: 2\n"}, "Two")
    work.git("clone", "-q", str(work.bare), str(tmp_path / "clone"))
    made = Work(tmp_path / "clone", work.bare)
    made.git("checkout", "-q", "-b", "größe/日本")
    made.write({"a.yaml": "a: 3\n"})
    made.git("commit", "-q", "-a", "-m", "Three, not pushed")
    made.git("tag", "-a", "v1", "-m", "annotated")
    return made


@pytest.mark.parametrize(
    "revision",
    [
        "HEAD",
        "@",
        "HEAD~1",
        "HEAD^{commit}",
        "größe/日本",
        "v1",
        "origin/HEAD",
        "origin/release",
        ":/not pushed",
        "HEAD^{/One}",
        "HEAD@{0}",
        "refs/heads/main",
    ],
)
def test_in_a_clone_a_revision_means_what_it_means_to_git(clone: Work, tmp_path: Path, revision: str) -> None:
    meant = clone.git("rev-parse", clone.git("rev-parse", "--verify", revision) + "^{commit}")
    assert open_source(str(clone.path), revision, cache_dir=tmp_path).fetch().commit == meant


def test_in_a_clone_a_branch_of_origin_alone_can_be_named_without_it(clone: Work, tmp_path: Path) -> None:
    meant = clone.git("rev-parse", "origin/release")
    assert open_source(str(clone.path), "release", cache_dir=tmp_path).fetch().commit == meant


@pytest.mark.parametrize("revision", ["", "-x", "--all", "a\nb", "main..v1", "HEAD:a.yaml", "x" * 2000])
def test_what_is_no_commit_is_refused(clone: Work, tmp_path: Path, revision: str) -> None:
    with pytest.raises((ForbiddenUrlError, RevisionNotFoundError)):
        open_source(str(clone.path), revision, cache_dir=tmp_path).fetch()


def test_a_merge_of_head_is_of_that_of_the_clone(clone: Work, tmp_path: Path) -> None:
    with open_merge(str(clone.path), "main", "HEAD", cache_dir=tmp_path) as merge:
        assert merge.head == clone.git("rev-parse", "HEAD")
        assert merge.read().read(["a.yaml"]) == {"a.yaml": b"a: 3\n"}


def test_a_linked_work_tree_is_a_repository_too(work: Work, tmp_path: Path) -> None:
    commit = work.commit({"a.yaml": "a: 1\n"}, "First")
    linked = tmp_path / "linked"
    work.git("worktree", "add", "-q", str(linked))
    assert open_source(str(linked), cache_dir=tmp_path).fetch().work_tree == WorkTree(commit, "First", ())
    assert open_source(str(linked), "main", cache_dir=tmp_path).fetch().commit == commit


def test_git_variables_of_a_hook_do_not_mislead(work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = work.commit({"a.yaml": "a: 1\n"})
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nonexistent/index")
    assert open_source(str(work.path), "main", cache_dir=tmp_path).fetch().commit == commit


def test_an_unknown_revision_names_its_neighbours(work: Work, tmp_path: Path) -> None:
    work.commit({"a.yaml": "a: 1\n"})
    work.git("branch", "release-2026")
    with pytest.raises(
        RevisionNotFoundError, match=r"no branch, tag or commit 'relaese-2026' \(there are release-2026\)"
    ):
        open_source(str(work.path), "relaese-2026", cache_dir=tmp_path).fetch()


def test_a_repository_without_a_commit_is_reported(work: Work, tmp_path: Path) -> None:
    with pytest.raises(RevisionNotFoundError, match=r"the repository has no commit yet \(commit the documents\)"):
        open_source(str(work.bare), cache_dir=tmp_path).fetch()


def test_a_revision_needs_a_repository(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NotARepositoryError, match=r"is in no Git repository, so it has no revision 'main'"):
        open_source(str(folder), "main", cache_dir=tmp_path)


def test_a_path_that_does_not_exist_is_reported_with_what_would_do(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NotARepositoryError, match=r"does not exist \(give a directory, a Git repository, or a URL"):
        open_source(str(folder / "nothing"), cache_dir=tmp_path)


def test_a_single_file_is_reported_with_its_directory(folder: Path, tmp_path: Path) -> None:
    write(folder, {"a.yaml": ""})
    with pytest.raises(NotARepositoryError, match=r"a.yaml is a file \(give the directory: .*documents\)"):
        open_source(str(folder / "a.yaml"), cache_dir=tmp_path)
