"""Logging in, finding the services, counting requests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.model import ApiBudget, ConfigError, TargetUnknown
from reconciler.targets.openstack.kinds.network import NETWORKS
from reconciler.targets.openstack.services import COMPUTE_MICROVERSION
from reconciler.targets.openstack.session.budget import RateLimit
from reconciler.targets.openstack.session.clouds import Clouds
from reconciler.targets.openstack.session.connection import Connection, _is_versioned
from reconciler.targets.openstack.session.listing import fetch, login
from tests.drivers.clouds import OTHERS, TARGET, Vim


def test_every_request_is_reported_with_service_method_and_status(vim: Vim) -> None:
    vim.driver().observe()
    assert vim.counted() == {
        ("identity", "POST", 201): 1,
        ("network", "GET", 200): 6,
        ("compute", "GET", 200): 4,
        ("image", "GET", 200): 1,
    }
    assert all(call.target == "paris" and call.seconds > 0 for call in vim.calls)
    served = [one for one in vim.simulator.log() if one["status"]]
    assert len(served) == len(vim.calls)


def test_what_the_budget_blocked_is_reported_once_with_the_request(vim: Vim) -> None:
    connection = vim.connection()
    connection._limit = RateLimit(1.0, clock=lambda: 0.0, sleep=lambda _: None)
    for _ in range(4):
        connection.request("GET", "network", "/v2.0/networks")
    waits = [(call.service, call.waited) for call in vim.calls]
    assert waits == [("identity", 0.0), *(("network", seconds) for seconds in (0.0, 0.0, 1.0, 2.0))]


def test_a_request_without_an_answer_is_reported_too(vim: Vim) -> None:
    connection = vim.connection()
    login(connection)
    vim.fault(drop="before")
    with pytest.raises(TargetUnknown):
        fetch(connection, NETWORKS, sleep=lambda _: None)
    assert vim.counted()["network", "GET", 0] == 3


def test_a_refused_request_is_an_answer_like_any_other(vim: Vim) -> None:
    response = vim.connection().request("GET", "network", "/v2.0/networks/none")
    assert response.status_code == 404


def test_compute_is_spoken_to_at_one_microversion(vim: Vim) -> None:
    response = vim.connection().request("GET", "compute", "/servers/detail")
    assert response.headers["OpenStack-API-Version"] == f"compute {COMPUTE_MICROVERSION}"


def test_an_application_credential_logs_in(vim: Vim) -> None:
    assert len(fetch(vim.connection("paris-appcred"), NETWORKS)) == OTHERS
    assert vim.connection("paris-appcred").project_id() == vim.connection().project_id()


def test_a_token_that_expires_in_between_is_renewed(vim: Vim) -> None:
    driver = vim.driver()
    driver.observe()
    vim.simulator.clouds["paris"].identity.expire_tokens()
    assert driver.observe().existing
    assert vim.counted()["identity", "POST", 201] >= 2


def test_a_wrong_password_is_an_error_of_the_configuration(vim: Vim) -> None:
    vim.entry(lambda entry: entry["auth"].update(password="guess"))
    with pytest.raises(ConfigError, match="VIM paris: login failed"):
        vim.driver().observe()
    assert vim.counted() == {("identity", "POST", 401): 1}


def test_a_login_without_a_project_is_an_error_of_the_configuration(vim: Vim) -> None:
    def unscope(entry: dict[str, Any]) -> None:
        entry["auth"].pop("project_name")
        entry["auth"].pop("project_domain_name")

    vim.entry(unscope)
    with pytest.raises(ConfigError, match="the login is for no project"):
        vim.driver().observe()


def test_a_region_that_the_catalog_lacks_is_an_error_of_the_configuration(vim: Vim) -> None:
    vim.entry(lambda entry: entry.update(region_name="Mars"))
    words = r"VIM paris: public endpoint for \w+ service in Mars region not found"
    with pytest.raises(ConfigError, match=words) as failed:
        vim.driver().observe()
    assert "region_name" in failed.value.hint


@pytest.mark.parametrize(
    ("url", "version", "versioned"),
    [
        ("http://x:9696", "/v2.0", False),
        ("http://x/network", "/v2.0", False),
        ("http://x/network/v2.0", "/v2.0", True),
        ("http://x/compute/v2.1", "/v2.1", True),
        ("http://x/compute/v2.1/1a2b", "/v2.1", True),
        ("http://x/image/v2", "/v2", True),
        ("http://x/v20/image", "/v2", False),
    ],
)
def test_a_url_of_the_catalog_shows_its_version_or_not(url: str, version: str, versioned: bool) -> None:
    assert _is_versioned(url, version) is versioned


@pytest.mark.parametrize("ending", ["", "/", "/v2.0", "/v2.0/"])
def test_an_endpoint_from_clouds_yaml_works_with_and_without_version(vim: Vim, ending: str) -> None:
    override = f"{vim.simulator.url}/paris/network{ending}"
    vim.entry(lambda entry: entry.update(network_endpoint_override=override))
    assert len(fetch(vim.connection(), NETWORKS)) == OTHERS
    assert vim.served("GET", "/v2.0/networks") == [200]


def test_a_cloud_that_is_not_there_is_unknown(vim: Vim) -> None:
    vim.simulator.stop()
    with pytest.raises(TargetUnknown, match="VIM paris can't be reached"):
        vim.driver().observe()


@contextmanager
def silence() -> Iterator[str]:
    """A server that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_hung_login_is_aborted_after_one_timeout(vim: Vim) -> None:
    with silence() as url:
        vim.entry(lambda entry: entry["auth"].update(auth_url=f"{url}/v3"))
        with pytest.raises(TargetUnknown, match="VIM paris can't be reached"):
            vim.driver(budget=ApiBudget(timeout=0.2)).observe()
    assert vim.counted() == {("identity", "POST", 0): 1}


