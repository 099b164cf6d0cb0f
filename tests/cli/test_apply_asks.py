"""magi apply: whom it asks before it changes something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import apply, exits
from reconciler.cli.main import run
from tests.targets.test_memory import DESCRIPTOR, SERVICE

LAB = "apiVersion: magi/v1alpha1\nkind: Vim\nmetadata: {name: lab}\nspec: {type: memory}\n---\n"


@pytest.mark.parametrize("options", [(), ("--service", "shop"), ("-o", "json")])
def test_without_a_terminal_it_asks_for_yes_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    def load(*_: Any) -> None:
        raise AssertionError("the source is read")

    monkeypatch.setattr(apply, "load_source", load)
    assert run(["apply", str(tmp_path), *options]) == exits.USAGE
    assert "--yes" in capsys.readouterr().err


def test_with_yes_it_needs_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "all.yaml").write_text(f"{LAB}{DESCRIPTOR}---{SERVICE}")
    assert run(["apply", str(tmp_path), "--yes"]) == exits.FINE
    assert "shop" in capsys.readouterr().out
