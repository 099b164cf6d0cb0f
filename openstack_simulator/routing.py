"""What a request and an answer are, and how a path finds its handler."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from openstack_simulator.errors import Record

if TYPE_CHECKING:
    from openstack_simulator.cloud import Cloud
    from openstack_simulator.identity import Token


@dataclass(slots=True)
class Request:
    """One request as a handler sees it: `path` begins below the service, `base` ends with the cloud's name."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    base: str
    params: Mapping[str, str] = field(default_factory=dict)
    caller: "Token | None" = None
    version: tuple[int, int] = (2, 1)

    @property
    def id(self) -> str:
        return self.params["id"]

    @property
    def token(self) -> "Token":
        """The caller; only for routes that demand one."""
        if self.caller is None:
            raise RuntimeError("this route is open to everyone")
        return self.caller

    def json(self) -> Any:
        """The decoded body; ValueError when it is not JSON."""
        return json.loads(self.body)

    def first(self, name: str) -> str | None:
        values = self.query.get(name)
        return values[0] if values else None


@dataclass(slots=True)
class Response:
    """`body`: JSON data, bytes as they are, or None for an empty answer."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[["Cloud", Request], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a template such as `/v2.0/ports/{id}`; `open` routes need no token."""

    method: str
    template: str
    handler: Handler
    open: bool = False


class _Node:
    __slots__ = ("literal", "name", "parameter", "routes")

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.name = ""
        self.routes: dict[str, tuple[Route, tuple[str, ...]]] = {}


class Router:
    """Finds the route of a path in one step a segment."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        node = self._root
        names: list[str] = []
        for segment in _segments(route.template):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literal.setdefault(segment, _Node())
        if route.method in node.routes:
            raise ValueError(f"two handlers for {route.method} {route.template}")
        node.routes[route.method] = (route, tuple(names))

    def match(self, method: str, path: str) -> tuple[Route | None, dict[str, str], bool]:
        """The route, its parameters, and whether the path is known (with another method)."""
        node = self._root
        values: list[str] = []
        for segment in _segments(path):
            child = node.literal.get(segment)
            if child is None:
                child = node.parameter
                values.append(segment)
            if child is None:
                return None, {}, False
            node = child
        found = node.routes.get(method)
        if found is None:
            return None, {}, bool(node.routes)
        route, names = found
        return route, dict(zip(names, values, strict=True)), True


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def as_record(value: Any, name: str) -> Record:
    """`value[name]` as an object; ValueError when the body has another shape."""
    if not isinstance(value, dict) or not isinstance(value.get(name), dict):
        raise ValueError(f"no object named {name}")  # noqa: TRY004  (a refusal of data)
    inner: Record = value[name]
    return inner
