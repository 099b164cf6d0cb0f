"""A source that is fetched again: each commit's files are its own, whatever of the listing was as before."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.source import GitSource, Source, open_source
from tests.git_server import serve_repositories
from tests.git_work import Work, new_work


def files_of(source: Source) -> dict[str, bytes]:
    snapshot = source.fetch()
    return snapshot.read(snapshot.files)


def commits() -> list[dict[str, bytes]]:
    """A history of every kind of change; what the files of each commit are."""
    return [
        {"a.yaml": b"1\n", "b.yaml": b"2\n"},
        {"a.yaml": b"1\n", "b.yaml": b"3\n"},  # one changed
        {"b.yaml": b"1\n", "c.yaml": b"3\n"},  # names exchanged, contents kept
        {"c.yaml": b"3\n"},  # one gone
        {"c.yaml": b"3\n", "b.yaml": b"1\n"},  # and back
    ]


def put(work: Work, files: dict[str, bytes]) -> None:
    for path in work.path.glob("*.yaml"):
        path.unlink()
    work.commit({path: content.decode() for path, content in files.items()})


@pytest.mark.parametrize("over_http", [False, True])
def test_what_changed_is_found_and_what_is_gone_stays_so(tmp_path: Path, *, over_http: bool) -> None:
    work = new_work(tmp_path / "git")
    first, *others = commits()
    put(work, first)
    with serve_repositories(work.bare.parent) as server:
        source: Source = (
            GitSource(f"{server.url}/{work.bare.name}", cache_dir=tmp_path / "cache")
            if over_http
            else open_source(str(work.path), "HEAD", cache_dir=tmp_path)
        )
        assert files_of(source) == first
        for files in others:
            put(work, files)
            assert files_of(source) == files
            assert files_of(source) == files


def test_a_file_that_becomes_a_link_of_the_same_content_is_none_any_more(tmp_path: Path) -> None:
    work = new_work(tmp_path)
    work.commit({"a.yaml": "b.yaml", "b.yaml": "1\n"})
    source = open_source(str(work.path), "HEAD", cache_dir=tmp_path)
    assert set(source.fetch().files) == {"a.yaml", "b.yaml"}
    (work.path / "a.yaml").unlink()
    (work.path / "a.yaml").symlink_to("b.yaml")
    work.commit({})
    snapshot = source.fetch()
    assert set(snapshot.files) == {"b.yaml"}
    assert "a.yaml" in snapshot.left_out
