"""What lists of Neutron can be sorted by: not by all that their items have."""

from __future__ import annotations

import pytest

from tests.conformance.bench import Bench


@pytest.mark.parametrize("key", ["id", "name", "project_id"])
@pytest.mark.parametrize("collection", ["networks", "ports", "security-groups", "address-groups"])
def test_lists_are_sorted_by_what_is_in_a_column(bench: Bench, collection: str, key: str) -> None:
    assert (
        bench.out_of_band.request("GET", "network", f"/v2.0/{collection}?sort_key={key}&sort_dir=desc").status_code
        == 200
    )


@pytest.mark.parametrize("key", ["created_at", "description", "revision_number", "no_such_attribute"])
@pytest.mark.parametrize("collection", ["networks", "ports", "security-groups", "address-groups"])
def test_lists_are_not_sorted_by_times_and_the_like(bench: Bench, collection: str, key: str) -> None:
    answer = bench.out_of_band.request("GET", "network", f"/v2.0/{collection}?sort_key={key}&sort_dir=desc")
    assert answer.status_code == 400
    assert "is invalid attribute for sort_keys" in answer.text
