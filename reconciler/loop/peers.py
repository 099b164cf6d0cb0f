"""What the members of a group say to one another of the targets of a repository."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from types import MappingProxyType

from reconciler.coordination import NOTHING, Members, Published
from reconciler.reporting.shared_reports import SharedReport, SharedReportError, packed, unpacked

log = logging.getLogger(__name__)

_NONE: Mapping[str, SharedReport] = MappingProxyType({})


class Peers:
    """Writes what this member says, when it is another thing than before, and reads what the others do. Thread-safe."""

    def __init__(self, members: Members, repository: str) -> None:
        self._members = members
        self._repository = repository
        self._lock = threading.Lock()
        self._sent: dict[str, tuple[int, SharedReport]] = {}
        self._published: Mapping[str, Published] = NOTHING
        self._reports: Mapping[str, SharedReport] = _NONE

    def publish(self, report: SharedReport) -> None:
        """Has the others know the last report of a target, where its lock is held here."""
        target = report.target
        grant = self._members.grant(self._repository, target)
        with self._lock:
            before = self._sent.get(target)
            if not grant or (before and before[0] == grant and report.says_the_same(before[1])):
                return
            self._sent[target] = (grant, report)
        try:
            payload = packed(report)
        except SharedReportError as error:
            log.warning("report not shared", extra=self._about(vim=target, error=str(error)))
            # Better none than one that is over.
            payload = b""
        self._members.publish(self._repository, target, grant, payload)

    def forget(self, target: str) -> None:
        """The target is served here no longer."""
        with self._lock:
            self._sent.pop(target, None)

    def reports(self) -> Mapping[str, SharedReport]:
        """The last report of each target that another member serves and of which something is to be relied on."""
        published = self._members.published(self._repository)
        if published is NOTHING:
            return _NONE
        with self._lock:
            if published is not self._published:
                before, self._published = self._published, published
                self._reports = self._read(before, published)
            return self._reports

    def _read(self, before: Mapping[str, Published], now: Mapping[str, Published]) -> Mapping[str, SharedReport]:
        found = {}
        for target, one in now.items():
            if before.get(target) == one:
                if target in self._reports:
                    found[target] = self._reports[target]
            elif one.payload:
                try:
                    found[target] = unpacked(one.member, self._repository, target, one.payload)
                except SharedReportError as error:
                    log.warning("report not read", extra=self._about(vim=target, error=str(error)))
        return found

    def _about(self, **pairs: object) -> dict[str, object]:
        return {"repository": self._repository, **pairs}
