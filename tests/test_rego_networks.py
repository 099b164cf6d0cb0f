"""The builtin functions on networks, which the engine lacks."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

import pytest

from reconciler.judging.rego import RegoFailedError, decide

HEAD = "package magi\n\nimport rego.v1\n\n"
Network = IPv4Network | IPv6Network


def results(*calls: str) -> list[bool]:
    """What each call gives."""
    text = HEAD + f"results := [{', '.join(calls)}]\n\ndeny contains json.marshal(results)\n"
    (one,) = decide({"a.rego": text}, {"resources": []}).deny
    found: list[bool] = json.loads(one.message)
    return found


def some_networks(seed: int) -> Sequence[Network]:
    chance = random.Random(seed)  # noqa: S311  no secret
    fours = [ip_network((chance.getrandbits(4) << 28, chance.randint(0, 6)), strict=False) for _ in range(4)]
    sizes = [chance.choice([0, 1, 2, 3, 5, 126, 128]) for _ in range(4)]
    sixes = [ip_network((chance.getrandbits(4) << 124 | chance.getrandbits(3), size), strict=False) for size in sizes]
    return [*fours, *sixes]


def contains(one: Network, other: Network) -> bool:
    return one.version == other.version and other.subnet_of(one)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(5))
def test_networks_contain_and_overlap_as_python_has_it(seed: int) -> None:
    networks = some_networks(seed)
    pairs = [(one, other) for one in networks for other in networks][:24]
    assert results(*(f'net.cidr_contains("{one}", "{other}")' for one, other in pairs)) == [
        contains(one, other) for one, other in pairs
    ]
    assert results(*(f'net.cidr_intersects("{one}", "{other}")' for one, other in pairs)) == [
        contains(one, other) or contains(other, one) for one, other in pairs
    ]


def test_a_network_contains_addresses() -> None:
    assert results(
        'net.cidr_contains("10.0.0.0/8", "10.255.1.2")',
        'net.cidr_contains("10.0.0.0/8", "11.0.0.0")',
        'net.cidr_contains("2001:db8::/33", "2001:DB8:7fff::1")',
        'net.cidr_contains("2001:db8::/33", "2001:db8:8000::1")',
        'net.cidr_contains("0.0.0.0/0", "::1")',
    ) == [True, False, True, False, False]


def test_what_is_a_network() -> None:
    good = ["10.0.0.0/8", "10.1.2.3/32", "::/0", "1:2:3:4:5:6:7:8/128", "1::8/64", "1:2:3:4:5:6:7::/1"]
    bad = [
        "10.0.0.0",
        "10.0.0/8",
        "10.0.0.0/33",
        "10.0.0.0/08",
        "010.0.0.0/8",
        "256.0.0.0/8",
        "1::2::3/8",
        ":::/8",
        "g::/8",
    ]
    bad += ["::1:2:3:4:5:6:7:8/8", "/8", "", "::/129", "12345::/8"]
    calls = [f'net.cidr_is_valid("{one}")' for one in [*good, *bad]] + ["net.cidr_is_valid(3)"]
    assert results(*calls) == [True] * len(good) + [False] * (len(bad) + 1)


@pytest.mark.parametrize(
    "call",
    [
        'net.cidr_contains("x", "10.0.0.0/8")',
        'net.cidr_contains("10.0.0.0/8", "x")',
        'net.cidr_intersects("10.0.0.0/8", 3)',
    ],
)
def test_what_is_no_network_fails_and_is_not_false(call: str) -> None:
    with pytest.raises(RegoFailedError, match="a builtin function can't take what it is given"):
        decide({"a.rego": HEAD + f'deny contains "x" if {call}\n'}, {"resources": []})
