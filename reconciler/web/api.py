"""The JSON API of the daemon, as a part of its application."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from reconciler.web.errors import error_answer, is_api
from reconciler.web.openapi import openapi_document
from reconciler.web.query import read_query
from reconciler.web.routes import DOCUMENT, ROUTES, Route
from reconciler.web.watched import Watched


def add_api(app: Flask, daemon: Watched) -> None:
    """Serves every route, and the document that describes them. Errors below /api are answered as JSON."""
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of the provider that Flask has by default
    app.url_map.merge_slashes = False  # a redirect would answer with HTML
    for route in ROUTES:
        path = route.path.replace("{", "<").replace("}", ">")
        app.add_url_rule(path, route.answer.__name__, _view(daemon, route), methods=["GET"])
    app.add_url_rule(DOCUMENT, "openapi", _document, methods=["GET"])
    app.register_error_handler(HTTPException, _error)
    app.after_request(_cacheable)


def _view(daemon: Watched, route: Route) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        answer: Response = jsonify(route.answer(daemon, read_query(request.args, route.parameters, path)))
        return answer

    return view


def _document() -> Response:
    read_query(request.args, (), {})
    answer: Response = jsonify(openapi_document())
    return answer


def _error(error: HTTPException) -> Response | HTTPException:
    return error_answer(error) if is_api() else error


def _cacheable(answer: Response) -> Response:
    """An answer holds for the moment; who asks again and has it is answered so, without getting it again."""
    if is_api() and answer.status_code == 200 and request.method in {"GET", "HEAD"}:
        answer.headers["Cache-Control"] = "no-cache"
        answer.add_etag()
        answer.make_conditional(request)
    return answer
