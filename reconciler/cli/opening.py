"""From the settings to what the daemon is made of; and whether all that the settings name can be had."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

import yaml

from reconciler.cli.options import KEY_FILE, cache_dir
from reconciler.config import (
    ONLY,
    Config,
    ForgeConfig,
    TracingConfig,
    WebhookConfig,
    allowed_hosts,
    is_anonymous,
)
from reconciler.forges import Forge, open_forge
from reconciler.judging.owners import load_owners
from reconciler.judging.rego import bounds_of, load_rules
from reconciler.loop.reading import approvers_of
from reconciler.model import ConfigError, MagiError
from reconciler.outside.digest_keys import VARIABLE as DIGEST_KEY
from reconciler.outside.rotation import Renewed
from reconciler.outside.secrets import VARIABLE_PREFIX, HostSecrets
from reconciler.reporting.notifications import check_receiver
from reconciler.source import Source, WithShared, open_shared, open_source
from reconciler.tracing import Tracer, open_tracer
from reconciler.web.access import Access, Tokens, read_tokens
from reconciler.web.hooks import Hook

log = logging.getLogger(__name__)

OpenForge = Callable[[], Forge]
"""Answers with the forge, by the token as it is now. Raises ConfigError."""


def open_repository(config: Config) -> Source:
    """The source of the daemon: always commits, never a directory as it happens to be."""
    repository = config.repository
    environ = dict(os.environ)
    if repository.credentials_file:
        environ["MAGI_GIT_CREDENTIALS_FILE"] = str(repository.credentials_file)
    revision = repository.branch
    if revision is None and Path(repository.url).expanduser().is_dir():
        revision = "HEAD"
    folder = config.cache_dir or cache_dir()
    own = open_source(
        repository.url,
        revision,
        cache_dir=folder,
        path=repository.path,
        timeout=repository.timeout,
        environ=environ,
        trust=config.trust,
        limits=config.limits,
    )
    shared = open_shared(config.descriptors, cache_dir=folder, limits=config.limits)
    return WithShared(own, shared) if shared else own


def forge_of(config: ForgeConfig, environment: Mapping[str, str]) -> OpenForge | None:
    """What opens the forge that the settings name, if they name one; a token in a file may be rotated.

    Raises ConfigError.
    """
    if config.kind == "none":
        return None

    def opened() -> Forge:
        token = environment.get("MAGI_FORGE_TOKEN", "")
        if config.token_file:
            token = _text(config.token_file, "forge.tokenFile").strip()
        if not token:
            raise ConfigError(
                f"forge.kind is {config.kind}, but there is no token for it", "set MAGI_FORGE_TOKEN or forge.tokenFile"
            )
        return open_forge(config.kind, config.url, config.project, token)

    forge = Renewed([config.token_file] if config.token_file else [], opened)
    forge()  # what is wrong is to be reported at once
    return forge


def hook_of(config: WebhookConfig, environment: Mapping[str, str]) -> Hook | None:
    """What judges webhooks, where there is a secret for them; one in a file may be rotated. Raises ConfigError."""
    file = config.secret_file
    if not file:
        secret = environment.get("MAGI_WEBHOOK_SECRET", "")
        return Hook(lambda: secret) if secret else None
    renewed = Renewed([file], lambda: _text(file, "webhook.secretFile").strip())
    if not renewed():
        raise ConfigError(f"webhook.secretFile {file} is empty", "write the secret into it")

    def current() -> str:
        try:
            return renewed()
        except ConfigError as error:
            log.warning("webhooks are refused", extra={"error": str(error)})
            return ""

    return Hook(current)


def access_of(config: Config) -> Access:
    """Who is answered; tokens in a file may be rotated. Raises ConfigError."""
    hosts, file = allowed_hosts(config), config.api.tokens_file
    if not file:
        return Access(hosts, None if is_anonymous(config) else frozenset)
    named = f"api.tokensFile {file}"
    renewed = Renewed([file], lambda: read_tokens(_text(file, "api.tokensFile"), named))
    renewed()  # what is wrong is to be reported at once
    if is_anonymous(config):
        return Access(hosts)

    def current() -> Tokens:
        try:
            return renewed()
        except ConfigError as error:
            log.warning("the API answers no one", extra={"error": str(error)})
            return frozenset()

    return Access(hosts, current)


def tracer_of(config: TracingConfig, environment: Mapping[str, str]) -> Tracer:
    """What notes traces, where they are needed. Raises ConfigError."""
    return open_tracer(config.endpoint, config.sample_ratio, version("magi"), environment)


def secrets_of(config: Config, environment: Mapping[str, str]) -> HostSecrets:
    """The secrets that the documents of a repository may have: of several, each has variables of its own."""
    given = environment
    if config.name != ONLY:
        own = VARIABLE_PREFIX + config.name.upper().replace("-", "_") + "_"
        given = {name: value for name, value in environment.items() if name.startswith(own) or name == DIGEST_KEY}
    secrets = config.secrets
    return HostSecrets(given, secrets.folders, secrets.identity_file, secrets.digest_key_file or key_file(config))


def key_file(config: Config) -> Path:
    """Where the key for digests is made that no one has given."""
    return (config.cache_dir or cache_dir()) / KEY_FILE


def problems(config: Config, environment: Mapping[str, str]) -> Iterator[MagiError]:
    """What of all that the settings name can't be had. No one else is asked: neither Git, nor a cloud, nor a forge."""
    trust, secrets = config.trust, config.secrets
    checks: list[Callable[[], object]] = [
        partial(open_repository, _without_unreadable(config)),
        partial(load_rules, config.rego_folder, bounds_of(config.limits)),
        partial(forge_of, config.forge, environment),
        partial(hook_of, config.webhook, environment),
        partial(access_of, config),
        lambda: tracer_of(config.tracing, environment).end(0.0),
    ]
    if config.clouds_file:
        checks.append(partial(_clouds, config.clouds_file))
    if trust.owners_file:
        checks.append(partial(load_owners, trust.owners_file))
    checks.append(partial(approvers_of, trust))
    files = {
        "repository.credentialsFile": config.repository.credentials_file,
        "secrets.identityFile": secrets.identity_file,
        "secrets.digestKeyFile": secrets.digest_key_file,
        "trust.allowedSigners": trust.allowed_signers,
        "trust.gpgKeys": trust.gpg_keys,
        "trust.revokedKeys": trust.revoked_keys,
    }
    checks += [partial(_text, file, name) for name, file in files.items() if file]
    checks += [partial(check_receiver, one) for one in config.notifications]
    checks += [partial(_folder, folder, "secrets.files") for folder in secrets.folders]
    if config.images.folder:
        checks.append(partial(_folder, config.images.folder, "images.folder"))
    for check in checks:
        try:
            check()
        except MagiError as error:
            yield error


def _without_unreadable(config: Config) -> Config:
    """The settings without a file of credentials that can't be read: it is reported by its setting."""
    repository = config.repository
    if repository.credentials_file is None or os.access(repository.credentials_file, os.R_OK):
        return config
    return replace(config, repository=replace(repository, credentials_file=None))


def _text(file: Path, name: str) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigError(f"{name} {file} can't be read: {error.strerror}", "name the right file") from None


def _folder(folder: Path, name: str) -> None:
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        raise ConfigError(f"{name} {folder} can't be read: {error.strerror}", "name the right folder") from None


def _clouds(file: Path) -> None:
    try:
        entries = yaml.safe_load(_text(file, "cloudsFile"))["clouds"]
    except (yaml.YAMLError, KeyError, TypeError):
        entries = None
    if not isinstance(entries, dict) or not entries:
        raise ConfigError(
            f"cloudsFile {file} holds no entries", "it begins with 'clouds:', as OpenStack's tools have it"
        )
