"""How changes are to be made: consent and its windows, the update strategy, healing. For services and the Policy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from reconciler.documents.reading.spots import Problems
from reconciler.documents.words import NetworkService, Policy, conduct as words
from reconciler.documents.words.service import NetworkServiceSpec
from reconciler.judging.windows import wrong_cron, wrong_time_zone
from reconciler.model import Consent, Healing, Impact, Permission, Problem, UpdateStrategy, Window

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_PERMISSIONS: Final[Mapping[str | None, Permission | None]] = {
    None: None,
    **{permission.value: permission for permission in Permission},
}


def seconds_of(duration: str) -> int:
    """The seconds in a duration such as 4h, 90m or 1h30m, which its schema accepted."""
    match = _DURATION.fullmatch(duration)
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    return hours * 3600 + minutes * 60 + seconds


def check_windows(problems: Problems, given: words.Consent | None) -> None:
    """Notes what is wrong with the windows of a document."""
    for window in (given.windows or ()) if given else ():
        for field, wrong in (("cron", wrong_cron(window.cron)), ("time_zone", wrong_time_zone(window.time_zone))):
            if wrong:
                problems.report(window.at(field), *wrong)
        if not seconds_of(window.duration):
            problems.report(window.at("duration"), "a window of no length is never open", "such as 4h, 90m or 1h30m")


def windows_that_are_missing(document: NetworkService | Policy, wider: Consent) -> list[Problem]:
    """What of a document waits for windows that neither it nor the Policy declares."""
    if document.spec.changes is None:
        return []
    given = consent_of(document.spec.changes)
    if given.over(wider).windows:
        return []
    return [
        document.spec.changes.at(field).problem(
            f"{field}: window, but no window is declared",
            "add windows: [{cron: '0 2 * * sat', duration: 4h, timeZone: Europe/Paris}] beside it",
        )
        for field, permission in (("replace", given.replace), ("disruptive", given.disruptive))
        if permission is Permission.WINDOW
    ]


def check_strategy(problems: Problems, spec: NetworkServiceSpec) -> None:
    """Notes a strategy by which nothing could ever change."""
    given = strategy_of(spec)
    if not given.max_unavailable and not given.max_surge:
        message = "maxUnavailable and maxSurge are both 0, so that nothing could ever change"
        problems.report(spec.at("update_strategy"), message, "let one of them be 1")


def consent_of(given: words.Consent | None) -> Consent:
    if given is None:
        return Consent(replace=None, disruptive=None, windows=None)
    return Consent(
        replace=_PERMISSIONS[given.replace],
        disruptive=_PERMISSIONS[given.disruptive],
        windows=None if given.windows is None else tuple(map(_window, given.windows)),
    )


def _window(given: words.Window) -> Window:
    return Window(" ".join(given.cron.lower().split()), seconds_of(given.duration), given.time_zone)


def strategy_of(spec: NetworkServiceSpec) -> UpdateStrategy:
    given = spec.update_strategy
    return UpdateStrategy(given.max_unavailable, given.max_surge) if given else UpdateStrategy()


def healing_of(given: words.Healing | None) -> Healing | None:
    if given is None:
        return None
    return Healing(tuple(map(Impact, given.ladder)), given.limit, float(seconds_of(given.pause)))
