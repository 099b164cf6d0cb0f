"""A network service is destroyed on a cloud: the real process, and what is not Magi's stays."""

from __future__ import annotations

from tests.end_to_end.conftest import Workplace


def magi(workplace: Workplace, *arguments: str) -> tuple[int, str]:
    done = workplace.magi(*arguments, "--clouds-file", str(workplace.clouds_file))
    return done.code, done.out + done.err


def test_a_service_that_left_git_is_destroyed_with_what_it_stores_and_the_rest_stays(workplace: Workplace) -> None:
    workplace.copy_example("vcpe")
    code, output = magi(workplace, "apply", workplace.url, "--yes")
    assert code == 0, output
    whole = magi(workplace, "plan", workplace.url)[1]
    assert "Nothing to do" in whole
    workplace.work.git("rm", "-q", "services/vcpe-paris.yaml")
    workplace.work.commit({}, "Give it up")
    workplace.simulator.reset_requests()
    code, output = magi(workplace, "destroy", "vcpe-paris", workplace.url, "--yes")
    assert code == 0, output
    assert "data loss" in output
    assert {entry[0] for entry in workplace.writes()} == {"paris"}
    assert {entry[1] for entry in workplace.writes()} <= {"DELETE", "PUT"}
    workplace.simulator.reset_requests()
    code, output = magi(workplace, "destroy", "vcpe-paris", workplace.url, "--yes")
    assert (code, "no network service 'vcpe-paris' on the VIMs" in output, workplace.writes()) == (64, True, [])
    assert "Nothing to do" in magi(workplace, "plan", workplace.url)[1]
