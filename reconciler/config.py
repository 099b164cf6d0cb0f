"""The settings of the daemon: a YAML file, and the environment over it.

Every setting can be overridden by an environment variable named after its path: ``repository.url`` by
``MAGI_REPOSITORY_URL``, ``drift.interval`` by ``MAGI_DRIFT_INTERVAL``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

import yaml

from reconciler.model import ConfigError
from reconciler.suggestion import suggest

OWNER_PATTERN = re.compile(r"[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?\Z")
FORGE_KINDS = ("github", "gitlab", "gitea")
_COMMIT = re.compile(r"[0-9a-f]{40}\Z")
_PREFIX = "MAGI"
_NO_SIGNERS = "trust.verify is on, but nobody is allowed to sign"
_SIGNERS_HINT = "set trust.allowedSigners or trust.gpgKeys"
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\[\]:\s]*):\d{1,5}\Z")
_LAST_PORT = 65535
# Read elsewhere, as credentials for Git and secrets of documents, which never are settings; or set by Kubernetes for a
# Service "magi".
_OTHERS = re.compile(r"MAGI_(GIT_.*|SECRET_.*|FORGE_TOKEN|DEBUG|STATUS_URL|(PORT|SERVICE_HOST|SERVICE_PORT)(_.*)?)\Z")


def _seconds(least: float, default: float, text: str) -> Any:
    return field(default=default, metadata={"least": least, "text": text})


@dataclass(frozen=True, slots=True)
class RepositoryConfig:
    """Where the documents are. ``url``: https, ssh or a local path; ``path``: the folder of the documents in it."""

    url: str = field(metadata={"text": "https or ssh URL, or path, of the Git repository"})
    branch: str | None = field(default=None, metadata={"text": "branch to follow; left out: the remote's HEAD"})
    path: str = field(default="", metadata={"text": "folder of the documents in the repository"})
    interval: float = _seconds(1, 30.0, "seconds between two fetches")
    timeout: float = _seconds(1, 60.0, "seconds until a fetch is given up")
    credentials_file: Path | None = field(default=None, metadata={"text": "file with the credentials for Git"})


@dataclass(frozen=True, slots=True)
class DriftConfig:
    interval: float = _seconds(1, 60.0, "seconds between two looks at a VIM with nothing to do")
    longest: float = _seconds(1, 600.0, "longest seconds between two looks at a VIM that fails")


@dataclass(frozen=True, slots=True)
class SecretsConfig:
    """What documents may have read for them. ``files``: folders with ':' between them."""

    files: str = field(default="", metadata={"text": "folders that secrets may be read from, `:` between them"})
    identity_file: Path | None = field(default=None, metadata={"text": "file with the age identities"})

    @property
    def folders(self) -> tuple[Path, ...]:
        return tuple(Path(folder).expanduser() for folder in self.files.split(":") if folder)


def _choice(default: str, text: str, *choices: str) -> Any:
    return field(default=default, metadata={"text": text, "choices": choices})


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

    @property
    def is_on(self) -> bool:
        return self.verify != "off"


@dataclass(frozen=True, slots=True)
class ForgeConfig:
    """The forge that is told what becomes of commits. Its token is MAGI_FORGE_TOKEN, or in ``token_file``."""

    kind: str = _choice(
        "none", "forge that is told: `github`, `gitlab`, `gitea` (Forgejo too), or `none`", "none", *FORGE_KINDS
    )
    url: str = field(default="", metadata={"text": "where it is (GitHub: its API); left out: the public one"})
    project: str = field(default="", metadata={"text": "the repository there, as OWNER/NAME"})
    token_file: Path | None = field(default=None, metadata={"text": "file with the token; or MAGI_FORGE_TOKEN"})
    context: str = field(default="magi/sync", metadata={"text": "name of the commit status"})
    link: str = field(default="", metadata={"text": "URL that the status leads to, such as a dashboard"})
    tell: str = _choice(
        "status", "`status`: a commit status; `comment`: also a comment on the pull request", "status", "comment"
    )


@dataclass(frozen=True, slots=True)
class Config:
    """All settings. ``owner`` is the name in the marks of what belongs to this Magi."""

    repository: RepositoryConfig
    drift: DriftConfig = DriftConfig()
    owner: str = field(default="magi", metadata={"text": "name in the marks on the VIMs"})
    clouds_file: Path | None = field(default=None, metadata={"text": "clouds.yaml; left out: its usual search path"})
    listen: str = field(default="127.0.0.1:9464", metadata={"text": "address and port of metrics and status"})
    cache_dir: Path | None = field(default=None, metadata={"text": "folder of the mirror; left out: ~/.cache/magi"})
    secrets: SecretsConfig = SecretsConfig()
    images_folder: Path | None = field(default=None, metadata={"text": "folder that image files are read from"})
    trust: TrustConfig = TrustConfig()
    forge: ForgeConfig = ForgeConfig()
    rego_folder: Path | None = field(default=None, metadata={"text": "folder of the Rego rules that judge plans"})

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0].strip("[]") or "0.0.0.0"  # noqa: S104  asked for by leaving it out

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])


def load_config(file: Path, environment: Mapping[str, str]) -> Config:
    """The settings in a file, overridden by the environment. Raises ConfigError with all that is wrong."""
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}", "name the file with --config") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is no YAML: {' '.join(str(error).split())}") from error
    return parse_config(data, environment, str(file))


def parse_config(data: Any, environment: Mapping[str, str], source: str) -> Config:
    """The settings in decoded YAML. ``source`` names it in errors."""
    if not isinstance(data, dict):
        raise ConfigError(f"{source}: the settings must be a mapping", "begin with 'repository:'")
    problems: list[str] = []
    merged = _with_environment(data, Config, environment, _PREFIX)
    known = set(_variables(Config, _PREFIX))
    for name in environment:
        if name.startswith(f"{_PREFIX}_") and name not in known and not _OTHERS.match(name):
            near = suggest(name, known)
            problems.append(f"unknown setting {name} in the environment" + (f": did you mean {near}?" if near else ""))
    config = _build(Config, merged, "", problems)
    if problems or not isinstance(config, Config):
        raise ConfigError(f"{source}: {'; '.join(problems)}", "docs/operating.md lists all settings")
    if config.trust.is_on and not (config.trust.allowed_signers or config.trust.gpg_keys):
        raise ConfigError(f"{source}: {_NO_SIGNERS}", _SIGNERS_HINT)
    return config


def trust_of(environment: Mapping[str, str]) -> TrustConfig:
    """What a command, which has no file of settings, trusts: the variables that the daemon has. Raises ConfigError."""
    problems: list[str] = []
    section = _with_environment({}, TrustConfig, environment, f"{_PREFIX}_TRUST")
    trust = _build(TrustConfig, section, "trust.", problems)
    if problems or not isinstance(trust, TrustConfig):
        raise ConfigError(f"the environment: {'; '.join(problems)}", "docs/trust.md lists the settings")
    if trust.is_on and not (trust.allowed_signers or trust.gpg_keys):
        raise ConfigError(f"the environment: {_NO_SIGNERS}", _SIGNERS_HINT)
    return trust


def camel(name: str) -> str:
    """A setting's name as it is written in the file."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def settings(section: type = Config, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Path, default and description of every setting."""
    for one, hint in _hints(section):
        path = f"{prefix}{camel(one.name)}"
        if is_dataclass(hint) and isinstance(hint, type):
            yield from settings(hint, f"{path}.")
        else:
            default = "required" if one.default is MISSING else one.default
            yield path, "" if default is None else str(default), one.metadata.get("text", "")


