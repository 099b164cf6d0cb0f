"""A set in waves: nothing of a later wave is done until all before it are what this commit asks for, and well."""

from dataclasses import replace

import pytest

from reconciler.model import (
    ApiBudget,
    Catalog,
    Health,
    MagiError,
    Report,
    Rollout,
    ServiceInfo,
    ServiceStatus,
    Sync,
    Target,
)
from reconciler.planning import waiting
from tests.worlds import PLACE

WHERE = {"canary": ("paris", "lyon"), "second": ("lyon",), "third": ("paris",)}
CATALOG = Catalog(
    {},
    {},
    {name: ServiceInfo(name, PLACE, targets) for name, targets in WHERE.items()},
    rollouts=(Rollout("edge", (("canary",), ("second",), ("third",))),),
    commit="now",
)


def reports(commit: str = "now", **unhealthy: Health) -> dict[str, Report]:
    """What both VIMs last reported; ``unhealthy``: the health of services that are not well."""
    return {
        target: Report(
            target,
            commit,
            0.0,
            0.0,
            tuple(
                ServiceStatus(name, target, Sync.SYNCED, unhealthy.get(name, Health.HEALTHY))
                for name, targets in WHERE.items()
                if target in targets
            ),
        )
        for target in ("paris", "lyon")
    }


def test_without_any_report_the_canaries_alone_go() -> None:
    assert waiting(CATALOG, {}) == dict.fromkeys(
        ("second", "third"), "waits for wave 1 of 3 of set edge: canary is not known yet on paris"
    )


def test_an_observation_for_an_older_commit_shows_nothing() -> None:
    assert waiting(CATALOG, reports("before")).keys() == {"second", "third"}


def test_a_target_that_is_not_known_blocks_who_comes_after_what_exists_there() -> None:
    found = reports()
    found["lyon"] = replace(found["lyon"], error=MagiError("no answer", ""))
    assert waiting(CATALOG, found)["second"].endswith("canary is not known yet on lyon")


@pytest.mark.parametrize("health", [Health.DEGRADED, Health.PROGRESSING, Health.UNKNOWN])
def test_who_is_not_well_halts_the_waves_behind(health: Health) -> None:
    assert waiting(CATALOG, reports(second=health)) == {
        "third": f"waits for wave 2 of 3 of set edge: second is synced and {health} on lyon"
    }


def test_the_last_wave_waits_for_all_and_no_one_for_it() -> None:
    assert waiting(CATALOG, reports()) == {}
    assert waiting(CATALOG, reports(third=Health.DEGRADED)) == {}


def test_a_member_that_is_suspended_blocks_no_one() -> None:
    services = {**CATALOG.services, "canary": replace(CATALOG.services["canary"], suspended=True)}
    assert waiting(replace(CATALOG, services=services), reports(canary=Health.DEGRADED)) == {}


def test_two_sets_wait_each_for_its_own_canary() -> None:
    rollouts = tuple(Rollout(name, ((name,), (f"{name}-later",))) for name in ("one", "two"))
    names = [name for rollout in rollouts for wave in rollout.waves for name in wave]
    services = {name: ServiceInfo(name, PLACE, ("paris",)) for name in names}
    assert waiting(Catalog({}, {}, services, rollouts=rollouts), {}) == {
        f"{name}-later": f"waits for wave 1 of 2 of set {name}: {name} is not known yet on paris"
        for name in ("one", "two")
    }


def test_a_member_on_a_suspended_vim_is_judged_by_its_other_vims() -> None:
    paris = Target("paris", "memory", "paris", (), (), ApiBudget(), PLACE, suspended=True)
    catalog = replace(CATALOG, targets={"paris": paris})
    found = reports()
    assert waiting(catalog, {"paris": found["paris"]})["second"].endswith("canary is not known yet on lyon")
