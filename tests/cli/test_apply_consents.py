"""magi apply: on a terminal what guards block is asked for, for that run alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.cli import exits
from tests.cli.labs import Lab

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A service that left Git, in a repository with a Policy that lets nothing be deleted, and a new one."""
    lab = Lab.at(tmp_path, monkeypatch)
    lab.declare("shop")
    lab.apply()
    lab.forget("shop")
    lab.declare("bar")
    lab.policy("{maxDeletes: 0}")
    return lab


def test_what_is_consented_to_is_done_with_the_rest(lab: Lab, capsys: Capture) -> None:
    assert lab.run("apply", lab.source, types="y\ny\n") == exits.FINE
    assert lab.services() == {"bar"}
    said = capsys.readouterr().out
    assert f"VIM {lab.vim}: network service shop, too many deletes: 8 resources: 8 deletes on {lab.vim}" in said
    assert "Do these too (8 resources)?" in said


def test_consent_is_for_one_run(lab: Lab) -> None:
    assert lab.run("apply", lab.source, types="y\ny\n") == exits.FINE
    lab.forget("bar")
    lab.declare("cafe")
    assert lab.run("apply", lab.source, types="y\n\n") == exits.STEPS
    assert lab.services() == {"bar", "cafe"}


def test_without_consent_the_rest_is_done_and_it_is_said_how_to_consent(lab: Lab, capsys: Capture) -> None:
    assert lab.run("apply", lab.source, types="y\nn\n") == exits.STEPS
    assert lab.services() == {"shop", "bar"}
    assert "'magi approve' consents to it in Git, and on a terminal the command asks" in capsys.readouterr().err


def test_who_does_not_apply_the_plan_is_not_asked_for_more(lab: Lab, capsys: Capture) -> None:
    assert lab.run("apply", lab.source, types="n\ny\n") == exits.INTERRUPTED
    assert lab.services() == {"shop"}
    assert "too (" not in capsys.readouterr().out


def test_with_yes_nothing_is_asked_and_what_is_blocked_stays_blocked(lab: Lab, capsys: Capture) -> None:
    assert lab.run("apply", lab.source, "--yes", types="y\ny\n") == exits.STEPS
    assert lab.services() == {"shop", "bar"}
    said = capsys.readouterr()
    assert "too (" not in said.out
    assert "'magi approve' consents to it in Git, and on a terminal the command asks" in said.err


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("approvers: [{services: [other]}]\n", "no one may approve it"),
        ("approvers: [{guards: [max-deletes]}]\n", "anyone who may push may approve it"),
    ],
)
def test_where_the_operator_limits_who_approves_no_one_is_asked(
    lab: Lab, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, words: str
) -> None:
    approvers = tmp_path / "approvers.yaml"
    approvers.write_text(file)
    monkeypatch.setenv("MAGI_TRUST_APPROVERS_FILE", str(approvers))
    assert lab.run("apply", lab.source, types="y\ny\n") == exits.STEPS
    assert lab.services() == {"shop", "bar"}
    said = capsys.readouterr()
    assert "stays blocked until it is approved in Git" in said.out
    assert f"too many deletes: 8 resources: {words}" in said.out
    assert "on a terminal" not in said.err


def test_what_came_between_the_question_and_the_pass_stays_blocked(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    there = lab.store(lab.vim)

    def confirm(text: str, **_: object) -> bool:
        if "too (" in text:
            # Someone else deletes one of the eight.
            name = next(name for name, item in there.items.items() if item.key.kind == "machine")
            del there.items[name]
        return True

    monkeypatch.setattr("click.confirm", confirm)
    assert lab.run("apply", lab.source, types="") == exits.STEPS
    assert lab.services() == {"shop", "bar"}
