"""From the settings to what the daemon is made of; and whether all that the settings name can be had."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import yaml

from reconciler.cli.options import cache_dir
from reconciler.config import Config, ForgeConfig, WebhookConfig
from reconciler.forges import Forge, open_forge
from reconciler.model import ConfigError, MagiError
from reconciler.owners import load_owners
from reconciler.rego import load_rules
from reconciler.source import Source, open_source
from reconciler.web.hooks import Hook


def open_repository(config: Config) -> Source:
    """The source of the daemon: always commits, never a directory as it happens to be."""
    repository = config.repository
    environ = dict(os.environ)
    if repository.credentials_file:
        environ["MAGI_GIT_CREDENTIALS_FILE"] = str(repository.credentials_file)
    revision = repository.branch
    if revision is None and Path(repository.url).expanduser().is_dir():
        revision = "HEAD"
    return open_source(
        repository.url,
        revision,
        cache_dir=config.cache_dir or cache_dir(),
        path=repository.path,
        timeout=repository.timeout,
        environ=environ,
        trust=config.trust,
    )


def forge_of(config: ForgeConfig, environment: Mapping[str, str]) -> Forge | None:
    """The forge that the settings name, if they name one. Raises ConfigError."""
    if config.kind == "none":
        return None
    token = environment.get("MAGI_FORGE_TOKEN", "")
    if config.token_file:
        token = _text(config.token_file, "forge.tokenFile").strip()
    if not token:
        raise ConfigError(
            f"forge.kind is {config.kind}, but there is no token for it", "set MAGI_FORGE_TOKEN or forge.tokenFile"
        )
    return open_forge(config.kind, config.url, config.project, token)


def hook_of(config: WebhookConfig, environment: Mapping[str, str]) -> Hook | None:
    """What judges webhooks, where there is a secret for them. Raises ConfigError."""
    secret = environment.get("MAGI_WEBHOOK_SECRET", "")
    if config.secret_file:
        secret = _text(config.secret_file, "webhook.secretFile").strip()
        if not secret:
            raise ConfigError(f"webhook.secretFile {config.secret_file} is empty", "write the secret into it")
    return Hook(secret) if secret else None


def problems(config: Config, environment: Mapping[str, str]) -> Iterator[MagiError]:
    """What of all that the settings name can't be had. Nobody else is asked: neither Git, nor a cloud, nor a forge."""
    trust, secrets = config.trust, config.secrets
    checks: list[Callable[[], object]] = [
        partial(open_repository, config),
        partial(load_rules, config.rego_folder),
        partial(forge_of, config.forge, environment),
        partial(hook_of, config.webhook, environment),
    ]
    if config.clouds_file:
        checks.append(partial(_clouds, config.clouds_file))
    if trust.owners_file:
        checks.append(partial(load_owners, trust.owners_file))
    files = {
        "repository.credentialsFile": config.repository.credentials_file,
        "secrets.identityFile": secrets.identity_file,
        "trust.allowedSigners": trust.allowed_signers,
        "trust.gpgKeys": trust.gpg_keys,
        "trust.revokedKeys": trust.revoked_keys,
    }
    checks += [partial(_text, file, name) for name, file in files.items() if file]
    checks += [partial(_folder, folder, "secrets.files") for folder in secrets.folders]
    if config.images_folder:
        checks.append(partial(_folder, config.images_folder, "imagesFolder"))
    for check in checks:
        try:
            check()
        except MagiError as error:
            yield error


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
