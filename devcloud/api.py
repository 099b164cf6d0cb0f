"""A small client of the OpenStack APIs for what devcloud itself asks of them, with the standard library alone."""

import json
import urllib.error
import urllib.request
from typing import Any

from .places import PASSWORD, Cloud
from .progress import Failure

TIMEOUT_SECONDS = 600
# Requests to loopback go through no proxy, whatever the environment says.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_opener.addheaders = [("User-Agent", "devcloud")]


def status_of(url: str) -> int | None:
    """The status a GET is answered with; None where no one answers."""
    try:
        with _opener.open(url, timeout=TIMEOUT_SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return None


class Client:
    """Talks to one cloud as one user of the domain Default, scoped to one project."""

    def __init__(self, cloud: Cloud, user: str, project: str) -> None:
        self._cloud = cloud
        domain = {"id": "default"}
        identity = {
            "methods": ["password"],
            "password": {"user": {"name": user, "domain": domain, "password": PASSWORD}},
        }
        scope = {"project": {"name": project, "domain": domain}}
        body = json.dumps({"auth": {"identity": identity, "scope": scope}}).encode()
        headers, answer = self._send("POST", f"{cloud.auth_url}/auth/tokens", body, {})
        self._token = headers["X-Subject-Token"]
        self.user_id = json.loads(answer)["token"]["user"]["id"]
        self.project_id = json.loads(answer)["token"]["project"]["id"]

    def call(self, method: str, service: str, path: str, body: object = None) -> Any:
        """The decoded answer, None for an empty one. Bytes are sent as they are, else JSON. Raises Failure."""
        headers = {"X-Auth-Token": self._token}
        if isinstance(body, bytes):
            headers["Content-Type"] = "application/octet-stream"
            data: bytes | None = body
        else:
            data = None if body is None else json.dumps(body).encode()
        answer = self._send(method, self._cloud.url(service) + path, data, headers)[1]
        return json.loads(answer) if answer else None

    def ensure(
        self, service: str, path: str, kind: str, values: dict[str, object], query: str = "", collection: str = ""
    ) -> str:
        """The id of the resource of this name, which is created where it is missing."""
        found = self.call("GET", service, f"{path}?name={values['name']}{query}")[collection or f"{kind}s"]
        named = [one for one in found if one["name"] == values["name"]]
        if named:
            return str(named[0]["id"])
        return str(self.call("POST", service, path, {kind: values})[kind]["id"])

    @staticmethod
    def _send(method: str, url: str, data: bytes | None, headers: dict[str, str]) -> tuple[Any, bytes]:
        headers = {"Content-Type": "application/json", **headers}
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310  (always http on loopback)
        try:
            with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                said = error.read().decode(errors="replace")[:500]
            raise Failure(f"{method} {url} was answered with {error.code}: {said}") from error
        except OSError as error:
            raise Failure(f"{method} {url} was not answered: {error}") from error
