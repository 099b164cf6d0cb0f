"""Whether a window for costly changes is open at a moment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from reconciler.model import Window
from reconciler.text.suggestion import suggest

# Programs disagree on what the numbers of days mean, so only their names are taken.
_DAYS = re.compile(r"\*|(mon|tue|wed|thu|fri|sat|sun)([-,](mon|tue|wed|thu|fri|sat|sun))*", re.IGNORECASE)
_FIELDS = 5


def wrong_cron(cron: str) -> tuple[str, str] | None:
    """What is wrong with a cron expression of five fields, and what would do; None when it is right."""
    fields = cron.split()
    example = "such as '0 2 * * sat': at 02:00 on Saturdays"
    if len(fields) != _FIELDS:
        return (
            f"cron '{cron}' has {len(fields)} fields",
            f"it needs minute, hour, day, month and day of week, {example}",
        )
    if not _DAYS.fullmatch(fields[4]):
        return f"cron '{cron}': '{fields[4]}' is no day of week", f"use '*' or the names mon to sun, {example}"
    try:
        _from_crontab(cron, "UTC")
    except ValueError as error:
        return f"cron '{cron}': {str(error).partition(': ')[2] or error}", example
    return None


def wrong_time_zone(name: str) -> tuple[str, str] | None:
    """What is wrong with the name of a time zone, and what would do; None when there is one."""
    known = available_timezones()
    if name in known:
        return None
    near = suggest(name, known)
    return f"unknown time zone '{name}'", f"did you mean '{near}'?" if near else "such as Europe/Paris or UTC"


def open_at(windows: Iterable[Window], moment: datetime) -> frozenset[Window]:
    """Those of the windows that are open at an (aware) moment."""
    return frozenset(window for window in windows if _is_open(window, moment))


def _is_open(window: Window, moment: datetime) -> bool:
    """A window is open from each of its beginnings, that moment included, for its length."""
    earliest = moment - timedelta(seconds=window.seconds) + timedelta(microseconds=1)
    beginning = _trigger(window).get_next_fire_time(None, earliest)
    return beginning is not None and beginning <= moment


@lru_cache(maxsize=1024)
def _trigger(window: Window) -> Any:
    return _from_crontab(window.cron, ZoneInfo(window.time_zone))


def _from_crontab(cron: str, time_zone: str | ZoneInfo) -> Any:
    """APScheduler's CronTrigger. Raises ValueError."""
    # It takes a while to import, for what few repositories have.
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415  as said

    return CronTrigger.from_crontab(cron, timezone=time_zone)
