"""Placement: what the compute hosts have left."""

from collections.abc import Mapping

from devcloud.places import Cloud

from .ini import Sections
from .service import Service, database, served, token_check


def config(cloud: Cloud) -> Mapping[str, Sections]:
    return {
        "placement.conf": {
            "DEFAULT": {"use_stderr": True},
            "api": {"auth_strategy": "keystone"},
            "placement_database": database(cloud, "placement"),
            "keystone_authtoken": token_check(cloud, "placement"),
        }
    }


SERVICE = Service(
    name="placement",
    type="placement",
    config=config,
    program=served("placement.wsgi.api:application", "placement"),
    databases={"placement": "placement"},
    migrations={"placement": ("placement-manage", "--config-file", "{config}/placement.conf", "db", "sync")},
    environment={"OS_PLACEMENT_CONFIG_DIR": "{config}", "OS_PLACEMENT_CONFIG_FILES": "placement.conf"},
)
