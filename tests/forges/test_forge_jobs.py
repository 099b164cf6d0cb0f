"""What a CI job knows of itself, marks that jobs print or write, and what a forge is opened with."""

import json
from pathlib import Path

import pytest
from jsonschema import validate

from reconciler.forges import Annotation, ForgeError, Job, code_quality, job_of, open_forge, workflow_commands
from reconciler.model import ConfigError

GITLAB = {
    "GITLAB_CI": "true",
    "CI_SERVER_URL": "https://gitlab.example",
    "CI_PROJECT_ID": "12",
    "CI_MERGE_REQUEST_PROJECT_ID": "12",
    "CI_MERGE_REQUEST_IID": "7",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    "CI_COMMIT_SHA": "aaa",
    "CI_JOB_URL": "https://gitlab.example/jobs/5",
    "CI_PIPELINE_ID": "81",
}
ISSUES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string"},
            "check_name": {"type": "string"},
            "fingerprint": {"type": "string"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^./]"},
                    "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer"}}},
                },
            },
        },
    },
}


def actions(folder: Path, event: str, **more: str) -> dict[str, str]:
    path = folder / "event.json"
    path.write_text(event)
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": "https://api.forge.example",
        "GITHUB_SERVER_URL": "https://forge.example",
        "GITHUB_REPOSITORY": "team/network",
        "GITHUB_BASE_REF": "main",
        "GITHUB_RUN_ID": "99",
        "GITHUB_EVENT_PATH": str(path),
        **more,
    }


EVENT = json.dumps({"pull_request": {"number": 7, "head": {"sha": "aaa"}}})


@pytest.mark.parametrize(
    ("variable", "kind", "url"),
    [
        ("GITHUB_ACTIONS", "github", "https://api.forge.example"),
        ("GITEA_ACTIONS", "gitea", "https://forge.example"),
        ("FORGEJO_ACTIONS", "gitea", "https://forge.example"),
    ],
)
def test_a_job_of_actions_reads_its_event(tmp_path: Path, variable: str, kind: str, url: str) -> None:
    link = "https://forge.example/team/network/actions/runs/99"

    found = job_of(actions(tmp_path, EVENT, **{variable: "true"}))

    assert found == Job(kind, url, "team/network", 7, "main", "aaa", link)


def test_a_push_is_about_no_pull_request(tmp_path: Path) -> None:
    found = job_of(actions(tmp_path, '{"ref": "refs/heads/main"}', GITHUB_BASE_REF=""))

    assert found is not None
    assert (found.number, found.base, found.head) == (0, "", "")


@pytest.mark.parametrize(
    "event",
    ["", "{", "[]", '"text"', '{"pull_request": 3}', "[" * 100_000],
    ids=["nothing", "cut off", "a list", "a text", "a number", "nested too deeply"],
)
def test_a_broken_event_is_reported(tmp_path: Path, event: str) -> None:
    with pytest.raises(ForgeError, match=r"event\.json"):
        job_of(actions(tmp_path, event))


def test_a_missing_event_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ForgeError, match="gone"):
        job_of(actions(tmp_path, "{}", GITHUB_EVENT_PATH=str(tmp_path / "gone")))


def test_a_job_of_gitlab_is_reported_by_its_variables() -> None:
    found = job_of(GITLAB)

    link = "https://gitlab.example/jobs/5"
    assert found == Job("gitlab", "https://gitlab.example", "12", 7, "main", "aaa", link, 81)


def test_a_merge_request_of_a_fork_is_in_the_project_that_it_is_for() -> None:
    found = job_of({**GITLAB, "CI_PROJECT_ID": "55"})

    assert found is not None
    assert found.project == "12"


def test_a_pipeline_for_merged_results_is_about_the_head_of_the_branch() -> None:
    found = job_of({**GITLAB, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "bbb"})

    assert found is not None
    assert found.head == "bbb"


def test_outside_of_ci_there_is_no_job() -> None:
    assert job_of({"CI": "true"}) is None


def test_workflow_commands_stay_on_a_line_each() -> None:
    reported = workflow_commands([Annotation("a,b:c%.yaml", 3, 2, "50% of: one,\ntwo\r\n::error::x")])

    assert list(reported) == [
        "::error file=a%2Cb%3Ac%25.yaml,line=3,col=2,title=Magi::50%25 of: one,%0Atwo%0D%0A::error::x"
    ]


def test_a_report_of_code_quality_is_as_gitlab_documents_it() -> None:
    wrong = [Annotation("a.yaml", line, column, "ü wrong") for line in (1, 2) for column in (1, 2)]

    issues = json.loads(code_quality(wrong))

    validate(issues, ISSUES)
    assert len({issue["fingerprint"] for issue in issues}) == 4
    assert [issue["location"]["lines"]["begin"] for issue in issues] == [1, 1, 2, 2]
    assert json.loads(code_quality([])) == []


@pytest.mark.parametrize("kind", ["github", "gitlab", "gitea"])
@pytest.mark.parametrize(
    ("url", "project", "token"),
    [
        ("https://forge.example", "", "secret"),
        ("https://forge.example", "team/network", ""),
        ("https://forge.example", "team/network", "secret\n"),
        ("https://forge.example", "team/network", "secret ü"),
        ("forge.example", "team/network", "secret"),
    ],
)
def test_a_forge_is_not_opened_with_what_can_not_be_right(kind: str, url: str, project: str, token: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_forge(kind, url, project, token)

    assert "secret" not in f"{caught.value!r} {caught.value.hint}"


def test_gitea_has_no_public_place() -> None:
    with pytest.raises(ConfigError, match="where Gitea"):
        open_forge("gitea", "", "team/network", "secret")
