"""No test judges how fast this machine is, which other work may slow down at any time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent


def with_given_values() -> Iterator[tuple[str, str]]:
    """Each test that Hypothesis gives values: its name and its decorators."""
    for file in sorted(TESTS.rglob("test_*.py")):
        text = file.read_text(encoding="utf-8")
        if "hypothesis" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            decorators = [ast.unparse(one) for one in getattr(node, "decorator_list", ())]
            if isinstance(node, ast.FunctionDef) and any(one.startswith("given(") for one in decorators):
                yield f"{file.name}::{node.name}", " ".join(decorators)


def test_hypothesis_holds_no_test_to_its_deadline() -> None:
    found = dict(with_given_values())
    assert found
    assert [name for name, decorators in found.items() if "deadline=None" not in decorators] == []
