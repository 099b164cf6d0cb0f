"""Every input that is kept for a target of fuzzing, the seeds and what once found a fault, keeps its contract."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fuzz import running
from fuzz.__main__ import main
from fuzz.corpus import CORPUS, TARGETS, Target, kept, target_of
from fuzz.targets import listings, plan_reader
from reconciler.targets.openstack.kinds import KINDS

INPUTS = [pytest.param(name, file, id=f"{name}-{file.name}") for name in TARGETS for file in kept(name)]


@pytest.mark.parametrize(("name", "file"), INPUTS)
def test_a_kept_input_keeps_the_contract_of_its_target(name: str, file: Path) -> None:
    target_of(name).check(file.read_bytes())


def test_each_target_has_seeds_and_each_folder_a_target() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)
    assert [name for name in TARGETS if not kept(name)] == []


def test_listings_are_mutated_from_one_resource_of_each_kind() -> None:
    assert {key.kind for key in listings.desired()} == {kind.name for kind in KINDS}


def test_a_plan_that_was_written_is_read_as_it_was() -> None:
    plan_reader.check(plan_reader.saved_plan())


@pytest.mark.parametrize("name", ["listings", "plan_reader", "schema"])
def test_the_readable_form_of_an_input_is_the_same_input(name: str) -> None:
    target = target_of(name)
    spelled = target.spelled(b"\x05\x00\x00\x00\x09")
    assert spelled.startswith(b"{")
    assert target.spelled(spelled).split() == spelled.split()


def test_an_input_that_fails_is_kept_and_fails_when_it_is_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def check(data: bytes) -> None:
        if b"bad" in data:
            raise KeyError("bad")

    monkeypatch.setattr(running, "target_of", lambda _: Target(check, bytes.upper))
    file = running.keep("loader", b"so bad", tmp_path)
    assert file.read_bytes() == b"so bad"  # in another form it fails no more
    assert main(["loader", "--replay", str(file)]) == 1
    assert "KeyError" in capsys.readouterr().err
    file.write_bytes(b"good")
    assert main(["loader", "--replay", "--corpus", str(tmp_path)]) == 0
    assert capsys.readouterr().out.endswith(": ok\n")


def test_a_child_without_atheris_ends_with_a_status_of_its_own() -> None:
    lost = "import sys; sys.modules['atheris'] = None; from fuzz.__main__ import main; main(sys.argv[1:])"
    child = subprocess.run([sys.executable, "-c", lost, "--child", "loader"], check=False, cwd=CORPUS.parents[1])
    assert child.returncode == running.NO_ATHERIS


def test_a_run_without_atheris_names_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fuzzed(*_: object) -> list[Path]:
        raise running.Unavailable

    monkeypatch.setattr("fuzz.__main__.fuzzed", fuzzed)
    assert main(["loader"]) == 2
    assert "make fuzz" in capsys.readouterr().err
