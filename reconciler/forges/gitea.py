"""Gitea and Forgejo, whose API version 1 is the same here. No client library of theirs is kept up in Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import requests

from reconciler.forges.forge import (
    TIMEOUT,
    Annotation,
    Comment,
    ForgeError,
    ForgeRefusedError,
    Status,
    brief,
    error_of,
)

_JOBS = frozenset({"gitea-actions", "forgejo-actions"})
"""Who the tokens of jobs belong to, which may not ask who they are."""
_MOST_ANNOTATIONS = 50


class Gitea:
    """A repository on Gitea or Forgejo: ``url`` is that of the server, ``project`` is OWNER/NAME."""

    def __init__(self, url: str, project: str, token: str) -> None:
        self._api = f"{url.rstrip('/').removesuffix('/api/v1')}/api/v1"
        self._repository = f"/repos/{quote(project)}"
        self._session = requests.Session()
        # No .netrc of the account may put in other credentials.
        self._session.trust_env = False
        self._session.headers.update(
            {"Authorization": f"token {token}", "Accept": "application/json", "User-Agent": "magi"}
        )

    def own_comments(self, number: int) -> Iterator[Comment]:
        own = self._login()
        # This collection has no pages: all comments come at once.
        for comment in self._call("GET", f"/issues/{number}/comments"):
            login = comment["user"]["login"]
            if login == own if own else login in _JOBS:
                yield Comment(comment["id"], comment["body"])

    def add_comment(self, number: int, body: str) -> None:
        self._call("POST", f"/issues/{number}/comments", {"body": body})

    def edit_comment(self, number: int, comment: int, body: str) -> None:  # noqa: ARG002  as the protocol has it
        self._call("PATCH", f"/issues/comments/{comment}", {"body": body})

    def set_status(self, commit: str, status: Status) -> None:
        told = {"state": status.verdict.value, "context": status.context, "description": brief(status.description)}
        link = {"target_url": status.url} if status.url else {}
        self._call("POST", f"/statuses/{commit}", {**told, **link})

    def annotate(self, number: int, commit: str, context: str, annotations: Sequence[Annotation]) -> bool:
        """By a review with comments on lines; the one before is deleted."""
        marker = f"<!-- {context} lines -->"
        try:
            for review in self._pages(f"/pulls/{number}/reviews"):
                if str(review["body"]).startswith(marker):
                    self._call("DELETE", f"/pulls/{number}/reviews/{review['id']}")
            if annotations:
                lines = [
                    {"path": one.file, "new_position": one.line, "body": one.message}
                    for one in annotations[:_MOST_ANNOTATIONS]
                ]
                body = f"{marker}\n{len(annotations)} problems in the documents"
                review = {"event": "COMMENT", "commit_id": commit, "body": body, "comments": lines}
                self._call("POST", f"/pulls/{number}/reviews", review)
        except ForgeRefusedError:
            return False
        return True

    def requests_of(self, commit: str) -> list[int]:
        try:
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
        try:
            answer = self._session.request(
                method, f"{self._api}{path}", json=body, timeout=TIMEOUT, allow_redirects=False
            )
        except requests.RequestException as error:
            raise error_of("Gitea", 0, str(error)) from None
        try:
            told = answer.json() if answer.content else None
        except ValueError:
            raise ForgeError(f"Gitea at {self._api} answers with what is no JSON", "is this the right URL?") from None
        if not answer.ok or answer.is_redirect:
            said = told.get("message", "") if isinstance(told, dict) else ""
            raise error_of("Gitea", answer.status_code, str(said), answer.headers.get("Retry-After"))
        return told
