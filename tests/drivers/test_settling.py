"""What is named and missing is asked for by itself; a list that says that there is none is not believed at once."""

from __future__ import annotations

from typing import Any, cast

import pytest

from reconciler.targets.openstack.kinds.port import PORTS
from reconciler.targets.openstack.observing import settling
from reconciler.targets.openstack.observing.contradictions import Missing
from reconciler.targets.openstack.observing.settling import Found, find
from reconciler.targets.openstack.session.connection import Connection

OF_A_SERVER = Missing(PORTS, "s-1", "server s-1", "device_id")


@pytest.mark.parametrize(
    ("short", "found", "asked"),
    [(0, Found.HERE, 1), (1, Found.HERE, 2), (3, Found.HERE, 4), (4, Found.NOWHERE, 4)],
)
def test_several_short_lists_in_a_row_are_to_say_that_a_server_has_no_port(
    monkeypatch: pytest.MonkeyPatch, short: int, found: Found, asked: int
) -> None:
    filters: list[dict[str, str]] = []

    def fetch(_connection: Connection, listing: Any, query: dict[str, str]) -> list[dict[str, str]]:
        assert listing is PORTS
        filters.append(query)
        return [] if len(filters) <= short else [{"id": "p-1"}]

    monkeypatch.setattr(settling, "fetch", fetch)
    assert find(cast("Connection", None), OF_A_SERVER, "project") is found
    assert filters == [{"device_id": "s-1"}] * asked
