"""What Magi asks of a forge, whatever forge it is: one comment on a pull request, a commit status, marks on lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import requests

from reconciler.model import ForgeError

LONGEST_DESCRIPTION = 140
"""Characters of a commit status, by GitHub, which takes the fewest."""
LONGEST_WAIT = 30.0
"""Seconds that a forge may ask for before it is asked again."""
ATTEMPTS = 4
TIMEOUT = 20.0
"""Seconds until a request is aborted."""


class ForgeRefusedError(ForgeError):
    """The token may not do it, or there is no such project, pull request or commit."""


class ForgeBusyError(ForgeError):
    """The forge can't answer now, or has had too many requests. ``retry_after``: seconds it asks for, if it did."""

    def __init__(self, message: str, hint: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after


class Verdict(StrEnum):
    """The state of a commit status, in the words of GitHub and Gitea."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Status:
    """What is said of a commit. ``context`` distinguishes it from the statuses of others; ``url`` leads to more."""

    verdict: Verdict
    context: str
    description: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of Magi on a pull request."""

    id: int
    body: str


@dataclass(frozen=True, slots=True)
class Annotation:
    """What is wrong at a line of a file; line and column from 1."""

    file: str
    line: int
    column: int
    message: str


class Forge(Protocol):
    """One project on a forge. Numbers are those of pull requests (GitLab: the iid of merge requests).

    Every method raises ForgeError: ForgeRefusedError, or ForgeBusyError where another try may do.
    """

    def own_comments(self, number: int) -> Iterator[Comment]:
        """The comments that the owner of the token made, the oldest first."""

    def add_comment(self, number: int, body: str) -> None: ...

    def edit_comment(self, number: int, comment: int, body: str) -> None: ...

    def set_status(self, commit: str, status: Status) -> None: ...

    def annotate(self, number: int, commit: str, context: str, annotations: Sequence[Annotation]) -> bool:
        """Marks lines of a pull request in place of what ``context`` marked before; False where the forge can't."""

    def requests_of(self, commit: str) -> list[int]:
        """The pull requests that brought a commit."""


def put_comment(
    forge: Forge, number: int, context: str, body: str, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Writes the one comment that ``context`` has on a pull request: in place of its last one, if there is one.

    A try that got no answer may have been heard: so every try begins by reading what is there.
    Raises ForgeError.
    """
    marker = f"<!-- {context} -->"
    marked = f"{marker}\n{body}"

    def once() -> None:
        for comment in forge.own_comments(number):
            if comment.body.startswith(marker):
                if comment.body.rstrip() != marked.rstrip():
                    forge.edit_comment(number, comment.id, marked)
                return
        forge.add_comment(number, marked)

    patiently(once, sleep)


def put_status(forge: Forge, commit: str, status: Status, sleep: Callable[[float], None] = time.sleep) -> None:
    """Writes a commit status; again where the forge is busy, as the newest of a context counts. Raises ForgeError."""
    patiently(lambda: forge.set_status(commit, status), sleep)


def put_annotations(
    forge: Forge,
    number: int,
    commit: str,
    context: str,
    annotations: Sequence[Annotation],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Marks lines of a pull request, where the forge can. Raises ForgeError."""
    patiently(lambda: forge.annotate(number, commit, context, annotations), sleep)


def patiently(action: Callable[[], object], sleep: Callable[[float], None] = time.sleep) -> None:
    """Does something that may be done twice, again while the forge is busy; raises what the last try raised."""
    for attempt in range(1, ATTEMPTS):
        try:
            action()
        except ForgeBusyError as error:
            wait = 2.0 ** (attempt - 1) if error.retry_after is None else error.retry_after
            if wait > LONGEST_WAIT:
                raise
            sleep(wait)
        else:
            return
    action()


def brief(text: str) -> str:
    """A description of a commit status, as long as all forges take it."""
    return text if len(text) <= LONGEST_DESCRIPTION else f"{text[: LONGEST_DESCRIPTION - 1]}…"


def error_of(forge: str, status: int, said: str, retry_after: str | None = None) -> ForgeError:
    """What an answer of a forge means; ``status`` 0: there was none. ``retry_after``: that header, in seconds."""
    said = " ".join(said.split())[:200]
    if 300 <= status < 400:
        # Followed, it would take the token elsewhere, or make a question of what was to be written.
        return ForgeError(f"{forge} sends us elsewhere: {status} {said}", "check the URL; did the project move?")
    if status in (401, 403, 404) and retry_after is None:
        hints = {
            401: "is the token right, and still valid?",
            403: "the token lacks the right to it, see docs/forges.md",
        }
        hint = hints.get(status, "check the project; a token that may not see it gets this answer too")
        return ForgeRefusedError(f"{forge} refuses: {status} {said}", hint)
    if status == 0:
        return ForgeBusyError(f"{forge} does not answer: {said}")
    if status in (403, 408, 429) or status >= 500:
        asked = float(retry_after) if retry_after and retry_after.isdecimal() else None
        return ForgeBusyError(f"{forge} can't do it now: {status} {said}", retry_after=asked)
    return ForgeError(f"{forge} does not take it: {status} {said}")


def error_in(forge: str, answer: requests.Response) -> ForgeError | None:
    """What an answer means where it is no success."""
    if 200 <= answer.status_code < 300:
        return None
    try:
        body = answer.json()
    except ValueError:
        body = None  # a page of a proxy in front of the forge
    said = (body.get("message") or body.get("error")) if isinstance(body, dict) else answer.reason
    return error_of(forge, answer.status_code, str(said or ""), answer.headers.get("Retry-After"))


@contextmanager
def understanding(forge: str) -> Iterator[None]:
    """What reads answers, here or in a library, takes them for right: makes ForgeError of what it stumbles over."""
    try:
        yield
    except (AssertionError, AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
        said = f"no {error}" if isinstance(error, KeyError) else str(error) or "no reason is given"
        raise ForgeError(
            f"what answers is not the API of {forge}: {said[:200]}", "check the URL of the forge"
        ) from error
