"""Cinder (optional): scheduler, two backends that store nothing, and the API in one process."""

from collections.abc import Mapping
from pathlib import Path

from devcloud.places import HOSTS, LOOPBACK, Cloud

from .ini import Sections, merged
from .service import INSIDE, THREADS, Service, common, database, login_here, policy, token_check

BACKENDS = ("dev1", "dev2")


def config(cloud: Cloud) -> Mapping[str, Sections]:
    here = cloud.etc / "cinder"
    return {
        "cinder.conf": merged(
            common(cloud),
            policy(cloud, "cinder"),
            {
                "DEFAULT": {
                    "host": HOSTS[0],
                    "my_ip": LOOPBACK,
                    "state_path": cloud.data / "cinder",
                    "api_paste_config": here / "api-paste.ini",
                    "resource_query_filters_file": here / "resource_filters.json",
                    "auth_strategy": "keystone",
                    "enabled_backends": ",".join(BACKENDS),
                    "default_volume_type": "__DEFAULT__",
                    "glance_api_servers": cloud.url("glance"),
                    "enable_force_upload": True,
                    "periodic_interval": 60,
                    "periodic_fuzzy_delay": 0,
                    "report_interval": 10,
                    "service_down_time": 60,
                    "scheduler_driver_init_wait_time": 10,
                    "scheduler_default_filters": "AvailabilityZoneFilter,CapacityFilter,CapabilitiesFilter",
                    "quota_volumes": 1_000,
                    "quota_gigabytes": 100_000,
                    "quota_snapshots": 1_000,
                },
                "database": database(cloud, "cinder"),
                "nova": {"interface": "public", **login_here(cloud)},
                "keystone_authtoken": token_check(cloud, "block-storage", service_tokens=True),
                "service_user": {"send_service_user_token": True, **login_here(cloud)},
            },
            {name: {"volume_driver": "cinder_driver.Driver", "volume_backend_name": name} for name in BACKENDS},
        )
    }


def program(cloud: Cloud) -> list[str | Path]:
    file = cloud.etc / "cinder/cinder.conf"
    return [INSIDE / "cinder_all.py", str(cloud.port("cinder")), str(THREADS), str(cloud.go_file), file]


SERVICE = Service(
    name="cinder",
    type="block-storage",
    path="/v3",
    # Nova, Heat and older clients look for this type.
    aliases={"volumev3": "cinderv3"},
    config=config,
    program=program,
    databases={"cinder": "cinder"},
    migrations={"cinder": ("cinder-manage", "--config-file", "{config}/cinder.conf", "db", "sync")},
    environment={"OS_CINDER_CONFIG_DIR": "{config}", "OS_CINDER_CONFIG_FILES": "cinder.conf"},
    copied=("cinder",),
    waits=True,
)
