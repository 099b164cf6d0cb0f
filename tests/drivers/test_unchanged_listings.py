"""A VIM whose listings all answer what they answered before is not decoded again, and found as it is all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from reconciler.model import Action, Desired, Key, Place, Step, TargetUnknown
from reconciler.targets.openstack.driver import OpenStackDriver
from reconciler.targets.openstack.kinds.network import NETWORKS, NetworkSpec
from reconciler.targets.openstack.session import listing as listings
from tests.drivers.clouds import Vim

LAN = Key("paris", "network", "svc/lan")


@pytest.fixture
def driver(vim: Vim) -> OpenStackDriver:
    return vim.driver()


def made(vim: Vim, count: int = 1) -> None:
    for number in range(count):
        vim.caller().make("network", name=f"svc/n{number}", description=f"magi:test svc/n{number}")


@contextmanager
def decoded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The paths of the pages that are decoded within it."""
    found: list[str] = []
    checked = listings._checked

    def note(name: str, listing: Any, response: Any) -> Any:
        found.append(listing.path)
        return checked(name, listing, response)

    with monkeypatch.context() as patch:
        patch.setattr(listings, "_checked", note)
        yield found


def test_nothing_is_decoded_while_nothing_changes(
    vim: Vim, driver: OpenStackDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(vim)
    first = driver.observe()
    asked = len(vim.calls)
    with decoded(monkeypatch) as pages:
        again = driver.observe()
    assert pages == []
    assert again.observed == first.observed
    assert again.existing == first.existing
    assert len(vim.calls) - asked <= asked, "it is asked for all the same"


def test_what_changed_is_decoded_and_found(vim: Vim, driver: OpenStackDriver) -> None:
    made(vim)
    driver.observe()
    caller = vim.caller()
    (network,) = [one for one in caller.network("GET", "networks")["networks"] if one["name"] == "svc/n0"]
    caller.network("PUT", f"networks/{network['id']}", {"network": {"admin_state_up": False}})
    (found,) = driver.observe().observed.values()
    assert isinstance(found.spec, NetworkSpec)
    assert not found.spec.admin_state_up
    assert caller.network("DELETE", f"networks/{network['id']}").status == 204
    assert driver.observe().observed == {}


def test_what_is_back_as_it_was_is_found_again(driver: OpenStackDriver) -> None:
    driver.observe()
    driver.carry_out(Step(Action.CREATE, LAN, Desired(LAN, NetworkSpec(), Place("a.yaml", 1))), {})
    there = driver.observe()
    assert set(there.observed) == {LAN}
    driver.carry_out(Step(Action.DELETE, LAN, observed=there.observed[LAN]), {LAN: there.observed[LAN].id})
    assert driver.observe().observed == {}
    assert driver.observe().observed == {}


def test_each_page_is_known_by_itself(vim: Vim, driver: OpenStackDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "PAGE", 10)
    made(vim, 25)
    assert len(driver.observe().observed) == 25
    with decoded(monkeypatch) as pages:
        assert len(driver.observe().observed) == 25
    assert pages == []
    vim.caller().make("network", name="svc/n25", description="magi:test svc/n25")
    assert len(driver.observe().observed) == 26


def test_a_complete_observation_asks_more_and_the_next_one_no_more_than_before(
    vim: Vim, driver: OpenStackDriver
) -> None:
    def asked(*, complete: bool) -> int:
        before = len(vim.calls)
        driver.observe(complete=complete)
        return len(vim.calls) - before

    made(vim)
    asked(complete=False)
    usual = asked(complete=False)
    assert asked(complete=True) > usual
    assert asked(complete=True) > usual
    assert asked(complete=False) == usual


def test_an_error_in_between_is_no_answer_of_before(vim: Vim, driver: OpenStackDriver) -> None:
    made(vim)
    driver.observe()
    vim.fault(method="GET", route=NETWORKS.path, status=503)
    with pytest.raises(TargetUnknown):
        driver.observe()
    vim.fault()
    assert len(driver.observe().observed) == 1


def test_another_owner_of_the_same_cloud_reads_for_itself(vim: Vim, driver: OpenStackDriver) -> None:
    made(vim)
    driver.observe()
    driver.observe()
    assert OpenStackDriver(vim.connection(), "other").observe().observed == {}
