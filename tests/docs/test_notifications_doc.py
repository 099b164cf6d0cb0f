"""docs/notifications.md against the code: settings, placeholders, bounds, and the code that verifies a signature."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from reconciler.config import PLACEHOLDERS, NotificationConfig, settings
from reconciler.reporting.notifications.receiver import FIRST_PAUSE, LONGEST_PAUSE, MOST_WAITING, OLDEST
from reconciler.reporting.notifications.sending import _ABOUT_THE_EVENT, LONGEST_ASKED, TIMEOUT, signed
from tests.configs import LEAST, parse

PAGE = (Path(__file__).parents[2] / "docs" / "notifications.md").read_text(encoding="utf-8")


def test_every_setting_of_a_receiver_is_listed_and_no_other() -> None:
    section = PAGE.split("## Settings\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|\s*(\S*)\s*\| (.*) \|$", section, flags=re.MULTILINE)
    listed = {name: (default.strip("`"), text) for name, default, text in rows}
    assert listed == {path: (default, text) for path, default, text in settings(NotificationConfig)}


def test_the_example_is_taken() -> None:
    found: Any = yaml.safe_load(PAGE.split("```yaml\n")[1].split("```")[0])
    assert [one.name for one in parse(LEAST | found).notifications] == ["bus", "noc"]


def test_every_placeholder_is_listed_and_no_other() -> None:
    rows = re.findall(r"^\| (`\$.*`) \|", PAGE, flags=re.MULTILINE)
    assert sorted(re.findall(r"`\$(\w+)`", " ".join(rows))) == sorted(PLACEHOLDERS)


def test_the_bounds_are_those_of_the_code() -> None:
    assert (MOST_WAITING, OLDEST, FIRST_PAUSE, LONGEST_PAUSE) == (1000, 3600, 1, 60)
    assert (TIMEOUT, LONGEST_ASKED) == (10, 300)
    line = next(line for line in PAGE.splitlines() if "are about the event" in line)
    assert {int(status) for status in re.findall(r"\b\d{3}\b", line)} == _ABOUT_THE_EVENT


def test_the_code_of_the_page_takes_what_is_signed_and_nothing_else() -> None:
    found: dict[str, Any] = {}
    exec(PAGE.split("```python\n")[1].split("```")[0], found)  # noqa: S102  it is our own page
    is_from_magi: Callable[[bytes, Mapping[str, str], bytes], bool] = found["is_from_magi"]
    now = int(time.time())
    headers = signed("s3cret", b"{}", now)
    assert is_from_magi(b"s3cret", headers, b"{}")
    assert not is_from_magi(b"other", headers, b"{}")
    assert not is_from_magi(b"s3cret", headers, b"{ }")
    assert not is_from_magi(b"s3cret", headers | {"X-Magi-Timestamp": str(now + 1)}, b"{}")
    assert not is_from_magi(b"s3cret", signed("s3cret", b"{}", now - 3600), b"{}")
