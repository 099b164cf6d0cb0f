"""Where the daemon listens, which hosts a request may name, and who is answered without a token."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.config import Address, allowed_hosts, exposure_warnings, host_of, is_anonymous
from tests.configs import AN_ADDRESS, LEAST, complaint, parse


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        ("127.0.0.1:1", Address("127.0.0.1", 1)),
        (":9464", Address("0.0.0.0", 9464)),  # noqa: S104  that is what it means
        ("[::1]:80", Address("::1", 80)),
        ("magi.lan:0", Address("magi.lan", 0)),
        ("unix:/run/magi/magi.sock", Address(socket_file=Path("/run/magi/magi.sock"))),
    ],
)
def test_an_address_is_host_and_port_or_a_unix_socket(listen: str, address: Address) -> None:
    assert parse(LEAST | {"listen": listen}).address == address
    assert str(address).endswith(listen)


NO_ADDRESSES = ["9464", "localhost", "a:b", "127.0.0.1:99999", "::1:80", "a b:80", "http://x:80"]


@pytest.mark.parametrize("listen", [*NO_ADDRESSES, "unix:", "unix:magi.sock", "unix:/run/", "unix:/" + "x" * 107])
def test_what_is_no_address_is_refused(listen: str) -> None:
    assert complaint(LEAST | {"listen": listen}) == f"listen '{listen}' must be {AN_ADDRESS}"


def test_health_and_metrics_are_where_all_is_or_have_an_address_of_their_own() -> None:
    assert parse(LEAST).metrics_address is None
    assert parse(LEAST | {"metricsListen": ""}).metrics_address is None
    assert parse(LEAST | {"metricsListen": "[::1]:9465"}).metrics_address == Address("::1", 9465)
    assert complaint(LEAST | {"metricsListen": "9465"}) == f"metricsListen '9465' must be {AN_ADDRESS}"


@pytest.mark.parametrize(
    ("listen", "given", "hosts"),
    [
        ("127.0.0.1:80", [], {"127.0.0.1", "::1", "localhost"}),
        ("Magi.lan:80", [], {"magi.lan", "127.0.0.1", "::1", "localhost"}),
        ("[2001:DB8:0::1]:80", [], {"2001:db8::1", "127.0.0.1", "::1", "localhost"}),
        ("0.0.0.0:80", [], None),
        ("[::]:80", [], None),
        ("unix:/run/magi.sock", [], None),
        ("0.0.0.0:80", ["magi.example"], {"magi.example", "127.0.0.1", "::1", "localhost"}),
        ("unix:/run/magi.sock", ["magi.example"], {"magi.example", "127.0.0.1", "::1", "localhost"}),
        ("127.0.0.1:80", ["*"], None),
    ],
)
def test_the_hosts_that_a_request_may_name_follow_from_where_it_listens(
    listen: str, given: list[str], hosts: set[str] | None
) -> None:
    assert allowed_hosts(parse(LEAST | {"listen": listen} | ({"allowedHosts": given} if given else {}))) == hosts


@pytest.mark.parametrize("host", ["magi.example:80", "http://magi.example", "", "a b"])
def test_what_is_no_name_of_a_host_is_refused(host: str) -> None:
    assert complaint(LEAST | {"allowedHosts": [host]}).startswith("allowedHosts ")


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("Magi.Example:9464", "magi.example"),
        ("magi.example.", "magi.example"),
        ("[0::1]:80", "::1"),
        ("10.0.0.7", "10.0.0.7"),
        ("", None),
        ("a b", None),
        ("user@magi.example", None),
        ("magi.example:80:80", None),
        ("::1", None),
    ],
)
def test_a_host_header_is_read_in_one_spelling(header: str, host: str | None) -> None:
    assert host_of(header) == host


FILE = {"tokensFile": "/etc/magi/tokens"}


@pytest.mark.parametrize(
    ("listen", "api", "anonymous", "words"),
    [
        ("127.0.0.1:80", {}, True, []),
        ("[::1]:80", {}, True, []),
        ("unix:/run/magi.sock", {}, True, []),
        ("127.0.0.1:80", FILE, False, []),
        ("127.0.0.1:80", {**FILE, "anonymous": "all"}, True, []),
        ("10.0.0.7:80", {}, False, ["there is no api.tokensFile"]),
        ("10.0.0.7:80", FILE, False, []),
        ("10.0.0.7:80", {"anonymous": "all"}, True, ["api.anonymous is all"]),
        ("magi.example:80", {"anonymous": "health"}, False, ["there is no api.tokensFile"]),
        ("0.0.0.0:80", FILE, False, ["allowedHosts is not set"]),
        (":80", {"anonymous": "all"}, True, ["allowedHosts is not set", "api.anonymous is all"]),
    ],
)
def test_who_is_answered_without_a_token_follows_from_where_it_listens(
    listen: str, api: dict[str, str], anonymous: bool, words: list[str]
) -> None:
    config = parse(LEAST | {"listen": listen, "api": api})
    warnings = [*exposure_warnings(config)]
    assert is_anonymous(config) == anonymous
    assert len(warnings) == len(words)
    assert all(word in warning for word, warning in zip(words, warnings, strict=True))
