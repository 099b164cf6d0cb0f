"""magi rights: what it prints for the operators of a cloud."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from reconciler.cli import exits
from reconciler.cli.main import run

DEFAULTS = '"add_image": "role:member and project_id:%(project_id)s"\n"get_images": "@"\n'


def test_the_policy_of_a_service_is_printed_for_a_role(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "defaults.yaml"
    file.write_text(DEFAULTS)
    assert run(["rights", "policy", "glance", str(file), "--role", "edge"]) == exits.FINE
    printed = capsys.readouterr().out
    assert yaml.safe_load(printed) == {"add_image": "(role:member or role:edge) and project_id:%(project_id)s"}
    assert '# stays: "get_images": "@"' in printed


@pytest.mark.parametrize("text", ["- add_image\n", "add_image: [\n", "add_image: 1\n", ""])
def test_what_holds_no_rules_is_refused(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "defaults.yaml"
    file.write_text(text)
    assert run(["rights", "policy", "glance", str(file)]) == exits.CONFIG
    assert str(file) in capsys.readouterr().err


@pytest.mark.parametrize("role", ["", "a or role:admin", "a)"])
def test_a_role_that_would_be_more_than_a_name_is_refused(tmp_path: Path, role: str) -> None:
    file = tmp_path / "defaults.yaml"
    file.write_text(DEFAULTS)
    assert run(["rights", "policy", "glance", str(file), "--role", role]) == exits.USAGE


def test_the_access_rules_are_json_that_the_openstack_client_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rights", "access-rules"]) == exits.FINE
    assert all(set(one) == {"service", "method", "path"} for one in json.loads(capsys.readouterr().out))
