"""GitLab, by python-gitlab: https://docs.gitlab.com/api/rest, version 4."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import requests
from gitlab import Gitlab, GitlabError

from reconciler.forges.forge import (
    TIMEOUT,
    Annotation,
    Comment,
    Status,
    Verdict,
    brief,
    error_in,
    error_of,
    understanding,
)
from reconciler.model import ForgeError

URL = "https://gitlab.com"
_NO_TRANSITION = "Cannot transition status"
_STATES = {Verdict.FAILURE: "failed", Verdict.ERROR: "failed"}


class GitLab:
    """A project on GitLab: ``project`` is its path or its number. ``pipeline``: the one that statuses belong to."""

    def __init__(self, url: str, project: str, token: str, pipeline: int | None = None) -> None:
        session = requests.Session()
        session.hooks["response"].append(_refuse)
        self._client = Gitlab(
            url,
            private_token=token,
            timeout=TIMEOUT,
            per_page=100,
            user_agent="magi",
            session=session,
            # The links to further pages may lead to another name of the server: the token stays with this one.
            keep_base_url=True,
        )
        self._project = self._client.projects.get(project, lazy=True)
        self._pipeline = pipeline

    def own_comments(self, number: int) -> Iterator[Comment]:
        with _translate_errors():
            user: Any = self._client.http_get("/user")
            own = user["id"]
            notes = self._request(number).notes.list(iterator=True, sort="asc", order_by="created_at")
            for note in notes:
                if not note.system and note.author["id"] == own:
                    yield Comment(note.id, note.body)

    def add_comment(self, number: int, body: str) -> None:
        with _translate_errors():
            self._request(number).notes.create({"body": body})

    def edit_comment(self, number: int, comment: int, body: str) -> None:
        with _translate_errors():
            self._request(number).notes.update(comment, {"body": body})

    def set_status(self, commit: str, status: Status) -> None:
        body: dict[str, Any] = {
            "state": _STATES.get(status.verdict, status.verdict.value),
            "name": status.context,
            "description": brief(status.description),
        }
        if status.url:
            body["target_url"] = status.url
        if self._pipeline is not None:
            body["pipeline_id"] = self._pipeline
        statuses: Any = self._project.commits.get(commit, lazy=True).statuses
        with _translate_errors():
            try:
                statuses.create(body)
            except ForgeError as error:
                if _NO_TRANSITION not in error.message:
                    raise
                # A status that is under way takes no other words: it is ended, and a new one begun.
                statuses.create(body | {"state": "canceled"})
                statuses.create(body)

    def annotate(self, number: int, commit: str, context: str, annotations: Sequence[Annotation]) -> bool:  # noqa: ARG002  as the protocol has it
        """GitLab takes what is wrong with lines as a report of the job: `magi review --code-quality FILE`."""
        return False

    def requests_of(self, commit: str) -> list[int]:
        with _translate_errors():
            found: Any = self._project.commits.get(commit, lazy=True).merge_requests(get_all=True)
            return [request["iid"] for request in found]

    def _request(self, number: int) -> Any:
        return self._project.mergerequests.get(number, lazy=True)


def _refuse(answer: requests.Response, *_: object, **__: object) -> None:
    """Before the library sleeps and asks again by itself, forgets the headers, or takes the token elsewhere."""
    if wrong := error_in("GitLab", answer):
        raise wrong


@contextmanager
def _translate_errors() -> Iterator[None]:
    with understanding("GitLab"):
        try:
            yield
        except GitlabError as error:
            raise ValueError(error.error_message) from error
        except requests.RequestException as error:
            raise error_of("GitLab", 0, str(error)) from None
