"""magi destroy: what it deletes, what it refuses, and what it asks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.cli import destroy, exits
from reconciler.cli.main import run
from reconciler.model import Done, Key, Step, StepFailed
from reconciler.targets.memory.driver import MemoryDriver
from tests.cli.labs import Lab

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """Two services, which are deployed."""
    lab = Lab.at(tmp_path, monkeypatch)
    lab.declare("shop")
    lab.declare("bar")
    lab.apply()
    return lab


@pytest.mark.parametrize("options", [("shop",), ("--all",), ("shop", "-o", "json")])
def test_without_a_terminal_it_asks_for_yes_before_anything_is_read(
    lab: Lab, capsys: Capture, options: tuple[str, ...]
) -> None:
    assert lab.run("destroy", *options, "/no/such/place") == exits.USAGE
    assert "--yes" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [(".",), ("shop", ".", "--all")])
def test_it_takes_services_or_all(arguments: tuple[str, ...], capsys: Capture) -> None:
    assert run(["destroy", *arguments, "--yes"]) == exits.USAGE
    assert "name the network services to delete, or give --all" in capsys.readouterr().err


def test_a_service_goes_and_the_others_stay(lab: Lab, capsys: Capture) -> None:
    before = lab.there()
    assert lab.run("destroy", "shop", lab.source, "--yes") == exits.FINE
    assert lab.there() == {key for key in before if key.service == "bar"}
    captured = capsys.readouterr()
    assert "of 1 network service (shop)." in captured.out
    assert "shop.yaml:4: the documents declare shop: a daemon that follows them makes it again" in captured.err
    assert "suspend: true" in captured.err


def test_what_git_has_no_more_is_found_by_what_exists(lab: Lab, capsys: Capture) -> None:
    lab.forget("shop")
    lab.forget("bar")
    assert lab.run("destroy", "shop", lab.source, "--yes") == exits.FINE
    assert lab.services() == {"bar"}
    assert "the documents declare" not in capsys.readouterr().err


def test_all_goes_with_what_is_shared_and_what_others_own_stays(lab: Lab) -> None:
    lab.forget("shop")
    lab.forget("bar")
    lab.declare("cafe")
    assert lab.run("apply", lab.source, "--owner", "other", "--yes") == exits.FINE
    assert lab.run("destroy", "--all", lab.source, "--yes") == exits.FINE
    assert lab.there() == set()
    assert lab.services(owner="other") == {"cafe"}
    assert lab.run("destroy", "cafe", lab.source, "--yes") == exits.FINE
    assert lab.services(owner="other") == {"cafe"}


def test_a_misspelt_service_is_an_error_with_a_suggestion(lab: Lab, capsys: Capture) -> None:
    before = lab.there()
    assert lab.run("destroy", "bar", "shpo", lab.source, "--yes") == exits.USAGE
    assert "no network service 'shpo' on the VIMs nor in the documents; did you mean 'shop'?" in capsys.readouterr().err
    assert lab.there() == before


@pytest.mark.parametrize(("types", "left"), [("yes\n", {"bar"}), ("y\n", {"shop", "bar"}), ("\n", {"shop", "bar"})])
def test_on_a_terminal_only_the_word_yes_deletes(lab: Lab, capsys: Capture, types: str, left: set[str]) -> None:
    code = lab.run("destroy", "shop", lab.source, types=types)
    assert lab.services() == left
    assert code == (exits.FINE if left == {"bar"} else exits.INTERRUPTED)
    said = capsys.readouterr()
    assert "resources of 1 network service (shop)? What they store is lost. Only 'yes' is accepted" in said.out
    assert ("nothing was deleted" in said.err) == (left != {"bar"})


def test_a_service_that_is_gone_is_no_error(lab: Lab, capsys: Capture) -> None:
    assert lab.run("destroy", "shop", lab.source, "--yes") == exits.FINE
    assert lab.run("destroy", "shop", lab.source, types="") == exits.FINE
    assert f"Nothing of shop has a mark of 'magi' on {lab.vim}: there is nothing to delete." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spec", "reason", "hint"),
    [
        ("{protect: {services: [sh*]}}", "service shop is protected by the Policy", "'protect' in the Policy"),
        ("{protect: {kinds: [machine]}}", "every machine is protected by the Policy", "'protect' in the Policy"),
        ("{freeze: {services: [shop]}}", "service shop is frozen by the Policy", "'freeze' in the Policy"),
        ("{prune: false}", "'prune: false'", "say 'prune: true' in the Policy"),
    ],
)
def test_what_a_guard_blocks_is_refused_and_nothing_of_it_is_deleted(
    lab: Lab, capsys: Capture, spec: str, reason: str, hint: str
) -> None:
    lab.policy(spec)
    before = lab.there()
    assert lab.run("destroy", "shop", "bar", lab.source, "--yes") == exits.STEPS
    error = capsys.readouterr().err
    assert reason in error
    assert hint in error
    assert error.endswith("magi: nothing was deleted\n")
    assert lab.there() == before


def test_what_is_suspended_is_refused(lab: Lab, capsys: Capture) -> None:
    lab.declare("shop", more="  suspend: true\n")
    before = lab.there()
    assert lab.run("destroy", "shop", lab.source, "--yes") == exits.STEPS
    error = capsys.readouterr().err
    assert "service shop is suspended in Git" in error
    assert "'magi resume' ends that" in error
    assert lab.there() == before


def test_asking_by_name_answers_the_guards_that_count(lab: Lab) -> None:
    lab.policy("{maxDeletes: 1, maxDeletePercent: 1, maxShrinkPercent: 1, maxRemovedPercent: 1}")
    lab.forget("shop")
    lab.forget("bar")
    assert lab.run("destroy", "shop", "bar", lab.source, "--yes") == exits.FINE
    assert lab.there() == set()


def test_where_the_operator_limits_who_approves_the_guards_that_count_are_not_answered(
    lab: Lab, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    approvers = tmp_path / "approvers.yaml"
    approvers.write_text("approvers: [{services: [bar]}]\n")
    monkeypatch.setenv("MAGI_TRUST_APPROVERS_FILE", str(approvers))
    lab.policy("{maxDeletes: 1}")
    before = lab.there()
    assert lab.run("destroy", "shop", lab.source, types="yes\n") == exits.STEPS
    error = capsys.readouterr().err
    assert "are more than maxDeletes: 1 of the Policy" in error
    assert "remove the documents in Git, and have the deletes approved there" in error
    assert lab.there() == before


def test_only_the_vims_that_are_named_are_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab.at(tmp_path, monkeypatch, vims=2)
    here, there = lab.vims
    lab.declare("shop", here)
    lab.declare("bar", there)
    lab.apply()
    assert lab.run("destroy", "--all", lab.source, "--vim", there, "--yes") == exits.FINE
    assert (lab.services(here), lab.services(there)) == ({"shop"}, set())


def test_cut_off_at_any_step_it_is_finished_by_running_it_again(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = sum(key.service == "shop" for key in lab.there())
    real = MemoryDriver.carry_out
    for most in range(1, steps):
        lab.apply()
        budget = iter(range(most))

        def cut_off(self: MemoryDriver, step: Step, ids: Mapping[Key, str], budget: object = budget) -> Done:
            if next(budget, None) is None:  # type: ignore[call-overload]
                raise StepFailed("403: the cloud was cut off", terminal=True)
            return real(self, step, ids)

        monkeypatch.setattr(MemoryDriver, "carry_out", cut_off)
        assert lab.run("destroy", "shop", lab.source, "--yes") == exits.STEPS
        monkeypatch.setattr(MemoryDriver, "carry_out", real)
        assert "shop" in lab.services()
        assert lab.run("destroy", "shop", lab.source, "--yes") == exits.FINE
        assert lab.services() == {"bar"}


def test_a_vim_that_can_not_be_observed_is_reported_and_the_others_are_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    lab = Lab.at(tmp_path, monkeypatch, vims=2)
    here, there = lab.vims
    lab.declare("shop", here)
    lab.declare("bar", there)
    lab.apply()
    lab.store(there).reachable = False
    assert lab.run("destroy", "shop", lab.source, "--yes") == exits.TARGET
    assert lab.services(here) == set()
    assert lab.run("destroy", "nowhere", lab.source, "--yes") == exits.TARGET
    assert "whether there is a network service 'nowhere' is not known" in capsys.readouterr().err
    lab.store(here).reachable = False
    assert lab.run("destroy", "--all", lab.source, "--yes") == exits.TARGET
    lab.store(there).reachable = True
    assert lab.services(there) == {"bar"}


def test_a_vim_that_comes_back_after_the_question_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab.at(tmp_path, monkeypatch, vims=2)
    here, there = lab.vims
    lab.declare("shop", here)
    lab.declare("bar", there)
    lab.apply()
    lab.store(there).reachable = False

    def prompt(*_: object, **__: object) -> str:
        lab.store(there).reachable = True
        return "yes"

    monkeypatch.setattr("click.prompt", prompt)
    assert lab.run("destroy", "--all", lab.source, types="") == exits.TARGET
    assert (lab.services(here), lab.services(there)) == (set(), {"bar"})


def test_json_has_what_was_deleted_and_what_is_left(lab: Lab, capsys: Capture) -> None:
    count = sum(key.service == "shop" for key in lab.there())
    capsys.readouterr()
    assert lab.run("destroy", "shop", lab.source, "--yes", "-o", "json") == exits.FINE
    answer = json.loads(capsys.readouterr().out)
    assert (answer["succeeded"], answer["deleted"]) == (True, count)
    assert [vim["outcomes"] for vim in answer["vims"]] == [[]]


def test_what_another_service_uses_is_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    user, used = Key(lab.vim, "plug", "bar/x"), Key(lab.vim, "segment", "shop/lan")
    monkeypatch.setattr(destroy._Seen, "users", lambda *_: iter([(user, used)]))
    before = lab.there()
    assert lab.run("destroy", "shop", lab.source, "--yes") == exits.STEPS
    assert lab.there() == before


def test_names_that_a_cloud_made_up_do_nothing_to_the_terminal(lab: Lab, capsys: Capture) -> None:
    driver = lab.driver()
    item = next(iter(lab.store(lab.vim).items.values()))
    lab.store(lab.vim).items["evil"] = replace(item, key=Key(lab.vim, "segment", "a\x1b[2J/lan"), references={})
    assert driver.observe().observed
    assert lab.run("destroy", "nothing-like-it", lab.source, "--yes") == exits.USAGE
    assert lab.run("destroy", "--all", lab.source, types="no\n") == exits.INTERRUPTED
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
    assert "there are: a" in said.err


def test_what_a_rule_of_the_operator_denies_is_refused(
    lab: Lab, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keep.rego").write_text('package magi\n\nimport rego.v1\n\ndeny contains "machines stay"\n')
    monkeypatch.setenv("MAGI_REGO_FOLDER", str(tmp_path))
    before = lab.there()
    assert lab.run("destroy", "shop", lab.source, "--yes") == exits.STEPS
    assert "policy as code: machines stay" in capsys.readouterr().err
    assert lab.there() == before
