"""`python -m soak`: its exit status, and what it shows."""

from __future__ import annotations

import pytest

from soak import __main__ as command
from soak.holdings import SHOWN
from soak.judging import BOUNDS


def samples(*values: float) -> list[dict[str, float]]:
    return [dict.fromkeys(BOUNDS, value) for value in values]


def run(monkeypatch: pytest.MonkeyPatch, *values: float) -> int:
    def soaked(*arguments: object) -> list[dict[str, float]]:
        report = arguments[5]
        assert callable(report)
        for number, one in enumerate(samples(*values), 1):
            report(500 * number, one)
        return samples(*values)

    monkeypatch.setattr(command, "soaked", soaked)
    return command.main([])


def test_what_grows_ends_with_1_and_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, 10_000, 20_000, 30_000) == 1
    assert "MISSED" in capsys.readouterr().out


def test_what_stays_ends_with_0(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, 10, 10, 10) == 0
    assert "MISSED" not in capsys.readouterr().out


def test_piped_each_measurement_is_a_line_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, 10, 10, 10)
    lines = [line for line in capsys.readouterr().out.splitlines() if " passes, " in line]
    assert [line.split(" passes")[0] for line in lines] == ["500", "1,000", "1,500"]
    assert all(name in line for line in lines for name in SHOWN)


@pytest.mark.parametrize("arguments", [["--passes", "1500"], ["--every", "70"], ["--warm-up", "9000"]])
def test_a_run_that_could_not_be_judged_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(arguments) == 64
    assert "has to be" in capsys.readouterr().err
