"""magi review in a CI job: what it writes on fakes of GitHub, GitLab and Gitea, with a real Git server and clouds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Workplace
from tests.forges.fakes import FAKES, ForgeFake, github_fake
from tests.team import Finished

SERVICE = """apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {{name: new}}
spec:
  vim: paris
  virtualLinks:
    - {{name: lan, cidr: 10.4.0.0/{prefix}}}
  vnfs:
    - {{name: web, descriptor: web, connect: {{http: lan}}}}
"""
GOOD = {"services/new.yaml": SERVICE.format(prefix=24)}
WRONG = {"services/new.yaml": SERVICE.format(prefix=99)}


@pytest.fixture
def branch(workplace: Workplace) -> Workplace:
    """Main, and a branch `topic` that adds a service."""
    workplace.copy_example("hello-world", "The web server")
    workplace.work.git("switch", "-q", "-c", "topic")
    workplace.work.commit(GOOD, "Add a service")
    return workplace


@pytest.fixture(params=FAKES)
def fake(request: pytest.FixtureRequest) -> Iterator[ForgeFake]:
    with FAKES[request.param]() as fake:
        yield fake
        assert fake.violations == []


def job(workplace: Workplace, fake: ForgeFake) -> dict[str, str]:
    """The environment of a job for pull request 7, as the forge's runner makes it."""
    head = workplace.work.git("rev-parse", "topic")
    event = workplace.folder / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7, "head": {"sha": head}}}))
    actions = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": fake.project,
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_BASE_REF": "main",
        "GITHUB_RUN_ID": "12",
    }
    token = {"MAGI_FORGE_TOKEN": fake.token}
    match fake.kind:
        case "github":
            return {**token, **actions, "GITHUB_API_URL": fake.url, "GITHUB_SERVER_URL": "https://github.example"}
        case "gitea":
            return {**token, **actions, "GITEA_ACTIONS": "true", "GITHUB_SERVER_URL": fake.url}
        case _:
            return {
                **token,
                "GITLAB_CI": "true",
                "CI_SERVER_URL": fake.url,
                "CI_PROJECT_ID": fake.project,
                "CI_MERGE_REQUEST_IID": "7",
                "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
                "CI_COMMIT_SHA": head,
                "CI_JOB_URL": "https://gitlab.example/job/12",
                "CI_PIPELINE_ID": "99",
            }


def review(workplace: Workplace, fake: ForgeFake, *arguments: str, **extra: str) -> Finished:
    """In a clone, as the runner makes it: at the commit of the branch."""
    clone = workplace.folder / "clone"
    if not clone.exists():
        workplace.work.git("clone", "-q", f"file://{workplace.work.bare}", str(clone))
    workplace.work.git("-C", str(clone), "fetch", "-q")
    clouds = ("--clouds-file", str(workplace.clouds_file))
    workplace.simulator.reset_requests()
    done = workplace.magi("review", str(clone), *clouds, *arguments, extra={**job(workplace, fake), **extra})
    assert workplace.writes() == []
    return done


def test_a_job_writes_one_comment_and_a_status_and_keeps_them_up_to_date(branch: Workplace, fake: ForgeFake) -> None:
    output = review(branch, fake)
    assert output.code == 0, output.err
    ((author, comment),) = fake.comments(7)
    assert author == fake.author
    assert comment.startswith("<!-- magi/plan -->\n### Magi plan: ")
    assert "network service <code>new</code>" in comment
    (status,) = fake.statuses(branch.work.git("rev-parse", "topic"))
    assert (status["state"], status["target_url"].endswith("/12")) == ("success", True)
    assert "to create" in status["description"]
    assert "magi/plan" in {status.get("context"), status.get("name")}
    branch.edit("services/new.yaml", "10.4.0.0/24", "10.4.0.0/99")
    output = review(branch, fake)
    assert output.code == 1
    ((_, comment),) = fake.comments(7)
    assert "### Magi plan: 1 problem in the documents" in comment
    (status,) = fake.statuses(branch.work.git("rev-parse", "topic"))
    assert status["state"] in {"failure", "failed"}
    assert "services/new.yaml:7:" in status["description"]


def test_lines_with_errors_are_marked_as_each_forge_has_it(branch: Workplace, fake: ForgeFake, tmp_path: Path) -> None:
    branch.work.commit(WRONG, "Wrong")
    report = tmp_path / "quality.json"
    output = review(branch, fake, "--code-quality", str(report))
    assert output.code == 1
    (issue,) = json.loads(report.read_text())
    assert issue["location"] == {"path": "services/new.yaml", "lines": {"begin": 7}}
    if fake.kind == "github":
        (line,) = [line for line in output.out.splitlines() if line.startswith("::error ")]
        assert line.startswith("::error file=services/new.yaml,line=7,col=")
    if fake.kind == "gitea":
        ((path, at, _),) = fake.annotations(branch.work.git("rev-parse", "topic"))
        assert (path, at) == ("services/new.yaml", 7)


def test_a_conflict_is_reported_on_the_forge(branch: Workplace, fake: ForgeFake) -> None:
    head = branch.work.git("rev-parse", "topic")
    branch.work.git("switch", "-q", "main")
    branch.work.commit({"services/new.yaml": "# other\n"}, "The same file")
    output = review(branch, fake)
    assert output.code == 3
    ((_, comment),) = fake.comments(7)
    assert "in services/new.yaml" in comment
    assert fake.statuses(head)[-1]["state"] in {"failure", "failed"}


def test_a_refusing_forge_is_reported_and_the_plan_is_shown(branch: Workplace, fake: ForgeFake) -> None:
    output = review(branch, fake, MAGI_FORGE_TOKEN="wrong")
    assert output.code == 8
    assert "network service new" in output.out
    assert "refuses: 401" in output.err
    assert "wrong" not in output.err.replace("is the token right", "")


def test_without_a_token_nothing_is_written_and_the_summary_has_the_plan(branch: Workplace, fake: ForgeFake) -> None:
    summary = branch.folder / "summary.md"
    output = review(branch, fake, MAGI_FORGE_TOKEN="", GITHUB_STEP_SUMMARY=str(summary))
    assert output.code == 0
    assert "MAGI_FORGE_TOKEN is not set" in output.err
    assert fake.requests == []
    assert "### Magi plan: " in summary.read_text()


def test_a_dry_run_asks_the_forge_nothing(branch: Workplace, fake: ForgeFake) -> None:
    output = review(branch, fake, "--dry-run")
    assert output.code == 0
    assert "### Magi plan: " in output.out
    assert fake.requests == []


def test_two_contexts_have_two_comments(branch: Workplace, fake: ForgeFake) -> None:
    for context in ("magi/core", "magi/edge", "magi/core"):
        assert review(branch, fake, "--context", context).code == 0
    assert len(fake.comments(7)) == 2


def test_a_branch_gives_no_commands_to_a_job_of_github(branch: Workplace) -> None:
    branch.work.commit({"::error::hacked.yaml": "a: [\n"}, "::warning::hacked")
    with github_fake() as fake:
        output = review(branch, fake)
        assert output.code == 1
    lines = output.out.splitlines() + output.err.splitlines()
    stopped = [line for line in lines if line.startswith("::stop-commands::")]
    assert len(stopped) == 1
    assert f"::{stopped[0].removeprefix('::stop-commands::')}::" in lines
    after = output.out.splitlines()
    commands = after[after.index(f"::{stopped[0].removeprefix('::stop-commands::')}::") + 1 :]
    assert [line.partition(",")[0] for line in commands] == ["::error file=%3A%3Aerror%3A%3Ahacked.yaml"]
