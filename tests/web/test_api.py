"""The JSON API of a real daemon during trouble. Each answer is held to the OpenAPI document."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from reconciler.model import MemberShare
from reconciler.reporting.chronicle import Seen, follow
from reconciler.reporting.shared_reports import shared_report
from reconciler.web import make_app
from tests.loop.follower import Follower
from tests.metrics.reports import SOURCE, report
from tests.web.described import ask
from tests.web.shown import Shown

# One process makes the daemon that they ask.
pytestmark = pytest.mark.xdist_group("busy daemon")

ROOT = "/api/v1"
SERVICES = f"{ROOT}/repositories/default/services"


def conditions(found: Any) -> dict[str, tuple[str, str]]:
    return {one["type"]: (one["status"], one["reason"]) for one in found["conditions"]}


def names(found: Any, name: str = "name") -> list[str]:
    return [one[name] for one in found]


def test_every_answer_is_what_the_document_says(app: Flask) -> None:
    for path in (
        "status",
        "repositories",
        "commits",
        "vims",
        "services",
        "plan",
        "drift",
        "events",
        "passes",
        "openapi.json",
    ):
        ask(app, f"{ROOT}/{path}")


def test_the_repository_shows_the_commit_in_force_and_the_refused_one(app: Flask, follower: Follower) -> None:
    (found,) = ask(app, f"{ROOT}/repositories")["repositories"]
    assert (found["name"], found["commit"]) == ("default", follower.daemon.repositories()[0].commit)
    assert found["refused"] == follower.work.git("rev-parse", "HEAD")
    assert "no address" in found["problems"][0]


def test_the_history_shows_the_newest_commit_first_with_what_became_of_each(app: Flask) -> None:
    refused, second, first = ask(app, f"{ROOT}/commits")["commits"]
    assert (refused["outcome"], refused["problemCount"], refused["vims"]) == ("refused", 1, [])
    assert refused["problems"][0].startswith("wrong.yaml:6:")
    assert (second["outcome"], second["syncedAt"]) == ("unreachable", None)
    assert {one["name"]: one["outcome"] for one in second["vims"]} == {
        "lyon": "synced",
        "oslo": "unreachable",
        "paris": "blocked",
    }
    assert (first["outcome"], first["supersededBy"]) == ("superseded", second["commit"])
    lyon, _, paris = first["vims"]
    assert (lyon["done"], paris["blocked"]) == ({"create": 4}, {"create": 2})
    assert first["authoredAt"] == "2026-01-02T03:04:05Z"


def test_vims_show_whether_they_can_be_observed_and_why_not(app: Flask) -> None:
    lyon, oslo, paris = ask(app, f"{ROOT}/vims")["vims"]
    assert conditions(lyon)["Reachable"] == ("False", "Unreachable")
    assert conditions(lyon)["Synced"] == ("Unknown", "Unreachable")
    assert conditions(oslo)["Reachable"] == ("False", "NotConfigured")
    assert conditions(paris) == {
        "Reachable": ("True", "Answered"),
        "Synced": ("False", "StepsBlocked"),
        "Progressing": ("False", "StepsBlocked"),
        "Blocked": ("True", "NeedsConsent"),
        "Contested": ("False", "OnlyWriter"),
    }
    one = ask(app, f"{ROOT}/repositories/default/vims/oslo")
    assert (one["name"], one["conditions"]) == ("oslo", oslo["conditions"])


def test_a_service_shows_its_conditions_and_what_happened_to_it(app: Flask) -> None:
    hello = ask(app, f"{SERVICES}/hello")
    assert (hello["sync"], hello["health"], hello["ready"]) == ("synced", "healthy", hello["desired"])
    assert conditions(hello) == {
        "Synced": ("True", "Synced"),
        "Healthy": ("True", "Healthy"),
        "Progressing": ("False", "Settled"),
        "Blocked": ("False", "NothingBlocked"),
        "Suspended": ("False", "NotSuspended"),
    }
    assert re.match(r"\d+ created for commit", next(e["message"] for e in hello["events"] if e["reason"] == "Changed"))
    assert conditions(ask(app, f"{SERVICES}/blocked"))["Blocked"] == ("True", "NeedsConsent")
    assert conditions(ask(app, f"{SERVICES}/suspended"))["Suspended"] == ("True", "SuspendedInGit")


def test_a_service_on_two_vims_is_no_better_than_on_the_worse_one(app: Flask) -> None:
    both = ask(app, f"{SERVICES}/both")
    assert names(both["vims"], "vim") == ["lyon", "paris"]
    assert [one["sync"] for one in both["vims"]] == ["unknown", "synced"]
    assert both["sync"] == "unknown"
    synced = both["conditions"][0]
    assert (synced["type"], synced["status"]) == ("Synced", "Unknown")
    assert synced["message"].startswith("lyon: ")


def test_the_topology_has_what_magi_graph_draws_with_what_was_observed(app: Flask) -> None:
    found = ask(app, f"{SERVICES}/hello/topology")
    nodes = {one["id"]: one for one in found["nodes"]}
    assert {one["type"] for one in nodes.values()} == {"vdu", "link", "router", "access-point", "outside"}
    (vdu,) = [one for one in nodes.values() if one["type"] == "vdu"]
    assert (vdu["label"], vdu["vnf"], vdu["sync"], vdu["states"]) == ("web × 1", "web", "synced", {"ready": 1})
    joined = [{nodes[one["from"]]["type"], nodes[one["to"]]["type"]} for one in found["links"]]
    assert {"vdu", "link"} in joined
    (outside,) = [one for one in nodes.values() if one["type"] == "outside"]
    assert (outside["label"], outside["sync"], outside["resources"]) == ("public", None, [])


def test_the_topology_marks_what_differs_is_missing_or_is_unknown(app: Flask) -> None:
    (blocked,) = ask(app, f"{SERVICES}/blocked/topology")["nodes"]
    assert (blocked["change"], blocked["sync"], blocked["states"]) == ("replace", "out-of-sync", {"ready": 2})
    (suspended,) = ask(app, f"{SERVICES}/suspended/topology")["nodes"]
    assert (suspended["change"], suspended["states"]) == ("create", {"missing": 2})
    nodes = {one["vim"]: one for one in ask(app, f"{SERVICES}/both/topology")["nodes"]}
    assert (nodes["lyon"]["sync"], nodes["lyon"]["states"]) == ("unknown", {})
    assert (nodes["paris"]["sync"], nodes["paris"]["states"]) == ("synced", {"ready": 2})


def test_the_plan_is_what_is_left_to_do_and_why(app: Flask) -> None:
    lyon, _, paris = ask(app, f"{ROOT}/plan")["plans"]
    assert lyon["plan"] is None
    assert "503" in lyon["error"]
    assert names(paris["plan"]["resources"]) == [
        "blocked/lan/ipv4",
        "drifting/lan",
        "suspended/lan",
        "suspended/lan/ipv4",
    ]
    assert {one["result"] for one in paris["outcomes"]} == {"blocked"}


def test_a_plan_of_one_service_has_the_digests_that_may_be_approved(app: Flask) -> None:
    (whole,) = ask(app, f"{ROOT}/plan?vim=paris")["plans"]
    (part,) = ask(app, f"{ROOT}/plan?vim=paris&service=blocked")["plans"]
    assert names(part["plan"]["resources"]) == ["blocked/lan/ipv4"]
    assert part["plan"]["summary"] == {"create": 0, "update": 0, "delete": 0, "replace": 1, "blocked": 1}
    assert part["plan"]["digest"] == whole["plan"]["digest"]
    (blocked,) = part["plan"]["blockedSets"]
    assert blocked in whole["plan"]["blockedSets"]


def test_drift_is_what_git_did_not_ask_for_with_since_when(app: Flask) -> None:
    found = ask(app, f"{ROOT}/drift")
    (reported,) = found["drift"]
    assert (reported["name"], reported["difference"], reported["blocked"]) == (
        "drifting/lan",
        "changed",
        "drift is only reported",
    )
    assert reported["changes"] == [{"field": "mtu", "old": 1300, "new": 1400}]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", reported["since"])
    assert ask(app, f"{ROOT}/drift?service=blocked") == {"total": 0, "drift": []}


@pytest.mark.parametrize(
    ("path", "part", "vims"),
    [
        ("status?vim=paris", "vims", {"paris"}),
        ("vims?vim=lyon", "vims", {"lyon"}),
        ("vims?repository=other", "vims", set()),
        ("events?vim=lyon", "events", {"lyon"}),
        ("events?vim=lyon&repository=other", "events", set()),
        ("plan?vim=lyon&repository=default", "plans", {"lyon"}),
        ("drift?vim=lyon", "drift", set()),
    ],
)
def test_filters_narrow_the_answer(app: Flask, path: str, part: str, vims: set[str]) -> None:
    assert {one.get("vim", one.get("name")) for one in ask(app, f"{ROOT}/{path}")[part]} == vims


def test_a_service_is_shown_for_the_vim_that_is_asked_for(app: Flask) -> None:
    (both,) = ask(app, f"{ROOT}/services?service=both&vim=paris")["services"]
    assert names(both["vims"], "vim") == ["paris"]
    assert both["sync"] == "synced", both["vims"]


def test_lists_come_in_pages() -> None:
    # A daemon that goes on may say another thing of a service between two pages.
    app = make_app(Shown(passes=[report([f"vcpe-{number}" for number in range(7)])]))
    whole = ask(app, f"{ROOT}/services")
    assert whole["total"] == len(whole["services"]) == 7
    pages = [ask(app, f"{ROOT}/services?limit=3&offset={offset}") for offset in (0, 3, 6, 9)]
    assert [len(page["services"]) for page in pages] == [3, 3, 1, 0]
    assert [one for page in pages for one in page["services"]] == whole["services"]
    assert {page["total"] for page in pages} == {7}


@pytest.mark.parametrize(
    ("query", "error", "hint"),
    [
        ("vmi=paris", "unknown parameter 'vmi'", "did you mean 'vim'?"),
        ("vim=", "'vim' has 0 characters", "a name has 1 to 200"),
        ("vim=paris&vim=lyon", "'vim' is given 2 times", "give it once"),
        ("limit=0", "'limit' is no number from 1 to 1000", ""),
        ("limit=1001", "'limit' is no number from 1 to 1000", ""),
        ("limit=ten", "'limit' is no number from 1 to 1000", ""),
        ("offset=-1", "'offset' is no number from 0 to 1000000", ""),
        ("limit=١", "'limit' is no number from 1 to 1000", ""),
    ],
)
def test_a_wrong_parameter_is_refused_and_never_passed_over(app: Flask, query: str, error: str, hint: str) -> None:
    assert ask(app, f"{ROOT}/services?{query}", 400) == {"error": error, "hint": hint}


@pytest.mark.parametrize(
    ("path", "error", "hint"),
    [
        ("repositories/other/services/hello", "there is no repository 'other'", "there are: default"),
        ("repositories/other/vims/paris", "there is no repository 'other'", "there are: default"),
        ("repositories/default/vims/pariss", "there is no VIM 'pariss'", "did you mean 'paris'?"),
        ("repositories/default/services/helo", "there is no network service 'helo'", "did you mean 'hello'?"),
        ("repositories/default/services/helo/topology", "there is no network service 'helo'", "did you mean 'hello'?"),
        ("nothing", "there is nothing here", "/api/v1/openapi.json lists all paths"),
        ("services/", "there is nothing here", "/api/v1/openapi.json lists all paths"),
        ("/services", "there is nothing here", "/api/v1/openapi.json lists all paths"),
    ],
)
def test_what_is_not_there_is_reported_as_json_with_a_hint(app: Flask, path: str, error: str, hint: str) -> None:
    assert ask(app, f"{ROOT}/{path}", 404) == {"error": error, "hint": hint}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written(app: Flask, method: str) -> None:
    answer = app.test_client().open(f"{ROOT}/services", method=method, json={})
    assert answer.status_code == 405
    assert answer.json == {"error": "this API only reads", "hint": "use GET; the desired state is in Git"}
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_defect_is_reported_as_json_and_shows_nothing_of_itself() -> None:
    class Broken(Shown):
        def repositories(self) -> Any:
            raise RuntimeError("secret")

    app = make_app(Broken(passes=[report(["vcpe"])]))
    assert ask(app, f"{ROOT}/repositories", 500) == {"error": "a defect in Magi", "hint": "its log has the details"}


def test_errors_elsewhere_are_no_json(app: Flask) -> None:
    assert app.test_client().get("/nothing").mimetype == "text/html"


def test_who_has_the_answer_already_does_not_get_it_again() -> None:
    client = make_app(Shown(passes=[report(["vcpe"])])).test_client()
    first = client.get(f"{ROOT}/services")
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get(f"{ROOT}/services", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = client.get(f"{ROOT}/services?limit=1&offset=1", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


def test_before_the_first_commit_all_lists_are_empty() -> None:
    app = make_app(Shown())
    for path in ("commits", "vims", "services", "plan", "drift", "events", "passes"):
        assert ask(app, f"{ROOT}/{path}")["total"] == 0


def test_the_same_service_of_two_repositories_is_two() -> None:
    other = replace(report(["vcpe"]), repository="core", services=(replace(report(["vcpe"]).services[0], ready=1),))
    shown = Shown(passes=[report(["vcpe"]), other], others=(replace(SOURCE, name="core"),))
    app = make_app(shown)
    found = ask(app, f"{ROOT}/services")["services"]
    assert [(one["repository"], one["name"], one["ready"]) for one in found] == [
        ("core", "vcpe", 1),
        ("default", "vcpe", 4),
    ]
    assert ask(app, f"{ROOT}/repositories/core/services/vcpe")["ready"] == 1
    assert ask(app, f"{ROOT}/repositories/core/vims/paris")["repository"] == "core"
    assert len(ask(app, f"{ROOT}/status?repository=core")["repositories"]) == 1


def test_vims_and_services_of_other_members_are_shown_with_who_serves_them() -> None:
    other = report(["vcpe", "edge"], vim="lyon")
    shared = replace(shared_report(other, follow(Seen(), other), None, {}, {}), member="b-2")
    members = (MemberShare("a-1", ("paris",), is_self=True), MemberShare("b-2", ("lyon", "oslo")))
    source = replace(SOURCE, members=members)
    app = make_app(Shown(passes=[report(["vcpe"])], shared=[shared], source=source))
    found = ask(app, f"{ROOT}/vims")
    assert (found["total"], [(one["name"], one["member"]) for one in found["vims"]]) == (
        2,
        [("lyon", "b-2"), ("paris", "a-1")],
    )
    lyon = ask(app, f"{ROOT}/repositories/default/vims/lyon")
    assert (lyon["resources"], conditions(lyon)["Reachable"]) == (8, ("True", "Answered"))
    vcpe = ask(app, f"{SERVICES}/vcpe")
    assert (names(vcpe["vims"], "vim"), vcpe["sync"], vcpe["desired"]) == (["lyon", "paris"], "synced", 8)
    assert names(ask(app, f"{ROOT}/services?vim=lyon")["services"]) == ["edge", "vcpe"]
    status = ask(app, f"{ROOT}/status")
    assert [(one["name"], one["plan"] is None) for one in status["vims"]] == [("lyon", True), ("paris", False)]
    assert status["repositories"][0]["shard"]["unreported"] == ["oslo"]
    # What is left to do is known where it is done.
    assert ask(app, f"{ROOT}/plan")["total"] == 1
