"""Gitea and Forgejo, whose API version 1 is the same here. No client library of theirs is kept up in Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import requests
from requests.auth import AuthBase

from reconciler.forges.forge import (
    TIMEOUT,
    Annotation,
    Comment,
    ForgeRefusedError,
    Status,
    brief,
    error_in,
    error_of,
    understanding,
)
from reconciler.text.markdown import code

_JOBS = frozenset({"gitea-actions", "forgejo-actions"})
"""Who the tokens of jobs belong to, which may not ask who they are."""
_MOST_ANNOTATIONS = 50


class _Token(AuthBase):
    """Given as such and not as a header, it has the last word over what a .netrc of the account says."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"token {self._token}"
        return request


class Gitea:
    """A repository on Gitea or Forgejo: ``url`` is that of the server, ``project`` is OWNER/NAME."""

    def __init__(self, url: str, project: str, token: str) -> None:
        self._api = f"{url.rstrip('/').removesuffix('/api/v1')}/api/v1"
        self._repository = f"/repos/{quote(project)}"
        self._session = requests.Session()
        self._session.headers.update({"Accept": "application/json", "User-Agent": "magi"})
        self._session.auth = _Token(token)

    def own_comments(self, number: int) -> Iterator[Comment]:
        with understanding("Gitea"):
            own = self._login()
            # This collection has no pages: all comments come at once.
            for comment in self._call("GET", f"/issues/{number}/comments"):
                if _is_own(comment, own):
                    yield Comment(comment["id"], comment["body"])

    def add_comment(self, number: int, body: str) -> None:
        self._call("POST", f"/issues/{number}/comments", {"body": body})

    def edit_comment(self, number: int, comment: int, body: str) -> None:  # noqa: ARG002  as the protocol has it
        self._call("PATCH", f"/issues/comments/{comment}", {"body": body})

    def set_status(self, commit: str, status: Status) -> None:
        body = {"state": status.verdict.value, "context": status.context, "description": brief(status.description)}
        link = {"target_url": status.url} if status.url else {}
        self._call("POST", f"/statuses/{commit}", body | link)

    def annotate(self, number: int, commit: str, context: str, annotations: Sequence[Annotation]) -> bool:
        """By a review with comments on lines; the one before is deleted."""
        marker = f"<!-- {context} lines -->"
        try:
            with understanding("Gitea"):
                own = self._login()
                before = [
                    review["id"]
                    for review in self._pages(f"/pulls/{number}/reviews")
                    if _is_own(review, own) and str(review["body"]).startswith(marker)
                ]
            for earlier in before:
                self._call("DELETE", f"/pulls/{number}/reviews/{earlier}")
            if annotations:
                lines = [
                    {"path": one.file, "new_position": one.line, "body": code(one.message)}
                    for one in annotations[:_MOST_ANNOTATIONS]
                ]
                more = f"; the first {_MOST_ANNOTATIONS} are shown" if len(annotations) > _MOST_ANNOTATIONS else ""
                body = f"{marker}\n{len(annotations)} problems{more}"
                review_body = {"event": "COMMENT", "commit_id": commit, "body": body, "comments": lines}
                self._call("POST", f"/pulls/{number}/reviews", review_body)
        except ForgeRefusedError:
            return False
        return True

    def requests_of(self, commit: str) -> list[int]:
        try:
            with understanding("Gitea"):
                return [self._call("GET", f"/commits/{commit}/pull")["number"]]
        except ForgeRefusedError:
            return []

    def _login(self) -> str:
        """Who the token belongs to; "" where it may not ask."""
        try:
            return str(self._send("GET", "/user")["login"])
        except ForgeRefusedError:
            return ""

    def _pages(self, path: str) -> Iterator[Any]:
        page = 1
        while found := self._call("GET", f"{path}?page={page}&limit=50"):
            yield from found
            page += 1

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        return self._send(method, f"{self._repository}{path}", body)

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        with understanding("Gitea"):
            try:
                answer = self._session.request(
                    method, f"{self._api}{path}", json=body, timeout=TIMEOUT, allow_redirects=False
                )
            except requests.RequestException as error:
                raise error_of("Gitea", 0, str(error)) from None
            if wrong := error_in("Gitea", answer):
                raise wrong
            return answer.json() if answer.content else None


def _is_own(written: Any, own: str) -> bool:
    """Whether a comment or a review is by the owner of the token, "" for a job that may not ask; not so a ghost's."""
    user = written["user"] or {}
    login = user.get("login")
    # Only accounts of the forge itself have negative ids: anyone may have one of these names where it is not taken.
    return bool(login == own if own else login in _JOBS and user.get("id", 0) < 0)
