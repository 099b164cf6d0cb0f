"""What the fakes of the forges share: a store of what was written, and checks of requests and answers."""

import json
import re
import threading
from abc import ABC, abstractmethod
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from jsonschema import Draft202012Validator

from tests.forges.fakes.forge_http import Answer, serving

SCHEMAS = Path(__file__).parent.parent / "schemas"
WHEN = "2026-01-01T00:00:00Z"


@dataclass
class Entry:
    """A comment that exists. ``system``: GitLab wrote it itself, of what happened."""

    id: int
    number: int
    author: str
    body: str
    system: bool = False


@dataclass(frozen=True)
class Asked:
    """A request. ``names``: what was in the place of each {name} of the path."""

    method: str
    path: str
    names: Mapping[str, str]
    query: Mapping[str, str]
    body: Any

    def number(self, name: str) -> int:
        return int(self.names[name])


@dataclass(frozen=True)
class Failure:
    answer: Answer
    method: str
    after_doing: bool


class ForgeFake(ABC):
    """A forge with one project, which keeps in memory what is written.

    Bodies are checked by an extract of what the forge publishes of its API; ``violations`` shows what was wrong.
    """

    kind: ClassVar[str]
    user: ClassVar[str] = "magi-bot"
    """Who the token belongs to."""
    job_user: ClassVar[str] = ""
    """Who the token belongs to where it is that of a job, which may not ask who it is."""

    def __init__(self) -> None:
        self.url = ""
        self.token = "fake-token-5f2b"
        self.project = "team/network"
        self.job_token = False
        self.requests: list[str] = []
        """Method and path of each, in order, without the query."""
        self.violations: list[str] = []
        self.entries: list[Entry] = []
        self._lock = threading.RLock()
        self._statuses: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._brought: dict[str, list[int]] = defaultdict(list)
        self._failures: deque[Failure] = deque()
        self._ids = 0

    @property
    def author(self) -> str:
        """Who writes with the token."""
        return self.job_user if self.job_token else self.user

    def comments(self, number: int) -> list[tuple[str, str]]:
        """Author and body of each comment on a pull request, the oldest first."""
        return [(entry.author, entry.body) for entry in self.entries if entry.number == number]

    def statuses(self, commit: str) -> list[dict[str, Any]]:
        """What was posted as the status of a commit, the oldest first, in the forge's own words."""
        return self._statuses[commit]

    @abstractmethod
    def annotations(self, commit: str) -> list[tuple[str, int, str]]:
        """File, line and message of what marks the lines of a commit now."""

    def write_comment(self, number: int, author: str, body: str, *, system: bool = False) -> Entry:
        """A comment that another actor made, or that was there before."""
        entry = Entry(self.new_id(), number, author, body, system)
        self.entries.append(entry)
        return entry

    def brings(self, commit: str, *numbers: int) -> None:
        """From now on these pull requests brought the commit."""
        self._brought[commit] += numbers

    def fail_next(
        self,
        status: int,
        headers: Mapping[str, str] | None = None,
        *,
        after_doing: bool = False,
        method: str = "",
        content: Any = None,
    ) -> None:
        """The next write, or the next request of ``method``, answers so; more calls are for those after it.

        ``after_doing``: it is carried out all the same. ``content``: JSON, or bytes that are sent as they are.
        """
        reported = {"message": "not now"} if content is None else content
        self._failures.append(Failure(Answer(status, reported, headers or {}), method, after_doing))

    def new_id(self) -> int:
        self._ids += 1
        return self._ids

    @property
    @abstractmethod
    def routes(self) -> Mapping[str, Callable[[Asked], Answer]]:
        """What answers each request of the extract."""

    @abstractmethod
    def is_authorized(self, headers: Mapping[str, str]) -> bool: ...

    @abstractmethod
    def is_project(self, names: Mapping[str, str]) -> bool: ...

    def edit(self, number: int, body: str) -> Entry | None:
        """The comment of this id with another body; None if there is none or it is another actor's."""
        entry = next((one for one in self.entries if one.id == number and one.author == self.author), None)
        if entry:
            entry.body = body
        return entry

    @cached_property
    def extract(self) -> Mapping[str, Any]:
        extract: Mapping[str, Any] = json.loads((SCHEMAS / f"{self.kind}.json").read_text())
        return extract

    def answer(self, method: str, target: str, headers: Mapping[str, str], content: bytes) -> Answer:
        """What a request is answered with; ``target`` is path and query, names of ``headers`` are in lower case."""
        address = urlsplit(target)
        with self._lock:
            self.requests.append(f"{method} {address.path}")
            failure = self._failure(method)
            if failure and not failure.after_doing:
                return failure.answer
            answer = self._checked(method, address.path, dict(parse_qsl(address.query)), headers, content)
            return failure.answer if failure else answer

    def _failure(self, method: str) -> Failure | None:
        for failure in self._failures:
            if failure.method == method or (not failure.method and method != "GET"):
                self._failures.remove(failure)
                return failure
        return None

    def _checked(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], content: bytes
    ) -> Answer:
        if not self.is_authorized(headers):
            return Answer(401, {"message": "Bad credentials"})
        route, names = self._route(method, path)
        if not route:
            return self._violation(404, f"{method} {path}: no such request is known")
        if names and not self.is_project(names):
            return Answer(404, {"message": "Not Found"})
        reported = self.extract["requests"][route]
        if unknown := sorted(set(query) - set(reported.get("query", ()))):
            return self._violation(422, f"{route}: unknown query {unknown}")
        try:
            body = json.loads(content) if content else None
        except ValueError:
            return self._violation(422, f"{route}: the body is no JSON")
        if wrong := _wrong(reported.get("body", {"type": "null"}), body):
            return self._violation(422, f"{route}: {wrong}")
        answer = self.routes[route](Asked(method, path, names, query, body))
        if answer.status < 400:
            wrong = _wrong(reported.get("answer", {"type": "null"}), answer.content)
            if wrong or answer.status != reported["status"]:
                self.violations.append(f"the answer {answer.status} to {route}: {wrong}")
        return answer

    def _route(self, method: str, path: str) -> tuple[str, dict[str, str]]:
        for route in self.routes:
            verb, _, template = route.partition(" ")
            pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.extract["base"] + template)
            if verb == method and (match := re.fullmatch(pattern, path)):
                return route, {name: unquote(value) for name, value in match.groupdict().items()}
        return "", {}

    def _violation(self, status: int, said: str) -> Answer:
        self.violations.append(said)
        return Answer(status, {"message": said})

    @classmethod
    @contextmanager
    def serve(cls) -> Iterator[Self]:
        """A fresh one, behind a server on loopback."""
        fake = cls()
        with serving(fake.answer) as url:
            fake.url = url
            yield fake


