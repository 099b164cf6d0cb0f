"""magi render: documents written out, resources, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from reconciler.cli import exits
from reconciler.cli.main import run
from tests.documents.test_overlays import REPOSITORY as OVERLAYS
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


@pytest.fixture
def environments(tmp_path: Path) -> str:
    for path, text in OVERLAYS.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(str(text))
    return str(tmp_path)


def test_an_environment_is_chosen_by_its_folder(
    environments: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["render", environments, "--overlay", "overlays/prod"]) == exits.FINE
    documents = list(yaml.safe_load_all(capsys.readouterr().out))
    assert [(one["kind"], one["metadata"]["name"]) for one in documents] == [
        ("Vim", "paris"),
        ("NetworkService", "vcpe"),
    ]
    assert documents[0]["spec"]["cloud"] == "production"
    assert run(["validate", environments]) == exits.DOCUMENTS
    assert "'--overlay overlays/prod' does" in capsys.readouterr().out
    monkeypatch.setenv("MAGI_REPOSITORY_OVERLAY", "overlays/dev")
    assert run(["validate", environments]) == exits.FINE
    assert "3 network services" in capsys.readouterr().out


def test_a_saved_plan_keeps_its_environment(
    environments: str, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in Path(environments).rglob("*.yaml"):
        file.write_text(file.read_text().replace("type: openstack", "type: memory").replace("cidr: 10.9.0.0/24, ", ""))
    saved = str(tmp_path_factory.mktemp("saved") / "plan.json")
    code = run(["plan", environments, "--overlay", "overlays/dev", "--out", saved])
    assert code == exits.FINE, capsys.readouterr()
    assert json.loads(Path(saved).read_text())["scope"]["overlay"] == "overlays/dev"
    assert run(["apply", saved]) == exits.FINE
    assert run(["apply", saved, "--overlay", "overlays/prod"]) == exits.USAGE
    assert "--overlay can't be given with a saved plan" in capsys.readouterr().err
