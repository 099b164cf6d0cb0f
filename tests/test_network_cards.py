"""In which order the network cards of a server are, by what Nova says of it."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.targets.openstack.kinds.cards import in_order

NAMES = {"n-a": "a", "n-b": "b", "n-a2": "a"}


def port(identifier: str, network: str) -> dict[str, str]:
    return {"id": identifier, "network_id": network, "mac_address": f"mac-{identifier}"}


def server(*cards: tuple[str, str]) -> dict[str, Any]:
    """Addresses on cards: the name of the network, and the port; "" for none."""
    addresses: dict[str, list[dict[str, str]]] = {}
    for name, identifier in cards:
        entries = addresses.setdefault(name, [])
        if identifier:
            entries.append({"addr": "10.0.0.5", "OS-EXT-IPS-MAC:mac_addr": f"mac-{identifier}"})
    return {"addresses": addresses}


def order(server: dict[str, Any], *ports: dict[str, str]) -> list[str] | None:
    found = in_order(server, ports, NAMES)
    return None if found is None else [one["id"] for one in found]


def test_networks_are_reported_in_the_order_of_the_cards() -> None:
    assert order(server(("b", "1"), ("a", "2")), port("2", "n-a"), port("1", "n-b")) == ["1", "2"]


def test_cards_on_one_network_are_reported_by_their_mac_addresses() -> None:
    assert order(server(("a", "9"), ("a", "9"), ("a", "1")), port("1", "n-a"), port("9", "n-a")) == ["9", "1"]


def test_a_card_without_an_address_is_known_where_it_is_alone_on_its_network() -> None:
    assert order(server(("b", ""), ("a", "1")), port("1", "n-a"), port("2", "n-b")) == ["2", "1"]
    assert order(server(("a", ""), ("a", "1")), port("1", "n-a"), port("2", "n-a")) is None


def test_one_card_is_the_first_whatever_nova_says() -> None:
    assert order({"addresses": {}}, port("1", "n-a")) == ["1"]
    assert order({}, port("1", "n-unknown")) == ["1"]
    assert order({"addresses": {}}) == []


@pytest.mark.parametrize(
    ("reported", "ports"),
    [
        pytest.param(
            server(("a", "1"), ("a", "3"), ("b", "2")),
            [port("1", "n-a"), port("2", "n-b"), port("3", "n-a")],
            id="what is between two cards of one network is not reported",
        ),
        pytest.param(
            server(("a", "1"), ("a", "2")), [port("1", "n-a"), port("2", "n-a2")], id="two networks of one name"
        ),
        pytest.param(
            server(("a", "1")), [port("1", "n-a"), port("2", "n-b")], id="a network that Nova does not report of"
        ),
        pytest.param(server(("b", "1"), ("c", "2")), [port("1", "n-b"), port("2", "n-a")], id="another name"),
    ],
)
def test_where_nova_leaves_it_open_nothing_is_guessed(reported: dict[str, Any], ports: list[dict[str, str]]) -> None:
    assert order(reported, *ports) is None
