"""A team's own tests of its rules: rules named ``test_…`` that hold, as `opa test` has them, over plans in files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.judging.rego.checks import TEST, Modules, problems_of
from reconciler.judging.rego.engine import BOUNDS, Bounds, RegoFailedError, run_job, texts_of
from reconciler.judging.rego.rules import (
    engine_problems,
    input_fields,
    modules_of,
    need_engine,
    read_texts,
    wrong_rules,
)
from reconciler.model import ConfigError

_PLANS = "plans"


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a test. ``place`` is FILE:LINE:COLUMN; ``error``: why it could not be judged, if so."""

    name: str
    place: str
    passed: bool
    error: str = ""


def run_tests(folder: Path, bounds: Bounds = BOUNDS) -> list[Trial]:
    """Runs the tests in the rules of a folder, each in a process of its own. Raises ConfigError for wrong rules.

    The plans are ``data.plans.NAME``, by the name of the file without .json.
    """
    texts = read_texts(folder, "*.rego")
    if not texts:
        raise ConfigError(f"{folder} holds no rules", "name a folder with files that end in .rego")
    need_engine()
    modules = modules_of(texts)
    plans = _plans_of(folder)
    if problems := engine_problems(modules, bounds) or [*problems_of(modules, input_fields(), f"data.{_PLANS}")]:
        raise wrong_rules(folder, problems)
    places: dict[str, str] = {}
    for module, rule in modules.rules():
        if rule.name.startswith(TEST):
            places.setdefault(f"{module.package}.{rule.name}", module.place(rule.start))
    if not places:
        raise ConfigError(f"the rules in {folder} have no tests", f"a test is a rule whose name begins with {TEST}")
    return [_tried(name, place, modules, plans, bounds) for name, place in places.items()]


def _plans_of(folder: Path) -> Mapping[str, Any]:
    found = {}
    for name, text in read_texts(folder, "*.json").items():
        try:
            found[name.removesuffix(".json")] = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"{folder / name} is no JSON: {error}", "make it by magi plan -o json") from None
    return found


def _tried(name: str, place: str, modules: Modules, plans: Mapping[str, Any], bounds: Bounds) -> Trial:
    job = {"do": "test", "tests": [name], "files": texts_of(modules), "data": {_PLANS: plans}}
    try:
        answer = run_job(job, bounds)[name]
    except RegoFailedError as error:
        return Trial(name, place, passed=False, error=error.message)
    return Trial(name, place, passed=answer["passed"], error=answer["error"])
