"""A forge that is in the process, and refuses when it is configured to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.forges import Annotation, Comment, ForgeRefusedError, Status

_REQUEST = 1


class FakeForge:
    """Keeps one comment, and nothing else. Every commit came by the same pull request."""

    def __init__(self) -> None:
        self.refuses = False
        self.heard = 0
        self._comment = ""

    def own_comments(self, _number: int) -> Iterator[Comment]:
        self._hear()
        if self._comment:
            yield Comment(1, self._comment)

    def add_comment(self, _number: int, body: str) -> None:
        self._hear()
        self._comment = body

    def edit_comment(self, _number: int, _comment: int, body: str) -> None:
        self._hear()
        self._comment = body

    def set_status(self, _commit: str, _status: Status) -> None:
        self._hear()

    def annotate(self, _number: int, _commit: str, _context: str, _annotations: Sequence[Annotation]) -> bool:
        return False

    def requests_of(self, _commit: str) -> list[int]:
        self._hear()
        return [_REQUEST]

    def _hear(self) -> None:
        if self.refuses:
            raise ForgeRefusedError("403 the token may not")
        self.heard += 1
