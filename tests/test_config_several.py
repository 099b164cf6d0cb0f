"""Several repositories in one file of settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.config import (
    ONLY,
    Config,
    ForgeConfig,
    TrustConfig,
    config_schema,
    load_configs,
    origins,
    parse_configs,
)
from reconciler.model import ConfigError, InputLimits

CORE, EDGE = {"url": "https://git.example/core.git"}, {"url": "https://git.example/edge.git"}
BOTH = {"repositories": {"core": CORE, "edge": EDGE}}
SCHEMA = Draft202012Validator(config_schema())


def parse(data: Any, **environment: str) -> dict[str, Config]:
    return {one.name: one for one in parse_configs(data, environment, "magi.yaml")}


def complaint(data: Any, **environment: str) -> str:
    with pytest.raises(ConfigError) as failed:
        parse(data, **environment)
    return failed.value.message.removeprefix("magi.yaml: ")


def one(**settings: Any) -> dict[str, Any]:
    return {"repositories": {"core": CORE | settings, "edge": EDGE}}


def test_each_has_its_place_and_by_default_its_name_as_owner() -> None:
    found = parse(BOTH)
    assert [(name, each.repository.url, each.owner) for name, each in found.items()] == [
        ("core", CORE["url"], "core"),
        ("edge", EDGE["url"], "edge"),
    ]


def test_a_single_one_has_a_name_too() -> None:
    assert list(parse({"repository": CORE})) == [ONLY]


def test_what_one_leaves_out_is_as_at_the_top() -> None:
    top = {"cloudsFile": "/top.yaml", "trust": {"allowedSigners": "/signers", "merges": "parents"}, "listen": ":1"}
    own = {"cloudsFile": "/own.yaml", "trust": {"verify": "commits"}, "forge": {"kind": "gitea"}}
    found = parse(one(**own) | top)
    assert (found["core"].clouds_file, found["edge"].clouds_file) == (Path("/own.yaml"), Path("/top.yaml"))
    assert found["core"].trust == TrustConfig("commits", Path("/signers"), merges="parents")
    assert found["edge"].trust == TrustConfig(allowed_signers=Path("/signers"), merges="parents")
    assert (found["core"].forge.kind, found["edge"].forge) == ("gitea", ForgeConfig())
    assert {each.listen for each in found.values()} == {":1"}


def test_each_may_have_limits_of_its_own() -> None:
    data = one(limits={"resources": 500_000}) | {"limits": {"files": 1000, "resources": 5000}}
    found = parse(data, MAGI_REPOSITORIES_CORE_LIMITS_BYTES="99")
    assert found["core"].limits == InputLimits(files=1000, resources=500_000, bytes=99)
    assert found["edge"].limits == InputLimits(files=1000, resources=5000)
    data["limits"]["bytes"] = 0
    assert complaint(data).startswith("limits.bytes must be a whole number from 1 to ")


def test_the_environment_goes_before_the_file_for_each_of_them() -> None:
    variables = {"MAGI_REPOSITORIES_CORE_BRANCH": "prod", "MAGI_REPOSITORIES_CORE_TRUST_MERGES": "parents"}
    found = parse(BOTH, **variables, MAGI_REPOSITORIES_EDGE_CLOUDS="paris, edge-*", MAGI_DRIFT_INTERVAL="7")
    assert (found["core"].repository.branch, found["edge"].repository.branch) == ("prod", None)
    assert (found["core"].trust.merges, found["edge"].trust.merges) == ("parents", "signed")
    assert found["edge"].repository.clouds == ("paris", "edge-*")
    assert {each.drift.interval for each in found.values()} == {7.0}


def test_a_name_with_a_hyphen_has_variables_too() -> None:
    found = parse({"repositories": {"far-edge": EDGE}}, MAGI_REPOSITORIES_FAR_EDGE_OWNER="ops")
    assert found["far-edge"].owner == "ops"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"repositories": {}}, "repositories must be a mapping with a name for each repository"),
        ({"repositories": [CORE]}, "repositories must be a mapping with a name for each repository"),
        ({"repositories": {"core": None}}, "repositories.core must be a mapping"),
        ({"repositories": {"core": {}}}, "missing setting repositories.core.url"),
        (
            {"repositories": {"Core": CORE}},
            "the name of repositories.Core must be lower-case letters, digits and '-', at most 32",
        ),
        (BOTH | {"repository": CORE}, "repository and repositories can't both be given"),
        (BOTH | {"owner": "ops"}, "each of several repositories has an owner of its own: set repositories.NAME.owner"),
        (one(ower="x"), "unknown setting repositories.core.ower: did you mean repositories.core.owner?"),
        (one(clouds=[7]), "repositories.core.clouds must be a list of texts; found [7]"),
        (one(clouds=[]), "repositories.core.clouds must be a list of texts; found []"),
        (one(trust=7), "repositories.core.trust must be a mapping"),
        (one(owner="Ops"), "repositories.core.owner 'Ops' must be lower-case letters, digits and '-', at most 32"),
        (one(forge={"kind": "svn"}), "repositories.core.forge.kind 'svn' must be none, github, gitlab or gitea"),
        (one(trust={"verify": "tags"}), "trust.verify is on, but no one is allowed to sign"),
        (one(listen=":1"), "unknown setting repositories.core.listen"),
    ],
)
def test_what_is_wrong_is_reported(data: Any, words: str) -> None:
    assert complaint(data) == words


def test_two_of_one_owner_are_refused_since_each_would_remove_what_the_other_makes() -> None:
    assert complaint(one(owner="edge")).count("owner edge is that of another repository too") == 2


def test_a_variable_for_one_that_there_is_not_is_reported() -> None:
    words = "unknown setting MAGI_REPOSITORIES_CORR_URL in the environment: did you mean MAGI_REPOSITORIES_CORE_URL?"
    assert complaint(BOTH, MAGI_REPOSITORIES_CORR_URL="x") == words


def test_lines_and_variables_are_reported(tmp_path: Path) -> None:
    file = tmp_path / "magi.yaml"
    file.write_text("repositories:\n  core:\n    url: u\n    interval: 0\n  edge:\n    url: v\n")
    with pytest.raises(ConfigError) as failed:
        load_configs(file, {"MAGI_REPOSITORIES_EDGE_OWNER": "Ops"})
    assert failed.value.message == (
        f"{file}: line 4: repositories.core.interval must be a number of seconds, at least 1; found 0"
        "; MAGI_REPOSITORIES_EDGE_OWNER: repositories.edge.owner 'Ops' must be lower-case letters, digits and '-', "
        "at most 32"
    )


def test_the_origin_of_each_setting_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "magi.yaml"
    file.write_text(
        "repositories:\n  core:\n    url: u\n    trust: {merges: parents}\n  edge: {url: v}\nlisten: ':1'\n"
    )
    found = {each.path: each for each in origins(file, {"MAGI_REPOSITORIES_EDGE_URL": "w"})}
    assert found["repositories.core.url"][1:] == (str(tmp_path / "u"), "line 3")
    assert found["repositories.edge.url"][1:] == ("w", "MAGI_REPOSITORIES_EDGE_URL")
    assert found["repositories.core.trust.merges"][1:] == ("parents", "line 4")
    assert found["repositories.core.owner"][1:] == ("core", "default")
    assert found["listen"][1:] == (":1", "line 6")
    # What is as at the top is reported there.
    assert "repositories.edge.trust.merges" not in found
    assert not {"owner", "repository.url"} & found.keys()


@pytest.mark.parametrize("data", [BOTH, one(clouds=["paris"], trust={"merges": "parents"}, owner="ops")])
def test_the_schema_takes_what_magi_takes(data: Any) -> None:
    assert list(SCHEMA.iter_errors(data)) == []
    assert len(parse(data)) == 2


@pytest.mark.parametrize(
    "data",
    [
        {"repositories": {}},
        {"repositories": {"Core": CORE}},
        {"repositories": {"core": {}}},
        BOTH | {"repository": CORE},
        one(clouds=[]),
        one(listen=":1"),
        one(forge={"kind": "svn"}),
    ],
)
def test_the_schema_refuses_what_magi_refuses(data: Any) -> None:
    assert list(SCHEMA.iter_errors(data)) != []
    assert complaint(data)


def test_paths_of_each_are_relative_to_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "etc").mkdir()
    entries = "edge: {url: edge.git, credentialsFile: git, trust: {ownersFile: owners}}, core: {url: core.git}"
    (tmp_path / "etc/magi.yaml").write_text(f"cacheDir: cache\nrepositories: {{{entries}}}\n")
    monkeypatch.chdir(tmp_path)
    edge, core = load_configs(Path("etc/magi.yaml"), {"MAGI_REPOSITORIES_CORE_URL": "core.git"})
    assert (edge.repository.url, core.repository.url) == (str(tmp_path / "etc/edge.git"), "core.git")
    assert edge.repository.credentials_file == tmp_path / "etc/git"
    assert edge.trust.owners_file == tmp_path / "etc/owners"
    assert edge.cache_dir == core.cache_dir == tmp_path / "etc/cache"
