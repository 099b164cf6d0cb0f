"""The settings of the daemon: a YAML file, and the environment over it.

Every setting can be overridden by an environment variable named after its path: ``repository.url`` by
``MAGI_REPOSITORY_URL``, ``drift.interval`` by ``MAGI_DRIFT_INTERVAL``.

sections  what there is, with defaults, limits and what each is for
reading   a file and the environment -> Config, or all that is wrong
schema    the JSON Schema of the file
"""

from reconciler.config.reading import Origin, load_config, origins, parse_config, trust_of
from reconciler.config.schema import SCHEMA_FILE, config_schema
from reconciler.config.sections import (
    FORGE_KINDS,
    OWNER_PATTERN,
    Config,
    DriftConfig,
    ForgeConfig,
    RepositoryConfig,
    SecretsConfig,
    TrustConfig,
    WebhookConfig,
    settings,
)

__all__ = [
    "FORGE_KINDS",
    "OWNER_PATTERN",
    "SCHEMA_FILE",
    "Config",
    "DriftConfig",
    "ForgeConfig",
    "Origin",
    "RepositoryConfig",
    "SecretsConfig",
    "TrustConfig",
    "WebhookConfig",
    "config_schema",
    "load_config",
    "origins",
    "parse_config",
    "settings",
    "trust_of",
]
