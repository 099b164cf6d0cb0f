"""What kinds declare of themselves holds together: the order in which they are read, quotas, extensions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from openstack_simulator.neutron import limits
from reconciler.model import Spec
from reconciler.targets.openstack import kinds
from reconciler.targets.openstack.doctor.rights import FURTHER
from reconciler.targets.openstack.kinds import EXISTING, KINDS
from reconciler.targets.openstack.kinds.declared import Level, OpenStackKind, Requirement, RequirementType
from reconciler.targets.openstack.preflight.quotas import COUNTED
from reconciler.targets.openstack.requirements import REQUIREMENTS, rows_of
from reconciler.targets.openstack.services import SERVICES, UNKNOWN_WITHOUT, QuotaAttributes, QuotaReport, Service, Use
from reconciler.targets.openstack.session.quotas import (
    Quota,
    QuotasUnknown,
    counted_by_listing,
    quota_names,
    reported_quotas,
)
from reconciler.targets.rest import Listing
from tests.conformance.samples import SAMPLES

NAMES = tuple(kind.name for kind in KINDS)
LISTED = {kind.name: kind.listing.service for kind in KINDS}


def references() -> Mapping[str, set[str]]:
    """Which other kinds each kind refers to, by all that its sample is and becomes."""
    found: dict[str, set[str]] = {}
    for name, sample in SAMPLES.items():
        specs: Iterable[Spec] = [sample.spec, *(spec for field in sample.changes for spec in sample.change(field))]
        found[name] = {key.kind for spec in specs for key in spec.refs()} & set(NAMES) - {name}
    return found


def too_early(order: Sequence[str], refers: Mapping[str, Collection[str]]) -> set[tuple[str, str]]:
    """The pairs of a kind and one that it refers to and that is only read after it."""
    place = {name: number for number, name in enumerate(order)}
    return {(name, other) for name in order for other in refers[name] if place[other] > place[name]}


def test_a_kind_is_read_after_all_that_it_refers_to() -> None:
    assert too_early(NAMES, references()) == set()


def test_a_kind_that_is_listed_too_early_is_found() -> None:
    moved = ("port", *(name for name in NAMES if name != "port"))
    assert too_early(moved, references()) == {("port", "network"), ("port", "subnet"), ("port", "security-group")}


def test_a_quota_that_a_kind_counts_against_is_one_that_its_service_shows() -> None:
    for kind in KINDS:
        taken = kind.takes(SAMPLES[kind.name].spec)
        assert taken.keys() <= set(quota_names(SERVICES[LISTED[kind.name]])), kind.name
        assert not kind.quota or taken[kind.quota] == 1, kind.name


def test_each_quota_of_what_magi_makes_is_counted() -> None:
    not_made, by_flavor = {"subnetpool"}, {"cores", "ram (MiB)"}
    taken = {name for kind in KINDS for name in kind.takes(SAMPLES[kind.name].spec)}
    shown = {name for service in SERVICES.values() for name in quota_names(service)}
    assert taken == shown - by_flavor
    assert {name for name in taken if name in limits.NAMES} == set(limits.NAMES) - not_made


def test_the_services_whose_quotas_are_checked_are_those_of_the_kinds_that_count_against_one() -> None:
    counting = {LISTED[kind.name] for kind in KINDS if kind.takes(SAMPLES[kind.name].spec)}
    assert {service.type for service in COUNTED} == counting
    assert all(service.quotas for service in COUNTED)


class Zones(OpenStackKind[Spec]):
    """A kind of a service that no one has heard of."""

    name = "zone"
    quota = "zones"
    listing = Listing("dns", "/zones", "zones", project="project_id")


class Answer(NamedTuple):
    body: object
    status_code: int

    def json(self) -> object:
        return self.body


class Answering:
    """A connection that gives one answer to whatever it is asked, and keeps what that was."""

    def __init__(self, body: object, status: int = 200) -> None:
        self.answer, self.asked = Answer(body, status), list[tuple[str, ...]]()

    def project_id(self) -> str:
        return "p1"

    def request(self, *asked: str) -> Answer:
        self.asked.append(asked)
        return self.answer


def answering(body: object, status: int = 200) -> Any:
    return Answering(body, status)


def test_quotas_of_a_new_service_are_read_as_its_row_says() -> None:
    attributes = {"zones": QuotaAttributes("max", "in_use"), "records": QuotaAttributes("records", "")}
    dns = Service(
        "dns", "designate", "/v2", Use("zones"), quotas=(QuotaReport("/quotas/{project}", ("limits",), attributes),)
    )
    connection = answering({"limits": {"max": 5, "in_use": 2, "records": 7}})
    assert reported_quotas(connection, dns, set) == [Quota("zones", 5, 2), Quota("records", 7)]
    assert connection.asked == [("GET", "dns", "/quotas/p1")]
    assert counted_by_listing(dns, [Zones()]) == {}
    silent = replace(dns, quotas=(QuotaReport("/quotas", (), {"zones": QuotaAttributes("zones", "")}),))
    assert counted_by_listing(silent, [Zones()]) == {"zones": Zones.listing}


def test_the_quotas_of_a_service_that_names_them_as_kinds_do_are_those_of_its_kinds() -> None:
    dns = Service("dns", "designate", "/v2", Use("zones"), quotas=(QuotaReport("/quotas", ("quota",)),))
    assert quota_names(dns, [*KINDS, Zones()]) == ("zones",)
    assert quota_names(Service("dns", "designate", "/v2", Use("zones")), KINDS) == ()


def test_the_first_way_that_a_cloud_has_to_report_quotas_is_taken() -> None:
    network = SERVICES["network"]
    both, limits_only = {"quota_details", "quotas"}, {"quotas"}
    details = answering({"quota": {"port": {"limit": 9, "used": 4}}})
    assert reported_quotas(details, network, lambda: both) == [Quota("port", 9, 4)]
    assert reported_quotas(answering({"quota": {"port": 9}}), network, lambda: limits_only) == [Quota("port", 9)]
    with pytest.raises(QuotasUnknown, match="the network service reports no limits"):
        reported_quotas(details, network, set)


@pytest.mark.parametrize(("body", "status"), [({"limits": []}, 200), ([], 200), ({"limits": {"absolute": {}}}, 403)])
def test_an_answer_without_quotas_leaves_them_unknown(body: object, status: int) -> None:
    with pytest.raises(QuotasUnknown, match=f"the compute service answered {status}"):
        reported_quotas(answering(body, status), SERVICES["compute"], set)


def test_an_extension_that_a_kind_needs_has_its_row_in_its_requirements() -> None:
    needed = {kind.extension: kind for kind in reversed(KINDS) if kind.extension}
    assert "trunk" in needed
    for name, kind in needed.items():
        assert name in {row.name for row in kind.requirements}, kind.name


def test_each_service_of_a_kind_is_known_and_says_what_happens_without_it() -> None:
    listed = set(LISTED.values()) | {existing.listing.service for existing in EXISTING}
    assert listed == set(SERVICES)
    assert {row.service for row in REQUIREMENTS if row.type is RequirementType.API} == listed | {"identity"}
    assert all(bool(one.microversion) == (one.microversion_use is not None) for one in SERVICES.values())


def test_a_new_service_says_itself_what_it_is_needed_for() -> None:
    use, versions = Use("zones", "no zones", optional=True), Use("shared zones")
    dns = Service("dns", "designate", "/v2", use, microversion="2.1", microversion_use=versions)
    assert list(rows_of(dns)) == [
        Requirement("dns", RequirementType.API, "v2", Level.USED, "zones", "no zones"),
        Requirement("dns", RequirementType.MICROVERSION, "2.1", Level.NEEDED, "shared zones", UNKNOWN_WITHOUT),
    ]
    assert set(REQUIREMENTS) >= {row for service in SERVICES.values() for row in rows_of(service)}


def test_what_other_listings_name_can_be_asked_for_by_itself_and_has_its_rights() -> None:
    single = {kind.listing.single for kind in KINDS if kind.listing.single}
    assert {one.route for one in single} <= {right.route for right in FURTHER}
    assert {kind.listing.single for kind in KINDS if kind.name in named()} == single


def named() -> set[str]:
    """The kinds of which one is named somewhere in the code of the kinds."""
    sources = (file.read_text(encoding="utf-8") for file in Path(str(kinds.__file__)).parent.glob("*.py"))
    return {name for source in sources for name in re.findall(r'\bNamed\("([\w-]+)"', source)}


def test_a_kind_requires_something_of_its_own_service_only() -> None:
    for kind in KINDS:
        assert {row.service for row in kind.requirements} <= {LISTED[kind.name]}, kind.name
