"""GitHub, by PyGithub: https://docs.github.com/en/rest, version 2022-11-28."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import requests
from github import Auth, Github, GithubException, RateLimitExceededException
from github.GithubObject import NotSet
from urllib3 import Retry

from reconciler.forges.forge import (
    TIMEOUT,
    Annotation,
    Comment,
    ForgeBusyError,
    ForgeRefusedError,
    Status,
    brief,
    error_of,
    understanding,
)

URL = "https://api.github.com"
_MOST_ANNOTATIONS = 50
"""A check run takes so many in a request."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ONCE = Retry(0, allowed_methods=None, status_forcelist=_REDIRECTS, respect_retry_after_header=False)
"""What is tried again is decided by who calls. A redirect is an error: the library takes most for a success."""


class GitHub:
    """A repository on GitHub or GitHub Enterprise. ``url`` is that of its API, ``project`` is OWNER/NAME."""

    def __init__(self, url: str, project: str, token: str) -> None:
        self._client = Github(
            auth=Auth.Token(token),
            base_url=url,
            timeout=int(TIMEOUT),
            user_agent="magi",
            per_page=100,
            retry=_ONCE,
            seconds_between_requests=None,
            seconds_between_writes=None,
            lazy=True,
        )
        self._repository = self._client.get_repo(project)

    def own_comments(self, number: int) -> Iterator[Comment]:
        with _translate_errors():
            own = self._login()
            for comment in self._repository.get_issue(number).get_comments():
                author: Any = comment.user  # None for an account that is gone
                if author and author.login == own:
                    yield Comment(comment.id, comment.body)

    def add_comment(self, number: int, body: str) -> None:
        with _translate_errors():
            self._repository.get_issue(number).create_comment(body)

    def edit_comment(self, number: int, comment: int, body: str) -> None:
        with _translate_errors():
            self._repository.get_issue(number).get_comment(comment).edit(body)

    def set_status(self, commit: str, status: Status) -> None:
        with _translate_errors():
            self._repository.get_commit(commit).create_status(
                status.verdict.value, status.url or NotSet, brief(status.description), status.context
            )

    def annotate(self, number: int, commit: str, context: str, annotations: Sequence[Annotation]) -> bool:  # noqa: ARG002  as the protocol has it
        """By a check run, which takes the token of an app, such as that of GitHub Actions."""
        name = f"{context} lines"
        try:
            with _translate_errors():
                before = self._repository.get_commit(commit).get_check_runs(check_name=name).totalCount
                if not annotations and not before:
                    return True
                more = f"; the first {_MOST_ANNOTATIONS} are shown" if len(annotations) > _MOST_ANNOTATIONS else ""
                self._repository.create_check_run(
                    name,
                    commit,
                    status="completed",
                    conclusion="failure" if annotations else "success",
                    output={
                        "title": f"{len(annotations)} problems in the documents",
                        "summary": f"{len(annotations)} problems{more}",
                        "annotations": [_annotation(one) for one in annotations[:_MOST_ANNOTATIONS]],
                    },
                )
        except ForgeRefusedError:
            return False
        return True

    def requests_of(self, commit: str) -> list[int]:
        with _translate_errors():
            return [found.number for found in self._repository.get_commit(commit).get_pulls()]

    def _login(self) -> str:
        """Who the token belongs to."""
        try:
            return self._client.get_user().login
        except GithubException as error:
            if error.status not in (401, 403):
                raise
        # The tokens of Actions and of apps may not ask so. A bot is not managed for being one: others have bots too.
        _, found = self._client.requester.graphql_query("query { viewer { login } }", {})
        return str(found["data"]["viewer"]["login"])


def _annotation(one: Annotation) -> dict[str, str | int]:
    return {
        "path": one.file,
        "start_line": one.line,
        "end_line": one.line,
        "start_column": one.column,
        "end_column": one.column,
        "annotation_level": "failure",
        "message": one.message,
    }


@contextmanager
def _translate_errors() -> Iterator[None]:
    with understanding("GitHub"):
        try:
            yield
        except RateLimitExceededException as error:
            headers = _headers(error)
            reset = headers.get("x-ratelimit-reset", "")
            wait = max(0.0, float(reset) - time.time()) if reset.isdecimal() else None
            raise ForgeBusyError("GitHub has had too many requests with this token", retry_after=wait) from None
        except GithubException as error:
            said = error.data.get("message", "") if isinstance(error.data, dict) else str(error.data or "")
            raise error_of("GitHub", error.status, str(said), _headers(error).get("retry-after")) from None
        except requests.exceptions.RetryError:
            raise error_of("GitHub", 301, "moved") from None
        except requests.RequestException as error:
            raise error_of("GitHub", 0, str(error)) from None


def _headers(error: GithubException) -> dict[str, str]:
    return {name.lower(): value for name, value in (error.headers or {}).items()}
