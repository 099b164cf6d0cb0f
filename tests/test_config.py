"""The settings of the daemon: every one of them, from the file and from the environment, and all that can be wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.config import (
    SCHEMA_FILE,
    ApiConfig,
    Config,
    CoordinationConfig,
    DescriptorsConfig,
    DetailLimits,
    DriftConfig,
    ForgeConfig,
    ImagesConfig,
    JournalConfig,
    NotificationConfig,
    RepositoryConfig,
    SecretsConfig,
    ShardConfig,
    TracingConfig,
    TrustConfig,
    WebhookConfig,
    config_schema,
    descriptors_of,
    limits_of,
    load_configs,
    origins,
    parse_configs,
    settings,
    trust_of,
)
from reconciler.config.schema import schema_text
from reconciler.model import ConfigError, InputLimits
from tests.configs import AN_ADDRESS, LEAST, URL, complaint, parse

RECEIVERS = [
    {"name": "bus", "url": "https://events.example/magi", "secretFile": "/run/secrets/bus"},
    {
        "name": "noc",
        "urlFile": "/run/secrets/noc",
        "format": "slack",
        "template": "$reason on $vim",
        "reasons": ["DriftFound", "Blocked"],
        "services": ["core-*"],
        "severity": "warning",
        "insecure": True,
    },
]
ALL = {
    "repository": {
        "url": URL,
        "branch": "main",
        "path": "services",
        "interval": 15,
        "timeout": 20.5,
        "credentialsFile": "/run/secrets/git",
        "clouds": ["paris", "edge-*"],
        "foreignYaml": "skip",
        "overlay": "overlays/prod",
    },
    "drift": {"interval": 120, "longest": 900, "atOnce": 300},
    "owner": "ops-1",
    "cloudsFile": "/etc/openstack/clouds.yaml",
    "listen": "0.0.0.0:9999",
    "cacheDir": "/var/cache/magi",
    "secrets": {
        "files": "/run/secrets:/etc/magi/secrets",
        "identityFile": "/etc/magi/age.txt",
        "digestKeyFile": "/srv/digest.key",
    },
    "images": {
        "folder": "/srv/images",
        "hosts": ["images.example.net", "*.cdn.example.net"],
        "maxBytes": 1e9,
        "timeout": 600,
    },
    "trust": {
        "verify": "commits",
        "allowedSigners": "/etc/magi/signers",
        "gpgKeys": "/etc/magi/keys.asc",
        "revokedKeys": "/etc/magi/revoked",
        "merges": "parents",
        "rewinds": "refuse",
        "since": "0" * 40,
        "ownersFile": "/etc/magi/owners.yaml",
        "approversFile": "/etc/magi/approvers.yaml",
    },
    "forge": {
        "kind": "gitea",
        "url": "https://forge.example",
        "project": "noc/ns",
        "tokenFile": "/run/secrets/forge",
        "context": "magi/prod",
        "link": "https://grafana.example/d/magi",
        "report": "comment",
    },
    "webhook": {"secretFile": "/run/secrets/webhook"},
    "regoFolder": "/etc/magi/policies",
    "stopTimeout": 45,
    "tracing": {"endpoint": "https://otel.example:4318", "sampleRatio": 0.25},
    "api": {"tokensFile": "/etc/magi/tokens", "anonymous": "health"},
    "allowedHosts": ["magi.example", "10.0.0.7"],
    "metricsListen": "0.0.0.0:9465",
    "metrics": {"vims": 50, "services": 1000},
    "connections": 100,
    "connectionsPerClient": 50,
    "metricsConnections": 20,
    "metricsConnectionsPerClient": 10,
    "requestTimeout": 4.5,
    "limits": {
        "files": 200_000,
        "bytes": 128_000_000,
        "fileBytes": 1_000_000,
        "fileDocuments": 2_000,
        "fileValues": 600_000,
        "fileDepth": 32,
        "documents": 40_000,
        "resources": 300_000,
        "serviceResources": 60_000,
        "regoSeconds": 20.5,
        "regoMemory": 2048,
    },
    "shard": {"selector": {"region": "north", "tier": "edge"}, "others": [{"region": "south"}, {"region": "west"}]},
    "coordination": {"url": "etcd3+http://etcd.example:2379", "lease": 15, "group": "edge"},
    "descriptors": {
        "url": "https://git.example/catalogue.git",
        "revision": "v1.4",
        "path": "vnfd",
        "credentialsFile": "/run/secrets/catalogue",
    },
    "journal": {"file": "/var/log/magi/journal.jsonl", "syslog": "udp://[2001:db8::7]:514"},
    "notifications": RECEIVERS,
}
EXPECTED = Config(
    RepositoryConfig(
        URL, "main", "services", 15.0, 20.5, Path("/run/secrets/git"), ("paris", "edge-*"), "skip", "overlays/prod"
    ),
    DriftConfig(120.0, 900.0, 300),
    "ops-1",
    Path("/etc/openstack/clouds.yaml"),
    "0.0.0.0:9999",
    Path("/var/cache/magi"),
    SecretsConfig("/run/secrets:/etc/magi/secrets", Path("/etc/magi/age.txt"), Path("/srv/digest.key")),
    ImagesConfig(Path("/srv/images"), ("images.example.net", "*.cdn.example.net"), 1e9, 600.0),
    TrustConfig(
        "commits",
        Path("/etc/magi/signers"),
        Path("/etc/magi/keys.asc"),
        Path("/etc/magi/revoked"),
        "parents",
        "0" * 40,
        Path("/etc/magi/owners.yaml"),
        Path("/etc/magi/approvers.yaml"),
        "refuse",
    ),
    ForgeConfig(
        "gitea",
        "https://forge.example",
        "noc/ns",
        Path("/run/secrets/forge"),
        "magi/prod",
        "https://grafana.example/d/magi",
        "comment",
    ),
    WebhookConfig(Path("/run/secrets/webhook")),
    Path("/etc/magi/policies"),
    45.0,
    TracingConfig("https://otel.example:4318", 0.25),
    ApiConfig(Path("/etc/magi/tokens"), "health"),
    ("magi.example", "10.0.0.7"),
    "0.0.0.0:9465",
    DetailLimits(50, 1000),
    100,
    50,
    20,
    10,
    4.5,
    InputLimits(200_000, 128_000_000, 1_000_000, 2_000, 600_000, 32, 40_000, 300_000, 60_000, 20.5, 2048),
    ShardConfig((("region", "north"), ("tier", "edge")), ((("region", "south"),), (("region", "west"),))),
    CoordinationConfig("etcd3+http://etcd.example:2379", 15.0, "edge"),
    DescriptorsConfig("https://git.example/catalogue.git", "v1.4", "vnfd", Path("/run/secrets/catalogue")),
    JournalConfig(Path("/var/log/magi/journal.jsonl"), "udp://[2001:db8::7]:514"),
    (
        NotificationConfig("bus", "https://events.example/magi", None, Path("/run/secrets/bus")),
        NotificationConfig(
            "noc",
            "",
            Path("/run/secrets/noc"),
            None,
            "slack",
            "$reason on $vim",
            ("DriftFound", "Blocked"),
            ("core-*",),
            "warning",
            insecure=True,
        ),
    ),
)
IN_VARIABLES = {
    "shard.selector": "region=north, tier=edge",
    "shard.others": "region=south;region=west",
    "notifications": json.dumps(RECEIVERS),
}
"""Those that a variable has in another form than a list of texts."""


def flat(data: Any, path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in data.items():
        at = f"{path}{name}"
        found |= flat(value, f"{at}.") if isinstance(value, dict) and at not in IN_VARIABLES else {at: value}
    return found


def test_the_samples_here_have_every_setting_with_another_value_than_its_default() -> None:
    listed = {path: default for path, default, _ in settings()}
    assert set(flat(ALL)) == set(listed)
    assert [path for path, value in flat(ALL).items() if str(value) == listed[path]] == []
    assert all(text for _, _, text in settings())


def test_every_setting_can_be_given_in_the_file() -> None:
    assert parse(ALL) == EXPECTED


def variable(path: str) -> str:
    """repository.credentialsFile -> MAGI_REPOSITORY_CREDENTIALS_FILE"""
    return "MAGI_" + "".join(f"_{c}" if c.isupper() else c for c in path.replace(".", "_")).upper()


def test_every_setting_can_be_given_in_the_environment_alone() -> None:
    environment = {
        variable(path): ",".join(value) if isinstance(value, list) else str(value)
        for path, value in {**flat(ALL), **IN_VARIABLES}.items()
    }
    assert parse({}, **environment) == EXPECTED


def test_the_environment_goes_before_the_file() -> None:
    found = parse(ALL, MAGI_OWNER="other", MAGI_DRIFT_INTERVAL="7")
    assert (found.owner, found.drift.interval, found.drift.longest) == ("other", 7.0, 900.0)


def test_only_the_url_is_required() -> None:
    found = parse(LEAST)
    assert found == Config(RepositoryConfig(URL))
    assert complaint({}) == "missing setting repository.url"


def test_a_setting_without_a_value_is_left_out() -> None:
    assert parse({"repository": {"url": URL, "branch": None, "interval": None}, "drift": None}) == parse(LEAST)
    assert complaint({"repository": {"url": None}}) == "missing setting repository.url"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"ower": "x"}, "unknown setting ower: did you mean owner?"),
        (
            {"repository": {"url": URL, "brunch": "x"}},
            "unknown setting repository.brunch: did you mean repository.branch?",
        ),
        ({"zzz": 1}, "unknown setting zzz"),
        ({"clouds_file": "x"}, "unknown setting clouds_file: did you mean cloudsFile?"),
        ({7: 1}, "unknown setting 7"),
    ],
)
def test_an_unknown_setting_is_reported_with_a_near_one(data: dict[Any, Any], words: str) -> None:
    assert complaint(LEAST | data) == words


def test_an_unknown_variable_is_reported_with_a_near_one() -> None:
    words = "unknown setting MAGI_OWNR in the environment: did you mean MAGI_OWNER?"
    assert complaint(LEAST, MAGI_OWNR="x") == words


def test_variables_that_are_read_elsewhere_or_set_by_kubernetes_are_left_alone() -> None:
    others = {
        "MAGI_GIT_TOKEN": "t",
        "MAGI_DEBUG": "1",
        "MAGI_STATUS_URL": "http://x",
        "MAGI_PORT": "tcp://10.0.0.1:9464",
        "MAGI_PORT_9464_TCP_ADDR": "10.0.0.1",
        "MAGI_SERVICE_HOST": "10.0.0.1",
        "MAGI_SERVICE_PORT_METRICS": "9464",
        "_MAGI_COMPLETE": "bash_source",
        "PATH": "/bin",
    }
    assert parse(LEAST, **others) == parse(LEAST)


@pytest.mark.parametrize("value", ["x", -1, 0, 0.5, True, [], float("nan"), float("inf"), ".inf"])
def test_seconds_are_a_number_of_at_least_one(value: Any) -> None:
    words = f"drift.interval must be a number of seconds, at least 1; found {value!r}"
    assert complaint(LEAST | {"drift": {"interval": value}}) == words


@pytest.mark.parametrize("value", ["x", -0.1, 1.01, 2, True, [], float("nan"), float("inf")])
def test_a_ratio_is_a_number_from_0_to_1(value: Any) -> None:
    words = f"tracing.sampleRatio must be a number from 0 to 1; found {value!r}"
    assert complaint(LEAST | {"tracing": {"sampleRatio": value}}) == words


@pytest.mark.parametrize("value", ["x", "64MiB", "1.5", -1, 0, 0.5, 2.0, True, [], float("nan"), 1_000_000_001])
def test_a_limit_is_a_whole_number_from_1_on(value: Any) -> None:
    words = f"limits.documents must be a whole number from 1 to 1,000,000,000; found {value!r}"
    assert complaint(LEAST | {"limits": {"documents": value}}) == words
    with pytest.raises(ConfigError, match=r"MAGI_LIMITS_DOCUMENTS: limits\.documents must be a whole number"):
        limits_of({"MAGI_LIMITS_DOCUMENTS": str(value)})


@pytest.mark.parametrize("value", ["x", 0, 3601, True])
def test_the_time_of_rules_is_seconds_up_to_an_hour(value: Any) -> None:
    words = f"limits.regoSeconds must be a number from 1 to 3600; found {value!r}"
    assert complaint(LEAST | {"limits": {"regoSeconds": value}}) == words


def test_a_command_reads_as_much_as_the_environment_says() -> None:
    assert limits_of({}) == InputLimits()
    assert limits_of({"MAGI_LIMITS_SERVICE_RESOURCES": "70000", "MAGI_LIMITS_REGO_SECONDS": "2.5"}) == InputLimits(
        service_resources=70_000, rego_seconds=2.5
    )


def test_a_ratio_may_be_none_and_all() -> None:
    assert [parse(LEAST | {"tracing": {"sampleRatio": one}}).tracing.sample_ratio for one in (0, 1)] == [0.0, 1.0]


@pytest.mark.parametrize("value", ["localhost:4318", "grpc://otel:4317", "http://", "http:///v1", "http://otel lan"])
def test_where_traces_go_is_a_url(value: str) -> None:
    words = f"tracing.endpoint '{value}' must be a URL, like http://127.0.0.1:4318"
    assert complaint(LEAST | {"tracing": {"endpoint": value}}) == words
    assert list(SCHEMA.iter_errors(LEAST | {"tracing": {"endpoint": value}})) != []


@pytest.mark.parametrize("value", ["etcd:2379", "http://etcd:2379", "etcd3+http://", "zookeeper://etcd:2379"])
def test_daemons_share_by_the_url_of_an_etcd(value: str) -> None:
    words = f"coordination.url '{value}' must be the URL of an etcd, like etcd3+http://127.0.0.1:2379"
    assert complaint(LEAST | {"coordination": {"url": value}}) == words
    assert list(SCHEMA.iter_errors(LEAST | {"coordination": {"url": value}})) != []
    assert parse(LEAST | {"coordination": {"url": ""}}) == parse(LEAST)


@pytest.mark.parametrize("value", [7, True, [], {"a": 1}, ""])
def test_text_is_text(value: Any) -> None:
    assert complaint({"repository": {"url": value}}) == f"repository.url must be text; found {value!r}"


def test_an_empty_path_is_the_root_of_the_repository() -> None:
    assert parse({"repository": {"url": URL, "path": ""}}).repository.path == ""


@pytest.mark.parametrize("value", ["Ops", "-a", "a-", "a_b", "a" * 33, "a/b", ""])
def test_an_owner_that_can_t_be_written_into_every_mark_is_refused(value: str) -> None:
    assert "owner" in complaint(LEAST | {"owner": value})


@pytest.mark.parametrize("data", [[], "x", 7])
def test_settings_are_a_mapping(data: Any) -> None:
    assert complaint(data) == "the settings must be a mapping"
    assert complaint({"repository": {"url": URL}, "drift": data or "y"}) == "drift must be a mapping"


def test_all_that_is_wrong_is_reported_at_once() -> None:
    data = {"repository": {"brunch": "x"}, "drift": {"interval": 0}, "owner": "Ops", "listen": "x"}
    assert len(complaint(data, MAGI_OWNR="x").split("; ")) >= 6


def test_a_home_folder_is_expanded() -> None:
    assert parse(LEAST | {"cacheDir": "~/x"}).cache_dir == Path("~/x").expanduser()


def test_paths_are_meant_from_the_folder_that_magi_is_started_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = parse(LEAST | {"cacheDir": "cache", "secrets": {"files": "a:b/c"}, "trust": {"allowedSigners": "signers"}})
    assert found.cache_dir == tmp_path / "cache"
    assert found.secrets.folders == (tmp_path / "a", tmp_path / "b/c")
    assert found.trust.allowed_signers == tmp_path / "signers"


def test_paths_of_a_file_are_relative_to_its_folder_and_those_of_variables_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/magi.yaml").write_text(
        "repository: {url: ../ns.git, credentialsFile: git}\ncacheDir: cache\nregoFolder: rego\n"
        "cloudsFile: /etc/clouds.yaml\nsecrets: {files: 'a:/b:~/c'}\ntrust: {allowedSigners: signers}\n"
    )
    monkeypatch.chdir(tmp_path)
    (found,) = load_configs(Path("etc/magi.yaml"), {"MAGI_REGO_FOLDER": "rego"})
    assert found.repository.url == str(tmp_path / "etc/../ns.git")
    assert found.repository.credentials_file == tmp_path / "etc/git"
    assert found.cache_dir == tmp_path / "etc/cache"
    assert found.rego_folder == tmp_path / "rego"
    assert found.clouds_file == Path("/etc/clouds.yaml")
    assert found.secrets.folders == (tmp_path / "etc/a", Path("/b"), Path("~/c").expanduser())
    assert found.trust.allowed_signers == tmp_path / "etc/signers"


@pytest.mark.parametrize("url", [URL, "ssh://git@git.example/ns.git", "git@git.example:ns.git"])
def test_a_url_in_a_file_is_no_path(tmp_path: Path, url: str) -> None:
    (tmp_path / "magi.yaml").write_text(f"repository: {{url: '{url}'}}\n")
    assert load_configs(tmp_path / "magi.yaml", {})[0].repository.url == url


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "magi.yaml"
    file.write_text(f"repository: {{url: '{URL}'}}\n")
    assert load_configs(file, {}) == (parse(LEAST),)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file or directory"),
        (b"repository: [", "is no YAML"),
        (b"\xff\xfe\x00", "is no YAML"),
        (b"", "missing setting repository.url"),
    ],
)
def test_a_file_that_can_t_be_used_is_named(tmp_path: Path, content: bytes | None, words: str) -> None:
    file = tmp_path / "magi.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=words) as failed:
        load_configs(file, {})
    assert str(file) in failed.value.message


@pytest.mark.parametrize(
    ("trust", "reported"),
    [
        ({"verify": "all"}, "trust.verify 'all' must be off, commits or tags"),
        ({"verify": "tags"}, "trust.verify is on, but no one is allowed to sign"),
        ({"merges": "any"}, "trust.merges 'any' must be signed or parents"),
        ({"since": "v1"}, "trust.since 'v1' must be a commit, of 40 hexadecimal digits"),
    ],
)
def test_what_is_wrong_with_trust_is_reported(trust: dict[str, str], reported: str) -> None:
    assert complaint(LEAST | {"trust": trust}) == reported


def test_a_command_trusts_what_the_environment_says() -> None:
    assert trust_of({}) == TrustConfig()
    environment = {"MAGI_TRUST_VERIFY": "tags", "MAGI_TRUST_GPG_KEYS": "/etc/keys"}
    assert trust_of(environment) == TrustConfig("tags", gpg_keys=Path("/etc/keys"))
    for wrong, reported in (({"MAGI_TRUST_VERIFY": "x"}, "must be off"), ({"MAGI_TRUST_VERIFY": "tags"}, "no one")):
        with pytest.raises(ConfigError, match=reported):
            trust_of(wrong)


def test_what_is_wrong_in_a_file_is_reported_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "magi.yaml"
    file.write_text(f"repository:\n  url: '{URL}'\n  interval: 0\nowner: ops\nlisten: x\nower: y\n")
    with pytest.raises(ConfigError) as failed:
        load_configs(file, {"MAGI_OWNER": "Ops"})
    assert failed.value.message == (
        f"{file}: line 6: unknown setting ower: did you mean owner?"
        "; line 3: repository.interval must be a number of seconds, at least 1; found 0"
        "; MAGI_OWNER: owner 'Ops' must be lower-case letters, digits and '-', at most 32"
        f"; line 5: listen 'x' must be {AN_ADDRESS}"
    )


def test_the_origin_of_each_setting_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "magi.yaml"
    file.write_text(f"repository:\n  url: '{URL}'\n  interval: 7\nowner: ops\n")
    found = {one.path: one for one in origins(file, {"MAGI_OWNER": "other"})}
    assert set(found) == {path for path, _, _ in settings()}
    assert found["repository.interval"] == ("repository.interval", 7.0, "line 3")
    assert found["owner"] == ("owner", "other", "MAGI_OWNER")
    assert found["listen"] == ("listen", "127.0.0.1:9464", "default")


SCHEMA = Draft202012Validator(config_schema())


def test_the_schema_file_is_what_the_settings_are() -> None:
    """`make docs` writes it."""
    assert Path("schemas", SCHEMA_FILE).read_text(encoding="utf-8") == schema_text()
    Draft202012Validator.check_schema(config_schema())


@pytest.mark.parametrize("data", [LEAST, ALL, LEAST | {"drift": None}, LEAST | {"owner": None}])
def test_the_schema_takes_what_magi_takes(data: Any) -> None:
    assert list(SCHEMA.iter_errors(data)) == []
    assert parse(data).repository.url == URL


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"repository": {}},
        {"repository": {"url": ""}},
        LEAST | {"ower": "x"},
        LEAST | {"drift": {"interval": 0}},
        LEAST | {"drift": {"interval": "soon"}},
        LEAST | {"owner": "Ops"},
        LEAST | {"trust": {"since": "v1"}},
        LEAST | {"forge": {"kind": "svn"}},
        LEAST | {"drift": 7},
        LEAST | {"tracing": {"sampleRatio": 1.5}},
        LEAST | {"limits": {"files": 0}},
        LEAST | {"limits": {"documents": 1.5}},
        LEAST | {"limits": {"bytes": "64MiB"}},
        LEAST | {"shard": {"selector": {"region": 7}}},
        LEAST | {"shard": {"selector": ["north"]}},
        LEAST | {"shard": {"others": []}},
        LEAST | {"shard": {"others": ["north"]}},
        LEAST | {"coordination": {"lease": 2}},
        LEAST | {"coordination": {"group": "a/b"}},
    ],
)
def test_the_schema_refuses_what_magi_refuses(data: Any) -> None:
    assert list(SCHEMA.iter_errors(data)) != []
    assert complaint(data)


def test_shared_descriptors_without_a_revision_are_refused() -> None:
    settings_given = {"repository": {"url": URL}, "descriptors": {"url": "https://git.example/catalogue.git"}}
    with pytest.raises(ConfigError, match=r"shared descriptors need a revision: set descriptors.revision"):
        parse_configs(settings_given, {}, "magi.yaml")
    with pytest.raises(ConfigError, match="shared descriptors need a revision"):
        descriptors_of({"MAGI_DESCRIPTORS_URL": "https://git.example/catalogue.git"})