def _hints(section: type) -> Iterator[tuple[Any, Any]]:
    hints = get_type_hints(section)
    for one in fields(section):
        yield one, hints[one.name]


def _variables(section: type, prefix: str) -> Iterator[str]:
    for one, hint in _hints(section):
        name = f"{prefix}_{one.name.upper()}"
        if is_dataclass(hint) and isinstance(hint, type):
            yield from _variables(hint, name)
        else:
            yield name


def _with_environment(data: Any, section: type, environment: Mapping[str, str], prefix: str) -> Any:
    if not isinstance(data, dict):
        return data
    merged = dict(data)
    for one, hint in _hints(section):
        name, variable = camel(one.name), f"{prefix}_{one.name.upper()}"
        if is_dataclass(hint) and isinstance(hint, type):
            merged[name] = _with_environment(merged.get(name) or {}, hint, environment, variable)
        elif variable in environment:
            merged[name] = environment[variable]
    return merged


def _build(section: type, data: Any, path: str, problems: list[str]) -> Any:
    """An object of the section, or None; what is wrong is added to ``problems``."""
    if not isinstance(data, dict):
        problems.append(f"{path.rstrip('.') or 'the settings'} must be a mapping")
        return None
    names = {camel(one.name) for one in fields(section)}
    for name in data:
        if name not in names:
            near = suggest(str(name), names)
            problems.append(f"unknown setting {path}{name}" + (f": did you mean {path}{near}?" if near else ""))
    values: dict[str, Any] = {}
    before = len(problems)
    for one, hint in _hints(section):
        name = camel(one.name)
        if is_dataclass(hint) and isinstance(hint, type):
            values[one.name] = _build(hint, data.get(name) or {}, f"{path}{name}.", problems)
        elif data.get(name) is not None:
            values[one.name] = _value(data[name], one, hint, f"{path}{name}", problems)
        elif one.default is MISSING:
            problems.append(f"missing setting {path}{name}")
    return section(**values) if len(problems) == before else None


def _value(value: Any, one: Any, hint: Any, path: str, problems: list[str]) -> Any:
    if hint is float:
        return _number(value, one.metadata["least"], path, problems)
    if not isinstance(value, str) or (not value and one.default != ""):
        problems.append(f"{path} must be text; found {value!r}")
        return None
    if value not in one.metadata.get("choices", (value,)):
        problems.append(
            f"{path} '{value}' must be {', '.join(one.metadata['choices'][:-1])} or {one.metadata['choices'][-1]}"
        )
    if path == "trust.since" and value and not _COMMIT.match(value):
        problems.append(f"trust.since '{value}' must be a commit, of 40 hexadecimal digits")
    if path == "owner" and not OWNER_PATTERN.match(value):
        problems.append(f"owner '{value}' must be lower-case letters, digits and '-', at most 32")
    if path == "listen" and not (_ADDRESS.match(value) and int(value.rpartition(":")[2]) <= _LAST_PORT):
        problems.append(f"listen '{value}' must be ADDRESS:PORT, like 127.0.0.1:9464")
    return Path(value).expanduser() if "Path" in str(hint) else value


def _number(value: Any, least: float, path: str, problems: list[str]) -> float | None:
    try:
        number = float(value) if not isinstance(value, bool) else float("nan")
    except (TypeError, ValueError):
        number = float("nan")
    if not least <= number < math.inf:
        problems.append(f"{path} must be a number of seconds, at least {least:g}; found {value!r}")
        return None
    return number
