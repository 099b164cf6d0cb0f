"""A service and a VIM are left as they are by a commit, and go on by another one: the real command and process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.conftest import Workplace
from tests.team import IDENTITY, Finished


def command(place: Workplace, *arguments: str) -> Finished:
    return place.magi(*arguments, "--clone", str(place.work.path), extra=IDENTITY)


@pytest.fixture
def place(workplace: Workplace) -> Workplace:
    workplace.copy_example("hello-world")
    return workplace


def apply(place: Workplace) -> str:
    return place.magi("apply", place.url, "--clouds-file", str(place.clouds_file), "--yes").out


@pytest.mark.parametrize("what", [("hello",), ("--vim", "paris")])
def test_it_is_left_as_it_is_until_it_goes_on(place: Workplace, what: tuple[str, ...]) -> None:
    apply(place)
    place.edit("hello.yaml", "cidr: 10.1.0.0/24", "cidr: 10.1.0.0/24, mtu: 1400")
    place.simulator.reset_requests()
    done = command(place, "suspend", *what, "--reason", "ticket 4711", "--push")
    assert done.code == 0, done.err
    title = "VIM paris" if len(what) == 2 else "network service hello"
    assert f" suspends {title}" in done.out
    assert place.work.git("log", "-1", "--format=%B") == f"Suspend {title}\n\nticket 4711"
    assert place.work.git("diff", "HEAD~1", "--numstat").split()[:2] in (["1", "0"], ["1", "1"])
    assert "is suspended in Git" in apply(place)
    assert place.writes() == []
    assert f"{title} is suspended already" in command(place, "suspend", *what).out
    assert f" resumes {title}" in command(place, "resume", *what, "--push").out
    apply(place)
    assert [method for _, method, _ in place.writes()] == ["PUT"]
    assert f"{title} is not suspended" in command(place, "resume", *what).out


def test_without_push_it_says_so(place: Workplace) -> None:
    assert "; push it, and Magi heeds it" in command(place, "suspend", "hello").out
    assert place.work.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("hallo",), "no document below {0} is a NetworkService or NetworkServiceSet 'hallo'\n  did you mean 'hello'?"),
        (("--vim", "pariss"), "no document below {0} is a Vim 'pariss'\n  did you mean 'paris'?"),
    ],
)
def test_what_is_not_there_is_reported_with_a_near_one(
    place: Workplace, arguments: tuple[str, ...], words: str
) -> None:
    done = command(place, "suspend", *arguments)
    assert (done.code, words.format(place.work.path) in done.err) == (4, True), done.err


def test_changes_of_another_actor_are_not_committed_along(place: Workplace) -> None:
    file = place.work.path / "hello.yaml"
    file.write_text(f"{file.read_text()}# not done yet\n")
    done = command(place, "suspend", "hello")
    assert (done.code, "hello.yaml has changes that are not committed" in done.err) == (4, True)
    place.work.git("add", "-A")
    assert "changes are staged" in command(place, "suspend", "hello").err


def test_a_commit_that_is_refused_leaves_the_file_as_it_was(place: Workplace) -> None:
    file = place.work.path / "hello.yaml"
    before = file.read_text()
    hook = Path(place.work.git("rev-parse", "--git-path", "hooks/pre-commit"))
    hook = place.work.path / hook
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    hook.chmod(0o755)
    done = command(place, "suspend", "hello")
    assert (done.code, "not today" in done.err) == (4, True)
    assert file.read_text() == before
