"""A plan as a comment on a pull request."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from reconciler.model import Action, Desired, Key, Observed, Plan, Step, StepId
from reconciler.review import LEAST_SIZE, MAX_SIZE, plan_digest, plans_markdown
from reconciler.targets.openstack.kinds.network import NetworkSpec
from tests.cli.plans import NOTHING, PLACE, plan
from tests.cli.test_review import compare


def networks(*names: str, action: Action = Action.CREATE) -> Plan:
    """A plan with one network of each name."""
    steps = {}
    for name in names:
        key = Key("paris", "network", name)
        there = Observed(key, NetworkSpec(), "id")
        step = (
            Step(action, key, Desired(key, NetworkSpec(mtu=1400), PLACE))
            if action is Action.CREATE
            else Step(action, key, observed=there)
        )
        steps[StepId(action, key)] = step
    return Plan("paris", steps, {})


def test_it_reads_as_reviewed() -> None:
    compare("plan.md", plans_markdown([plan(allowed=True), NOTHING], "ns at 3f786850e3 “Add”", ["vim lyon: no answer"]))


def test_an_empty_plan_is_one_line_and_its_digest() -> None:
    text = plans_markdown([NOTHING])
    assert text == f"### Magi plan: nothing to do\n\nPlan digest: `{plan_digest([NOTHING])}`\n"


@pytest.mark.parametrize("size", [LEAST_SIZE, 20_000, MAX_SIZE])
@pytest.mark.parametrize("services", [1, 40, 3000])
def test_it_stays_within_its_size_and_says_what_is_left_out(size: int, services: int) -> None:
    names = [f"service-{number % services}/net-{number}" for number in range(3000)]
    text = plans_markdown([networks(*names)], "t" * 1000, ["é" * 1000] * 20, max_size=size)
    assert len(text.encode()) <= size
    output = re.findall(r"^\+ network +(\S+)  \(mtu 1400\)$", text, flags=re.MULTILINE)
    left_out = sum(map(int, re.findall(r"for lack of room:\*\* (\d+) resources", text)))
    assert len(output) + left_out == 3000
    assert left_out > 0
    assert text.count("<details>") == text.count("</details>")
    assert text.count("```") % 2 == 0


def test_what_costs_most_is_left_out_last() -> None:
    names = [f"service/net-{number}" for number in range(1000)]
    both = networks(*names)
    gone = networks("zz/gone", action=Action.DELETE)
    text = plans_markdown([replace(both, steps={**both.steps, **gone.steps})], max_size=LEAST_SIZE)
    assert "- network             zz/gone" in text
    assert "Not shown" in text


def test_names_can_not_become_markup() -> None:
    evil = "x</details>|@everyone`````[a](http://b)\n# title/lan"
    text = plans_markdown([networks(evil)], title="<script>@all *b* | https://c")
    head, _, rest = text.partition("``````diff\n")
    body, _, tail = rest.partition("\n``````\n")
    for outside in (head, tail):
        assert not re.search(r"@|<script|\[a\]|\*b\*|https:|^# title", outside, flags=re.MULTILINE)
    assert evil.replace("\n", "\\n") in body
    assert (head.count("</details>"), tail.count("</details>")) == (0, 1)
    (row,) = (line for line in head.splitlines() if line.startswith("| <code>"))
    assert row.count("|") == 5


def test_too_small_a_size_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        plans_markdown([NOTHING], max_size=100)
