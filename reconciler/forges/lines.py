"""Marks on lines for forges that take them from the job itself rather than by their API."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from secrets import token_hex

from reconciler.forges.forge import Annotation


def workflow_commands(annotations: Iterable[Annotation]) -> Iterable[str]:
    """Lines that a job of GitHub Actions prints, so that GitHub shows them at the lines of the files.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    for one in annotations:
        where = f"file={_property(one.file)},line={one.line},col={one.column},title=Magi"
        yield f"::error {where}::{_data(one.message)}"


@contextmanager
def no_commands(say: Callable[[str], None]) -> Iterator[None]:
    """Has a job of GitHub Actions take nothing for a command that is printed meanwhile, whatever documents hold."""
    token = token_hex(16)
    say(f"::stop-commands::{token}")
    try:
        yield
    finally:
        say(f"::{token}::")


def code_quality(annotations: Iterable[Annotation]) -> str:
    """A report of GitLab's kind `codequality`, as JSON: https://docs.gitlab.com/ci/testing/code_quality."""
    return json.dumps([_issue(one) for one in annotations], indent=2, ensure_ascii=False)


def _issue(one: Annotation) -> dict[str, object]:
    about = f"{one.file}\0{one.line}\0{one.column}\0{one.message}"
    return {
        "description": one.message,
        "check_name": "magi",
        "fingerprint": hashlib.sha256(about.encode()).hexdigest(),
        "severity": "blocker",
        "location": {"path": one.file, "lines": {"begin": one.line}},
    }


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
