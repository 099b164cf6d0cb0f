"""The settings of the daemon: a YAML file, and the environment over it.

Every setting can be overridden by an environment variable named after its path: ``repository.url`` by
``MAGI_REPOSITORY_URL``, ``drift.interval`` by ``MAGI_DRIFT_INTERVAL``.

sections  what there is, with defaults, limits and what each is for
reading   a file and the environment -> Config, or all that is wrong
schema    the JSON Schema of the file
notifications  a receiver of events
addresses addresses to listen on, names of hosts
exposure  who may ask the daemon
"""

from reconciler.config.addresses import Address, host_of, parse_address
from reconciler.config.exposure import allowed_hosts, exposure_warnings, is_anonymous
from reconciler.config.listing import settings, shown
from reconciler.config.notifications import EVENT_REASONS, PLACEHOLDERS, NotificationConfig, url_refusal
from reconciler.config.reading import (
    Origin,
    descriptors_of,
    images_of,
    limits_of,
    load_configs,
    origins,
    parse_configs,
    skips_foreign,
    trust_of,
)
from reconciler.config.schema import SCHEMA_FILE, config_schema
from reconciler.config.sections import (
    FORGE_KINDS,
    ONLY,
    OWNER_PATTERN,
    ApiConfig,
    Config,
    CoordinationConfig,
    DescriptorsConfig,
    DetailLimits,
    DriftConfig,
    ForgeConfig,
    ImagesConfig,
    JournalConfig,
    RepositoryConfig,
    SecretsConfig,
    ShardConfig,
    TracingConfig,
    TrustConfig,
    WebhookConfig,
)

__all__ = [
    "EVENT_REASONS",
    "FORGE_KINDS",
    "ONLY",
    "OWNER_PATTERN",
    "PLACEHOLDERS",
    "SCHEMA_FILE",
    "Address",
    "ApiConfig",
    "Config",
    "CoordinationConfig",
    "DescriptorsConfig",
    "DetailLimits",
    "DriftConfig",
    "ForgeConfig",
    "ImagesConfig",
    "JournalConfig",
    "NotificationConfig",
    "Origin",
    "RepositoryConfig",
    "SecretsConfig",
    "ShardConfig",
    "TracingConfig",
    "TrustConfig",
    "WebhookConfig",
    "allowed_hosts",
    "config_schema",
    "descriptors_of",
    "exposure_warnings",
    "host_of",
    "images_of",
    "is_anonymous",
    "limits_of",
    "load_configs",
    "origins",
    "parse_address",
    "parse_configs",
    "settings",
    "shown",
    "skips_foreign",
    "trust_of",
    "url_refusal",
]
