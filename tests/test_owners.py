"""Which folder may define what: the operator's file, and what becomes of documents that are elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.documents import Library
from reconciler.judging.owners import OwnerRule, Owners, load_owners
from reconciler.model import ConfigError, DocumentsError
from reconciler.targets.registry import TARGET_TYPES
from tests.documents.commits import Commit
from tests.documents.vcpe import POLICY, REPOSITORY


def written(folder: Path, text: str) -> Path:
    file = folder / "owners.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def problems(*rules: OwnerRule, more: dict[str, str] | None = None) -> list[str]:
    try:
        Library(TARGET_TYPES, owners=Owners(rules)).catalog(Commit(REPOSITORY | (more or {})))
    except DocumentsError as error:
        return [str(problem) for problem in error.problems]
    return []


ALL = OwnerRule(("**",), ("*",), ("*",))


def test_the_file_of_owners(tmp_path: Path) -> None:
    text = "owners:\n- {paths: [a/**], services: [a-*], vims: [x], onVims: [paris], policy: true}\n- {paths: ['*']}\n"
    assert load_owners(written(tmp_path, text)) == Owners(
        (OwnerRule(("a/**",), ("a-*",), ("x",), ("paris",), policy=True), OwnerRule(("*",)))
    )


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("nothing", "a list 'owners' is needed"),
        ("owners: []", "a list 'owners' is needed"),
        ("owners: [1]", "owners[0] must be a mapping; found 1"),
        ("owners: [{services: [a]}]", "missing field owners[0].paths"),
        ("owners: [{paths: [a], servces: [a]}]", "unknown field owners[0].servces (did you mean 'services'?)"),
        ("owners: [{paths: a}]", "owners[0].paths must be a list of names or patterns; found 'a'"),
        ("owners: [{paths: [a], policy: 1}]", "owners[0].policy must be true or false; found 1"),
        ("{", "is no YAML"),
    ],
)
def test_what_is_wrong_with_the_file_is_reported(tmp_path: Path, text: str, reported: str) -> None:
    with pytest.raises(ConfigError) as failed:
        load_owners(written(tmp_path, text))
    assert reported in failed.value.message


def test_a_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_owners(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("a/**", "a/b/c.yaml", True),
        ("a/**", "ab/c.yaml", False),
        ("a/*", "a/b.yaml", True),
        ("a/*", "a/b/c.yaml", False),
        ("**/x.yaml", "x.yaml", True),
        ("**/x.yaml", "a/b/x.yaml", True),
        ("a.yaml", "axyaml", False),
    ],
)
def test_patterns_of_paths(glob: str, path: str, expected: bool) -> None:
    assert bool(Owners((OwnerRule((glob,)),)).of(path)) is expected


def test_what_is_allowed_where_it_is_is_fine() -> None:
    assert problems(ALL) == []


def test_a_service_in_the_folder_of_others_is_refused_with_its_place() -> None:
    (problem,) = problems(OwnerRule(("**",), ("a-*",), ("*",)))
    assert problem.startswith("vcpe.yaml:3:")
    reported = "NetworkService 'vcpe' may not be defined here (the owners of this path may define: a-*)"
    assert problem.endswith(reported)


def test_a_vim_in_the_folder_of_others_is_refused() -> None:
    found = problems(OwnerRule(("**",), ("*",)))
    assert found
    assert all(
        "Vim '" in one and "may not be defined here (the owners of this path may define: none)" in one for one in found
    )


def test_a_service_on_the_vim_of_others_is_refused() -> None:
    found = problems(OwnerRule(("**",), ("*",), ("*",), on_vims=("lyon",)))
    assert any(
        "NetworkService 'vcpe' may not be deployed on VIM 'paris' (the owners of this path may use: lyon)" in one
        for one in found
    )


def test_a_policy_is_for_its_owners_alone() -> None:
    more = {"teams/policy.yaml": POLICY % "rails"}
    (problem,) = problems(ALL, more=more)
    assert "teams/policy.yaml:1:" in problem
    assert "a Policy may not be defined here" in problem
    assert problems(ALL, OwnerRule(("teams/*",), policy=True), more=more) == []


def test_in_a_path_of_no_one_nothing_is_defined() -> None:
    found = problems(OwnerRule(("teams/**",), ("*",), ("*",)))
    assert any("no one may define documents in vcpe.yaml (no owner has this path)" in one for one in found)


EXAMPLE = "docs/trust.md has an example"


@pytest.mark.parametrize(
    ("text", "reported", "hint"),
    [
        ("owners: {}", "FILE: a list 'owners' is needed", EXAMPLE),
        (
            "owners: [1, {paths: []}]",
            "FILE: owners[0] must be a mapping; found 1; owners[1].paths must be a list of names or patterns; found []",
            EXAMPLE,
        ),
        (
            "owners: [{paths: [a], x: 1}]",
            "FILE: unknown field owners[0].x (there are: paths, services, vims, onVims, policy)",
            EXAMPLE,
        ),
        (
            "owners: [{paths: [a, 1]}]",
            "FILE: owners[0].paths must be a list of names or patterns; found ['a', 1]",
            EXAMPLE,
        ),
        (
            "{",
            (
                "FILE is no YAML: while parsing a flow node expected the node content, but found '<stream end>' in "
                '"<unicode string>", line 1, column 2: { ^'
            ),
            "",
        ),
    ],
)
def test_the_whole_message_about_the_file_has_a_hint(tmp_path: Path, text: str, reported: str, hint: str) -> None:
    with pytest.raises(ConfigError) as failed:
        load_owners(written(tmp_path, text))
    assert failed.value.message.replace(str(tmp_path / "owners.yaml"), "FILE") == reported
    assert failed.value.hint == hint


def test_a_file_that_is_not_there_leads_to_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as failed:
        load_owners(tmp_path / "nothing")
    assert failed.value.message == f"{tmp_path}/nothing: No such file or directory"
    assert failed.value.hint == "see the setting trust.ownersFile"
