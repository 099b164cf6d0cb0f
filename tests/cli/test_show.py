"""magi show: the table, the forms for other tools, and what can't be shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import exits, output, show
from reconciler.cli.main import run
from reconciler.reporting.outputs import Placed
from tests.cli.test_review import compare
from tests.targets.test_memory import DESCRIPTOR, SERVICE
from tests.test_outputs import LAN, SERVER, SPECS, outputs

LAB = "apiVersion: magi/v1alpha1\nkind: Vim\nmetadata: {name: lab}\nspec: {type: memory}\n---\n"
OTHER = "---\napiVersion: magi/v1alpha1\nkind: Vim\nmetadata: {name: other}\nspec: {type: memory}\n"


@pytest.fixture
def source(tmp_path: Path) -> str:
    (tmp_path / "all.yaml").write_text(f"{LAB}{DESCRIPTOR}---{SERVICE}{OTHER}")
    return str(tmp_path)


def test_the_tables_read_as_reviewed(capsys: pytest.CaptureFixture[str]) -> None:
    show._print_tables([Placed("", "paris", "vcpe", None, outputs(SPECS))], {})
    compare("show.txt", capsys.readouterr().out)


def test_a_service_that_does_not_exist_yet_says_so(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "shop", source]) == exits.FINE
    assert "There is nothing of it on lab: 'magi plan' shows what would be created." in capsys.readouterr().out


def test_only_the_vims_of_the_service_are_observed(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "shop", source, "-o", "json"]) == exits.FINE
    said: Any = capsys.readouterr().out
    assert ('"lab"' in said, '"other"' in said) == (True, False)
    assert run(["show", "shop", source, "--vim", "other"]) == exits.USAGE
    assert "'shop' is not on this VIM; it is on: lab" in capsys.readouterr().err


def test_an_unknown_service_is_answered_with_the_nearest(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "shpo", source]) == exits.USAGE
    assert "did you mean 'shop'?" in capsys.readouterr().err


def test_on_a_narrow_terminal_ids_and_addresses_stay_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(show, "console", lambda: output._Console(force_terminal=True, color_system=None, width=80))
    long = {key: f"bf97e54d-bd37-48c4-ba12-{number:012}" for number, key in enumerate(SPECS)}
    show._print_tables([Placed("", "frankfurt-am-main", "vcpe", None, outputs(SPECS, ids=long))], {})
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    for whole in (long[SERVER], long[LAN], "2001:db8::5", "2001:db8::/64", "203.0.113.9", "fa:16:3e:00:00:01"):
        assert any(whole in line for line in lines), whole