def test_a_hung_service_is_not_asked_again_in_the_same_observation(vim: Vim) -> None:
    with silence() as url:
        vim.entry(lambda entry: entry.update(network_endpoint_override=url))
        with pytest.raises(TargetUnknown, match="VIM paris can't be reached"):
            vim.driver(budget=ApiBudget(timeout=0.2, concurrency=2)).observe()
    # Two at once, and two that had begun when the first ended.
    assert vim.counted()["network", "GET", 0] <= 4


def test_threads_share_one_login(vim: Vim) -> None:
    connection = vim.connection()
    threads = [threading.Thread(target=lambda: fetch(connection, NETWORKS)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert vim.counted()["identity", "POST", 201] == 1


def failure(clouds_file: Path, **changes: Any) -> ConfigError:
    with pytest.raises(ConfigError) as failed:
        Connection(replace(TARGET, **changes), Clouds(clouds_file), lambda _: None)
    return failed.value


def test_a_missing_clouds_yaml_is_named(tmp_path: Path) -> None:
    assert f"clouds file {tmp_path / 'none.yaml'} does not exist" in failure(tmp_path / "none.yaml").message


def test_a_missing_entry_is_reported_with_a_near_one_and_its_place_in_git(vim: Vim) -> None:
    error = failure(vim.clouds_file, entry="pari")
    assert error.message == f"VIM paris (vims.yaml:3): no entry 'pari' in {vim.clouds_file}"
    assert error.hint.startswith("did you mean 'paris'?")
    assert "it has: paris, paris-admin, paris-appcred" in failure(vim.clouds_file, entry="rome").hint


@pytest.mark.parametrize(
    "content", ["clouds: [", "clouds: {paris: 7}", "- a\n- b\n", "clouds: {paris: {auth_type: magic, auth: {}}}"]
)
def test_a_clouds_yaml_that_can_t_be_used_is_an_error_of_the_configuration(tmp_path: Path, content: str) -> None:
    file = tmp_path / "clouds.yaml"
    file.write_text(content)
    assert "paris" in str(failure(file))


def test_an_entry_without_password_says_so(vim: Vim) -> None:
    vim.entry(lambda entry: entry["auth"].pop("password"))
    with pytest.raises(ConfigError, match="password"):
        login(vim.connection())


def test_a_file_that_was_named_counts_more_than_the_environment(
    vim: Vim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(vim.clouds_file.read_text().replace(vim.simulator.url, "http://127.0.0.1:9"))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(other))
    monkeypatch.setenv("OS_CLOUD", "lyon")
    assert vim.driver().observe().target == "paris"
