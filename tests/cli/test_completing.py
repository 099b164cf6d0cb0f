"""What a shell completes: run as a shell does, in a folder with documents, and beside a daemon."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from reconciler.cli.main import magi
from tests.documents.test_service_templates import REPOSITORY
from tests.targets.test_memory import DESCRIPTOR, SERVICE as MACHINES, VIMS

Complete = Callable[..., list[str]]


@pytest.fixture
def complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Complete:
    for path, text in REPOSITORY.items():
        (tmp_path / path).write_text(str(text))
    monkeypatch.chdir(tmp_path)

    def completed(*words: str) -> list[str]:
        """What is offered for the last word."""
        shell = ShellComplete(magi, {}, "magi", "_MAGI_COMPLETE")
        return [one.value for one in shell.get_completions(list(words[:-1]), words[-1])]

    return completed


def test_services_are_offered_also_those_of_sets(complete: Complete) -> None:
    assert complete("show", "") == ["edge-paris", "nice"]
    assert complete("plan", ".", "--service", "n") == ["nice"]
    assert complete("destroy", "e") == ["edge-paris"]


def test_vims_are_offered_where_the_documents_are(complete: Complete, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "v.yaml").write_text(str(REPOSITORY["v.yaml"]).replace("paris", "lyon"))
    assert complete("plan", ".", "--vim", "p") == ["paris"]
    assert complete("plan", "other", "--vim", "") == ["lyon"]
    assert complete("show", "nice", "other", "--vim", "") == ["lyon"]


def test_documents_with_errors_still_have_names(complete: Complete, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("kind: [")
    assert complete("plan", ".", "--service", "") == ["nice"]


def test_revisions_are_those_of_the_clone(complete: Complete, tmp_path: Path) -> None:
    for command in (
        ["init", "-q", "-b", "main"],
        ["-c", "user.name=x", "-c", "user.email=x@example.net", "commit", "-q", "--allow-empty", "-m", "x"],
        ["tag", "v1.0"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    assert complete("plan", ".", "--revision", "") == ["HEAD", "main", "v1.0"]
    assert complete("plan", ".", "--revision", "v") == ["v1.0"]


@pytest.mark.parametrize("words", [("plan", "nowhere", "--vim", ""), ("sync", "--url", "http://127.0.0.1:1", "")])
def test_where_nothing_is_known_nothing_is_offered_and_nothing_is_said(
    words: tuple[str, ...], complete: Complete, capfd: pytest.CaptureFixture[str]
) -> None:
    assert complete(*words) == []
    assert capfd.readouterr() == ("", "")


def test_instances_are_those_of_the_service_that_the_line_names(complete: Complete, tmp_path: Path) -> None:
    (tmp_path / "machines").mkdir()
    for name, text in {"vims": VIMS, "web": DESCRIPTOR, "shop": MACHINES}.items():
        (tmp_path / "machines" / f"{name}.yaml").write_text(text)
    assert complete("console", "--path", "machines", "shop", "") == ["web/vm-0", "web/vm-1"]
    assert complete("console", "--path", "machines", "shop", "web/vm-1") == ["web/vm-1"]
    assert complete("console", "--path", "machines", "nice", "") == []
