"""Which files who approves changed: real commits, signed with real keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.config import TrustConfig
from reconciler.source import changes, open_source
from tests.git_work import Work
from tests.source.signing import Signer, commit, ssh_signer

ANN, BOB = "ann@example.net", "bob@example.net"


@pytest.fixture
def ann(tmp_path: Path) -> Signer:
    return ssh_signer(tmp_path, "ann")


@pytest.fixture
def bob(tmp_path: Path) -> Signer:
    return ssh_signer(tmp_path, "bob")


@pytest.fixture
def trust(tmp_path: Path, ann: Signer, bob: Signer) -> TrustConfig:
    file = tmp_path / "signers"
    file.write_text(f"{ANN} {ann.public}\n{BOB} {bob.public}\n", encoding="utf-8")
    return TrustConfig("commits", file)


def changed(work: Work, folder: Path, trust: TrustConfig, path: str = "") -> dict[str, set[str] | None]:
    source = open_source(str(work.bare), "main", cache_dir=folder, environ={}, path=path, trust=trust)
    found = source.fetch().changed_by([ANN, BOB])
    return {signer: None if files is None else {*files} for signer, files in found.items()}


def test_the_files_of_the_commits_that_each_signed(
    work: Work, tmp_path: Path, trust: TrustConfig, ann: Signer, bob: Signer
) -> None:
    commit(work, ann, "a")
    commit(work, bob, "b")
    commit(work, ann, "sub/c")
    assert changed(work, tmp_path, trust) == {ANN: {"a.yaml", "sub/c.yaml"}, BOB: {"b.yaml"}}
    assert changed(work, tmp_path, trust, "sub") == {ANN: {"c.yaml"}, BOB: set()}


@pytest.mark.parametrize(
    ("place", "shown"), [("", "../.magiignore"), ("sub/", ".magiignore"), ("sub/x/", "x/.magiignore")]
)
def test_who_leaves_documents_out_changes_them(
    work: Work, tmp_path: Path, trust: TrustConfig, ann: Signer, bob: Signer, place: str, shown: str
) -> None:
    commit(work, ann, "sub/x/a")
    work.write({f"{place}.magiignore": "a.yaml\n", "other/.magiignore": "a.yaml\n"})
    commit(work, bob, "b")
    assert changed(work, tmp_path, trust, "sub")[BOB] == {shown}


def test_what_was_deleted_counts_too(work: Work, tmp_path: Path, trust: TrustConfig, ann: Signer, bob: Signer) -> None:
    commit(work, ann, "a")
    work.git("rm", "-q", "a.yaml")
    commit(work, bob, "b")
    assert changed(work, tmp_path, trust)[BOB] == {"a.yaml", "b.yaml"}


def test_who_signs_a_merge_answers_for_what_it_brings(
    work: Work, tmp_path: Path, trust: TrustConfig, ann: Signer, bob: Signer
) -> None:
    commit(work, ann, "a")
    work.git("checkout", "-q", "-b", "change")
    commit(work, bob, "b")
    work.git("checkout", "-q", "main")
    commit(work, ann, merge="change")
    assert changed(work, tmp_path, trust) == {ANN: {"a.yaml", "b.yaml"}, BOB: {"b.yaml"}}


def test_an_unsigned_merge_that_adds_nothing_is_no_one_s(
    work: Work, tmp_path: Path, trust: TrustConfig, ann: Signer, bob: Signer
) -> None:
    commit(work, ann, "a")
    work.git("checkout", "-q", "-b", "change")
    commit(work, bob, "b")
    work.git("checkout", "-q", "main")
    commit(work, ann, "c")
    commit(work, None, merge="change")
    found = changed(work, tmp_path, replace(trust, merges="parents"))
    assert found == {ANN: {"a.yaml", "c.yaml"}, BOB: {"b.yaml"}}


def test_what_no_one_vouches_for_may_be_of_anyone(work: Work, tmp_path: Path, trust: TrustConfig, ann: Signer) -> None:
    commit(work, ann, "a")
    work.git("checkout", "-q", "-b", "change")
    commit(work, None, "b")
    work.git("checkout", "-q", "main")
    commit(work, ann, merge="change")
    assert changed(work, tmp_path, trust)[BOB] == {"b.yaml"}


def test_own_commits_make_own_changes_no_older(
    work: Work, tmp_path: Path, trust: TrustConfig, ann: Signer, bob: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "REACH", 2)
    commit(work, ann, "a")
    for name in ("x", "y", "z"):
        commit(work, ann, name)
    assert changed(work, tmp_path, trust)[ANN] == {"a.yaml", "x.yaml", "y.yaml", "z.yaml"}
    commit(work, bob, "b")
    commit(work, bob, "c")
    assert changed(work, tmp_path, trust)[ANN] == set()


def test_a_history_that_is_too_long_to_show_says_so(
    work: Work, tmp_path: Path, trust: TrustConfig, ann: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(work, ann, "a")
    commit(work, ann, "b")
    monkeypatch.setattr(changes, "MOST", 1)
    assert changed(work, tmp_path, trust) == {ANN: None, BOB: None}
