"""Fields of resources that a service leaves to others."""

from __future__ import annotations

from reconciler.model import Key
from tests.documents.commits import catalog_of, changed
from tests.documents.vcpe import REPOSITORY, in_service


def with_rules(rules: str) -> list[str]:
    return in_service("spec:\n", f"spec:\n  ignoreDifferences:\n    - {rules}\n")


def test_the_named_fields_of_the_named_resources_are_left_to_others() -> None:
    of_ports = "{kind: port, fields: [security_groups], resources: ['fw/*/eth1']}"
    rules = f"{{kind: server, fields: [metadata, name]}}\n    - {of_ports}"
    there = changed(REPOSITORY, "vcpe.yaml", "spec:\n", f"spec:\n  ignoreDifferences:\n    - {rules}\n")
    wanted = catalog_of(there).desired["paris"]
    ignored = {key: one.ignored for key, one in wanted.items() if one.ignored}
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
