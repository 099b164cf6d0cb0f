"""The settings of the daemon: a YAML file, and the environment over it.

Every setting can be overridden by an environment variable named after its path: ``repository.url`` by
``MAGI_REPOSITORY_URL``, ``drift.interval`` by ``MAGI_DRIFT_INTERVAL``.

sections  what there is, with defaults, limits and what each is for
reading   a file and the environment -> Config, or all that is wrong
schema    the JSON Schema of the file
"""

from reconciler.config.reading import Origin, load_configs, origins, parse_configs, trust_of
from reconciler.config.schema import SCHEMA_FILE, config_schema
from reconciler.config.sections import (
    FORGE_KINDS,
    ONLY,
    OWNER_PATTERN,
    Config,
    DriftConfig,
    ForgeConfig,
    RepositoryConfig,
    SecretsConfig,
    TracingConfig,
    TrustConfig,
    WebhookConfig,
    settings,
    shown,
)

__all__ = [
    "FORGE_KINDS",
    "ONLY",
    "OWNER_PATTERN",
    "SCHEMA_FILE",
    "Config",
    "DriftConfig",
    "ForgeConfig",
    "Origin",
    "RepositoryConfig",
    "SecretsConfig",
    "TracingConfig",
    "TrustConfig",
    "WebhookConfig",
    "config_schema",
    "load_configs",
    "origins",
    "parse_configs",
    "settings",
    "shown",
    "trust_of",
]
