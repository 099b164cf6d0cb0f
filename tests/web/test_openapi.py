"""The OpenAPI document: valid, whole, in the repository, and true, whatever is asked."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import Case

from reconciler.web import document_text, make_app, openapi_document
from scripts.openapi_file import FILE
from tests.web.described import ask
from tests.web.shown import Shown

# One process makes the daemon that they ask.
pytestmark = pytest.mark.xdist_group("busy daemon")

DOCUMENT = "/api/v1/openapi.json"
PATHS = list(openapi_document()["paths"])
REAL = {"repository": "default", "vim": "paris", "service": "hello"}
STEADY = settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
"""The same requests each time."""


def test_the_document_is_valid() -> None:
    OpenAPIV31SpecValidator(openapi_document()).validate()


def test_the_file_in_the_repository_is_the_document_that_is_served() -> None:
    assert FILE.read_text(encoding="utf-8") == document_text(), "run `make docs`"
    assert ask(make_app(Shown()), DOCUMENT) == openapi_document()


def test_it_has_every_path_of_the_api_and_no_other() -> None:
    rules = make_app(Shown()).url_map.iter_rules()
    served = {re.sub(r"<(\w+)>", r"{\1}", rule.rule) for rule in rules if rule.rule.startswith("/api")}
    assert served == set(PATHS)


def test_every_component_is_used() -> None:
    used = set(re.findall(r"#/components/schemas/(\w+)", document_text()))
    assert used == set(openapi_document()["components"]["schemas"])


@pytest.fixture(scope="module")
def described(app: Flask) -> Any:
    return schemathesis.openapi.from_wsgi(DOCUMENT, app)


@schemathesis.pytest.from_fixture("described").parametrize()
@STEADY
# Schemathesis draws from `random`, which Hypothesis seeds but would rather not see.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning")
def test_no_request_gets_an_answer_that_the_document_does_not_describe(case: Case[Any]) -> None:
    """Each path with what may be asked, what may not, and every other method; all checks that there are."""
    case.call_and_validate()


@pytest.mark.parametrize("path", [path for path in PATHS if "{" in path])
def test_what_is_there_is_described_as_well(app: Flask, path: str) -> None:
    named: dict[str, Any] = {name: REAL[name] for name in re.findall(r"{(\w+)}", path)}
    operation = schemathesis.openapi.from_wsgi(DOCUMENT, app)[path]["GET"]
    answer = operation.Case(path_parameters=named).call_and_validate()
    assert answer.status_code == 200
