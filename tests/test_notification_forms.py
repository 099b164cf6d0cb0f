"""What chats are sent: text of clouds and commits that is markup, a link or a call there is none in what they get."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from reconciler.config import EVENT_REASONS, PLACEHOLDERS, NotificationConfig
from reconciler.config.notifications import FORMATS
from reconciler.reporting.events import Event, Severity
from reconciler.reporting.notifications.forms import LONGEST_TEXT, body_of
from reconciler.reporting.notifications.notices import LONGEST_MESSAGE, notice_of

EVENT = Event("default", "paris", "edge", Severity.WARNING, "DriftFound", "mtu changed", 1e9, 1e9, 1, "network n", "a1")
HOSTILE = (
    "<!channel> <@U123> @all @here `code` *b* [x](https://evil.example) <https://evil.example|bank> &lt;!here&gt;\n\x1b"
)


def text(form: str, event: Event = EVENT, template: str = "") -> str:
    """The text that a chat shows."""
    body: Any = json.loads(
        body_of(notice_of(event, 0.0), NotificationConfig("noc", "u", format=form, template=template)).data
    )
    if form == "teams":
        (attachment,) = body["attachments"]
        (block,) = attachment["content"]["body"]
        assert (body["type"], block["type"]) == ("message", "RichTextBlock")
        return str(block["inlines"][0]["text"])
    assert set(body) == {"text"}
    return str(body["text"])


def test_what_a_chat_is_sent_without_a_template() -> None:
    coded = "`DriftFound` (`warning`) `edge on paris`: `mtu changed`"
    assert [text(form) for form in ("slack", "mattermost", "teams")] == [coded, coded, coded.replace("`", "")]
    of_repository = replace(EVENT, vim="", service="")
    assert text("teams", of_repository).startswith("DriftFound (warning) default: ")


def test_a_template_may_name_all_that_there_is_of_an_event() -> None:
    template = " ".join(f"${name}" for name in PLACEHOLDERS) + " $$5"
    assert text("teams", template=template) == (
        "edge on paris a1 mtu changed DriftFound default network n edge warning paris $5"
    )
    assert text("slack", replace(EVENT, resource=""), "<!here> [$resource]") == "<!here> []"


def test_slack_is_sent_no_command_no_link_and_no_end_of_the_code() -> None:
    found = text("slack", replace(EVENT, message=HOSTILE), "$message")
    assert not set("<>\n") & set(found)
    assert found.startswith("`&lt;!channel&gt; &lt;@U123&gt; @all")
    assert "&amp;lt;!here&amp;gt;" in found
    assert found[1:-1].count("`") == 0
    assert found[0] == found[-1] == "`"


def test_mattermost_is_sent_code_that_does_not_end_before_its_end() -> None:
    found = text("mattermost", replace(EVENT, message=HOSTILE), "$message")
    assert found[1:-1].count("`") == 0
    assert found[0] == found[-1] == "`"
    assert "\n" not in found


def test_teams_is_sent_a_run_of_text_and_no_one_to_call() -> None:
    body = body_of(
        notice_of(replace(EVENT, message="<at>all</at> **b**"), 0.0), NotificationConfig("n", "u", format="teams")
    )
    assert b"msteams" not in body.data
    assert b"TextBlock" not in body.data.replace(b"RichTextBlock", b"")
    assert text("teams", replace(EVENT, message="<at>all</at> **b**")).endswith("<at>all</at> **b**")


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_that_is_sent_grows_without_bound(form: str) -> None:
    huge = replace(EVENT, message="☃" * 1_000_000, resource="r" * 1_000_000, vim="v" * 1_000_000, commit="\udc80" * 9)
    template = "$message" * 200 if form != "cloudevents" else ""
    body = body_of(notice_of(huge, 0.0), NotificationConfig("noc", "u", format=form, template=template))
    assert len(body.data) < 6 * (LONGEST_MESSAGE + LONGEST_TEXT)
    json.loads(body.data)


def test_the_subject_of_a_cloud_event_is_left_out_where_there_is_none() -> None:
    def subject(event: Event) -> str | None:
        found: Any = json.loads(body_of(notice_of(event, 0.0), NotificationConfig("n", "u")).data)
        subject: str | None = found.get("subject")
        return subject

    assert subject(replace(EVENT, service="")) == "paris"
    assert subject(replace(EVENT, service="", vim="")) is None
    assert "DriftFound" in EVENT_REASONS
