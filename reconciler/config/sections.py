"""The settings of the daemon: what there is, with defaults, limits and what each is for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.config.addresses import Address, parse_address, parse_syslog
from reconciler.config.notifications import NotificationConfig
from reconciler.model import DEFAULT_LIMITS, InputLimits, Selector, Shard

OWNER_PATTERN = re.compile(r"[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?\Z")
COORDINATION_URL = re.compile(r"(etcd3\+https?://[^/\s]\S*)?\Z")
_CONNECTIONS = 100_000
_AT_ONCE = 10_000
_MOST_DETAILED = 100_000
FORGE_KINDS = ("github", "gitlab", "gitea")


ONLY = "default"
"""The name of a repository that is the only one."""

OWN = ("descriptors", "owner", "cloudsFile", "secrets", "trust", "forge", "limits")
"""The settings besides where it is that each of several repositories may have of its own."""


def _seconds(least: float, default: float, text: str) -> Any:
    return field(default=default, metadata={"least": least, "text": text})


def _choice(default: str, text: str, *choices: str) -> Any:
    return field(default=default, metadata={"text": text, "choices": choices})


def _foreign_yaml() -> Any:
    return _choice(
        "refuse",
        "YAML that is [not meant for Magi](documents.md#foreign-yaml): `refuse` or `skip` it",
        "refuse",
        "skip",
    )


@dataclass(frozen=True, slots=True)
class ForeignYaml:
    """The part of a repository's settings that commands take as well."""

    foreign_yaml: str = _foreign_yaml()


@dataclass(frozen=True, slots=True)
class RepositoryConfig:
    """Where the documents are. ``url``: https, ssh or a local path; ``path``: the folder of the documents in it.

    ``clouds``: names or patterns of the entries of clouds.yaml that its Vims may use.
    """

    url: str = field(metadata={"text": "https or ssh URL, or path, of the Git repository", "place": True})
    branch: str | None = field(default=None, metadata={"text": "branch to follow; left out: the remote's HEAD"})
    path: str = field(default="", metadata={"text": "folder of the documents in the repository"})
    interval: float = _seconds(1, 30.0, "seconds between two fetches")
    timeout: float = _seconds(1, 60.0, "seconds until a fetch is aborted")
    credentials_file: Path | None = field(default=None, metadata={"text": "file with the credentials for Git"})
    clouds: tuple[str, ...] = field(
        default=("*",), metadata={"text": "entries of clouds.yaml that its Vims may use, as names or patterns"}
    )
    foreign_yaml: str = _foreign_yaml()
    overlay: str = field(
        default="", metadata={"text": "folder of the [environment](documents/overlay.md) to serve, relative to `path`"}
    )

    @property
    def skips_foreign(self) -> bool:
        return self.foreign_yaml == "skip"


@dataclass(frozen=True, slots=True)
class DescriptorsConfig:
    """A second repository, whose descriptors and templates the documents use. ``url`` empty: none."""

    url: str = field(
        default="",
        metadata={
            "text": "URL or path of a repository of [shared descriptors](documents.md#shared-descriptors)",
            "place": True,
        },
    )
    revision: str = field(default="", metadata={"text": "tag or commit of it; required with `descriptors.url`"})
    path: str = field(default="", metadata={"text": "folder of the descriptors in it"})
    credentials_file: Path | None = field(default=None, metadata={"text": "file with the credentials for it"})


@dataclass(frozen=True, slots=True)
class DriftConfig:
    interval: float = _seconds(1, 60.0, "seconds between two observations of a VIM with nothing to do")
    longest: float = _seconds(1, 600.0, "longest seconds between two observations of a VIM that fails")
    at_once: int = field(
        default=64,
        metadata={
            "least": 1,
            "most": _AT_ONCE,
            "text": "VIMs that are observed at the same time; others wait for them",
        },
    )


@dataclass(frozen=True, slots=True)
class SecretsConfig:
    """What documents may have read for them. ``files``: folders with ':' between them."""

    files: str = field(
        default="", metadata={"text": "folders that secrets may be read from, `:` between them", "places": True}
    )
    identity_file: Path | None = field(default=None, metadata={"text": "file with the age identities"})
    digest_key_file: Path | None = field(
        default=None,
        metadata={"text": "file of keys for [digests](secrets.md); left out: `digest.key` in `cacheDir`"},
    )

    @property
    def folders(self) -> tuple[Path, ...]:
        return tuple(Path(folder).expanduser().absolute() for folder in self.files.split(":") if folder)


