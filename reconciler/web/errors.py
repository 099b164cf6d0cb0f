"""Errors of the JSON API: what is wrong, and what would do."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, jsonify, request
from werkzeug.exceptions import HTTPException

from reconciler.text.suggestion import did_you_mean

_SAYS = {
    404: ("there is nothing here", "/api/v1/openapi.json lists all paths"),
    405: ("this API only reads", "use GET; the desired state is in Git"),
    500: ("a defect in Magi", "its log has the details"),
}


class ApiError(HTTPException):
    """An answer that is an error, with a hint for people; both may be shown to anyone."""

    def __init__(self, code: int, message: str, hint: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint
        self.headers = headers or {}


def is_api() -> bool:
    """Whether the request that is answered is one to the API."""
    return request.path == "/api" or request.path.startswith("/api/")


def no_such(what: str, name: str, known: list[str]) -> ApiError:
    """404 for a thing that is not among those that are there."""
    listed = ", ".join(sorted(known)[:10]) if known else "none"
    return ApiError(404, f"there is no {what} '{name}'", did_you_mean(name, known) or f"there are: {listed}")


def error_answer(error: HTTPException) -> Response:
    """Any error as JSON. What Werkzeug says of one is not shown: it is about HTML pages."""
    code = error.code or 500
    message, hint = _SAYS.get(code, (error.name.lower(), ""))
    if isinstance(error, ApiError):
        message, hint = error.description or "", error.hint
    answer: Response = jsonify({"error": message, "hint": hint})
    answer.status_code = code
    answer.headers.extend((name, value) for name, value in error.get_headers() if name != "Content-Type")
    if isinstance(error, ApiError):
        answer.headers.extend(error.headers)
    answer.headers["Cache-Control"] = "no-store"
    return answer
