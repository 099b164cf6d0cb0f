"""The pairs that say what a thread is at: each log line that it writes has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from types import MappingProxyType
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
Pairs = Mapping[str, object]

NOTHING: Pairs = MappingProxyType({})

_bound: ContextVar[Pairs] = ContextVar("bound", default=NOTHING)


def bound() -> Pairs:
    """What is bound here, the outermost first."""
    return _bound.get()


@contextmanager
def about(pairs: Pairs) -> Iterator[None]:
    """Binds pairs, beside those that are bound, to all that is done within."""
    token = _bound.set({**_bound.get(), **pairs})
    try:
        yield
    finally:
        _bound.reset(token)


def carried(work: Callable[P, R]) -> Callable[P, R]:
    """The same for other threads, which would else know neither the pairs nor the span that their work belongs to."""
    here = copy_context()

    def within(*args: P.args, **kwargs: P.kwargs) -> R:
        # A context can be entered by one thread at a time.
        return here.copy().run(work, *args, **kwargs)

    return within
