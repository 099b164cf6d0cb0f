"""Records in memory, with indexes and undo.

A stored record is never changed in place: an update stores a new dict. So a handler may hand records out to be
written as JSON after the lock of the cloud was released.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager

from openstack_simulator.errors import Record

Keys = Callable[[Record], Iterable[Hashable]]
Undo = list[Callable[[], None]]


class Journal:
    """How to take back what a transaction has stored."""

    def __init__(self) -> None:
        self._undo: Undo | None = None

    def note(self, undo: Callable[[], None]) -> None:
        if self._undo is not None:
            self._undo.append(undo)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: an exception takes every change back. Inner transactions join the outer one."""
        if self._undo is not None:
            yield
            return
        undo: Undo = []
        self._undo = undo
        try:
            yield
        except BaseException:
            self._undo = None
            for step in reversed(undo):
                step()
            raise
        finally:
            self._undo = None

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Inside a transaction: an exception takes back only what happened since here."""
        if self._undo is None:
            raise RuntimeError("a savepoint needs a transaction")
        done = len(self._undo)
        try:
            yield
        except BaseException:
            outer, self._undo = self._undo, None
            for step in reversed(outer[done:]):
                step()
            self._undo = outer[:done]
            raise


class Table:
    """Records by id in the order of their creation, with any number of indexes."""

    def __init__(self, journal: Journal, **indexes: Keys) -> None:
        self._journal = journal
        self._rows: dict[str, Record] = {}
        self._keys = indexes
        self._indexes: dict[str, dict[Hashable, dict[str, None]]] = {name: {} for name in indexes}

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._rows.values())

    def __contains__(self, identifier: object) -> bool:
        return identifier in self._rows

    def __getitem__(self, identifier: str) -> Record:
        return self._rows[identifier]

    def get(self, identifier: str | None) -> Record | None:
        return None if identifier is None else self._rows.get(identifier)

    @property
    def indexed(self) -> frozenset[str]:
        return frozenset(self._keys)

    def find(self, index: str, key: Hashable) -> list[Record]:
        """The records that have this key, oldest first."""
        return [self._rows[identifier] for identifier in self._indexes[index].get(key, ())]

    def holds(self, index: str, key: Hashable) -> bool:
        return bool(self._indexes[index].get(key))

    def put(self, record: Record) -> Record:
        """Store a new record or a new version of one."""
        old = self._rows.get(record["id"])
        self._store(record, old)
        if old is None:
            self._journal.note(lambda: self._forget(record["id"]))
        else:
            self._journal.note(lambda: self._store(old, self._rows.get(old["id"])))
        return record

    def change(self, identifier: str, **values: object) -> Record:
        return self.put({**self._rows[identifier], **values})

    def remove(self, identifier: str) -> Record:
        record = self._drop(identifier)
        self._journal.note(lambda: self._store(record, None))
        return record

    def _store(self, record: Record, old: Record | None) -> None:
        if old is not None:
            self._unindex(old)
        self._rows[record["id"]] = record
        for name, keys in self._keys.items():
            index = self._indexes[name]
            for key in keys(record):
                index.setdefault(key, {})[record["id"]] = None

    def _forget(self, identifier: str) -> None:
        self._drop(identifier)

    def _drop(self, identifier: str) -> Record:
        record = self._rows.pop(identifier)
        self._unindex(record)
        return record

    def _unindex(self, record: Record) -> None:
        for name, keys in self._keys.items():
            index = self._indexes[name]
            for key in keys(record):
                members = index.get(key)
                if members is not None:
                    members.pop(record["id"], None)
                    if not members:
                        del index[key]
