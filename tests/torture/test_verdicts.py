"""Each rule of the verdict: what breaks it, and what does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from torture.clouds import LISTINGS, Holding
from torture.drift import Touch
from torture.history import history
from torture.ledger import Entry, Ledger, call
from torture.verdict import Violation, claimed, differences, foreign_touched, lost
from torture.wishes import Wishes

WISHES = history(7, ("paris", "lyon")).episodes[0].wishes
SERVICE = WISHES.services[0].name


def network(name: str, id: str = "1", **more: Any) -> dict[str, Any]:  # noqa: A002
    return {"id": id, "name": name, "description": f"magi:torture {name} 1-2-ab", "project_id": "p", **more}


def holding(*networks: dict[str, Any]) -> Holding:
    return Holding("paris", "p", {kind: [] for kind in LISTINGS} | {"network": list(networks)})


def rules(*violations: Violation) -> list[str]:
    return [one.rule for one in violations]


def test_two_clouds_that_hold_the_same_under_other_ids_do_not_differ() -> None:
    assert not [*differences([holding(network("a/lan", "1", mtu=1))], [holding(network("a/lan", "2", mtu=1))])]


def test_what_is_missing_doubled_orphaned_or_otherwise_is_reported() -> None:
    due = holding(network("a/lan", mtu=1))
    assert rules(*differences([holding()], [due])) == ["converged"]
    twice = holding(network("a/lan", "1", mtu=1), network("a/lan", "2", mtu=1))
    assert rules(*differences([twice], [due])) == ["nothing doubled"]
    more = holding(network("a/lan", mtu=1), network("b/lan", "2"))
    assert rules(*differences([more], [due])) == ["no orphan"]
    (other,) = differences([holding(network("a/lan", mtu=2))], [due])
    assert str(other) == "as in a world without faults: network a/lan on paris: mtu is 2 and should be 1"


def test_what_is_another_project_s_or_has_no_mark_is_no_difference() -> None:
    theirs = network("a/lan", project_id="other")
    assert not [*differences([holding(theirs, network("x") | {"description": ""})], [holding()])]


def test_foreign_resources_that_change_or_go_are_reported() -> None:
    before = {"1": {"mtu": 1}}
    assert not [*foreign_touched(before, before | {"2": {}})]
    assert rules(*foreign_touched(before, {"1": {"mtu": 2}})) == ["nothing foreign touched"]
    assert rules(*foreign_touched(before, {})) == ["nothing foreign touched"]


def test_another_order_of_the_rules_of_a_foreign_group_is_no_touch() -> None:
    group = {"rules": [{"id": "a", "port": 1}, {"id": "b", "port": 2}]}
    before, after = {"1": group}, {"1": {"rules": [*reversed(group["rules"])]}}
    assert [*foreign_touched(before, after)] == []
    assert [*foreign_touched(before, {"1": {"rules": group["rules"][1:]}})] != []


def entry(method: str, kind: str, key: str, id: str = "1", status: int = 204) -> Entry:  # noqa: A002
    return Entry(1.0, 2.0, "paris", "daemon", method, "/x", status, kind, key, id, "")


def judged(*entries: Entry, commits: tuple[Wishes, ...] = (WISHES,), touches: tuple[Touch, ...] = ()) -> list[str]:
    return rules(*lost(entries, [(0.0, one) for one in commits], touches))


def test_what_no_commit_dropped_is_lost() -> None:
    gone = entry("DELETE", "server", f"{SERVICE}/fw/fw-0")
    assert judged(gone) == ["nothing lost"]
    assert judged(replace(gone, status=404)) == []


def test_what_a_commit_dropped_someone_touched_or_a_fault_doubled_is_not() -> None:
    gone = entry("DELETE", "server", f"{SERVICE}/fw/fw-0")
    without = replace(WISHES, services=WISHES.services[1:])
    assert judged(gone, commits=(WISHES, without)) == []
    touch = Touch("server deleted", "paris", (("server", gone.key),))
    assert judged(gone, touches=(touch,)) == []
    assert judged(gone, touches=(replace(touch, cloud="lyon"),)) == ["nothing lost"]
    made = [entry("POST", "server", gone.key, one, 202) for one in ("1", "2")]
    assert judged(*made, gone) == []
    assert judged(*made, gone, replace(gone, id="2")) == ["nothing lost"]


def test_a_delete_that_is_asked_for_again_counts_once_and_an_unplugged_port_each_time() -> None:
    without = replace(WISHES, services=WISHES.services[1:])
    gone = entry("DELETE", "server", f"{SERVICE}/fw/fw-0")
    assert judged(gone, gone, commits=(WISHES, without)) == []
    unplugged = entry("DELETE", "plug", f"{SERVICE}/fw/fw-0/eth0")
    assert judged(unplugged, unplugged, commits=(WISHES, without)) == ["nothing lost"]


def test_what_was_called_made_and_was_not_is_reported() -> None:
    log = ['INFO step ended repository=default vim=paris pass=1 action=create key="port a/fw/eth0" result=done']
    made = entry("POST", "port", "a/fw/eth0", status=201)
    assert not [*claimed([made], "daemon", log)]
    assert rules(*claimed([replace(made, status=409)], "daemon", log)) == ["no refusal is a success"]
    assert rules(*claimed([made], "rival", log)) == ["no refusal is a success"]
    assert not [*claimed([], "daemon", [log[0].replace("done", "failed")])]


def test_the_ledger_knows_what_a_request_is_about_by_the_mark_that_it_was_made_with() -> None:
    ledger = Ledger()
    body = {"port": {"description": "magi:torture a/fw/fw-0/eth0 1-2-ab"}}
    ledger.note(call("POST", "/p/0/network/v2.0/ports"), "paris", "daemon", 0.0, 201, body, {"port": {"id": "77"}}, "")
    ledger.note(call("DELETE", "/p/0/compute/servers/5/os-interface/77"), "paris", "daemon", 0.0, 202, None, None, "")
    ledger.note(call("DELETE", "/p/0/network/v2.0/ports/77"), "paris", "daemon", 0.0, 204, None, None, "")
    found = [(one.method, one.kind, one.key) for one in ledger.entries()]
    key = "a/fw/fw-0/eth0"
    assert found == [("POST", "port", key), ("DELETE", "plug", key), ("DELETE", "port", key)]
