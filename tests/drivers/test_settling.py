"""What is named and missing is asked for by itself; a list that says that there is none is not believed at once."""

from __future__ import annotations

from typing import Any, cast

import pytest

from reconciler.targets.openstack.kinds.port import PORTS
from reconciler.targets.openstack.observing import settling
from reconciler.targets.openstack.observing.contradictions import Missing
from reconciler.targets.openstack.observing.settling import Found, find
from reconciler.targets.openstack.session.connection import Connection
from reconciler.targets.rest import Params

OF_A_SERVER = Missing(PORTS, "s-1", "server s-1", "device_id")


@pytest.mark.parametrize(
    ("short", "found", "asked"),
    [(0, Found.HERE, 1), (1, Found.HERE, 2), (3, Found.HERE, 4), (4, Found.NOWHERE, 4)],
)
def test_several_short_lists_in_a_row_are_to_say_that_a_server_has_no_port(
    monkeypatch: pytest.MonkeyPatch, short: int, found: Found, asked: int
) -> None:
    filters: list[Params] = []

    def fetch(_connection: Connection, listing: Any, query: Params) -> list[dict[str, str]]:
        assert listing is PORTS
        filters.append(query)
        return [] if len(filters) <= short else [{"id": "p-1", "device_id": "s-1"}]

    monkeypatch.setattr(settling, "fetch", fetch)
    assert list(find(cast("Connection", None), [OF_A_SERVER], "project")) == [(OF_A_SERVER, found)]
    assert filters == [{"device_id": ["s-1"]}] * asked


def test_many_servers_are_asked_for_in_one_list_and_each_is_judged_by_all_lists(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that the last list alone has is there, and one that was found stays so."""
    lists = [["s-2"], [], [], ["s-3"]]
    asked: list[Params] = []

    def fetch(_connection: Connection, _listing: Any, query: Params) -> list[dict[str, str]]:
        asked.append(query)
        return [{"id": f"port of {server}", "device_id": server} for server in lists[len(asked) - 1]]

    monkeypatch.setattr(settling, "fetch", fetch)
    servers = [f"s-{number}" for number in range(5)]
    missing = [Missing(PORTS, server, f"server {server}", "device_id") for server in servers]
    found = {one.id: what for one, what in find(cast("Connection", None), missing, "project")}
    assert [server for server in servers if found[server] is Found.HERE] == ["s-2", "s-3"]
    assert asked == [{"device_id": servers}] * 4
