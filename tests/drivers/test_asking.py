"""Which listings an observation asks for, and what a cloud without one of the APIs means."""

from __future__ import annotations

from typing import ClassVar

import pytest

from reconciler.model import Key, Spec
from reconciler.targets.openstack.kinds.existing import ExistingKind
from reconciler.targets.openstack.observing.asking import Survey
from reconciler.targets.openstack.observing.worlds import SURVEY
from reconciler.targets.openstack.session.listing import NotOffered, fetch
from reconciler.targets.rest import Index, Json, Kind, Listing
from tests.conformance.samples import PROJECT
from tests.drivers.clouds import Vim

SERVERS = Listing("compute", "/servers/detail", "servers", project="")
VOLUMES = Listing("block-storage", "/volumes/detail", "volumes", optional=True, project="")
TYPES = Listing("block-storage", "/types", "volume_types", optional=True, project="")


class Server(Kind[Spec]):
    name = "server"
    listing = SERVERS
    evidence: ClassVar = {"volumes_attached": "volume"}

    def identify(self, item: Json, index: Index) -> Key | None:
        return index.key(self.name, item["id"]) if item["owner"] == index.owner else None


class Volume(Kind[Spec]):
    name = "volume"
    listing = VOLUMES
    evidence: ClassVar = {"volume_type": "volume-type"}

    def identify(self, item: Json, index: Index) -> Key | None:
        return index.key(self.name, item["id"])


ALL = Survey((Server(), Volume()), (ExistingKind("volume-type", "volume type", TYPES),))


def reported(**items: list[Json]) -> tuple[Listing, ...]:
    names = {"servers": SERVERS, "volumes": VOLUMES, "types": TYPES}
    return ALL.further(Index("paris", "test", PROJECT, {names[name]: found for name, found in items.items()}))


def test_what_is_rare_is_not_asked_for_without_a_reason() -> None:
    assert ALL.first(()) == (SERVERS,)
    assert ALL.first({"server", "network"}) == (SERVERS,)


def test_what_git_declares_or_refers_to_is_asked_for() -> None:
    assert ALL.first({"volume"}) == (SERVERS, VOLUMES)
    assert ALL.first({"volume-type"}) == (SERVERS, TYPES)


def test_a_complete_observation_asks_for_everything() -> None:
    assert ALL.first((), complete=True) == (SERVERS, VOLUMES, TYPES)


def test_something_of_magi_that_refers_to_one_is_a_reason() -> None:
    assert reported(servers=[{"id": "1", "owner": "test", "volumes_attached": [{"id": "7"}]}]) == (VOLUMES,)


@pytest.mark.parametrize("item", [{"volumes_attached": []}, {}, {"owner": "other", "volumes_attached": [{"id": "7"}]}])
def test_what_refers_to_nothing_or_is_not_managed_is_none(item: Json) -> None:
    assert reported(servers=[{"id": "1", "owner": "test"} | item]) == ()


def test_what_was_found_by_that_may_lead_further_and_nothing_is_asked_twice() -> None:
    server = {"id": "1", "owner": "test", "volumes_attached": [{"id": "7"}]}
    volume = {"id": "7", "volume_type": "fast"}
    assert reported(servers=[server], volumes=[volume]) == (TYPES,)
    assert reported(servers=[server], volumes=[volume], types=[]) == ()


def test_all_evidence_leads_to_a_listing_that_is_optional() -> None:
    optional = frozenset().union(*(SURVEY.kinds_of[one] for one in SURVEY.listings if one.optional))
    for kind in SURVEY.kinds:
        assert set(kind.evidence.values()) <= optional, kind.name


def test_a_service_that_the_catalog_lacks_is_not_asked(vim: Vim) -> None:
    with pytest.raises(NotOffered, match="the cloud has no shared-file-system service"):
        fetch(
            vim.connection(),
            Listing("shared-file-system", "/shares/detail", "shares", optional=True, project=""),
        )


def test_a_service_that_does_not_know_the_path_does_without_it(vim: Vim) -> None:
    with pytest.raises(NotOffered, match=r"its network service has no /v2\.0/things"):
        fetch(vim.connection(), Listing("network", "/v2.0/things", "things", optional=True, project=""))


def asked_for_volumes(vim: Vim) -> int:
    return vim.counted()["block-storage", "GET", 200]


def test_an_observation_asks_for_volumes_when_they_are_desired_exist_or_are_in_a_server_of_magi(vim: Vim) -> None:
    driver = vim.driver()
    driver.observe({"server"})
    assert asked_for_volumes(vim) == 0
    driver.observe({"volume"})
    assert asked_for_volumes(vim) == 1
    caller = vim.caller()
    marks = {"magi:owner": "test", "magi:key": "svc/a/data"}
    volume = caller.call("POST", "block-storage/v3/volumes", {"volume": {"size": 1, "metadata": marks}})["volume"]["id"]
    assert not driver.observe().observed  # a crash left it: nothing shows it
    assert [key.kind for key in driver.observe(complete=True).observed] == ["volume"]
    assert [key.kind for key in driver.observe().observed] == ["volume"]  # it is remembered
    server = caller.make_server(metadata={"magi:owner": "test", "magi:key": "svc/a"})
    body = {"volumeAttachment": {"volumeId": volume}}
    assert caller.compute("POST", f"servers/{server}/os-volume_attachments", body).status == 200
    assert {key.kind for key in vim.driver().observe().observed} == {"server", "volume", "volume-attachment"}
