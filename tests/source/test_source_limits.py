"""How much is read of a source is what its limits say, whatever type of source it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model import InputLimits
from reconciler.source import Directory, Source, SourceError, open_merge, open_source
from tests.git_server import GitServer
from tests.git_work import Work

ONE_FILE = InputLimits(files=1)
TWO_FILES = InputLimits(files=2)
FILES = {"a.yaml": "a: 1\n", "b.yaml": "b: 1\n"}
MESSAGE = "more than 1 files .*or raise limits.files"


def test_the_files_of_a_directory_are_bounded(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    assert len(open_source(str(tmp_path), cache_dir=tmp_path, limits=TWO_FILES).fetch().files) == 2
    with pytest.raises(SourceError, match=MESSAGE):
        open_source(str(tmp_path), cache_dir=tmp_path, limits=ONE_FILE).fetch()


def test_the_bytes_of_a_directory_are_bounded(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"a" * 800)
    assert len(Directory(tmp_path, limits=InputLimits(bytes=100)).fetch().files) == 1
    with pytest.raises(SourceError, match=r"more than 792 bytes in all files .*raise limits\.bytes"):
        Directory(tmp_path, limits=InputLimits(bytes=99)).fetch()


def test_a_file_larger_than_the_settings_allow_is_listed_and_not_read(work: Work) -> None:
    allowed = 200_000
    work.commit({"a.yaml": "#" * allowed, "b.yaml": "#" * (allowed + 1)})
    for source in (Directory(work.path, limits=InputLimits(file_bytes=allowed)), commit_of(work, allowed)):
        snapshot = source.fetch()
        assert snapshot.files["b.yaml"].size == allowed + 1
        assert len(snapshot.read(["a.yaml"])["a.yaml"]) == allowed
        with pytest.raises(SourceError, match=r"b.yaml has 200,001 bytes; at most 200,000 .*raise limits\.fileBytes"):
            snapshot.read(["b.yaml"])


def commit_of(work: Work, allowed: int) -> Source:
    return open_source(str(work.path), "HEAD", cache_dir=work.path, limits=InputLimits(file_bytes=allowed))


def test_the_files_of_a_commit_are_bounded_here_and_elsewhere(work: Work, server: GitServer, tmp_path: Path) -> None:
    work.commit(FILES)
    for place, revision in ((str(work.path), "HEAD"), (f"{server.url}/{work.bare.name}", None)):
        assert open_source(place, revision, cache_dir=tmp_path / "cache", limits=TWO_FILES).fetch().files
        with pytest.raises(SourceError, match=MESSAGE):
            open_source(place, revision, cache_dir=tmp_path / "cache", limits=ONE_FILE).fetch()


def test_the_files_of_a_merge_are_bounded(work: Work, tmp_path: Path) -> None:
    work.commit({"a.yaml": "a: 1\n"})
    work.git("switch", "--quiet", "--create", "topic")
    work.commit({"b.yaml": "b: 1\n"})
    with open_merge(str(work.path), "main", "topic", cache_dir=tmp_path, limits=ONE_FILE) as merge:
        assert merge.read_base().files
        with pytest.raises(SourceError, match=MESSAGE):
            merge.read()
