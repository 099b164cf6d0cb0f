"""A saved plan that is read again, and compared with what would be done now.

An input is the content of the file; where it begins with anything but ``{``, mutations of the plan that makes what
`listings.EVERYTHING` holds.

Contract: a saved plan, or BadParameter with words that can be printed. Of a plan that was read the differences can be
reported; a plan that was written and read again has none.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import click

from fuzz.mutating import mutate, mutations_in
from fuzz.targets.listings import TARGET, desired
from reconciler.cli.options import Scope
from reconciler.cli.saving import SavedPlan, parsed_plan
from reconciler.model import Catalog, Plan, World
from reconciler.planning import plan_target
from reconciler.review import counts_of, plan_differences, plan_digest, plan_json

FILE = Path("plan.json")


def check(data: bytes) -> None:
    """Raises for an input that breaks the contract."""
    content = spelled(data)
    try:
        saved = parsed_plan(content, FILE)
    except click.BadParameter as error:
        assert error.message.isprintable(), error.message
        return
    plan = _plan()
    for line in plan_differences(saved.vims, [plan]):
        assert line.isprintable(), line
    if content == saved_plan():
        _require_same(saved, plan)


def spelled(data: bytes) -> bytes:
    """The content of the file that an input represents."""
    if data.startswith(b"{"):
        return data
    reported = json.loads(saved_plan())
    mutate(reported, mutations_in(data))
    return json.dumps(reported, indent=1).encode()


@cache
def saved_plan() -> bytes:
    """What `magi plan --out` writes of the plan that makes everything."""
    plan = _plan()
    reported: dict[str, Any] = {
        "source": "services",
        "commit": None,
        "digest": plan_digest([plan]),
        "summary": counts_of([plan])._asdict(),
        "vims": [plan_json(plan)],
        "errors": [],
        "apiRequests": 12,
        "scope": asdict(Scope("services", None, "", "magi", (), None)),
    }
    return json.dumps(reported).encode()


@cache
def _plan() -> Plan:
    return plan_target(Catalog({}, {TARGET.name: desired()}, {}), World(TARGET.name, {}, {}))


def _require_same(saved: SavedPlan, plan: Plan) -> None:
    assert plan_differences(saved.vims, [plan]) == []
    assert saved.digest == plan_digest([plan])
