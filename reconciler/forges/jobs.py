"""Which pull request a CI job is about, by the variables that the forge's runner sets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.model import ForgeError


@dataclass(frozen=True, slots=True)
class Job:
    """What a job knows of itself; "" and 0 for what its runner does not report.

    ``kind``: github, gitlab or gitea. ``base``: the branch that is merged into. ``head``: the commit that is merged.
    ``link``: the page of the job. ``pipeline``: on GitLab, the pipeline that it is part of.
    """

    kind: str
    url: str
    project: str
    number: int = 0
    base: str = ""
    head: str = ""
    link: str = ""
    pipeline: int | None = None


def job_of(environment: Mapping[str, str]) -> Job | None:
    """The job that this process is part of; None outside of CI. Raises ForgeError for an event that can't be read."""
    if environment.get("GITLAB_CI"):
        return _gitlab(environment)
    if environment.get("GITEA_ACTIONS") or environment.get("FORGEJO_ACTIONS"):
        return _actions("gitea", environment.get("GITHUB_SERVER_URL", ""), environment)
    if environment.get("GITHUB_ACTIONS"):
        return _actions("github", environment.get("GITHUB_API_URL", ""), environment)
    return None


def _actions(kind: str, url: str, environment: Mapping[str, str]) -> Job:
    """A job of GitHub Actions, or of a runner that took over its variables."""
    project = environment.get("GITHUB_REPOSITORY", "")
    number, head = 0, ""
    if event := environment.get("GITHUB_EVENT_PATH"):
        try:
            request: Any = json.loads(Path(event).read_bytes()).get("pull_request") or {}
            number, head = int(request.get("number", 0)), str(request.get("head", {}).get("sha", ""))
        except (OSError, AttributeError, TypeError, ValueError, RecursionError) as error:
            raise ForgeError(f"the event of the job, {event}, can't be read: {error}") from None
    run = environment.get("GITHUB_RUN_ID", "")
    return Job(
        kind,
        url,
        project,
        number=number,
        base=environment.get("GITHUB_BASE_REF", ""),
        head=head,
        link=f"{environment.get('GITHUB_SERVER_URL', '')}/{project}/actions/runs/{run}" if run else "",
    )


def _gitlab(environment: Mapping[str, str]) -> Job:
    number, pipeline = environment.get("CI_MERGE_REQUEST_IID", ""), environment.get("CI_PIPELINE_ID", "")
    return Job(
        "gitlab",
        environment.get("CI_SERVER_URL", ""),
        environment.get("CI_MERGE_REQUEST_PROJECT_ID") or environment.get("CI_PROJECT_ID", ""),
        number=int(number) if number.isdecimal() else 0,
        base=environment.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", ""),
        # Set where the pipeline itself runs on a merged result.
        head=environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or environment.get("CI_COMMIT_SHA", ""),
        link=environment.get("CI_JOB_URL", ""),
        pipeline=int(pipeline) if pipeline.isdecimal() else None,
    )
