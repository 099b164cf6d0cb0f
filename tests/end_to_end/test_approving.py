"""What a guard blocks is approved with a commit, and then done: the real process, a real Git server."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import Workplace

POLICY = "apiVersion: magi/v1alpha1\nkind: Policy\nmetadata: {name: rails}\nspec: {maxDeletes: 0}\n"


@pytest.fixture
def blocked(workplace: Workplace) -> Workplace:
    """Everything of hello-world exists, and nothing of it is asked for any more, but nothing may be deleted."""
    workplace.copy_example("hello-world")
    clouds = ("--clouds-file", str(workplace.clouds_file))
    assert workplace.magi("apply", workplace.url, *clouds, "--yes").code == 0
    file = workplace.work.path / "hello.yaml"
    file.write_text(file.read_text().replace("name: hello", "name: other", 1))
    workplace.work.commit({"policy.yaml": POLICY})
    return workplace


def approve(place: Workplace, *arguments: str) -> tuple[int, str]:
    done = place.approve(*arguments)
    return done.code, done.out + done.err


def test_held_deletes_are_approved_with_a_commit_and_done(blocked: Workplace) -> None:
    clouds = ("--clouds-file", str(blocked.clouds_file))
    (one,) = [
        s for vim in blocked.magi("plan", blocked.url, *clouds, "-o", "json").json["vims"] for s in vim["blockedSets"]
    ]
    assert one["guard"] == "too many deletes"
    assert f"magi approve {one['digest']}" in blocked.magi("plan", blocked.url, *clouds).out
    assert f"magi approve {one['digest']}" in blocked.magi("plan", blocked.url, *clouds, "-o", "markdown").out
    code, output = approve(blocked, one["digest"], "--yes")
    assert (code, "approves it; push it" in output) == (0, True), output
    message = blocked.work.git("log", "-1", "--format=%B")
    assert message.startswith("Approve what guards block\n\n- ")
    assert message.endswith(f"\n\nMagi-Approve: {one['digest']}")
    assert blocked.work.git("diff", "HEAD~1", "--stat") == ""
    blocked.work.push()
    assert "blocked until" not in blocked.magi("plan", blocked.url, *clouds).out
    done = blocked.magi("apply", blocked.url, *clouds, "--yes", "-o", "json")
    assert done.json["succeeded"], done.err
    assert "nothing is blocked that could be approved" in approve(blocked, "--yes")[1]


def test_what_is_approved_has_to_be_held(blocked: Workplace) -> None:
    code, output = approve(blocked, "0" * 32, "--yes")
    assert (code, f"nothing that is blocked has the digest '{'0' * 32}'; there are: " in output) == (64, True)


def test_no_one_approves_without_being_asked(blocked: Workplace) -> None:
    assert approve(blocked) == (64, approve(blocked)[1])
    assert "there is no terminal to ask on: give --yes" in approve(blocked)[1]


def test_a_clone_that_is_not_fit_for_it_is_reported(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    work = workplace.work
    code, output = approve(workplace, "--branch", "live")
    assert code == 4
    assert "the clone is on the branch 'main', not on 'live'" in output
    assert "check out live, or name the one that Magi follows with --branch" in output
    work.write({"new.yaml": ""})
    work.git("add", "new.yaml")
    assert "changes are staged, which the commit would take along" in approve(workplace)[1]
    work.git("reset", "-q")
    work.git("checkout", "-q", "--detach")
    assert "the clone is on no branch" in approve(workplace)[1]
    outside = workplace.magi("approve", "--clone", str(workplace.folder / "home"))
    assert (outside.code, "is in no work tree of Git" in outside.err) == (4, True)


def test_an_emptied_repository_deletes_nothing_until_that_is_approved(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    clouds = ("--clouds-file", str(workplace.clouds_file))
    assert workplace.magi("apply", workplace.url, *clouds, "--yes").code == 0
    workplace.work.git("rm", "-q", "hello.yaml")
    workplace.work.commit({})
    workplace.simulator.reset_requests()
    done = workplace.magi("apply", workplace.url, *clouds, "--yes")
    assert (done.code, workplace.writes()) == (6, [])
    assert "the repository holds no network service any more: 1 of 1 network services that are deployed" in done.err
    assert workplace.approve("--yes", "--push").code == 0
    assert workplace.magi("apply", workplace.url, *clouds, "--yes").code == 0


def test_rules_and_owners_of_the_operator_are_for_commands_too(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    rules = workplace.folder / "rules"
    rules.mkdir()
    (rules / "none.rego").write_text('package magi\n\nimport rego.v1\n\ndeny contains "not today"\n')
    clouds = ("--clouds-file", str(workplace.clouds_file))
    done = workplace.magi("apply", workplace.url, *clouds, "--yes", extra={"MAGI_REGO_FOLDER": str(rules)})
    assert (done.code, workplace.writes()) == (6, [])
    assert "policy as code: not today" in done.err
    owners = workplace.folder / "owners.yaml"
    owners.write_text("owners: [{paths: ['**'], services: [a-*], vims: ['*']}]\n")
    for command in (("validate", str(workplace.work.path)), ("plan", workplace.url, *clouds)):
        done = workplace.magi(*command, extra={"MAGI_TRUST_OWNERS_FILE": str(owners)})
        assert done.code == 1
        assert "hello.yaml:5:9: NetworkService 'hello' may not be defined here" in done.out + done.err


def test_who_may_approve_is_for_the_operator_to_say(blocked: Workplace) -> None:
    clouds = ("--clouds-file", str(blocked.clouds_file))
    approvers = blocked.folder / "approvers.yaml"
    extra = {"MAGI_TRUST_APPROVERS_FILE": str(approvers)}
    approvers.write_text("approvers: [{services: [a-*]}]\n")
    assert approve(blocked, "--yes", "--push")[0] == 0
    assert "blocked until it is approved" in blocked.magi("plan", blocked.url, *clouds, extra=extra).out
    approvers.write_text("approvers: [{services: [hello]}]\n")
    assert "blocked until it is approved" not in blocked.magi("plan", blocked.url, *clouds, extra=extra).out
    approvers.write_text("approvers: [{}]\nnotApprovable: {guards: [max-deletes]}\n")
    assert "can't be approved, as the operator has it" in blocked.magi("plan", blocked.url, *clouds, extra=extra).out
    approvers.write_text("approvers: [{by: [ann@example.net]}]\n")
    done = blocked.magi("plan", blocked.url, *clouds, extra=extra)
    assert (done.code, "no signatures are asked for" in done.err) == (4, True), done.err


def test_a_plan_of_unverified_commits_says_so(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    signers = workplace.folder / "signers"
    signers.write_text("")
    trust = {"MAGI_TRUST_VERIFY": "commits", "MAGI_TRUST_ALLOWED_SIGNERS": str(signers)}
    done = workplace.magi("plan", workplace.url, "--clouds-file", str(workplace.clouds_file), extra=trust)
    assert done.code == 3
    assert "no commit is verified; commit " in done.err
