"""Fields of resources that a service leaves to others."""

from __future__ import annotations

from reconciler.model import DriftMode, Key
from tests.documents.commits import catalog_of, changed
from tests.documents.vcpe import REPOSITORY, in_service


def with_rules(rules: str) -> list[str]:
    return in_service("spec:\n", f"spec:\n  ignoreDifferences:\n    - {rules}\n")


def test_the_named_fields_of_the_named_resources_are_left_to_others() -> None:
    of_ports = "{kind: port, fields: [security_groups], resources: ['fw/*/eth1']}"
    rules = f"{{kind: server, fields: [metadata, name]}}\n    - {of_ports}"
    there = changed(REPOSITORY, "vcpe.yaml", "spec:\n", f"spec:\n  ignoreDifferences:\n    - {rules}\n")
    desired = catalog_of(there).desired["paris"]
    ignored = {key: one.ignored for key, one in desired.items() if one.ignored}
    assert ignored == {
        Key("paris", "server", "vcpe/fw/fw-0"): {"metadata", "name"},
        Key("paris", "port", "vcpe/fw/fw-0/eth1"): {"security_groups"},
    }


def test_an_unknown_kind_or_field_is_an_error_at_its_place() -> None:
    assert with_rules("{kind: servers, fields: [metadata]}") == [
        "vcpe.yaml:6:14: unknown kind of resource 'servers' (did you mean 'server'?)"
    ]
    assert with_rules("{kind: server, fields: [metadat]}") == [
        "vcpe.yaml:6:31: unknown field of a server 'metadat' (did you mean 'metadata'?)"
    ]


def test_a_service_says_what_is_done_about_drift_and_rules_what_else_is_for_some_fields() -> None:
    rules = "  drift: report\n  ignoreDifferences:\n    - {kind: server, fields: [metadata], drift: repair}\n"
    desired = catalog_of(changed(REPOSITORY, "vcpe.yaml", "spec:\n", f"spec:\n{rules}")).desired["paris"]
    assert {one.drift for one in desired.values()} == {DriftMode.REPORT}
    server = desired[Key("paris", "server", "vcpe/fw/fw-0")]
    assert server.drift_fields == (("metadata", DriftMode.REPAIR),)
    assert server.ignored == frozenset()


def test_a_rule_without_fields_is_about_all_of_a_kind() -> None:
    rules = "{kind: port, resources: ['fw/*/eth1'], drift: report}"
    there = changed(REPOSITORY, "vcpe.yaml", "spec:\n", f"spec:\n  ignoreDifferences:\n    - {rules}\n")
    desired = catalog_of(there).desired["paris"]
    modes = {key.name: dict(one.drift_fields) for key, one in desired.items() if one.drift_fields}
    assert modes.keys() == {"vcpe/fw/fw-0/eth1"}
    assert modes["vcpe/fw/fw-0/eth1"].items() >= {"mac": DriftMode.REPORT, "name": DriftMode.REPORT}.items()


def test_the_policy_says_it_for_all_services() -> None:
    policy = "apiVersion: magi/v1alpha1\nkind: Policy\nmetadata: {name: rules}\nspec: {drift: ignore}\n"
    assert catalog_of({**REPOSITORY, "policy.yaml": policy}).policy.drift is DriftMode.IGNORE
