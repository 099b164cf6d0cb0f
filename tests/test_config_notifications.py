"""The settings of who is notified: what is wrong is named with the line, the setting and what would do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.config import EVENT_REASONS, Config, config_schema, load_configs, origins, shown
from reconciler.model import ConfigError
from tests.configs import LEAST, URL, complaint, parse

ROOT = Path(__file__).parents[1]
SCHEMA = Draft202012Validator(config_schema())
BUS = {"name": "bus", "url": "https://events.example/magi"}


def wrong(**settings: Any) -> str:
    return complaint(LEAST | {"notifications": [{**BUS, **settings}]})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"name": "NOC"}, "notifications[0].name 'NOC' must be lower-case letters, digits and '-', at most 32"),
        ({"name": None}, "missing setting notifications[0].name"),
        ({"url": None}, "notifications[0].url must be given, or urlFile, and not both"),
        ({"urlFile": "/x"}, "notifications[0].url must be given, or urlFile, and not both"),
        ({"format": "xmpp"}, "notifications[0].format 'xmpp' must be cloudevents, slack, mattermost or teams"),
        ({"severity": "all"}, "notifications[0].severity 'all' must be normal or warning"),
        ({"insecure": "yes"}, "notifications[0].insecure must be true or false; found 'yes'"),
        (
            {"sekretFile": "/x"},
            "unknown setting notifications[0].sekretFile: did you mean notifications[0].secretFile?",
        ),
        ({"services": []}, "notifications[0].services must be a list of texts; found []"),
        ({"template": "x"}, "notifications[0].template is for the formats of chats: cloudevents has all of an event"),
    ],
)
def test_what_is_wrong_with_a_receiver_is_named(settings: dict[str, Any], words: str) -> None:
    assert wrong(**settings) == words
    if "template" not in settings and "url" not in str(settings):
        assert list(SCHEMA.iter_errors(LEAST | {"notifications": [{**BUS, **settings}]})) != []


@pytest.mark.parametrize(
    "url", ["events.example", "ftp://x", "https://", "https://h:99999/", "https://[::1", "https://a b/", "https://h/\n"]
)
def test_a_receiver_has_a_url(url: str) -> None:
    assert wrong(url=url) == "notifications[0].url must be a URL, like https://events.example/magi"


@pytest.mark.parametrize("url", ["http://events.example/", "http://10.0.0.1/", "http://127.0.0.1.example/"])
def test_plain_http_is_for_this_machine_unless_it_is_asked_for(url: str) -> None:
    assert "must begin with https:// where it is another host" in wrong(url=url)
    (found,) = parse(LEAST | {"notifications": [{**BUS, "url": url, "insecure": True}]}).notifications
    assert found.url == url
    for local in ("http://127.0.0.1:1/", "http://localhost/x", "http://[::1]:8/"):
        assert parse(LEAST | {"notifications": [{**BUS, "url": local}]}).notifications[0].url == local


def test_a_login_in_a_url_is_refused_and_not_repeated() -> None:
    words = wrong(url="https://magi:hunter2@events.example/")
    assert "must have no login in it" in words
    assert "hunter2" not in words


def test_an_unknown_reason_is_refused_with_those_that_there_are() -> None:
    words = wrong(reasons=["DriftFond"])
    assert words.endswith("found 'DriftFond' (did you mean DriftFound?)")
    assert all(reason in words for reason in EVENT_REASONS)


def test_the_reasons_are_those_of_the_events_that_are_made() -> None:
    made = [(ROOT / "reconciler/reporting" / name).read_text() for name in ("pass_events.py", "repository_events.py")]
    assert sorted(set(re.findall(r'"([A-Z]\w+)"', "".join(made)))) == list(EVENT_REASONS)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("$reson", "must name none but $about, $commit"),
        ("5 $", "has a '$' that begins no placeholder"),
        ("x" * 2001, "must have at most 2,000 characters; found 2,001"),
    ],
)
def test_a_template_is_checked_when_it_is_read(template: str, words: str) -> None:
    assert words in wrong(format="slack", template=template)


def test_names_are_unique_and_there_is_a_bound() -> None:
    words = complaint(LEAST | {"notifications": [BUS, BUS]})
    assert words == "notifications[1].name 'bus' is that of another one too: each needs its own"
    many = [{**BUS, "name": f"bus-{number}"} for number in range(21)]
    assert complaint(LEAST | {"notifications": many}) == (
        "notifications must be a list of at most 20 mappings; found 21 of them"
    )
    assert len(parse(LEAST | {"notifications": many[:20]}).notifications) == 20


@pytest.mark.parametrize("value", ["x", 7, {"name": "bus"}, "[", "[" * 100_000])
def test_receivers_are_a_list(value: Any) -> None:
    assert "notifications must be a list of at most 20 mappings; found " in complaint(LEAST | {"notifications": value})
    assert complaint(LEAST | {"notifications": [7]}) == "notifications[0] must be a mapping"


def test_lines_are_those_of_the_file_and_paths_are_relative_to_it(tmp_path: Path) -> None:
    file = tmp_path / "magi.yaml"
    file.write_text(
        f"repository: {{url: '{URL}'}}\nnotifications:\n"
        "  - {name: bus, url: 'https://x.example/', secretFile: bus.secret}\n"
        "  - name: noc\n    urlFile: noc.url\n    format: slack\n"
    )
    (config,) = load_configs(file, {})
    first, second = config.notifications
    assert (first.secret_file, second.url_file) == (tmp_path / "bus.secret", tmp_path / "noc.url")
    file.write_text(file.read_text().replace("slack", "slak"))
    with pytest.raises(ConfigError, match=r"magi\.yaml: line 6: notifications\[1\]\.format 'slak' must be"):
        load_configs(file, {})


def test_a_variable_goes_before_the_file_and_is_named_in_errors() -> None:
    found = parse(LEAST | {"notifications": []}, MAGI_NOTIFICATIONS=json.dumps([BUS]))
    assert found.notifications[0].name == "bus"
    words = complaint(LEAST, MAGI_NOTIFICATIONS=json.dumps([{**BUS, "format": "x"}]))
    assert words.startswith("MAGI_NOTIFICATIONS: notifications[0].format 'x' must be")


def test_what_is_shown_of_a_receiver_has_no_url(tmp_path: Path) -> None:
    file = tmp_path / "magi.yaml"
    file.write_text(
        f"repository: {{url: '{URL}'}}\nnotifications: [{{name: noc, url: 'https://x/T0/K3Y', format: slack}}]\n"
    )
    (found,) = [one for one in origins(file, {}) if one.path == "notifications"]
    assert (shown(found.value), found.source) == ("noc (slack)", "line 2")
    assert Config.__dataclass_fields__["notifications"].default == ()
