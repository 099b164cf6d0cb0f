"""The CI jobs in deploy/ci/: what the forges publish about such files, and what they run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from reconciler.cli.main import COMMANDS, magi

FOLDER = Path(__file__).parents[2] / "deploy" / "ci"
FILES = {"github.yml": "github-workflows", "gitea.yml": "github-workflows", "gitlab-ci.yml": "gitlab-ci"}


def test_every_template_is_tried() -> None:
    assert {file.name for file in FOLDER.iterdir()} == FILES.keys()


@pytest.mark.parametrize(("name", "schema"), FILES.items())
def test_a_template_is_what_its_forge_takes(name: str, schema: str) -> None:
    """Gitea and Forgejo publish no schema of their own; their jobs are written as those of GitHub."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(FOLDER / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def commands(name: str) -> Iterator[list[str]]:
    """The words behind `magi` of each command that a template runs."""
    for text in texts(yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))):
        for line in text.splitlines():
            words = shlex.split(re.sub(r"\$\{\{.*?\}\}", "VALUE", line), comments=True)
            if words[:1] == ["magi"] and len(words) > 1:
                yield words[1:]


def texts(data: Any) -> Iterator[str]:
    match data:
        case str():
            yield data
        case dict():
            for key, value in data.items():
                if key != "name":
                    yield from texts(value)
        case list():
            for value in data:
                yield from texts(value)


@pytest.mark.parametrize("name", FILES)
def test_every_command_of_a_template_is_understood(name: str) -> None:
    found = list(commands(name))
    assert [words[0] for words in found if words[0] == "review"] == ["review"]
    for command, *arguments in found:
        assert command in COMMANDS
        known = magi.get_command(click.Context(magi), command)
        assert known is not None
        known.make_context(command, list(arguments))


@pytest.mark.parametrize("name", FILES)
def test_a_template_fetches_the_whole_history_and_holds_no_secret(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert re.search(r"fetch-depth: 0|GIT_DEPTH: 0", text)
    for value in re.findall(r"^ +(?:MAGI_FORGE_TOKEN|CLOUDS): *(\S.*)", text, re.MULTILINE):
        assert value.startswith("${{"), value


FORK = {
    "github.yml": "github.event.pull_request.head.repo.full_name {} github.repository",
    "gitea.yml": "github.event.pull_request.head.repo.full_name {} github.repository",
    "gitlab-ci.yml": "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID {} $CI_MERGE_REQUEST_PROJECT_ID",
}


@pytest.mark.parametrize("name", FILES)
def test_the_requests_of_forks_are_validated_without_secrets_and_not_reviewed(name: str) -> None:
    jobs = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    jobs = jobs.get("jobs", jobs)
    of_forks = [job for job in jobs.values() if FORK[name].format("!=") in str(job)]
    of_the_project = [job for job in jobs.values() if FORK[name].format("==") in str(job)]
    assert ["magi validate" in str(job) for job in of_forks] == [True]
    assert ["magi review" in str(job) for job in of_the_project] == [True]
    assert not re.search(r"secrets\.|MAGI_FORGE_TOKEN|CLOUDS|magi review", str(of_forks))


@pytest.mark.parametrize("name", FILES)
def test_no_job_gives_the_code_of_a_fork_the_rights_of_the_project(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert "pull_request_target" not in text
    assert text.count("uses: actions/checkout@") == text.count("persist-credentials: false")


@pytest.mark.parametrize("name", FILES)
def test_a_template_names_the_files_that_the_daemon_judges_by(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    for variable in ("MAGI_TRUST_APPROVERS_FILE", "MAGI_TRUST_OWNERS_FILE"):
        assert variable in text
        assert variable in (FOLDER.parents[1] / "docs" / "forges.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["github.yml", "gitea.yml"])
def test_a_file_of_the_operator_is_written_for_the_review(name: str, tmp_path: Path) -> None:
    jobs = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))["jobs"]
    given = {"APPROVERS": "approvers:\n- {by: [ann]}", "OWNERS": "owners: []"}
    steps = [step for step in jobs["review"]["steps"] if given.keys() & step.get("env", {}).keys()]
    assert [step["if"] for step in steps] == ["vars.MAGI_APPROVERS != ''", "vars.MAGI_OWNERS != ''"]
    runner = {"RUNNER_TEMP": str(tmp_path), "GITHUB_ENV": str(tmp_path / "env")}
    for step in steps:
        (variable,) = step["env"]
        assert step["env"][variable] == f"${{{{ vars.MAGI_{variable} }}}}"
        subprocess.run(["bash", "-ec", step["run"]], env=runner | {variable: given[variable]}, check=True)
    written = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
    assert {name: Path(file).read_text() for name, file in written.items()} == {
        f"MAGI_TRUST_{variable}_FILE": f"{content}\n" for variable, content in given.items()
    }
