"""How changes are to be made, as documents say it: what is wrong with it, and what becomes of it."""

from __future__ import annotations

import pytest

from reconciler.model import Consent, Healing, Impact, Key, Permission, Probe, UpdateStrategy, Window
from tests.documents.commits import catalog_of, changed, problems_of
from tests.documents.vcpe import POLICY, REPOSITORY, in_descriptor, in_service

WEEKLY = "{cron: 0 2 * * sat, duration: 4h, timeZone: Europe/Paris}"
WINDOW = Window("0 2 * * sat", 4 * 3600, "Europe/Paris")


def with_spec(text: str) -> list[str]:
    return in_service("  vim: paris\n", f"  vim: paris\n  {text}\n")


def test_what_a_service_says_of_changes() -> None:
    text = f"changes: {{replace: deny, disruptive: window, windows: [{WEEKLY}]}}"
    repository = changed(REPOSITORY, "vcpe.yaml", "  vim: paris\n", f"  vim: paris\n  {text}\n")
    consent = catalog_of(repository).services["vcpe"].consent
    assert consent == Consent(Permission.DENY, Permission.WINDOW, (WINDOW,))


def test_what_a_service_says_of_updates_and_healing() -> None:
    text = "updateStrategy: {maxUnavailable: 2, maxSurge: 1}\n  healing: {ladder: [reboot, replace], pause: 1m30s}"
    repository = changed(REPOSITORY, "vcpe.yaml", "  vim: paris\n", f"  vim: paris\n  {text}\n")
    service = catalog_of(repository).services["vcpe"]
    assert service.strategy == UpdateStrategy(2, 1)
    assert service.healing == Healing((Impact.REBOOT, Impact.REPLACE), limit=3, pause=90.0)


@pytest.mark.parametrize(
    ("window", "reported"),
    [
        ("{cron: 0 2 * * 6, duration: 4h}", "cron '0 2 * * 6': '6' is no day of week (use '*' or the names mon to sun"),
        ("{cron: 0 2 * * sat, duration: 4h, timeZone: Europe/Pari}", "unknown time zone 'Europe/Pari' (did you mean"),
        ("{cron: 0 2 * * sat, duration: 0m}", "a window of no length is never open (such as 4h"),
    ],
)
def test_a_window_that_could_never_open_is_reported(window: str, reported: str) -> None:
    (problem,) = with_spec(f"changes: {{disruptive: window, windows: [{window}]}}")
    assert problem.startswith("vcpe.yaml:6:")
    assert reported in problem


def test_a_window_that_is_waited_for_and_declared_nowhere_is_reported() -> None:
    (problem,) = with_spec("changes: {disruptive: window}")
    assert problem.startswith("vcpe.yaml:6:25: disruptive: window, but no window is declared (add windows: [{cron:")


def test_the_windows_of_the_policy_are_for_services_that_declare_none() -> None:
    policy = POLICY.replace("spec: {}", f"spec: {{changes: {{windows: [{WEEKLY}]}}}}") % "rails"
    repository = changed(REPOSITORY, "vcpe.yaml", "  vim: paris\n", "  vim: paris\n  changes: {replace: window}\n")
    catalog = catalog_of(repository | {"policy.yaml": policy})
    assert catalog.policy.consent.windows == (WINDOW,)
    assert catalog.services["vcpe"].consent.over(catalog.policy.consent).windows == (WINDOW,)


def test_a_strategy_by_which_nothing_could_change_is_reported() -> None:
    (problem,) = with_spec("updateStrategy: {maxUnavailable: 0}")
    assert problem.startswith("vcpe.yaml:6:19: maxUnavailable and maxSurge are both 0")


def test_a_surge_that_has_no_address_left_is_reported() -> None:
    repository = changed(REPOSITORY, "vcpe.yaml", "counts: {fw: 1}", "addresses: {inside: [10.8.0.9]}")
    strategy = "  vim: paris\n  updateStrategy: {maxUnavailable: 0, maxSurge: 1}\n"
    (problem,) = problems_of(changed(repository, "vcpe.yaml", "  vim: paris\n", strategy))
    assert "VDU 'fw' could never change: maxUnavailable is 0, and there is no fixed address for an instance" in problem


@pytest.mark.parametrize(
    ("depends", "reported"),
    [
        ("[fv]", "unknown VNF 'fv' (there is fw)"),
        ("[fw]", "the VNFs wait for one another: fw -> fw"),
    ],
)
def test_a_vnf_that_waits_for_nothing_or_for_itself_is_reported(depends: str, reported: str) -> None:
    (problem,) = in_service("counts: {fw: 1}", f"dependsOn: {depends}")
    assert reported in problem
    assert problem.startswith("vcpe.yaml:15:")


def test_servers_of_a_vnf_wait_for_those_that_it_depends_on() -> None:
    second = (
        "    - {name: log, descriptor: firewall, dependsOn: [fw], connect: {mgmt: mgmt, inside: dmz}}\n  accessPoints:"
    )
    repository = changed(REPOSITORY, "vcpe.yaml", "  accessPoints:", second)
    desired = catalog_of(repository).desired["paris"]
    assert desired[Key("paris", "server", "vcpe/log/fw-0")].after == (Key("paris", "server", "vcpe/fw/fw-0"),)
    assert desired[Key("paris", "server", "vcpe/fw/fw-0")].after == ()
    assert desired[Key("paris", "port", "vcpe/log/fw-0/eth0")].after == ()


def test_a_probe_of_an_interface_that_is_not_there_is_reported() -> None:
    (problem,) = in_descriptor("      keyPair: netops\n", "      probe: {interface: eth9, tcp: {port: 22}}\n")
    assert problem.startswith("vnfd/firewall.yaml:19:26: unknown interface 'eth9'")


def test_what_a_probe_becomes() -> None:
    text = "      probe: {interface: eth0, http: {port: 80, path: /up}, failures: 5, startup: 10}\n"
    repository = changed(REPOSITORY, "vnfd/firewall.yaml", "      keyPair: netops\n", text)
    server = catalog_of(repository).desired["paris"][Key("paris", "server", "vcpe/fw/fw-0")]
    port = Key("paris", "port", "vcpe/fw/fw-0/eth0")
    assert server.probe == Probe("http", port, 80, "/up", timeout=2.0, failures=5, startup=10.0)


@pytest.mark.parametrize(
    "probe", ["{interface: eth0}", "{interface: eth0, tcp: {port: 22}, ping: {}}"], ids=["none", "two"]
)
def test_a_probe_asks_in_one_way(probe: str) -> None:
    (problem,) = in_descriptor("      keyPair: netops\n", f"      probe: {probe}\n")
    assert problem.startswith("vnfd/firewall.yaml:19:7: exactly one of ")
    assert all(word in problem for word in ("tcp", "http", "ping"))


def test_instances_for_the_time_of_a_change_are_desired_where_there_are_addresses() -> None:
    strategy = "  vim: paris\n  updateStrategy: {maxSurge: 3}\n"
    repository = changed(REPOSITORY, "vcpe.yaml", "  vim: paris\n", strategy)
    addresses = "addresses: {inside: [10.8.0.9, 10.8.0.10]}"
    for text, surge in (("counts: {fw: 2}", 3), (addresses, 1), ("counts: {fw: 0}", 0)):
        desired = catalog_of(changed(repository, "vcpe.yaml", "counts: {fw: 1}", text)).desired["paris"]
        servers = [one.instance for key, one in desired.items() if key.kind == "server" and one.instance]
        assert sum(one.surge for one in servers) == surge
        assert all(desired[key].instance for key in desired if key.kind in {"port", "floating-ip"})
