"""A push is heard of at once: the real process, a real Git server, a webhook as a forge sends it."""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.end_to_end.conftest import Workplace
from tests.processes import daemon
from tests.waiting import PATIENCE, eventually

SECRET = "correct horse"
SETTINGS = """repository: {{url: "{url}", branch: main, interval: 3600}}
drift: {{interval: 3600, longest: 3600}}
cloudsFile: {clouds}
listen: 127.0.0.1:0
cacheDir: {folder}/cache
webhook: {{secretFile: {folder}/secret}}
"""


@contextmanager
def running(workplace: Workplace) -> Iterator[str]:
    """The URL of a daemon that fetches from Git once an hour by itself."""
    folder = workplace.folder
    (folder / "secret").write_text(f"{SECRET}\n")
    settings = SETTINGS.format(url=workplace.url, clouds=workplace.clouds_file, folder=folder)
    with daemon(workplace, settings) as magi:
        yield magi.url
    assert SECRET not in magi.output


def ring(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    asked = urllib.request.Request(f"{url}/hooks/git", body, dict(headers), method="POST")
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def signed(body: bytes) -> dict[str, str]:
    return {"X-Hub-Signature-256": f"sha256={hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}"}


def commit(url: str) -> str:
    with urllib.request.urlopen(f"{url}/api/v1/status", timeout=PATIENCE) as answer:
        return str(json.load(answer)["repositories"][0]["commit"])


def test_a_push_is_applied_when_the_forge_says_so_and_not_when_another_actor_does(workplace: Workplace) -> None:
    first = workplace.copy_example("hello-world")
    with running(workplace) as url:
        eventually(lambda: commit(url) == first)
        eventually(lambda: any(method == "POST" for _, method, _ in workplace.writes()))
        second = workplace.edit("hello.yaml", "cidr: 10.1.0.0/24", "cidr: 10.1.0.0/24, mtu: 1400")
        body = json.dumps({"after": second}).encode()
        assert ring(url, body, {"X-Hub-Signature-256": "sha256=" + "0" * 64}) == 401
        fetches = len(workplace.server.requests)
        assert commit(url) == first
        assert ring(url, body, signed(body)) == 202
        eventually(lambda: commit(url) == second)
        eventually(lambda: any(method == "PUT" for _, method, _ in workplace.writes()))
        assert len(workplace.server.requests) > fetches
        after = len(workplace.server.requests)
        assert ring(url, body, signed(body)) == 200
        assert len(workplace.server.requests) == after
