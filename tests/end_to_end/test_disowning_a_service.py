"""A network service is disowned without anything of it being touched."""

from __future__ import annotations

from reconciler.cli import exits
from tests.end_to_end.conftest import Workplace


def disown(workplace: Workplace, *options: str) -> tuple[int, str]:
    done = workplace.magi("disown", "vcpe-paris", workplace.url, "--clouds-file", str(workplace.clouds_file), *options)
    return done.code, done.out + done.err


def apply(workplace: Workplace) -> tuple[int, str]:
    workplace.simulator.reset_requests()
    done = workplace.magi("apply", workplace.url, "--yes", "--clouds-file", str(workplace.clouds_file))
    return done.code, done.out + done.err


def test_a_service_is_suspended_disowned_and_removed_and_runs_on(workplace: Workplace) -> None:
    workplace.copy_example("vcpe")
    assert apply(workplace)[0] == 0

    code, output = disown(workplace, "--yes")
    assert code == exits.CONFIG
    assert "the documents declare vcpe-paris" in output
    assert "commit 'suspend: true'" in output

    workplace.edit("services/vcpe-paris.yaml", "  vim: paris\n", "  vim: paris\n  suspend: true\n")
    code, output = disown(workplace)
    assert (code, "there is no terminal to ask on" in output) == (exits.USAGE, True)
    workplace.simulator.reset_requests()
    code, output = disown(workplace, "--yes")
    assert (code, "resources of vcpe-paris are disowned, and keep running" in output) == (0, True)
    assert {(method, route) for _, method, route in workplace.writes() if method == "DELETE"} == {
        ("DELETE", "/v2.1/servers/{id}/tags/{tag}")
    }

    code, output = apply(workplace)
    assert (code, workplace.writes()) == (0, []), output
    workplace.work.git("rm", "-q", "services/vcpe-paris.yaml")
    workplace.work.commit({}, "Give it up")
    code, output = apply(workplace)
    assert (code, workplace.writes()) == (0, []), output
    assert "Nothing of vcpe-paris has a mark" in disown(workplace, "--yes")[1]


def test_a_suspended_service_is_planned_and_left_as_it_is(workplace: Workplace) -> None:
    workplace.copy_example("vcpe")
    assert apply(workplace)[0] == 0
    workplace.edit(
        "services/vcpe-paris.yaml", "  vim: paris\n", "  vim: paris\n  suspend: true\n  description: manual\n"
    )
    workplace.edit("services/vcpe-paris.yaml", "counts: {fw: 2}", "counts: {fw: 1}")
    plan = workplace.magi("plan", workplace.url, "--clouds-file", str(workplace.clouds_file))
    assert "blocked: service vcpe-paris is suspended in Git" in plan.out
    code, output = apply(workplace)
    assert (code, workplace.writes()) == (0, []), output