@dataclass(frozen=True)
class Page:
    """A part of a collection; ``last`` is the number of the last page."""

    items: Sequence[Any]
    number: int
    last: int
    size: int
    total: int

    def links(self, asked: Asked, url: str) -> dict[str, str]:
        """The header that leads to other pages, as GitHub and GitLab send it."""
        others = {"next": self.number + 1, "last": self.last} if self.number < self.last else {}
        query = "&".join(f"{name}={quote(value)}" for name, value in asked.query.items() if name != "page")
        links = [f'<{url}{asked.path}?{query}&page={page}>; rel="{name}"' for name, page in others.items()]
        return {"Link": ", ".join(links)} if links else {}


def page_of(items: Sequence[Any], asked: Asked, size: str, usual: int, most: int) -> Page:
    """What a forge shows of a collection. ``size``: the query's name for the size, with its default and its limit."""
    number, many = int(asked.query.get("page", 1)), min(int(asked.query.get(size, usual)), most)
    last = max(1, -(-len(items) // many))
    return Page(items[(number - 1) * many : number * many], number, last, many, len(items))


def _wrong(schema: Mapping[str, Any], value: Any) -> str:
    errors = Draft202012Validator(schema).iter_errors(value)
    return "; ".join(f"{error.json_path}: {error.message}" for error in errors)
