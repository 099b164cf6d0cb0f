"""What would fail, and what could not be checked, in every form of a plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model import Key, Obstacle, PreflightResult
from reconciler.review import duration_line, plan_digest, plan_json, plans_markdown, plans_text
from tests.cli.plans import NOTHING, plan

FULL = Obstacle(
    "quota of instances: 5 more are needed, 8 of 10 are used",
    tuple(Key("paris", "server", f"vcpe/fw/fw-{number}") for number in range(5)),
)
HIDDEN = "free addresses of networks of others (clouds report them to an admin alone by default)"
SEEN = replace(plan(allowed=True), preflight=PreflightResult((FULL,), (HIDDEN,)))
LINE = (
    "VIM paris: quota of instances: 5 more are needed, 8 of 10 are used "
    "(server vcpe/fw/fw-0, server vcpe/fw/fw-1, server vcpe/fw/fw-2 and 2 more)"
)


def test_text_has_a_line_for_each_with_the_numbers_and_the_first_resources() -> None:
    lines = [line.text for line in plans_text([SEEN, NOTHING])]
    assert lines[-2:] == [f"would fail: {LINE}", f"not checked: VIM paris: {HIDDEN}"]


def test_the_same_reason_on_several_vims_is_one_line() -> None:
    both = [replace(one, preflight=PreflightResult((), (HIDDEN,))) for one in (SEEN, replace(NOTHING, target="lyon"))]
    assert [line.text for line in plans_text(both)][-1] == f"not checked: VIM paris, lyon: {HIDDEN}"


def test_markdown_says_it_before_the_details() -> None:
    text = plans_markdown([SEEN])
    assert text.index(LINE) < text.index("<details>")
    assert text.index(HIDDEN) < text.index("<details>")


@pytest.mark.parametrize("count", [1, 500])
def test_markdown_stays_within_its_size_however_much_would_fail(count: int) -> None:
    full = FULL._replace(reason="x" * 2000)
    text = plans_markdown([replace(SEEN, preflight=PreflightResult((full,) * count))], max_size=8192)
    assert len(text.encode()) <= 8192


def test_json_has_all_the_resources() -> None:
    output = plan_json(SEEN)
    assert output["notChecked"] == [HIDDEN]
    assert output["wouldFail"][0]["reason"] == FULL.reason
    assert len(output["wouldFail"][0]["resources"]) == 5


def test_a_preflight_finding_leaves_the_digest_as_it_is() -> None:
    assert plan_digest([SEEN]) == plan_digest([replace(SEEN, preflight=PreflightResult())])


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "about 1 s on paris"),
        (95.4, "about 95 s on paris"),
        (200, "about 3 min on paris"),
        (9000, "about 2 h on paris"),
    ],
)
def test_how_long_it_will_take_is_reported_roughly_and_exactly_for_machines(seconds: float, words: str) -> None:
    timed = replace(SEEN, preflight=PreflightResult(seconds=seconds))
    assert duration_line([timed]) == words
    assert f"**Duration:** {words}" in plans_markdown([timed]).replace("&#32;", " ")
    assert plan_json(timed)["estimatedSeconds"] == round(seconds, 1)


def test_the_range_of_a_duration_is_reported_where_it_shows() -> None:
    timed = replace(SEEN, preflight=PreflightResult(seconds=200, within=(110.0, 320.0)))
    assert duration_line([timed]) == "about 3 min on paris (110 s to 5 min)"
    assert plan_json(timed)["estimatedWithin"] == [110.0, 320.0]
    near = replace(SEEN, preflight=PreflightResult(seconds=200, within=(190.0, 205.0)))
    assert duration_line([near]) == "about 3 min on paris"


def test_nothing_is_said_of_a_duration_that_nothing_shows() -> None:
    assert duration_line([SEEN]) == ""
    assert plan_json(SEEN)["estimatedSeconds"] is None
