"""A part that the target would refuse to remove keeps what belongs together with it; what failed waits."""

from __future__ import annotations

from reconciler.model import Action, BlockReason, Circumstances, Key, Observed, Plan, Policy, StepId, World
from tests.plan_of import plan_of
from tests.worlds import TARGET, ThingSpec, catalog_of, key

LOCKED = "it is locked"


def there(name: str, *base: str, stays: str = "", service: str = "svc") -> Observed:
    return Observed(
        of(name, service), ThingSpec(base=tuple(of(one, service) for one in base)), f"id-{name}", stays=stays
    )


def of(name: str, service: str = "svc") -> Key:
    return key(name)._replace(name=f"{service}/{name}")


def plan(*observed: Observed, policy: Policy | None = None) -> Plan:
    return plan_of({}, World(TARGET, {one.key: one for one in observed}, {}), policy)


def blocked(found: Plan) -> dict[str, tuple[BlockReason | None, str]]:
    return {step.key.name: (step.blocked, step.reason) for step in found.steps.values()}


def test_what_is_below_and_above_a_part_that_stays_stays_too() -> None:
    found = blocked(plan(there("0/net"), there("1/port", "0/net", stays=LOCKED), there("2/server", "1/port")))
    because = f"stays as long as {of('1/port')} does: {LOCKED}"
    assert found == {
        "svc/0/net": (BlockReason.REFUSED, because),
        "svc/1/port": (BlockReason.REFUSED, LOCKED),
        "svc/2/server": (BlockReason.REFUSED, because),
    }


def test_all_that_is_built_on_a_part_that_stays_stays() -> None:
    found = plan(there("0/net", stays=LOCKED), there("1/port", "0/net"), there("2/server", "1/port"))
    assert {step.blocked for step in found.steps.values()} == {BlockReason.REFUSED}


def test_what_has_nothing_to_do_with_it_goes() -> None:
    found = blocked(plan(there("0/net", stays=LOCKED), there("0/other"), there("1/port", "0/other")))
    assert found["svc/0/net"] == (BlockReason.REFUSED, LOCKED)
    assert {found[name][0] for name in ("svc/0/other", "svc/1/port")} == {None}


def test_another_service_goes_although_it_uses_what_stays() -> None:
    shared = there("0/net", stays=LOCKED)
    user = Observed(of("1/port", "other"), ThingSpec(base=(shared.key,)), "id-port")
    found = blocked(plan(shared, user))
    assert found == {"svc/0/net": (BlockReason.REFUSED, LOCKED), "other/1/port": (None, "")}


def test_what_services_share_does_not_link_them() -> None:
    shared = Observed(Key(TARGET, "level0", "net"), ThingSpec(), "id-net")
    users = [
        Observed(of("1/port", service), ThingSpec(base=(shared.key,)), f"id-{service}", stays=stays)
        for service, stays in (("a", LOCKED), ("b", ""))
    ]
    found = blocked(plan(shared, *users))
    assert found["a/1/port"] == (BlockReason.REFUSED, LOCKED)
    assert found["b/1/port"] == (None, "")


def test_without_such_a_part_all_go() -> None:
    found = blocked(plan(there("0/net"), there("1/port", "0/net")))
    assert {reason for reason, _ in found.values()} == {None}


def test_what_is_blocked_for_another_reason_keeps_that() -> None:
    found = blocked(plan(there("0/net"), there("1/port", "0/net", stays=LOCKED), policy=Policy(protect=("svc",))))
    assert {reason for reason, _ in found.values()} == {BlockReason.PROTECTED}


def test_a_step_that_failed_a_moment_ago_waits_and_the_others_go_on() -> None:
    a = StepId(Action.CREATE, key("0/a"))
    failed = Circumstances(failed={a: "503: tried again in 30 s"})
    things = catalog_of({"0/a": ThingSpec(), "0/b": ThingSpec()})
    found = plan_of(things, World(TARGET, {}, {}), circumstances=failed)
    assert blocked(found) == {"svc/0/a": (BlockReason.FAILED, "503: tried again in 30 s"), "svc/0/b": (None, "")}


def test_a_step_that_failed_and_is_blocked_keeps_the_reason_of_the_guard() -> None:
    a = StepId(Action.DELETE, key("0/a"))
    observed = World(TARGET, {key("0/a"): there("0/a")}, {})
    found = plan_of({}, observed, Policy(prune=False), circumstances=Circumstances(failed={a: "503"}))
    assert blocked(found)["svc/0/a"][0] is BlockReason.PRUNE


def test_a_create_beside_it_changes_nothing() -> None:
    observed = [there("0/net"), there("1/port", "0/net", stays=LOCKED)]
    world = World(TARGET, {one.key: one for one in observed}, {})
    found = blocked(plan_of(catalog_of({"0/new": ThingSpec()}), world))
    assert found["svc/0/new"] == (None, "")
    assert {found[name][0] for name in ("svc/0/net", "svc/1/port")} == {BlockReason.REFUSED}


def test_of_what_services_share_only_the_part_itself_stays() -> None:
    net = Observed(Key(TARGET, "level0", "net"), ThingSpec(), "id-net")
    subnet = Observed(Key(TARGET, "level1", "subnet"), ThingSpec(base=(net.key,)), "id-subnet", stays=LOCKED)
    assert blocked(plan(net, subnet)) == {"subnet": (BlockReason.REFUSED, LOCKED), "net": (None, "")}
