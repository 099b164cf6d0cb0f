"""The refusals of each service, in that service's own words and shape."""

from typing import Any

Record = dict[str, Any]


class ApiError(Exception):
    """An answer of 400 or above; `body` is JSON, or text for a service that answers in HTML."""

    def __init__(self, status: int, body: Record | str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = headers or {}


class ConnectionDropped(Exception):
    """The connection must be closed without an answer."""


_COMPUTE_NAMES = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
    409: "conflictingRequest",
    413: "overLimit",
    415: "badMediaType",
    500: "computeFault",
    501: "notImplemented",
    503: "serviceUnavailable",
}

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    409: "Conflict",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def title(status: int) -> str:
    return _TITLES.get(status, "Error")


def identity_error(status: int, message: str) -> ApiError:
    return ApiError(status, {"error": {"code": status, "message": message, "title": title(status)}})


def network_error(status: int, kind: str, message: str) -> ApiError:
    return ApiError(status, {"NeutronError": {"type": kind, "message": message, "detail": ""}})


def invalid_input(message: str) -> ApiError:
    return network_error(400, "InvalidInput", f"Invalid input for operation: {message}.")


def compute_error(status: int, message: str) -> ApiError:
    return ApiError(status, {_COMPUTE_NAMES.get(status, "computeFault"): {"code": status, "message": message}})


def image_error(status: int, message: str) -> ApiError:
    head = f"<html>\n <head>\n  <title>{status} {title(status)}</title>\n </head>\n"
    return ApiError(
        status,
        f"{head} <body>\n  <h1>{status} {title(status)}</h1>\n  {message}<br /><br />\n\n </body>\n</html>",
        {"Content-Type": "text/html; charset=UTF-8"},
    )
