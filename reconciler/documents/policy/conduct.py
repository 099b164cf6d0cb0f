"""How changes are to be made: consent and its windows, the update strategy, healing. For services and the Policy."""

from __future__ import annotations

import re
from typing import Any

from reconciler.documents.reading.marks import Document, Path
from reconciler.documents.subject import Subject
from reconciler.model import Consent, Healing, Impact, Permission, Problem, UpdateStrategy, Window
from reconciler.windows import wrong_cron, wrong_time_zone

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def seconds_of(duration: str) -> int:
    """The seconds in a duration such as 4h, 90m or 1h30m, which its schema accepted."""
    match = _DURATION.fullmatch(duration)
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    return hours * 3600 + minutes * 60 + seconds


def check_consent(subject: Subject) -> None:
    """Notes what is wrong with the windows of a document."""
    if "changes" in subject.spec:
        for path, window in subject.items("changes", "windows"):
            _check_window(subject, path, window)


def check_windows_are_there(document: Document, wider: Consent) -> list[Problem]:
    """What of a document waits for windows that neither it nor the Policy declares."""
    subject = Subject(document)
    given = consent_of(subject.spec)
    if not given.over(wider).windows:
        for field, permission in (("replace", given.replace), ("disruptive", given.disruptive)):
            if permission is Permission.WINDOW:
                subject.report(
                    ("changes", field),
                    f"{field}: window, but no window is declared",
                    "add windows: [{cron: '0 2 * * sat', duration: 4h, timeZone: Europe/Paris}] beside it",
                )
    return subject.problems


def _check_window(subject: Subject, path: Path, window: Any) -> None:
    for field, wrong in (
        ("cron", wrong_cron(window["cron"])),
        ("timeZone", wrong_time_zone(window.get("timeZone", "UTC"))),
    ):
        if wrong:
            subject.report((*path, field), *wrong)
    if not seconds_of(window["duration"]):
        subject.report((*path, "duration"), "a window of no length is never open", "such as 4h, 90m or 1h30m")


def check_strategy(subject: Subject) -> None:
    """Notes a strategy by which nothing could ever change."""
    given = strategy_of(subject.spec)
    if not given.max_unavailable and not given.max_surge:
        message = "maxUnavailable and maxSurge are both 0, so that nothing could ever change"
        subject.report(("updateStrategy",), message, "let one of them be 1")


def consent_of(spec: Any) -> Consent:
    changes = spec.get("changes", {})
    windows = changes.get("windows")
    return Consent(
        replace=Permission(changes["replace"]) if "replace" in changes else None,
        disruptive=Permission(changes["disruptive"]) if "disruptive" in changes else None,
        windows=None if windows is None else tuple(map(_window, windows)),
    )


def _window(given: Any) -> Window:
    return Window(" ".join(given["cron"].lower().split()), seconds_of(given["duration"]), given.get("timeZone", "UTC"))


def strategy_of(spec: Any) -> UpdateStrategy:
    given = spec.get("updateStrategy", {})
    return UpdateStrategy(given.get("maxUnavailable", 1), given.get("maxSurge", 0))


def healing_of(spec: Any) -> Healing | None:
    if "healing" not in spec:
        return None
    given, default = spec["healing"], Healing()
    return Healing(
        tuple(map(Impact, given["ladder"])),
        given.get("limit", default.limit),
        float(seconds_of(given["pause"])) if "pause" in given else default.pause,
    )
