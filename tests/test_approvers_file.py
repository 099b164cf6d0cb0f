"""The operator's file of approvers: each mistake is reported entirely, with its line, its field and what is valid."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.judging.approvers import GUARDS, load_approvers
from reconciler.model import ApproverRule, Approvers, ConfigError, SecretRule

HINT = "docs/guards.md, approvers, has an example"
FIELDS = "guards, services, folders, labels, by, separate"
GUARD_LIST = ", ".join(GUARDS)


def refusal(folder: Path, text: str, *, verified: bool = True) -> tuple[str, str]:
    """What is wrong, without the path of the file, and the hint."""
    file = folder / "approvers.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_approvers(file, verified=verified)
    return caught.value.message.replace(str(file), "FILE"), caught.value.hint


def loaded(folder: Path, text: str) -> Approvers:
    file = folder / "approvers.yaml"
    file.write_text(text, encoding="utf-8")
    return load_approvers(file, verified=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "FILE is empty"),
        ("{}", "FILE:1: the file: says nothing; it has any of approvers, notApprovable, secrets"),
        ("[]", "FILE:1: the file: must be a mapping with any of approvers, notApprovable, secrets; found a list"),
        ("\nx", "FILE:2: the file: must be a mapping with any of approvers, notApprovable, secrets; found 'x'"),
        ("? [a]\n: b", "FILE:1: a list: unknown field; there are: approvers, notApprovable, secrets"),
        ("approvers:\n- 1", f"FILE:2: approvers[0]: must be a mapping with any of {FIELDS}; found '1'"),
        ("approvers:\n- x: 1", f"FILE:2: approvers[0].x: unknown field; there are: {FIELDS}"),
        ("approvers:\n- labels: a", "FILE:2: approvers[0].labels: must be a mapping of labels; found 'a'"),
        ("approvers:\n- labels: {}", "FILE:2: approvers[0].labels: must be a mapping of labels; found a mapping"),
        ("approvers:\n- labels: [a]", "FILE:2: approvers[0].labels: must be a mapping of labels; found a list"),
        ("approvers:\n- labels: {a: [b]}", "FILE:2: approvers[0].labels: the value of a label is a text"),
        ("approvers:\n- services: []", "FILE:2: approvers[0].services: must be a list of texts; found a list"),
        ("approvers:\n- by:\n  - a\n  - {}", "FILE:4: approvers[0].by[1]: must be a text; found a mapping"),
        ("approvers:\n- by:\n  - ''", "FILE:3: approvers[0].by[0]: must be a text; found ''"),
        ("approvers:\n- separate: 1", "FILE:2: approvers[0].separate: must be true or false; found '1'"),
        ("approvers:\n- by: [a]\n  by: [b]", "FILE:3: approvers[0].by: is there twice"),
        (
            "notApprovable:\n  guards: [missing]",
            f"FILE:2: notApprovable.guards[0]: 'missing' is none; there are: {GUARD_LIST}",
        ),
        ("notApprovable:\n  guards: [prun]", "FILE:2: notApprovable.guards[0]: 'prun' is none; did you mean 'prune'?"),
        ("notApprovable: []", "FILE:1: notApprovable: must be a mapping with any of guards, rules; found a list"),
        ("secrets: 1", "FILE:1: secrets: must be a list of rules; found '1'"),
        ("secrets:\n- services: [a]", "FILE:2: secrets[0]: missing field may"),
        ("secrets:\n- 1", "FILE:2: secrets[0]: must be a mapping with any of services, folders, may; found '1'"),
        (
            "secrets:\n- may: [X, '*', 'age:a']",
            "FILE:2: secrets[0].may: 'X' must begin with env:, file:, age: or be '*'",
        ),
        ("secrets:\n- may: X", "FILE:2: secrets[0].may: must be a list of texts; found 'X'"),
        (
            "approvers: 1\nsecrets: 2",
            (
                "FILE:1: approvers: must be a list of rules; found '1'; "
                "FILE:2: secrets: must be a list of rules; found '2'"
            ),
        ),
    ],
)
def test_a_mistake_is_reported_with_line_field_and_what_is_valid(tmp_path: Path, text: str, message: str) -> None:
    assert refusal(tmp_path, text) == (message, HINT)


def test_what_is_no_yaml_is_reported_in_one_line(tmp_path: Path) -> None:
    message, hint = refusal(tmp_path, "approvers: [")
    assert message.startswith("FILE is no YAML: while parsing a flow node ")
    assert "\n" not in message
    assert hint == HINT


def test_a_missing_file_and_missing_signatures_have_hints_of_their_own(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_approvers(tmp_path / "none", verified=True)
    assert caught.value.message == f"{tmp_path}/none: No such file or directory"
    assert caught.value.hint == "see the setting trust.approversFile"
    assert refusal(tmp_path, "approvers: [{separate: true}]", verified=False) == (
        "FILE has 'by' or 'separate', but no signatures are asked for, so no one could approve",
        "set trust.verify: commits, with the keys of the signers, or leave them out",
    )


@pytest.mark.parametrize(("word", "is_true"), [("true", True), ("YES", True), ("on", True), ("no", False)])
def test_separate_is_a_truth_value_of_yaml(tmp_path: Path, word: str, is_true: bool) -> None:
    assert loaded(tmp_path, f"approvers: [{{separate: {word}}}]").rules == (ApproverRule(separate=is_true),)


def test_labels_are_sorted_and_all_of_them_count(tmp_path: Path) -> None:
    (rule,) = loaded(tmp_path, "approvers: [{labels: {b: 2, a: 1}}]").rules
    assert rule.labels == (("a", "1"), ("b", "2"))


def test_what_a_file_leaves_out_has_defaults(tmp_path: Path) -> None:
    assert loaded(tmp_path, "notApprovable: {rules: ['PCI ']}") == Approvers((ApproverRule(),), frozenset(), ("PCI ",))
    assert loaded(tmp_path, "notApprovable: {guards: [prune]}").final_rules == ()
    assert loaded(tmp_path, "approvers: []").rules == ()
    assert loaded(tmp_path, "secrets: [{may: ['*']}]").secrets == (SecretRule(("*",)),)
