"""Logs: a constant sentence and pairs."""

from __future__ import annotations

import json
import logging

from reconciler.cli.logs import JsonFormatter, Sparing, TextFormatter
from reconciler.tracing import about


def record(message: str, error: bool = False, **pairs: object) -> logging.LogRecord:
    made = logging.LogRecord("reconciler.loop", logging.WARNING, "x.py", 1, message, (), None)
    made.created = 1_763_913_600.0
    if error:
        defect = ZeroDivisionError("manually")
        made.exc_info = (type(defect), defect, None)
    vars(made).update(pairs)
    return made


def test_text_is_a_sentence_and_pairs_in_the_order_given() -> None:
    line = TextFormatter().format(record("step failed", vim="paris", seconds=0.25, key="port a/b"))
    assert line == '2025-11-23T16:00:00Z WARNING step failed vim=paris seconds=0.25 key="port a/b"'


def test_text_quotes_what_could_be_taken_for_something_else() -> None:
    line = TextFormatter().format(record("x", a='say "no"', b="k=v", c="two\nlines"))
    assert line.endswith(r'''a="say \"no\"" b="k=v" c="two\nlines"''')


def test_empty_pairs_are_left_out() -> None:
    assert TextFormatter().format(record("x", reason="", error_code=None, steps=0)).endswith(" x steps=0")


def test_json_is_one_object_a_line() -> None:
    line = JsonFormatter().format(record("step failed", vim="paris", steps=3))
    assert json.loads(line) == {
        "time": "2025-11-23T16:00:00+00:00",
        "level": "warning",
        "message": "step failed",
        "vim": "paris",
        "steps": 3,
    }
    assert "\n" not in JsonFormatter().format(record("x", error=True, odd=object()))


def test_a_defect_is_logged_with_its_traceback() -> None:
    assert "ZeroDivisionError: manually" in TextFormatter().format(record("pass broke", error=True))
    assert (
        "ZeroDivisionError: manually"
        in json.loads(JsonFormatter().format(record("pass broke", error=True)))["traceback"]
    )


def test_pairs_that_are_bound_come_before_those_of_the_line() -> None:
    with about({"vim": "paris", "pass": "1f"}), about({"key": "port a"}):
        line = TextFormatter().format(record("x", seconds=1, vim="lyon"))
        assert line.endswith(' x vim=lyon pass=1f key="port a" seconds=1')
        assert json.loads(JsonFormatter().format(record("x")))["pass"] == "1f"
    assert TextFormatter().format(record("x")).endswith(" x")


def test_a_library_that_complains_again_and_again_is_heard_once_in_a_while() -> None:
    now = [0.0]
    sparing = Sparing("opentelemetry", 600.0, lambda: now[0])
    theirs, own = logging.makeLogRecord({"name": "opentelemetry.sdk"}), logging.makeLogRecord({"name": "reconciler"})

    def heard(record: logging.LogRecord) -> list[bool]:
        return [sparing.filter(record) for _ in range(3)]

    assert heard(theirs) == [True, False, False]
    assert heard(own) == [True, True, True]
    now[0] = 600.0
    assert heard(theirs) == [True, False, False]
