"""The log of requests that every cloud keeps."""

import importlib.util
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from devcloud.services.service import INSIDE

Environ = dict[str, Any]
Start = Callable[..., object]


def serving() -> Any:
    """The module, which is no part of the package: it runs among the services."""
    spec = importlib.util.spec_from_file_location("serving", INSIDE / "serving.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def request(path: str, method: str = "GET", query: str = "") -> Environ:
    environ: Environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_USER_AGENT": "a test"}
    setup_testing_defaults(environ)
    return environ


def test_each_request_is_a_line_of_json(tmp_path: Path) -> None:
    def application(environ: Environ, start_response: Start) -> Iterable[bytes]:
        # As routers do: they move what they have read from the path to the name of the script.
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = "/v2.1", "/flavors"
        start_response("404 Not Found", [])
        return [b""]

    log = tmp_path / "requests.jsonl"
    logged = serving().RequestsLog(application, "nova", log)
    for method in ("GET", "POST"):
        logged(request("/v2.1/flavors", method, "limit=1"), lambda *_: None)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["method"] for line in lines] == ["GET", "POST"]
    assert {key: lines[0][key] for key in ("service", "path", "query", "status", "user_agent")} == {
        "service": "nova",
        "path": "/v2.1/flavors",
        "query": "limit=1",
        "status": 404,
        "user_agent": "a test",
    }
    assert lines[0]["seconds"] >= 0
    assert lines[0]["time"] > 1_700_000_000


def test_a_request_that_breaks_the_application_is_logged_too(tmp_path: Path) -> None:
    def application(_environ: Environ, _start_response: Start) -> Iterable[bytes]:
        raise ValueError("broken")

    log = tmp_path / "requests.jsonl"
    with pytest.raises(ValueError, match="broken"):
        serving().RequestsLog(application, "nova", log)(request("/"), lambda *_: None)
    assert json.loads(log.read_text())["status"] == 0
