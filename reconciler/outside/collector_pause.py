"""The cyclic garbage collector rests while a catalog is made.

What is made then is a great many objects, of which nearly all stay and none are in cycles. The collector would go
through all of them again and again: a quarter of the time for a thousand services (`python -m benchmarks documents`).
Very many objects count as old afterwards without that it goes through them once more: the next full collection does.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_MANY: Final = 100_000
"""New objects: more are not looked through when the collector goes on."""

_guard = threading.Lock()
_paused = 0
_was_on = True


@contextmanager
def collector_paused() -> Iterator[None]:
    """May be entered by several threads; the last one that leaves has the collector go on, if it was on before."""
    global _paused, _was_on  # noqa: PLW0603  the collector is one for the process, too
    with _guard:
        if not _paused:
            _was_on = gc.isenabled()
            gc.disable()
        _paused += 1
    try:
        yield
    finally:
        with _guard:
            _paused -= 1
            if not _paused and _was_on:
                if gc.get_count()[0] > _MANY:
                    # Both only join lists: all that is young becomes old, and stays within the collector's reach.
                    gc.freeze()
                    gc.unfreeze()
                gc.enable()
