"""Who may approve what, and the operator's file that says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.judging.approvers import GUARDS, load_approvers
from reconciler.judging.digests import blocked_sets
from reconciler.model import (
    RULE_WORDS,
    Action,
    Approval,
    ApproverRule,
    Approvers,
    BlockReason,
    Catalog,
    Circumstances,
    ConfigError,
    Key,
    Observed,
    Place,
    Plan,
    Policy,
    SecretRule,
    ServiceInfo,
    Step,
    World,
)
from reconciler.planning import Approving, approving_of, unblocked
from reconciler.planning.approving import what_of
from reconciler.review import plan_json, plans_markdown, plans_text
from tests.plan_of import plan_of
from tests.worlds import TARGET, ThingSpec, key

ANN, BOB = Approval("", signer="ann@example.net"), Approval("", signer="bob@example.net")
SERVICES = {
    "a-web": ServiceInfo("a-web", Place("teams/a/web.yaml", 1, 1), (), labels=(("tier", "edge"),)),
    "core": ServiceInfo("core", Place("core/core.yaml", 1, 1), (), labels=(("tier", "core"),)),
}
FILES = {"teams/a/web.yaml": frozenset({"a-web"}), "core/core.yaml": frozenset({"core"})}


def written(folder: Path, text: str) -> Path:
    file = folder / "approvers.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def of(*rules: ApproverRule, changed: dict[str, frozenset[str] | None] | None = None) -> Approving:
    return Approving(approvers=Approvers(rules), services=SERVICES, service_files=FILES, changed_by=changed or {})


def may(
    approving: Approving, approval: Approval, service: str, guard: BlockReason = BlockReason.PROTECTED, reason: str = ""
) -> bool:
    return not approving.refusal(approval, guard, service, reason)


def test_the_file_of_approvers(tmp_path: Path) -> None:
    text = """\