@dataclass(frozen=True, slots=True)
class TrustConfig:
    """Whose commits are taken, and who may define what. All of it is outside the repository, which can't change it."""

    verify: str = _choice("off", "what has to be signed: `commits`, `tags`, or `off`", "off", "commits", "tags")
    allowed_signers: Path | None = field(default=None, metadata={"text": "file of allowed SSH signers"})
    gpg_keys: Path | None = field(default=None, metadata={"text": "file of the public GPG keys of allowed signers"})
    revoked_keys: Path | None = field(default=None, metadata={"text": "file of revoked SSH keys"})
    merges: str = _choice(
        "signed", "unsigned merges of signed commits: `signed`: no; `parents`: yes", "signed", "parents"
    )
    since: str = field(default="", metadata={"text": "commit from which on every one has to be signed"})
    owners_file: Path | None = field(default=None, metadata={"text": "file that says which folder may define what"})
    approvers_file: Path | None = field(
        default=None, metadata={"text": "file that says who may approve what, and name which secrets"}
    )
    rewinds: str = _choice(
        "report",
        "a branch that is wound back to an older verified commit: `report`: taken, with a warning; `refuse`: not taken",
        "report",
        "refuse",
    )

    @property
    def is_on(self) -> bool:
        return self.verify != "off"


@dataclass(frozen=True, slots=True)
class ForgeConfig:
    """The forge that outcomes of commits are reported to. Its token is MAGI_FORGE_TOKEN, or in ``token_file``."""

    kind: str = _choice(
        "none", "forge that gets reports: `github`, `gitlab`, `gitea` (Forgejo too), or `none`", "none", *FORGE_KINDS
    )
    url: str = field(default="", metadata={"text": "where it is (GitHub: its API); left out: the public one"})
    project: str = field(default="", metadata={"text": "the repository there, as OWNER/NAME"})
    token_file: Path | None = field(default=None, metadata={"text": "file with the token; or MAGI_FORGE_TOKEN"})
    context: str = field(default="magi/sync", metadata={"text": "name of the commit status"})
    link: str = field(default="", metadata={"text": "URL that the status leads to, such as a dashboard"})
    report: str = _choice(
        "status", "`status`: a commit status; `comment`: also a comment on the pull request", "status", "comment"
    )


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """By what a forge says that something was pushed. The secret is MAGI_WEBHOOK_SECRET, or in ``secret_file``."""

    secret_file: Path | None = field(
        default=None,
        metadata={"text": "file with the secret of the webhook; or MAGI_WEBHOOK_SECRET; neither: no webhook"},
    )


@dataclass(frozen=True, slots=True)
class ApiConfig:
    """Who may ask the JSON API. Health, metrics and webhooks need no token."""

    tokens_file: Path | None = field(
        default=None,
        metadata={"text": "file of [bearer tokens](operating.md#access-to-the-api) for the API, one a line"},
    )
    anonymous: str = _choice(
        "auto",
        "what is answered without a token: `all`; `health`: no API; `auto`: `all` on loopback or a Unix socket without "
        "`api.tokensFile`, else `health`",
        "auto",
        "all",
        "health",
    )


@dataclass(frozen=True, slots=True)
class TracingConfig:
    """Where traces go. What is not set is as OpenTelemetry's own variables say, and without them there are none."""

    endpoint: str = field(
        default="",
        metadata={"text": "URL of the OTLP collector of traces; or OTEL_EXPORTER_OTLP_ENDPOINT; neither: none"},
    )
    sample_ratio: float = field(
        default=1.0, metadata={"least": 0, "most": 1, "text": "share of the passes that are traced, from 0 to 1"}
    )


@dataclass(frozen=True, slots=True)
class ImagesConfig:
    """Where the bytes of software images may come from. Documents name URLs and files; this says which will do."""

    folder: Path | None = field(default=None, metadata={"text": "folder that image files are read from"})
    hosts: tuple[str, ...] = field(
        default=(),
        metadata={
            "text": "names, patterns and addresses of the hosts that images are fetched from; left out: any but this "
            "host itself and what is on its link alone"
        },
    )
    max_bytes: float = field(default=64 * 1024**3, metadata={"least": 1, "most": 2**50, "text": "bytes of one image"})
    timeout: float = _seconds(1, 7200.0, "seconds that the upload of one image may take")


@dataclass(frozen=True, slots=True)
class ShardConfig:
    """Which Vims this daemon serves, where several share a repository."""

    selector: Selector | None = field(
        default=None,
        metadata={
            "text": "[labels](scaling.md#shards) of the Vims that this daemon serves, in a variable as "
            "`region=north,tier=edge`; left out: those that `shard.others` do not choose"
        },
    )
    others: tuple[Selector, ...] = field(
        default=(),
        metadata={
            "text": "the selectors of the other daemons, in a variable with `;` between them; left out: not known"
        },
    )

    @property
    def shard(self) -> Shard:
        return Shard(self.selector, self.others)


@dataclass(frozen=True, slots=True)
class CoordinationConfig:
    """By what several daemons with the same settings share the Vims among themselves."""

    url: str = field(
        default="",
        metadata={
            "text": "URL of the etcd by which daemons [share the Vims](scaling.md#coordination); left out: this daemon "
            "serves all of them alone",
            "pattern": f"^{COORDINATION_URL.pattern}".replace(r"\Z", "$"),
        },
    )
    lease: float = _seconds(3, 10.0, "seconds without a word after which the others take over what a daemon serves")
    group: str = field(
        default="magi",
        metadata={
            "text": "name of the group of the daemons that share, where several groups use one etcd",
            "pattern": f"^{OWNER_PATTERN.pattern}".replace(r"\Z", "$"),
        },
    )


