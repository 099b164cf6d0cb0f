"""One tree, read as a directory and as its commit: the same files, the same words on what is left out."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.documents import Library
from reconciler.model import DocumentsError
from reconciler.source import NotARepositoryError, RevisionNotFoundError, Snapshot, SourceError, open_source
from reconciler.source.ignore_files import MAX_BYTES, MAX_FILES, MAX_PATTERN, MAX_PATTERNS
from reconciler.targets.registry import TARGET_TYPES
from tests.git_work import Work

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345\n"
VIM = "apiVersion: magi/v1alpha1\nkind: Vim\nmetadata:\n  name: {}\nspec:\n  type: openstack\n"


def hidden(work: Work) -> None:
    work.write({".ci.yaml": "", ".github/x.yaml": "", "sub/.keep": "", "sub/..data/x.yaml": "", "..odd": ""})


def links(work: Work) -> None:
    work.write({"real/x.yaml": VIM.format("x")})
    for name, target in {
        "file.yaml": "a.yaml",
        "folder": "real",
        "up": "..",
        "outside.yaml": "/etc/hostname",
        "nowhere.yaml": "nothing",
        "real/loop": "..",
    }.items():
        (work.path / name).symlink_to(target)


def clone(work: Work) -> None:
    inner = work.path / "vendor" / "inner"
    work.git("init", "-q", str(inner))
    work.write({"vendor/inner/x.yaml": VIM.format("inner")})
    nested = Work(inner, work.bare)
    nested.git("add", "-A")
    nested.git("commit", "-q", "-m", "inner")


def empty_submodule(work: Work) -> None:
    (work.path / "vendor").mkdir()
    work.git(
        "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},{work.git('rev-parse', '--show-prefix')}vendor"
    )


def letters(work: Work) -> None:
    work.write({"A.yaml": VIM.format("upper"), "B.YAML": "not: a document", "c.Yml": "neither"})


def pointer(work: Work) -> None:
    work.write({"lfs.yaml": POINTER, "lfs.qcow2": POINTER})


def smudged(work: Work) -> None:
    """The work tree has the content that Git LFS put there, the commit its pointer."""
    clean = work.path.parent / "clean"
    clean.write_text(f"#!/bin/sh\ncat >/dev/null\nprintf '%s' '{POINTER}'\n")
    clean.chmod(0o755)
    work.git("config", "filter.lfs.clean", str(clean))
    work.write({".gitattributes": "*.lfs.yaml filter=lfs\n", "x.lfs.yaml": VIM.format("x"), "sub/größe.lfs.yaml": "y"})


def ignored_by_git(work: Work) -> None:
    work.write(
        {
            ".gitignore": "build/\n*.rendered.yaml\n",
            "sub/.gitignore": "local.yaml\n",
            "build/x.yaml": "not: magi",
            "x.rendered.yaml": "not: magi",
            "sub/local.yaml": "not: magi",
            "sub/kept.rendered.yaml": VIM.format("kept"),
        }
    )
    work.git("add", "--force", "sub/kept.rendered.yaml")


def odd_names(work: Work) -> None:
    Path(os.fsdecode(os.fsencode(work.path) + b"/caf\xe9.yaml")).write_text(VIM.format("cafe"))
    work.write({"größe.yaml": VIM.format("size"), "a b.yaml": VIM.format("blank"), "x\ny.txt": ""})


def ignoring(*patterns: str, place: str = ".magiignore") -> Callable[[Work], None]:
    def make(work: Work) -> None:
        work.write(
            {
                place: "".join(f"{pattern}\n" for pattern in patterns),
                "charts/values.yaml": "not: magi",
                "charts/deep/values.yaml": "not: magi",
                "charts/keep.yaml": VIM.format("keep"),
                "sub/values.yaml": "not: magi",
                "sub/b.yaml": VIM.format("b"),
            }
        )
        (work.path / "charts" / "link.yaml").symlink_to("keep.yaml")

    return make


def linked_ignore_file(work: Work) -> None:
    work.write({"patterns": "*.yaml\n"})
    (work.path / ".magiignore").symlink_to("patterns")


def many_ignore_files(work: Work) -> None:
    work.write({f"d{number}/.magiignore": "x\n" for number in range(MAX_FILES + 1)})


TREES: dict[str, Callable[[Work], None]] = {
    "hidden files": hidden,
    "symbolic links": links,
    "a clone within": clone,
    "a submodule that is not checked out": empty_submodule,
    "letters": letters,
    "pointers": pointer,
    "files of Git LFS": smudged,
    "ignored by Git": ignored_by_git,
    "odd names": odd_names,
    "a folder": ignoring("charts/", "values.yaml"),
    "everything but": ignoring("charts/**", "!charts/keep.yaml", "/sub/values.yaml"),
    "in a subfolder": ignoring("values.yaml", place="charts/.magiignore"),
    "in a folder that is left out": ignoring("!*", place="charts/.magiignore"),
    "everything": ignoring("*"),
    "a broken pattern": ignoring("# words", "", "charts/", "a[z-a]"),
    "a pattern that is too long": ignoring("x" * (MAX_PATTERN + 1)),
    "too many patterns": ignoring(*["x"] * (MAX_PATTERNS + 1)),
    "a large file": ignoring("#" * (MAX_BYTES + 1)),
    "patterns that are too large together": ignoring(*[f"{'*a' * 190}{number}" for number in range(MAX_PATTERNS)]),
    "a linked ignore file": linked_ignore_file,
    "many ignore files": many_ignore_files,
}


def reported(snapshot: Snapshot) -> object:
    """All that is said of a snapshot and of the documents in it."""
    try:
        catalog: object = sorted(Library(TARGET_TYPES).catalog(snapshot).targets)
    except DocumentsError as error:
        catalog = [str(problem) for problem in error.problems]
    blobs = {path: file.blob for path, file in snapshot.files.items()}
    return blobs, dict(snapshot.left_out), snapshot.ignored, snapshot.warnings, snapshot.problems, catalog


@pytest.mark.parametrize("folder", ["", "edge"])
@pytest.mark.parametrize("name", TREES)
def test_a_directory_and_its_commit_are_judged_alike(work: Work, tmp_path: Path, name: str, folder: str) -> None:
    (work.path / folder).mkdir(exist_ok=True)
    within = Work(work.path / folder, work.bare)
    within.write({"a.yaml": VIM.format("a")})
    TREES[name](within)
    work.commit({})
    here = open_source(str(work.path), cache_dir=tmp_path, path=folder).fetch()
    there = open_source(str(work.path), "HEAD", cache_dir=tmp_path, path=folder).fetch()
    assert reported(here) == reported(there)
    assert here.work_tree is not None
    assert here.work_tree.changed == ()


def read(work: Work, tmp_path: Path, folder: str = "") -> Snapshot:
    return open_source(str(work.path), cache_dir=tmp_path, path=folder).fetch()


def test_what_is_not_added_yet_counts_and_what_git_ignores_does_not(work: Work, tmp_path: Path) -> None:
    work.commit({"a.yaml": "a", ".gitignore": "out/\n"})
    work.write({"new.yaml": "n", "out/x.yaml": "x"})
    assert list(read(work, tmp_path).files) == ["a.yaml", "new.yaml"]


def test_a_folder_that_git_ignores_is_read_when_it_is_named(work: Work, tmp_path: Path) -> None:
    work.commit({".gitignore": "out/\n"})
    work.write({"out/edge/x.yaml": "x", "out/y.yaml": "y"})
    assert list(read(work, tmp_path, "out").files) == ["edge/x.yaml", "y.yaml"]
    assert list(open_source(str(work.path / "out" / "edge"), cache_dir=tmp_path).fetch().files) == ["x.yaml"]


def test_a_linked_folder_of_documents_is_refused_in_both(work: Work, tmp_path: Path) -> None:
    work.write({"real/a.yaml": "a"})
    (work.path / "edge").symlink_to("real")
    work.commit({})
    with pytest.raises(NotARepositoryError, match="'edge' is, or leads through, a symbolic link"):
        read(work, tmp_path, "edge")
    with pytest.raises(RevisionNotFoundError, match="has no folder 'edge'"):
        open_source(str(work.path), "HEAD", cache_dir=tmp_path, path="edge").fetch()


def test_submodules_and_links_are_named_with_what_to_do(work: Work, tmp_path: Path) -> None:
    clone(work)
    (work.path / "x.yaml").symlink_to("nothing")
    assert read(work, tmp_path).warnings == (
        (
            "vendor/inner is a submodule and is ignored: Magi reads one repository: copy the documents into it, "
            "or follow the other one by itself"
        ),
        "x.yaml is a symbolic link and is ignored: put the file itself there",
    )


def test_what_is_left_out_is_counted(work: Work, tmp_path: Path) -> None:
    ignoring("charts/", "values.yaml")(work)
    work.commit({})
    snapshot = read(work, tmp_path)
    assert list(snapshot.files) == ["sub/b.yaml"]
    assert snapshot.ignored == 4  # three files of charts and one of sub; a link is no file


def test_the_ignore_files_above_the_folder_count(work: Work, tmp_path: Path) -> None:
    work.commit({".magiignore": "values.yaml\n", "edge/.magiignore": "!keep/values.yaml\n", "edge/values.yaml": "v"})
    work.commit({"edge/keep/values.yaml": "k"})
    for snapshot in (
        read(work, tmp_path, "edge"),
        open_source(str(work.path), "HEAD", cache_dir=tmp_path, path="edge").fetch(),
    ):
        assert list(snapshot.files) == ["keep/values.yaml"]


@pytest.mark.parametrize("folder", ["", "edge"])
def test_a_pattern_that_cannot_be_used_is_a_problem_at_its_line(work: Work, tmp_path: Path, folder: str) -> None:
    work.commit({".magiignore": "# words\n\ngood/\na[z-a]\n", "edge/a.yaml": VIM.format("a")})
    with pytest.raises(DocumentsError) as raised:
        Library(TARGET_TYPES).catalog(read(work, tmp_path, folder))
    shown = "../.magiignore" if folder else ".magiignore"
    assert [str(problem) for problem in raised.value.problems] == [
        f"{shown}:4:1: the pattern 'a[z-a]' can't be used (see https://git-scm.com/docs/gitignore for what can)"
    ]


def test_patterns_made_to_take_without_end_do_not(work: Work, tmp_path: Path) -> None:
    names = {f"{'a' * 200}{number}/{'a' * 200}.yaml": "" for number in range(20)}
    work.commit({".magiignore": f"{'*a' * 60}*b\n**/a*a*/**/*a*a*a*c\n", **names})
    assert len(read(work, tmp_path).files) == 20


def test_more_comparisons_than_are_made_are_a_problem(
    work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.commit({".magiignore": "x\ny\n", **{f"{number}.yaml": "" for number in range(10)}})
    monkeypatch.setattr("reconciler.source.ignore_files.MAX_WORK", 20)
    assert read(work, tmp_path).problems == ()
    monkeypatch.setattr("reconciler.source.ignore_files.MAX_WORK", 19)
    (problem,) = read(work, tmp_path).problems
    assert str(problem).startswith(".magiignore:1:1: its patterns and the 11 files of the repository are too many")


PATTERNS = (
    ("*.yaml", "!a.yaml"),
    ("/a.yaml",),
    ("d/",),
    ("d",),
    ("d/*", "!d/a.yaml"),
    ("d/**", "!d/a.yaml"),
    ("**/e",),
    ("d/**/a.yaml",),
    ("*", "!*/", "!a.yaml"),
    ("d/", "!d/a.yaml"),
    ("*", "!d/", "!e/**"),
    ("**/", "!/d/"),
    ("d/**", "!d/e/", "!a.yaml"),
    ("/*", "!/d", "/d/*", "!/d/e"),
    (r"\#x.yaml",),
    (r"\!x.yaml",),
    ("[ab].yaml",),
    ("[!a].yaml",),
    ("?.yaml",),
    ("a.yaml ",),
    ("e/a.yaml",),
)


@pytest.mark.parametrize("patterns", PATTERNS, ids=" ".join)
def test_patterns_mean_what_they_mean_to_git(work: Work, tmp_path: Path, patterns: tuple[str, ...]) -> None:
    names = ["a.yaml", "b.yaml", "x/a.yaml", "d/a.yaml", "d/b.yaml", "d/e/a.yaml", "e/a.yaml", "#x.yaml", "!x.yaml"]
    text = "".join(f"{pattern}\n" for pattern in patterns)
    work.commit({".magiignore": text, **dict.fromkeys(names, "")})
    left = work.git("ls-files", "--cached", "--ignored", "--exclude-per-directory=.magiignore").splitlines()
    ignored = {name.strip('"') for name in left} - {".magiignore"}
    assert set(read(work, tmp_path).files) == set(names) - ignored


def test_without_git_a_work_tree_is_read_with_a_warning(
    work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.commit({"a.yaml": "a"})
    source = open_source(str(work.path), cache_dir=tmp_path)

    def refuse(*_arguments: object) -> object:
        raise SourceError("git is not installed")

    monkeypatch.setattr("reconciler.source.directory.tracked", refuse)
    snapshot = source.fetch()
    assert list(snapshot.files) == ["a.yaml"]
    assert snapshot.warnings == ("what Git ignores is not known, and so not left out: git is not installed",)
