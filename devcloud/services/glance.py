"""Glance: images, kept as files in the home."""

from collections.abc import Mapping

from devcloud.places import LOOPBACK, Cloud

from .ini import Sections, merged
from .service import Service, common, database, policy, served, token_check


def config(cloud: Cloud) -> Mapping[str, Sections]:
    return {
        "glance-api.conf": merged(
            common(cloud),
            policy(cloud, "glance"),
            {
                "DEFAULT": {"enabled_backends": "file:file", "bind_host": LOOPBACK},
                "database": database(cloud, "glance"),
                "glance_store": {"default_backend": "file"},
                "file": {"filesystem_store_datadir": cloud.data / "images"},
                "os_glance_staging_store": {"filesystem_store_datadir": cloud.data / "staging"},
                "os_glance_tasks_store": {"filesystem_store_datadir": cloud.data / "tasks"},
                "paste_deploy": {"flavor": "keystone", "config_file": cloud.etc / "glance/glance-api-paste.ini"},
                "keystone_authtoken": token_check(cloud, "image"),
            },
        )
    }


SERVICE = Service(
    name="glance",
    type="image",
    config=config,
    program=served("glance.wsgi.api:application", "glance"),
    databases={"glance": "glance"},
    migrations={"glance": ("glance-manage", "--config-file", "{config}/glance-api.conf", "db_sync")},
    environment={"OS_GLANCE_CONFIG_DIR": "{config}", "OS_GLANCE_CONFIG_FILES": "glance-api.conf"},
    copied=("glance/glance-api-paste.ini",),
)
