"""magi render: documents written out, resources, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from reconciler.cli import exits
from reconciler.cli.main import run
from tests.documents.test_service_templates import REPOSITORY


@pytest.fixture
def source(tmp_path: Path) -> str:
    for path, text in REPOSITORY.items():
        (tmp_path / path).write_text(str(text))
    return str(tmp_path)


def test_what_is_printed_is_a_valid_repository(
    source: str, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["render", source]) == exits.FINE
    text = capsys.readouterr().out
    assert [one["kind"] for one in yaml.safe_load_all(text)] == ["Vim", "NetworkService", "NetworkService"]
    folder = tmp_path_factory.mktemp("rendered")
    (folder / "all.yaml").write_text(text)
    assert run(["validate", str(folder)]) == exits.FINE


def test_resources_are_those_of_the_vim_and_the_service(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["render", source, "--resources", "--vim", "paris", "--service", "nice", "-o", "json"]) == exits.FINE
    found = json.loads(capsys.readouterr().out)
    assert {one["service"] for one in found} == {"nice"}
    [lan] = [one for one in found if (one["kind"], one["name"]) == ("network", "nice/lan")]
    assert (lan["vim"], lan["source"], lan["spec"]["mtu"]) == ("paris", "t.yaml:9", 1300)


def test_what_is_misspelt_is_refused_with_what_was_meant(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["render", source, "--service", "niece"]) == exits.USAGE
    assert "did you mean 'nice'?" in capsys.readouterr().err
    assert run(["render", source, "--vim", "paris"]) == exits.USAGE
    assert "give --resources" in capsys.readouterr().err
