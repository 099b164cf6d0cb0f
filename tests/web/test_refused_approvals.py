"""Approvals that do not count, in the API and in `magi status`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from reconciler.cli import exits
from reconciler.cli.main import run
from reconciler.config import Address
from reconciler.model import Approval, ApprovalEffect, Report
from reconciler.web import Server, make_app
from tests.metrics.reports import report, unknown
from tests.web.described import ask
from tests.web.shown import Shown

DIGEST, BLOCKED = "9f" * 16, "VIM paris: network service vcpe, protected: 4 resources"
BY_BOB = Approval(DIGEST, "", "c3" * 20, "Bob\x1b[2J <bob@example.net>", "bob@example.net")
OF_THE_POLICY = Approval(DIGEST)
COUNTS = Approval(DIGEST, "", "a1" * 20, "Ann <ann@example.net>", "ann@example.net")


def refused(*approval_effects: ApprovalEffect) -> Report:
    made = report(["vcpe"])
    assert made.plan is not None
    return replace(made, plan=replace(made.plan, approval_effects=approval_effects))


@pytest.fixture
def approval_effects() -> tuple[ApprovalEffect, ...]:
    return (
        ApprovalEffect(BY_BOB, BLOCKED, "bob@example.net may not approve protected of network service vcpe"),
        ApprovalEffect(COUNTS, BLOCKED, ""),
        ApprovalEffect(OF_THE_POLICY, BLOCKED, "who signed nothing may not approve protected of network service vcpe"),
    )


@pytest.fixture
def listening(approval_effects: tuple[ApprovalEffect, ...]) -> Iterator[str]:
    server = Server(make_app(Shown(ready=True, passes=[refused(*approval_effects)])), Address("127.0.0.1", 0))
    server.start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()


def test_the_api_lists_them_with_the_reason(approval_effects: tuple[ApprovalEffect, ...]) -> None:
    app = make_app(Shown(ready=True, passes=[refused(*approval_effects), unknown("lyon")]))
    one, other = ask(app, "/api/v1/repositories/default/vims/paris")["refusedApprovals"]
    assert one == {
        "digest": DIGEST,
        "blocked": BLOCKED,
        "reason": approval_effects[0].refusal,
        "service": "",
        "commit": BY_BOB.commit,
        "author": BY_BOB.author,
        "signer": BY_BOB.signer,
    }
    assert (other["commit"], other["reason"]) == ("", approval_effects[2].refusal)
    assert [len(vim["refusedApprovals"]) for vim in ask(app, "/api/v1/status")["vims"]] == [2, 0]


def test_the_api_lists_no_more_than_a_hundred() -> None:
    many = (ApprovalEffect(replace_commit(number), BLOCKED, "it is reverted") for number in range(300))
    app = make_app(Shown(ready=True, passes=[refused(*many)]))
    assert len(ask(app, "/api/v1/vims")["vims"][0]["refusedApprovals"]) == 100


def replace_commit(number: int) -> Approval:
    return BY_BOB._replace(commit=f"{number:040x}")


def test_the_command_shows_them_with_the_reason(listening: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--url", listening]) == exits.FINE
    begin = f"refused on paris: approval {DIGEST} does not unblock {BLOCKED}, as "
    reported = [line.removeprefix(begin) for line in capsys.readouterr().out.splitlines() if line.startswith(begin)]
    bob, policy = reported
    about = "may not approve protected of network service vcpe"
    by_bob = "commit c3c3c3c3c3, signed by bob@example.net, author Bob\\x1b[2J <bob@example.net>"
    assert bob == f"bob@example.net {about}: {by_bob}"
    assert policy == f"who signed nothing {about}: an annotation of the Policy"
