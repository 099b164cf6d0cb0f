"""`python -m benchmarks.on_openstack.stack apply|delete NAME TEMPLATE AUTH`: one action on a stack, until it has ended.

It is a client that costs as little as can be: the standard library alone, two requests to begin, and a glance at the
status four times a second.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

_PAUSE = 0.25
_AT_MOST = 1800.0


class Client:
    """A login at Heat."""

    def __init__(self, auth: dict[str, Any]) -> None:
        domain = {"name": auth["user_domain_name"]}
        user = {"name": auth["username"], "domain": domain, "password": auth["password"]}
        project = {"name": auth["project_name"], "domain": {"name": auth["project_domain_name"]}}
        body = {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": {"project": project}}
        request = urllib.request.Request(
            f"{auth['auth_url']}/auth/tokens", json.dumps({"auth": body}).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:
            self._token, catalog = answer.headers["X-Subject-Token"], json.load(answer)["token"]["catalog"]
        self._url = next(
            end["url"]
            for service in catalog
            for end in service["endpoints"]
            if (service["type"], end["interface"]) == ("orchestration", "public")
        )

    def ask(self, method: str, path: str, body: Any = None) -> bytes:
        headers = {"X-Auth-Token": self._token, "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            content: bytes = answer.read()
        return content

    def stack(self, name: str) -> Any:
        """The stack of this name; None if there is none."""
        return next(iter(json.loads(self.ask("GET", f"/stacks?name={name}"))["stacks"]), None)


def main(arguments: list[str]) -> int:
    what, name, file, auth = arguments
    client = Client(json.loads(auth))
    before = client.stack(name)
    path = f"/stacks/{name}/{before['id']}" if before else "/stacks"
    if what == "delete":
        client.ask("DELETE", path)
    else:
        body = {"template": json.loads(Path(file).read_text())} | ({} if before else {"stack_name": name})
        client.ask("PUT" if before else "POST", path, body)
    until = time.monotonic() + _AT_MOST
    while time.monotonic() < until:
        found = client.stack(name)
        if found is None or (found["stack_status"].endswith("_COMPLETE") and _is_new(found, before)):
            return 0
        if found["stack_status"].endswith("_FAILED"):
            print(found["stack_status_reason"], file=sys.stderr)
            return 1
        time.sleep(_PAUSE)
    return 1


def _is_new(found: Any, before: Any) -> bool:
    """Whether the status is that of this action, and not that of the one before."""
    return before is None or found["updated_time"] != before["updated_time"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