@dataclass(frozen=True, slots=True)
class JournalConfig:
    """Where passes and events are written besides the memory of the daemon."""

    file: Path | None = field(
        default=None,
        metadata={"text": "file that [passes and events](status.md#history) are appended to, a line of JSON each"},
    )
    syslog: str = field(
        default="",
        metadata={
            "text": "syslog that they are sent to: `unix:/dev/log`, or `udp://HOST:PORT`",
            "pattern": r"^(unix:/\S+|udp://\S+:[0-9]+)?$",
        },
    )

    @property
    def syslog_address(self) -> Address | None:
        """Where syslog is, if lines are to be sent there."""
        return parse_syslog(self.syslog) if self.syslog else None


@dataclass(frozen=True, slots=True)
class DetailLimits:
    """How many VIMs and network services have more than the few series that each VIM has; 0: none."""

    vims: int = field(
        default=25,
        metadata={
            "least": 0,
            "most": _MOST_DETAILED,
            "text": "VIMs with series by kind, reason, API and action; those that need someone first",
        },
    )
    services: int = field(
        default=250,
        metadata={
            "least": 0,
            "most": _MOST_DETAILED,
            "text": "network services with series of their own; those that need someone first",
        },
    )


@dataclass(frozen=True, slots=True)
class Config:
    """All settings that count for one repository. ``name`` is that of the repository among those that are followed.

    ``owner`` is the name in the marks of what belongs to it. What is neither about a repository nor one of `OWN` is the
    same for all.
    """

    repository: RepositoryConfig
    drift: DriftConfig = DriftConfig()
    owner: str = field(default="magi", metadata={"text": "name in the marks on the VIMs"})
    clouds_file: Path | None = field(default=None, metadata={"text": "clouds.yaml; left out: its usual search path"})
    listen: str = field(
        default="127.0.0.1:9464",
        metadata={"text": "address and port, or `unix:/PATH`, of API, webhook, health and metrics"},
    )
    cache_dir: Path | None = field(default=None, metadata={"text": "folder of the mirror; left out: ~/.cache/magi"})
    secrets: SecretsConfig = SecretsConfig()
    images: ImagesConfig = ImagesConfig()
    trust: TrustConfig = TrustConfig()
    forge: ForgeConfig = ForgeConfig()
    webhook: WebhookConfig = WebhookConfig()
    rego_folder: Path | None = field(default=None, metadata={"text": "folder of the Rego rules that judge plans"})
    stop_timeout: float = _seconds(1, 30.0, "seconds that steps which run have to end in, when the daemon is stopped")
    tracing: TracingConfig = TracingConfig()
    api: ApiConfig = ApiConfig()
    allowed_hosts: tuple[str, ...] = field(
        default=(),
        metadata={
            "text": "names and addresses that the Host header may have, `*` for any; left out: what `listen` names, "
            "and any where that is all addresses or a Unix socket"
        },
    )
    metrics_listen: str = field(
        default="",
        metadata={"text": "address and port of health and metrics alone; left out: they are on that of `listen`"},
    )
    metrics: DetailLimits = DetailLimits()
    connections: int = field(
        default=800,
        metadata={"least": 1, "most": _CONNECTIONS, "text": "connections to `listen` at once, of all clients"},
    )
    connections_per_client: int = field(
        default=200,
        metadata={"least": 1, "most": _CONNECTIONS, "text": "connections of one client address to `listen` at once"},
    )
    metrics_connections: int = field(
        default=64,
        metadata={"least": 1, "most": _CONNECTIONS, "text": "connections to `metricsListen` at once, of all clients"},
    )
    metrics_connections_per_client: int = field(
        default=32,
        metadata={
            "least": 1,
            "most": _CONNECTIONS,
            "text": "connections of one client address to `metricsListen` at once",
        },
    )
    request_timeout: float = _seconds(
        1,
        10.0,
        "seconds that a request to the daemon may take to come in, and that a client may take in nothing of its answer",
    )
    limits: InputLimits = DEFAULT_LIMITS
    shard: ShardConfig = ShardConfig()
    coordination: CoordinationConfig = CoordinationConfig()
    descriptors: DescriptorsConfig = DescriptorsConfig()
    journal: JournalConfig = JournalConfig()
    notifications: tuple[NotificationConfig, ...] = field(
        default=(),
        metadata={
            "text": "receivers of events, at most 20, [each with settings](notifications.md#settings) of its own; in a "
            "variable as JSON"
        },
    )
    name: str = field(default=ONLY, metadata={"hidden": True})

    @property
    def address(self) -> Address:
        return _address(self.listen)

    @property
    def metrics_address(self) -> Address | None:
        """Where health and metrics are, if not where all the rest is."""
        return _address(self.metrics_listen) if self.metrics_listen else None


def _address(text: str) -> Address:
    address = parse_address(text)
    assert address is not None, text  # noqa: S101  building.py has checked it
    return address