approvers:
- guards: [max-deletes, label]
  services: [a-*]
  folders: [teams/a/**]
  labels: {tier: edge}
  by: ["*@example.net"]
  separate: true
- {}
notApprovable: {guards: [shrunk], rules: ["PCI "]}
secrets:
- {services: [a-*], folders: [teams/**], may: ["env:MAGI_SECRET_A_*"]}
"""
    rule = ApproverRule(
        frozenset({"max-deletes", "label"}), ("a-*",), ("teams/a/**",), (("tier", "edge"),), ("*@example.net",), True
    )
    secrets = (SecretRule(("env:MAGI_SECRET_A_*",), ("a-*",), ("teams/**",)),)
    expected = Approvers((rule, ApproverRule()), frozenset({"shrunk"}), ("PCI ",), secrets)
    assert load_approvers(written(tmp_path, text), verified=True) == expected


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("", "approvers.yaml is empty"),
        ("{}", "approvers.yaml:1: the file: says nothing; it has any of approvers, notApprovable, secrets"),
        ("approvers: {}", "approvers.yaml:1: approvers: must be a list of rules; found a mapping"),
        ("approvers:\n- guard: [prune]", "approvers.yaml:2: approvers[0].guard: unknown field; did you mean 'guards'?"),
        (
            "approvers:\n- {}\n- guards: [prun]",
            "approvers.yaml:3: approvers[1].guards[0]: 'prun' is none; did you mean",
        ),
        ("approvers:\n- services: a", "approvers.yaml:2: approvers[0].services: must be a list of texts; found 'a'"),
        ("approvers:\n- separate: 1", "approvers.yaml:2: approvers[0].separate: must be true or false; found '1'"),
        ("approvers:\n- by: [a]\n  by: [b]", "approvers.yaml:3: approvers[0].by: is there twice"),
        ("notApprovable:\n  guards: [missing]", "notApprovable.guards[0]: 'missing' is none; there are: "),
        ("secrets:\n- services: [a]", "approvers.yaml:2: secrets[0]: missing field may"),
        ("secrets:\n- may: [MAGI_SECRET_*]", "secrets[0].may: 'MAGI_SECRET_*' must begin with env:, file:, age: or be"),
        ("approvers: [", "is no YAML"),
    ],
)
def test_what_is_wrong_in_the_file_is_reported_with_its_line_and_field(
    tmp_path: Path, text: str, reported: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_approvers(written(tmp_path, text), verified=True)
    assert reported in str(caught.value)


def test_a_file_about_signers_needs_signatures(tmp_path: Path) -> None:
    for rule in ("by: [a]", "separate: true"):
        with pytest.raises(ConfigError, match="no signatures are asked for"):
            load_approvers(written(tmp_path, f"approvers: [{{{rule}}}]"), verified=False)
    with pytest.raises(ConfigError, match="No such file"):
        load_approvers(tmp_path / "none.yaml", verified=True)


def test_a_file_about_secrets_alone_leaves_approvals_as_they_are(tmp_path: Path) -> None:
    approvers = load_approvers(written(tmp_path, "secrets: [{may: ['*']}]"), verified=False)
    assert may(Approving(approvers=approvers), Approval(""), "core")


def test_every_guard_that_can_be_approved_has_a_name() -> None:
    assert set(GUARDS) == {
        "prune", "protected", "max-deletes", "max-replaces", "frozen", "consent", "window", "shrunk", "label", "rule",
        "drift",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "mine"),
    [
        (ApproverRule(guards=frozenset({"protected"})), {"a-web", "core", "gone", ""}),
        (ApproverRule(guards=frozenset({"prune"})), set()),
        (ApproverRule(services=("a-*", "gone")), {"a-web", "gone"}),
        (ApproverRule(folders=("teams/a/**",)), {"a-web"}),
        (ApproverRule(labels=(("tier", "core"),)), {"core"}),
        (ApproverRule(by=("ann@*",)), {"a-web", "core", "gone", ""}),
        (ApproverRule(by=("bob@*",)), set()),
    ],
)
def test_a_rule_is_about_guards_services_folders_labels_and_signers(rule: ApproverRule, mine: set[str]) -> None:
    assert {service for service in ("a-web", "core", "gone", "") if may(of(rule), ANN, service)} == mine


def test_who_signed_nothing_may_what_anyone_may() -> None:
    assert may(of(ApproverRule()), Approval(""), "core")
    assert of(ApproverRule(by=("*@*",))).refusal(Approval(""), BlockReason.PRUNE, "core") == (
        "who signed nothing may not approve prune of network service core"
    )


def test_the_author_of_a_change_does_not_approve_it() -> None:
    changed = {"ann@example.net": frozenset({"core/core.yaml"}), "eve@example.net": None}
    approving = of(ApproverRule(separate=True), changed=changed)
    reported = approving.refusal(ANN, BlockReason.PROTECTED, "core")
    assert reported == "ann@example.net changed core/core.yaml, and has to be another actor"
    assert may(approving, ANN, "a-web")
    assert may(approving, BOB, "core")
    # Where a service was that is gone no one knows; and a file with anything else may be about every service.
    assert not may(approving, ANN, "gone")
    assert not may(of(ApproverRule(separate=True), changed={"ann@example.net": frozenset({"vims.yaml"})}), ANN, "a-web")
    assert "too long" in approving.refusal(Approval("", signer="eve@example.net"), BlockReason.PRUNE, "core")
    assert not may(approving, Approval(""), "core")


def test_what_is_final_no_one_approves() -> None:
    approvers = Approvers((ApproverRule(),), frozenset({"shrunk"}), ("PCI ",))
    approving = Approving(approvers=approvers)
    assert not may(approving, ANN, "core", BlockReason.SHRUNK)
    assert not may(approving, ANN, "core", BlockReason.RULE, f"{RULE_WORDS}PCI 3.2: no open ports")
    assert may(approving, ANN, "core", BlockReason.RULE, f"{RULE_WORDS}small changes first")
    assert may(approving, ANN, "core", BlockReason.LABEL, "PCI 3.2")
    assert not Approving().is_final(BlockReason.SHRUNK, "")


def test_a_refusal_says_who_may_not_approve_what() -> None:
    some = of(ApproverRule(services=("core",), by=("ann@*",)))
    message = {
        (who.signer, service): some.refusal(who, BlockReason.PROTECTED, service)
        for who in (BOB, Approval(""))
        for service in ("core", "a-web", "")
    }
    assert message == {
        (BOB.signer, "core"): "bob@example.net may not approve protected of network service core",
        (BOB.signer, "a-web"): "no one may approve protected of network service a-web",
        (BOB.signer, ""): "no one may approve protected of what services share",
        ("", "core"): "who signed nothing may not approve protected of network service core",
        ("", "a-web"): "no one may approve protected of network service a-web",
        ("", ""): "no one may approve protected of what services share",
    }
    separate = of(ApproverRule(separate=True))
    assert separate.refusal(Approval(""), BlockReason.PROTECTED, "core") == (
        "who signed nothing can't be reported from who changed it"
    )


def test_who_may_approve_is_what_the_commit_and_the_operator_say() -> None:
    changed = {"ann@example.net": frozenset({"core/core.yaml", "teams/a/web.yaml"})}
    rules = Approvers((ApproverRule(separate=True),))
    catalog = Catalog(
        {}, {}, SERVICES, approvals=frozenset({ANN}), approvers=rules, service_files=FILES, changed_by=changed
    )
    assert approving_of(catalog) == Approving(frozenset({ANN}), rules, SERVICES, FILES, changed)


GONE = Policy(protect=("svc",), max_deletes=1)


def deletes(approvers: Approvers, *approvals: Approval) -> Plan:
    """Two deletes of a protected service, which are also too many."""
    there = {key(name): Observed(key(name), ThingSpec(), f"id-{name}") for name in ("0/a", "0/b")}
    return plan_of({}, World(TARGET, there, {}), GONE, approvals=frozenset(approvals), approvers=approvers)


def holds(plan: Plan) -> set[BlockReason | None]:
    return {step.blocked for step in plan.steps.values()}


def test_an_approval_unblocks_from_the_guards_that_it_counts_for_alone() -> None:
    some = Approvers(
        (
            ApproverRule(frozenset({"protected"}), by=("ann@*",)),
            ApproverRule(frozenset({"max-deletes"}), by=("bob@*",)),
        )
    )
    (protected,) = blocked_sets(TARGET, deletes(some).steps)
    ann, bob = ANN._replace(digest=protected.digest), BOB._replace(digest=protected.digest)
    assert holds(deletes(some, bob)) == {BlockReason.PROTECTED}
    first = deletes(some, ann)
    assert holds(first) == {BlockReason.MAX_DELETES}
    assert [(one.approval, one.refusal) for one in first.approval_effects] == [(ann, "")]
    (many,) = blocked_sets(TARGET, first.steps)
    assert what_of(many) == "VIM paris: network service svc, too many deletes: 2 resources"
    assert holds(deletes(some, ann, BOB._replace(digest=many.digest))) == {None}
    for everything in (ApproverRule(), ApproverRule(services=("svc",))):
        assert holds(deletes(Approvers((everything,)), ann)) == {None}


def test_a_set_of_several_services_needs_consent_for_each() -> None:
    keys = [Key(TARGET, "level0", f"{service}/0/x") for service in ("a", "b")]
    there = {one: Observed(one, ThingSpec(), f"id-{one.name}") for one in keys}
    rules = Approvers((ApproverRule(services=("a",), by=("ann@*",)), ApproverRule(services=("b",), by=("bob@*",))))

    def plan(*approvals: Approval) -> Plan:
        world = World(TARGET, there, {})
        return plan_of({}, world, Policy(max_deletes=1), approvals=frozenset(approvals), approvers=rules)

    (one,) = blocked_sets(TARGET, plan().steps)
    assert what_of(one) == "VIM paris: too many deletes: 2 resources"
    ann, bob = ANN._replace(digest=one.digest), BOB._replace(digest=one.digest)
    assert holds(plan(ann)) == {BlockReason.MAX_DELETES}
    assert [effect.refusal for effect in plan(ann).approval_effects] == [
        "ann@example.net may not approve max-deletes of network service b"
    ]
    assert holds(plan(ann, bob)) == {None}
    assert [(effect.approval, effect.refusal) for effect in plan(ann, bob).approval_effects] == [(ann, ""), (bob, "")]


def test_no_one_approves_the_decision_of_a_rule_that_is_final() -> None:
    reason = f"{RULE_WORDS}PCI 3.2: no open ports"
    there = Observed(key("0/a"), ThingSpec(), "id-a")
    step = Step(Action.DELETE, there.key, observed=there, blocked=BlockReason.RULE, reason=reason)
    steps = {step.id: step}
    (one,) = blocked_sets(TARGET, steps)
    approving = Approving(
        frozenset({ANN._replace(digest=one.digest)}), Approvers((ApproverRule(),), final_rules=("PCI ",))
    )
    found = unblocked(TARGET, steps, approving, {})
    assert found.free == {}
    assert [(effect.what, effect.refusal) for effect in found.approval_effects] == [
        (
            f"VIM paris: network service svc, denied by a rule ({reason}): 1 resource",
            "rule can't be approved by anyone here",
        )
    ]
    remembered = {one.digest: frozenset(one.steps.values())}
    assert unblocked(TARGET, steps, approving, remembered).free == {}


def test_what_a_consent_unblocked_that_git_has_no_more_is_blocked_again() -> None:
    (one,) = blocked_sets(TARGET, deletes(Approvers((ApproverRule(),))).steps)
    there = {key(name): Observed(key(name), ThingSpec(), f"id-{name}") for name in ("0/a", "0/b")}
    around = Circumstances(unblocked={one.digest: frozenset(one.steps.values())})
    for digest, expected in (("another", BlockReason.PROTECTED), (one.digest, None)):
        approvals = frozenset({Approval(digest)})
        plan = plan_of({}, World(TARGET, there, {}), GONE, approvals=approvals, circumstances=around)
        assert holds(plan) == {expected}


def test_what_is_final_is_shown_as_that() -> None:
    plan = deletes(Approvers((), frozenset({"protected"})))
    (one,) = blocked_sets(TARGET, plan.steps)
    assert "can't be approved, as the operator has it" in "\n".join(line.text for line in plans_text([plan]))
    assert "magi approve" not in plans_markdown([plan])
    assert plan_json(plan)["blockedSets"][0]["approvable"] is False
    assert holds(deletes(Approvers((ApproverRule(),), frozenset({"protected"})), Approval(one.digest))) == {
        BlockReason.PROTECTED
    }


def test_it_is_said_who_may_approve_what_is_blocked() -> None:
    there = {key: Observed(key, ThingSpec(), f"id-{key}") for key in (Key(TARGET, "level0", f"{n}/0/a") for n in "ab")}
    plan = plan_of({}, World(TARGET, there, {}), Policy(max_deletes=1))
    (one,) = blocked_sets(TARGET, plan.steps)
    ann, bob = ApproverRule(services=("a",), by=("ann",)), ApproverRule(services=("b",), by=("bob",))
    words = [
        Approving(approvers=approvers).who_may(one)
        for approvers in (
            None,
            Approvers((ann, bob)),
            Approvers((ann,)),
            Approvers((ApproverRule(), ann)),
            Approvers((ApproverRule(),), final_guards=frozenset({"max-deletes"})),
        )
    ]
    anyone, no_one = "anyone who may push may approve it", "no one may approve it"
    assert words == [anyone, "may be approved by ann, bob", no_one, anyone, no_one]
    limits = [approvers.limit for approvers in (Approvers((ApproverRule(),)), Approvers((ann,)), Approvers())]
    assert limits == [False, True, True]
