"""magi review: what merging a branch would do, as a CI job finds it: a real Git server, two simulated clouds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Workplace
from tests.team import Finished

SERVICE = """apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {{name: {name}}}
spec:
  vim: paris
  virtualLinks:
    - {{name: lan, cidr: 10.{number}.0.0/24}}
  vnfs:
    - {{name: web, descriptor: web, connect: {{http: lan}}}}
"""


def service(name: str, number: int) -> dict[str, str]:
    return {f"services/{name}.yaml": SERVICE.format(name=name, number=number)}


@pytest.fixture
def branch(workplace: Workplace) -> Iterator[Workplace]:
    """A branch `topic` that adds a service, while main got another one."""
    workplace.copy_example("hello-world", "The web server")
    workplace.work.git("switch", "-q", "-c", "topic")
    workplace.work.commit(service("new", 4), "Add a service")
    workplace.work.git("switch", "-q", "main")
    workplace.work.commit(service("other", 5), "Meanwhile")
    workplace.simulator.reset_requests()
    yield workplace
    assert workplace.writes() == [], "a review has written to a cloud"


def review(workplace: Workplace, *arguments: str, source: str = "", **extra: str) -> Finished:
    clouds = ("--clouds-file", str(workplace.clouds_file))
    return workplace.magi("review", source or workplace.url, *clouds, *arguments, extra=extra)


TOPIC = ("--base", "main", "--head", "topic", "--dry-run")


def test_the_merge_is_planned_and_not_the_branch(branch: Workplace) -> None:
    output = review(branch, *TOPIC)
    assert output.code == 0, output.err
    assert output.out.startswith("### Magi plan: "), "the comment, and nothing before it"
    assert "server              new/web/web-0" in output.out
    assert "server              other/web/web-0" in output.out
    git = branch.work.git
    git("merge", "-q", "--no-ff", "-m", "Merge", "topic")
    branch.work.push()
    after = branch.magi("plan", branch.url, "-o", "json", "--clouds-file", str(branch.clouds_file)).json
    assert f"Plan digest: `{after['digest']}`" in output.out


def test_a_clone_is_left_as_it_was(branch: Workplace) -> None:
    git = branch.work.git
    before = git("count-objects", "-v"), git("status", "--porcelain"), git("for-each-ref")
    output = review(
        branch, "--base", "origin/main", "--head", "origin/topic", "--dry-run", source=str(branch.work.path)
    )
    assert output.code == 0, output.err
    assert "server              new/web/web-0" in output.out
    assert (git("count-objects", "-v"), git("status", "--porcelain"), git("for-each-ref")) == before


def test_a_conflict_is_reported_with_its_files(branch: Workplace) -> None:
    branch.work.commit(service("new", 6), "The same file")
    output = review(branch, *TOPIC)
    assert output.code == 3
    assert "conflicts with" in output.err
    assert "in services/new.yaml" in output.err
    assert "### Magi plan: there is none" in output.out


def test_wrong_documents_are_reported_with_their_lines(branch: Workplace, tmp_path: Path) -> None:
    branch.work.git("switch", "-q", "topic")
    branch.edit("services/new.yaml", "10.4.0.0/24", "10.4.0.0/99")
    report = tmp_path / "quality.json"
    output = review(branch, *TOPIC, "--code-quality", str(report))
    assert output.code == 1
    assert "services/new.yaml:7:" in output.err
    assert "### Magi plan: 1 problem in the documents" in output.out
    assert '"path": "services/new.yaml"' in report.read_text()


def test_a_merge_that_would_fail_says_so(branch: Workplace) -> None:
    branch.work.git("switch", "-q", "topic")
    branch.edit("web.yaml", "image: ubuntu-24.04", "image: ubuntu-42.04")
    output = review(branch, *TOPIC)
    assert output.code == 6, output.out
    assert "image 'ubuntu-42.04' does not exist on VIM paris" in output.out


def test_a_vim_that_does_not_answer_is_reported(branch: Workplace, tmp_path: Path) -> None:
    clouds = tmp_path / "dead.yaml"
    clouds.write_text(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:1", branch.clouds_file.read_text()))
    output = branch.magi("review", branch.url, "--clouds-file", str(clouds), *TOPIC)
    assert output.code == 5
    assert "### Magi plan: no VIM could be observed" in output.out


def test_a_shallow_clone_is_refused_with_what_would_do(branch: Workplace, tmp_path: Path) -> None:
    branch.work.git("clone", "-q", "--depth", "1", f"file://{branch.work.bare}", str(tmp_path / "shallow"))
    output = review(branch, "--base", "main", "--head", "HEAD", "--dry-run", source=str(tmp_path / "shallow"))
    assert output.code == 3
    assert "fetch-depth: 0" in output.err


def test_branches_without_a_common_commit_are_refused(branch: Workplace) -> None:
    git = branch.work.git
    git("switch", "-q", "--orphan", "apart")
    branch.work.commit(service("apart", 7), "From nowhere")
    output = review(branch, "--base", "main", "--head", "apart", "--dry-run")
    assert output.code == 3
    assert "no history in common" in output.err


def test_nothing_of_the_branch_is_run_or_followed(branch: Workplace, tmp_path: Path) -> None:
    """Filters, merge drivers, links, submodules and hooks of a branch, in a clone whose settings would run them."""
    git, trap = branch.work.git, tmp_path / "trap"
    (tmp_path / "passwords.yaml").write_text("secret: hunter2\n")
    git("switch", "-q", "topic")
    (branch.work.path / "linked.yaml").symlink_to(tmp_path / "passwords.yaml")
    branch.work.commit(
        {
            ".gitattributes": "* merge=evil filter=evil diff=evil\n",
            ".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = ext::touch\n',
            "services/new.yaml": SERVICE.format(name="new", number=8),
        },
        "Innocent",
    )
    git("switch", "-q", "main")
    branch.work.commit({".gitattributes": "* merge=evil\n", "services/new.yaml": SERVICE.format(name="new", number=9)})
    for name in ("merge.evil.driver", "filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv"):
        git("config", name, f"touch {trap}")
    hook = branch.work.path / ".git/hooks/post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {trap}\n")
    hook.chmod(0o755)
    output = review(branch, "--base", "main", "--head", "topic", "--dry-run", source=str(branch.work.path))
    assert output.code == 3
    assert "conflicts with" in output.err
    git("checkout", "-q", "main", "--", ".gitattributes")
    trap.unlink(missing_ok=True)
    git("rm", "-q", "services/new.yaml")
    branch.work.commit({}, "Make room")
    trap.unlink(missing_ok=True)
    git("switch", "-q", "topic")
    git("merge", "-q", "-s", "ours", "-m", "Solved", "main")
    branch.work.push()
    trap.unlink(missing_ok=True)
    output = review(branch, "--base", "main", "--head", "topic", "--dry-run", source=str(branch.work.path))
    assert output.code == 0, output.err
    assert not trap.exists()
    assert "linked.yaml is a symbolic link and is ignored" in output.out
    assert "hunter2" not in output.out + output.err


def test_secrets_are_not_read_and_their_absence_is_no_failure(branch: Workplace) -> None:
    branch.work.git("switch", "-q", "topic")
    descriptor = (branch.work.path / "web.yaml").read_text().replace("name: web", "name: secret", 1)
    descriptor = descriptor.replace(
        "spec:\n", "spec:\n  parameters:\n    - {name: word, type: string, secret: true}\n", 1
    )
    descriptor = descriptor.replace("      flavor:", "      userData: {inline: 'word {{ word }}'}\n      flavor:", 1)
    new = SERVICE.format(name="new", number=4).replace(
        "descriptor: web,", "descriptor: secret, parameters: {word: {secretRef: {env: MAGI_SECRET_WORD}}},"
    )
    branch.work.commit({"secret.yaml": descriptor, "services/new.yaml": new}, "Use a secret")
    output = review(branch, *TOPIC, MAGI_SECRET_WORD="hunter2")
    assert output.code == 0, output.err + output.out
    assert "environment variable MAGI_SECRET_WORD is not read here" in output.out
    assert "hunter2" not in output.out + output.err


@pytest.mark.parametrize("arguments", [(), ("--base", "main"), ("--head", "topic")])
def test_outside_of_ci_the_merge_has_to_be_named(workplace: Workplace, arguments: tuple[str, ...]) -> None:
    output = workplace.magi("review", ".", *arguments)
    assert output.code == 64
    assert "give --base and --head" in output.err


def test_the_approvals_of_a_branch_are_on_top_with_what_they_unblock(workplace: Workplace) -> None:
    workplace.copy_example("hello-world", "The web server")
    policy = "apiVersion: magi/v1alpha1\nkind: Policy\nmetadata: {name: rails}\nspec: {protect: {services: [other]}}\n"
    work, clouds = workplace.work, ("--clouds-file", str(workplace.clouds_file))
    work.commit({"policy.yaml": policy, **service("other", 5)})
    assert workplace.magi("apply", workplace.url, *clouds, "--yes").code == 0
    work.git("switch", "-q", "-c", "topic")
    work.git("rm", "-q", "services/other.yaml")
    work.commit({}, "Drop other")
    vims = workplace.magi("plan", workplace.url, "--revision", "topic", *clouds, "-o", "json").json["vims"]
    ((digest, count),) = [(one["digest"], one["resources"]) for vim in vims for one in vim["blockedSets"]]
    approving = work.commit({}, f"Fine\n\nMagi-Approve: {digest}\nMagi-Approve: {'0' * 32}")
    output = review(workplace, *TOPIC)
    assert output.code == 0, output.err
    unblocked = f"VIM paris: network service other, protected: {count} resources"
    whose = f"approval {digest}, commit {approving[:10]}, not verified, author A <a@example.net>"
    assert f"unblocks {unblocked}: {whose}" in output.out
    assert "**Approvals that this branch brings with it:**" in output.out
    assert output.out.index("Approvals that this branch") < output.out.index("Plan digest")
    assert f"unblocks nothing that is blocked now: approval {'0' * 32}" in output.out
    approvers = workplace.folder / "approvers.yaml"
    approvers.write_text("approvers: [{guards: [protected], services: [a-*]}]\n")
    output = review(workplace, *TOPIC, MAGI_TRUST_APPROVERS_FILE=str(approvers))
    refused = "no one may approve protected of network service other"
    assert f"does not unblock {unblocked}, as {refused}: {whose}" in output.out
    work.git("switch", "-q", "main")
    work.git("merge", "-q", "topic")
    work.git("switch", "-q", "-c", "later")
    work.commit(
        {"policy.yaml": policy.replace("{name: rails}", f"{{name: rails, annotations: {{magi/approve: {digest}}}}}")}
    )
    work.git("push", "-q", "origin", "main", "later")
    output = review(workplace, "--base", "main", "--head", "later", "--dry-run")
    assert f"unblocks {unblocked}: approval {digest}, an annotation of the Policy" in output.out
    assert "author A" not in output.out
