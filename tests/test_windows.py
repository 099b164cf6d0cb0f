"""When windows for costly changes are open, and what is no window."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconciler.judging.windows import open_at, wrong_cron, wrong_time_zone
from reconciler.model import Window

SATURDAY = Window("0 2 * * sat", 4 * 3600, "Europe/Paris")


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-28T00:59:59", False),  # Paris is an hour ahead of UTC
        ("2026-11-28T01:00:00", True),
        ("2026-11-28T04:59:59.999999", True),
        ("2026-11-28T05:00:00", False),
        ("2026-11-27T02:00:00", False),
        ("2026-07-04T00:00:00", True),  # two hours in summer
    ],
)
def test_a_window_is_open_from_its_beginning_for_its_length(moment: str, is_open: bool) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert (open_at([SATURDAY], at) == {SATURDAY}) is is_open


def test_a_window_may_reach_into_the_next_day() -> None:
    night = Window("0 23 * * mon-fri", 6 * 3600, "UTC")
    assert open_at([night], datetime(2026, 11, 28, 4, 59, tzinfo=UTC))  # a Saturday
    assert not open_at([night], datetime(2026, 11, 29, 4, 0, tzinfo=UTC))


def test_only_the_open_ones_of_several_are_reported() -> None:
    always = Window("* * * * *", 60, "UTC")
    assert open_at([SATURDAY, always], datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)) == {always}


@pytest.mark.parametrize(
    ("cron", "reported"),
    [
        ("0 2 * *", "has 4 fields"),
        ("61 2 * * *", "higher than the maximum"),
        ("0 2 * * 6", "'6' is no day of week"),
        ("0 2 * * saturday", "'saturday' is no day of week"),
        ("x 2 * * *", "cron 'x 2 * * *'"),
    ],
)
def test_what_is_no_cron_expression_is_reported_with_what_would_do(cron: str, reported: str) -> None:
    wrong = wrong_cron(cron)
    assert wrong
    assert reported in wrong[0]
    assert "0 2 * * sat" in wrong[1]


@pytest.mark.parametrize("cron", ["0 2 * * sat", "*/5 1-3 1,15 * mon-fri", "0 0 * * *"])
def test_cron_expressions_that_name_the_days_are_right(cron: str) -> None:
    assert wrong_cron(cron) is None


def test_a_time_zone_that_is_not_there_gets_the_nearest_name() -> None:
    assert wrong_time_zone("Europe/Pariss") == ("unknown time zone 'Europe/Pariss'", "did you mean 'Europe/Paris'?")
    assert wrong_time_zone("Europe/Paris") is None


EXAMPLE = "such as '0 2 * * sat': at 02:00 on Saturdays"


@pytest.mark.parametrize(
    ("cron", "wrong"),
    [
        (
            "0 2 * *",
            ("cron '0 2 * *' has 4 fields", f"it needs minute, hour, day, month and day of week, {EXAMPLE}"),
        ),
        (
            "0 2 * * 6",
            ("cron '0 2 * * 6': '6' is no day of week", f"use '*' or the names mon to sun, {EXAMPLE}"),
        ),
        (
            "61 2 * * *",
            ("cron '61 2 * * *': the last value (61) is higher than the maximum value (59)", EXAMPLE),
        ),
        ("*/0 2 * * *", ("cron '*/0 2 * * *': Increment must be higher than 0", EXAMPLE)),
    ],
)
def test_the_whole_message_about_a_cron_expression(cron: str, wrong: tuple[str, str]) -> None:
    assert wrong_cron(cron) == wrong


def test_a_time_zone_like_no_other_gets_examples() -> None:
    assert wrong_time_zone("0000000") == ("unknown time zone '0000000'", "such as Europe/Paris or UTC")
