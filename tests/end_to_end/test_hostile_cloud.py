"""A cloud whose error messages attack the terminal: every command that shows them."""

from __future__ import annotations

from typing import Any

from tests.end_to_end.conftest import Workplace
from tests.hostile import DANGEROUS, HOSTILE
from tests.simulator.callers import send


def fault(workplace: Workplace, **rule: Any) -> None:
    url = f"{workplace.simulator.url}/_simulator/faults"
    assert send("PUT", url, [{**rule, "message": HOSTILE}]).status == 204


def test_what_a_cloud_says_of_a_refused_request_is_escaped_in_each_command(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    clouds = ("--clouds-file", str(workplace.clouds_file))
    fault(workplace, method="POST", route="/v2.0/networks$", status=400)
    done = workplace.magi("apply", workplace.url, "--yes", "--timeout", "10", *clouds)
    assert done.code != 0
    assert "\\x1b[31mroom" in done.out
    assert DANGEROUS.search(done.out + done.err) is None
    assert not [line for line in done.out.splitlines() if line.startswith("paris: created all")]
    fault(workplace, method="GET", route="/v2.0/networks$", status=403)
    for command in ("plan", "drift", "doctor"):
        done = workplace.magi(command, workplace.url, *clouds)
        assert "\\x1b[31mroom" in done.out + done.err, command
        assert DANGEROUS.search(done.out + done.err) is None, command


def test_what_became_of_a_create_whose_reply_was_lost_is_said_at_the_end(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    fault(workplace, method="POST", route="/servers$", drop="after", times=1)
    done = workplace.magi("apply", workplace.url, "--yes", "--clouds-file", str(workplace.clouds_file))
    assert done.code == 0, done.err
    (line,) = [line for line in done.out.splitlines() if "was lost" in line]
    assert line == "paris: the reply to 'create server hello/web/web-0' was lost: it exists, and is complete"
