"""Troubles of the way to Git that are reported as what they are: a deleted branch, a web page, a full disk."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from reconciler.source import GitSource, RevisionNotFoundError, SourceError, UnreachableError
from reconciler.source.errors import DiskFullError
from tests.git_server import GitServer, serve_page
from tests.git_work import Work


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def edge(server: GitServer, cache: Path) -> GitSource:
    return GitSource(f"{server.url}/edge.git", cache_dir=cache, timeout=30, environ={})


def test_a_default_branch_that_is_deleted_is_reported_as_that(work: Work, server: GitServer, cache: Path) -> None:
    work.commit({"a.yaml": "a: 1\n"})
    source = edge(server, cache)
    source.fetch()
    work.push("origin", "HEAD:other")
    work.git("--git-dir", str(work.bare), "update-ref", "-d", "refs/heads/main")
    with pytest.raises(
        RevisionNotFoundError, match=r"the default branch was deleted on the server; commit \w{10} of it"
    ):
        source.fetch()


@pytest.mark.parametrize("status", [200, 500])
def test_a_web_page_in_place_of_a_git_server_is_reported_as_that(cache: Path, status: int) -> None:
    with serve_page("<!DOCTYPE html>\n<html>\n<title>Log in</title>\n</html>\n", status) as url:
        words = "with a web page \\(HTML\\)" if status == 200 else "the server cannot be reached"
        with pytest.raises(UnreachableError, match=words):
            GitSource(f"{url}/edge.git", cache_dir=cache, environ={}).fetch()


def test_a_web_page_of_one_line_which_git_takes_for_an_empty_repository_is_hinted_at(cache: Path) -> None:
    with serve_page("<html>Log in</html>") as url, pytest.raises(RevisionNotFoundError, match="that of a web page"):
        GitSource(f"{url}/edge.git", cache_dir=cache, environ={}).fetch()


def test_a_web_page_with_the_type_of_git_is_reported_as_that(cache: Path) -> None:
    with (
        serve_page("<html>Log in</html>", 200, "application/x-git-upload-pack-advertisement") as url,
        pytest.raises(UnreachableError, match="with a web page"),
    ):
        GitSource(f"{url}/edge.git", cache_dir=cache, environ={}).fetch()


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ("fatal: write error: No space left on device", DiskFullError, "the disk of the cache folder is full"),
        ("error: unable to write file: Disk quota exceeded", DiskFullError, "the disk of the cache folder is full"),
        ("remote: fatal: No space left on device", UnreachableError, "the disk of the Git server is full"),
    ],
)
def test_a_full_disk_is_reported_as_that_and_the_mirror_stays(
    work: Work,
    server: GitServer,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: str,
    kind: type[SourceError],
    words: str,
) -> None:
    commit = work.commit({"a.yaml": "a: 1\n"})
    source = edge(server, cache)
    source.fetch()
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    real = shutil.which("git")
    fake.write_text(f'#!/bin/sh\ncase "$*" in *" fetch "*) echo "{said}" >&2; exit 128;; esac\nexec {real} "$@"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    with pytest.raises(kind, match=words):
        source.fetch()
    last = edge(server, cache).last_good()
    assert last is not None
    assert last.commit == commit


def test_a_folder_for_the_mirror_on_a_full_disk_is_reported_as_that(
    work: Work, server: GitServer, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.commit({"a.yaml": "a: 1\n"})

    def full(*_arguments: object, **_options: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tempfile.mkdtemp", full)
    with pytest.raises(DiskFullError, match=f"the disk of the cache folder {cache} is full"):
        edge(server, cache).fetch()
