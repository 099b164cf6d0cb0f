"""What documents say of guards and approvals, and what is wrong with it."""

from __future__ import annotations

import pytest

from reconciler.model import Approval, LabelRule, Limits
from tests.documents.commits import catalog_of, changed, problems_of
from tests.documents.vcpe import POLICY, REPOSITORY

DIGEST = "0f343b0931126a20f133d67c2b018a3b"


def policy(spec: str, metadata: str = "") -> dict[str, str | bytes]:
    text = POLICY.replace("spec: {}", f"spec: {{{spec}}}").replace("%s", f"rails{metadata}")
    return REPOSITORY | {"policy.yaml": text}


def test_limits_and_rules_of_the_policy() -> None:
    found = catalog_of(
        policy(
            "maxShrinkPercent: 20, maxRemovedPercent: 30, "
            "limits: [{services: [core-*], maxDeletes: 2}, {vims: [paris], maxReplacePercent: 5}],"
            " labelRules: [{name: gold, labels: {tier: gold}, deny: [delete], message: ask}]"
        )
    ).policy
    assert (found.max_shrink_percent, found.max_removed_percent) == (20, 30)
    assert found.limits == (Limits(2, services=("core-*",)), Limits(max_replace_percent=5, vims=("paris",)))
    assert found.label_rules == (LabelRule("gold", (), (("tier", "gold"),), (), frozenset({"delete"}), "ask"),)


@pytest.mark.parametrize(
    ("spec", "reported"),
    [
        ("limits: [{services: [a], vims: [b]}]", "a limit that limits nothing (add one, such as maxDeletes: 2)"),
        (
            "labelRules: [{name: x}]",
            "rule 'x' neither requires nor denies anything (add require: [owner] or deny: [delete, replace])",
        ),
    ],
)
def test_a_rule_that_never_holds_anything_is_reported(spec: str, reported: str) -> None:
    (problem,) = problems_of(policy(spec))
    assert problem.startswith("policy.yaml:1:")
    assert problem.endswith(reported)


def test_annotations_approve_for_all_or_for_their_service() -> None:
    files = policy("", f", annotations: {{magi/approve: '{DIGEST}, {DIGEST[::-1]}'}}")
    assert catalog_of(files).approvals == {Approval(DIGEST), Approval(DIGEST[::-1])}
    own = changed(REPOSITORY, "vcpe.yaml", "name: vcpe", f"name: vcpe, annotations: {{magi/approve: {DIGEST}}}")
    assert catalog_of(own).approvals == {Approval(DIGEST, "vcpe")}


def test_an_annotation_that_names_no_digest_is_reported() -> None:
    (problem,) = problems_of(policy("", ", annotations: {magi/approve: 0f34}"))
    assert problem.startswith("policy.yaml:1:")
    assert "annotation 'magi/approve': '0f34' is no digest of a plan (32 hexadecimal digits, as 'magi plan'" in problem
