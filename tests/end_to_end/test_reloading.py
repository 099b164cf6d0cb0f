"""Settings and credentials that change while the daemon runs: the real process, a real Git server."""

from __future__ import annotations

import json
import signal
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

import pytest

from tests.end_to_end.conftest import Workplace
from tests.git_server import serve_repositories
from tests.git_work import new_work
from tests.processes import Served, daemon
from tests.waiting import PATIENCE, eventually

NONE: Mapping[str, str] = {}
ONE = """repository: {{url: "{url}", branch: main, interval: {interval}}}
drift: {{interval: {interval}, longest: 3600}}
cloudsFile: {clouds}
listen: 127.0.0.1:0
cacheDir: {folder}/cache
{more}
"""


def settings(place: Workplace, more: str = "", interval: int = 3600, url: str = "") -> str:
    return ONE.format(url=url or place.url, clouds=place.clouds_file, folder=place.folder, more=more, interval=interval)


def reload(place: Workplace, magi: Served, text: str, words: str = "settings taken") -> None:
    """Hands other settings to the daemon, and waits for what it says to them."""
    before = magi.output.count(words)
    (place.folder / "magi.yaml").write_text(text)
    magi.process.send_signal(signal.SIGHUP)
    eventually(lambda: magi.output.count(words) > before)


def status(magi: Served) -> Any:
    with urllib.request.urlopen(f"{magi.url}/api/v1/status", timeout=PATIENCE) as answer:
        return json.load(answer)


def synced(magi: Served) -> bool:
    found = status(magi)
    return bool(found["ready"]) and all(one["sync"] == "synced" for one in found["services"])


def names(magi: Served) -> list[str]:
    return [one["name"] for one in status(magi)["repositories"]]


