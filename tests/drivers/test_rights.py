"""The policy rules behind every request: held to the requests that the kinds and the driver can send."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from reconciler.targets import openstack
from reconciler.targets.openstack import kinds
from reconciler.targets.openstack.doctor.rights import FURTHER, RIGHTS
from reconciler.targets.openstack.kinds.declared import Right, Role
from reconciler.targets.openstack.observing.worlds import LISTINGS
from reconciler.targets.rest import Request
from tests.conformance.samples import SAMPLES
from tests.drivers.requests_made import Asked, asked, made

SOURCES = sorted(Path(str(kinds.__file__)).parent.glob("[a-z]*.py"))

Route = tuple[str, str, str, str]


def route(one: Right | Asked) -> Route:
    return one.service, one.method, one.route, one.action


def sent() -> list[Asked]:
    return [asked(request) for request in made()]


def test_every_request_of_a_kind_has_its_rules_and_every_rule_its_request() -> None:
    listed = {("GET", listing.service, listing.path) for listing in LISTINGS}
    desired = {(service, method, path, "") for method, service, path in listed} | {route(one) for one in sent()}
    assert {route(right) for right in RIGHTS} == desired


def test_a_kind_or_what_it_refers_to_declares_the_rights_for_its_requests() -> None:
    rights = {kind.name: kind.rights for kind in kinds.KINDS}
    for kind in kinds.KINDS:
        referred = {key.kind for key in SAMPLES[kind.name].spec.refs()}
        declared = {route(right) for name in (kind.name, *referred) for right in rights.get(name, ())}
        assert {route(asked(request)) for request in made([kind])} <= declared, kind.name


def places() -> Iterator[tuple[str, int]]:
    """Where in the kinds a request is made."""
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Request":
                yield file.stem, node.lineno


def test_the_requests_are_all_that_the_kinds_can_make(monkeypatch: pytest.MonkeyPatch) -> None:
    met: set[tuple[str, int]] = set()

    def noted(*arguments: Any, **named: Any) -> Request:
        frame = sys._getframe(1)
        met.add((Path(frame.f_code.co_filename).stem, frame.f_lineno))
        return Request(*arguments, **named)

    for file in SOURCES:
        module = importlib.import_module(f"{kinds.__name__}.{file.stem}")
        if hasattr(module, "Request"):
            monkeypatch.setattr(module, "Request", noted)
    list(made())
    assert set(places()) - met == set()


# Attributes that Neutron has rules of their own for, of what Magi sends: as of Neutron 29.
WITH_RULES = {
    "/v2.0/networks": {
        "port_security_enabled", "provider:network_type", "provider:physical_network", "provider:segmentation_id",
        "router:external", "shared",
    },
    "/v2.0/ports": {
        "allowed_address_pairs", "allowed_address_pairs:ip_address", "allowed_address_pairs:mac_address",
        "binding:vnic_type", "device_id", "device_owner", "fixed_ips", "fixed_ips:ip_address", "fixed_ips:subnet_id",
        "mac_address", "port_security_enabled",
    },
    "/v2.0/routers": {
        "external_gateway_info", "external_gateway_info:enable_snat", "external_gateway_info:external_fixed_ips",
        "external_gateway_info:network_id",
    },
    "/v2.0/floatingips": {"floating_ip_address"},
}  # fmt: skip


def test_an_attribute_that_is_sent_has_the_rule_that_it_needs() -> None:
    attributes: dict[Route, set[str]] = {}
    for one in sent():
        attributes.setdefault(route(one), set()).update(one.attributes)
    for right in RIGHTS:
        if right.service == "network":
            listed = {rule.partition(":")[2] for rule in (*right.further, *right.above)}
            needing = WITH_RULES.get(right.route.removesuffix("/{id}"), set())
            assert listed == attributes.get(route(right), set()) & needing, right


def test_no_one_needs_more_than_a_member_but_for_what_says_so() -> None:
    more = {right.route for right in RIGHTS if right.role not in {Role.READER, Role.MEMBER}}
    assert all(path.startswith(("/flavors", "/v2.0/qos/policies")) for path in more)
    assert {right.role for right in RIGHTS if right.method == "GET"} == {Role.READER}


def asked_besides() -> Iterator[tuple[str, str]]:
    """Service and path of what the driver asks by itself, where both are in its code."""
    for file in sorted(Path(str(openstack.__file__)).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                words = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                found = [(one, other) for one, other in pairwise(words) if other.startswith("/")]
                yield from found


def test_what_the_driver_asks_besides_has_its_rules_too() -> None:
    known = {(right.service, right.route) for right in (*RIGHTS, *FURTHER)}
    found = {one for one in asked_besides() if one[0] in {"network", "compute", "image", "block-storage"}}
    assert len(found) >= 5
    assert found - known == set()