def test_a_repository_that_is_added_is_followed_and_the_old_one_without_a_break(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    other = new_work(workplace.folder / "other")
    other.commit(
        {"vim.yaml": "apiVersion: magi/v1alpha1\nkind: Vim\nmetadata: {name: lyon}\nspec: {type: openstack}\n"}
    )
    one = f"""drift: {{interval: 3600, longest: 3600}}
cloudsFile: {workplace.clouds_file}
listen: 127.0.0.1:0
cacheDir: {workplace.folder}/cache
repositories:
  core: {{url: "{workplace.url}", branch: main, interval: 3600}}
"""
    workplace.owner = ""
    both = f'{one}  edge: {{url: "file://{other.bare}", branch: main}}\n'
    with daemon(workplace, one) as magi:
        eventually(lambda: synced(magi))
        assert names(magi) == ["core"]
        commit = status(magi)["repositories"][0]["commit"]
        workplace.simulator.reset_requests()
        reload(workplace, magi, both)
        # At once: it was never away.
        assert status(magi)["repositories"][0]["commit"] == commit
        eventually(lambda: [vim["name"] for vim in status(magi)["vims"]] == ["paris", "lyon"])
        assert names(magi) == ["core", "edge"]
        eventually(lambda: synced(magi))
        assert workplace.writes() == []


def test_settings_that_are_wrong_are_reported_and_not_taken(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    with daemon(workplace, settings(workplace)) as magi:
        eventually(lambda: synced(magi))
        reload(workplace, magi, "repository: {}\n", "settings not taken")
        assert "missing setting repository.url" in magi.output
        assert synced(magi)
        reload(workplace, magi, settings(workplace, "forge: {kind: gitea}"), "settings not taken")
        assert "there is no token for it" in magi.output
        assert synced(magi)


def test_every_vim_is_observed_at_once_with_a_new_login(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    with daemon(workplace, settings(workplace)) as magi:
        eventually(lambda: synced(magi))
        workplace.simulator.reset_requests()
        reload(workplace, magi, settings(workplace))
        eventually(lambda: any(one["route"] == "/v3/auth/tokens" for one in workplace.simulator.requests()))
        eventually(lambda: synced(magi))


def test_another_address_is_listened_on(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    with daemon(workplace, settings(workplace)) as magi:
        eventually(lambda: synced(magi))
        before = magi.url
        reload(workplace, magi, settings(workplace).replace("127.0.0.1:0", "localhost:0"))
        listens = magi.output.rpartition("listen=")[2].split()[0]
        magi.url = f"http://{listens}"
        assert magi.url != before
        assert synced(magi)
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(f"{before}/healthz", timeout=PATIENCE)


def code(url: str, headers: Mapping[str, str] = NONE) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=dict(headers)), timeout=PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_metrics_move_to_an_address_of_their_own_and_back(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    with daemon(workplace, settings(workplace)) as magi:
        assert code(f"{magi.url}/metrics") == 200
        reload(workplace, magi, settings(workplace, "metricsListen: 127.0.0.1:0"))
        metrics = magi.output.rpartition("metrics=")[2].split()[0]
        assert (code(f"http://{metrics}/metrics"), code(f"{magi.url}/metrics")) == (200, 404)
        assert code(f"{magi.url}/api/v1/status") == 200
        reload(workplace, magi, settings(workplace))
        assert code(f"{magi.url}/metrics") == 200


def test_hosts_and_tokens_are_taken_and_tokens_rotate_without_a_word(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    tokens = workplace.folder / "tokens"
    first, second = "1" * 32, "2" * 32
    tokens.write_text(first)
    more = f"api: {{tokensFile: {tokens}}}\nallowedHosts: [magi.example]"
    with daemon(workplace, settings(workplace)) as magi:
        ask = f"{magi.url}/api/v1/status"
        assert (code(ask), code(ask, {"Host": "magi.example"})) == (200, 421)
        reload(workplace, magi, settings(workplace, more))
        assert code(ask, {"Host": "magi.example"}) == 401
        assert code(ask, {"Host": "magi.example", "Authorization": f"Bearer {first}"}) == 200
        assert code(ask, {"Host": "evil.example", "Authorization": f"Bearer {first}"}) == 421
        tokens.write_text(second)
        assert [code(ask, {"Authorization": f"Bearer {one}"}) for one in (first, second)] == [401, 200]
        assert code(f"{magi.url}/healthz", {"Host": "10.0.0.7"}) == 200
        # What would open the API by mistake is not taken.
        tokens.write_text("short")
        reload(workplace, magi, settings(workplace, more), "settings not taken")
        assert code(ask) == 401
    assert first not in magi.output
    assert second not in magi.output


def test_a_daemon_on_a_unix_socket_is_asked_there(workplace: Workplace) -> None:
    commit = workplace.copy_example("hello-world")
    file = workplace.folder / "magi.sock"
    text = settings(workplace, "metricsListen: 127.0.0.1:0").replace("127.0.0.1:0", f"unix:{file}", 1)
    with daemon(workplace, text) as magi:
        eventually(lambda: code(f"http://{magi.output.rpartition('metrics=')[2].split()[0]}/readyz") == 200)
        done = workplace.start("status", "--url", f"unix:{file}")
        assert f"at {commit[:10]}" in done.communicate(timeout=PATIENCE)[0]
    assert not file.exists()


def test_a_webhook_that_was_not_there_is_taken_from_then_on(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    (workplace.folder / "secret").write_text("correct horse")

    def ring(magi: Served, token: str) -> int:
        asked = urllib.request.Request(f"{magi.url}/hooks/git", token.encode(), {"X-Gitlab-Token": token})
        try:
            with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    with daemon(workplace, settings(workplace)) as magi:
        assert ring(magi, "correct horse") == 404
        reload(workplace, magi, settings(workplace, f"webhook: {{secretFile: {workplace.folder}/secret}}"))
        assert ring(magi, "correct horse") == 202
        # Rotated on disk, without a word to the daemon.
        (workplace.folder / "secret").write_text("battery staple")
        assert (ring(magi, "correct horse"), ring(magi, "battery staple")) == (401, 202)
        (workplace.folder / "secret").write_text("")
        assert (ring(magi, ""), ring(magi, "battery staple")) == (401, 401)
    assert "battery staple" not in magi.output


def test_credentials_for_git_that_are_rotated_are_used_at_the_next_fetch(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    file = workplace.folder / "token"
    file.write_text("first-token")
    with serve_repositories(workplace.work.bare.parent, "oauth2", "first-token") as server:
        url = f"{server.url}/{workplace.work.bare.name}"
        text = settings(workplace, interval=1, url=url).replace(
            "branch: main", f"branch: main, credentialsFile: {file}"
        )
        with daemon(workplace, text) as magi:
            eventually(lambda: synced(magi))
            server.expect("oauth2", "second-token")
            eventually(lambda: status(magi)["repositories"][0]["error"] != "")
            file.write_text("second-token")
            eventually(lambda: status(magi)["repositories"][0]["error"] == "")
    assert "-token" not in magi.output
