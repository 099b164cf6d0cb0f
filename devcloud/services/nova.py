"""Nova with the fake hypervisor: conductor, scheduler, three compute hosts and the API in one process."""

from collections.abc import Mapping
from pathlib import Path

from devcloud.places import HOSTS, LOOPBACK, REGION, Cloud

from .ini import Sections, merged
from .service import INSIDE, THREADS, Service, common, database, login, login_here, policy, token_check

FILTERS = (
    "ComputeFilter",
    "ComputeCapabilitiesFilter",
    "ImagePropertiesFilter",
    "ServerGroupAntiAffinityFilter",
    "ServerGroupAffinityFilter",
    "SameHostFilter",
    "DifferentHostFilter",
    "PciPassthroughFilter",
)


def config(cloud: Cloud) -> Mapping[str, Sections]:
    return {
        "nova.conf": merged(
            common(cloud),
            policy(cloud, "nova"),
            {
                "DEFAULT": {
                    "host": HOSTS[0],
                    "my_ip": LOOPBACK,
                    "state_path": cloud.data / "nova",
                    "instances_path": cloud.data / "nova/instances",
                    "compute_driver": "devcloud.Driver",
                    "concurrency_backend": "threading",
                    "allow_resize_to_same_host": True,
                    "ram_allocation_ratio": 1.0,
                    "reserved_host_memory_mb": 0,
                    "max_concurrent_builds": 20,
                    # After a restart the driver knows no guest; what the database says stays.
                    "sync_power_state_interval": -1,
                    "report_interval": 10,
                    "service_down_time": 60,
                },
                # Nothing is plugged, so nothing reports it: a live migration would wait for five minutes.
                "compute": {"live_migration_wait_for_vif_plug": False},
                "api": {"auth_strategy": "keystone"},
                "wsgi": {"api_paste_config": cloud.etc / "nova/api-paste.ini"},
                "api_database": database(cloud, "nova_api", pool=15),
                "database": database(cloud, "nova", pool=20),
                "quota": {"instances": 10_000, "cores": -1, "ram": -1, "key_pairs": 1_000, "server_groups": 1_000},
                "scheduler": {"workers": 1},
                "conductor": {"workers": 1},
                # The network cards that the driver has.
                "pci": {"device_spec": '{"vendor_id": "8086", "product_id": "154c", "physical_network": "physnet1"}'},
                "filter_scheduler": {"enabled_filters": ",".join(FILTERS)},
                "keystone_authtoken": token_check(cloud, "compute", service_tokens=True),
                "service_user": {"send_service_user_token": True, **login(cloud)},
                "keystone": login_here(cloud),
                "neutron": login_here(cloud),
                "placement": login_here(cloud),
                "glance": {"region_name": REGION, "service_type": "image"},
                "cinder": {**login(cloud), "os_region_name": REGION},
                # The computes start in the same moment as the API that would look for them.
                "workarounds": {"disable_compute_service_check_for_ffu": True},
            },
        )
    }


def program(cloud: Cloud) -> list[str | Path]:
    cell0 = cloud.database_url("nova_cell0")
    return [
        INSIDE / "nova_all.py",
        str(cloud.port("nova")),
        str(THREADS),
        str(cloud.go_file),
        cell0,
        ",".join(HOSTS),
    ]


SERVICE = Service(
    name="nova",
    type="compute",
    path="/v2.1",
    config=config,
    program=program,
    databases={"nova_api": "nova_api", "nova_cell0": "nova", "nova": "nova"},
    migrations={
        "nova": ("nova-manage", "--config-file", "{config}/nova.conf", "db", "sync", "--local_cell"),
        "nova_api": ("nova-manage", "--config-file", "{config}/nova.conf", "api_db", "sync"),
    },
    environment={
        "OS_NOVA_CONFIG_DIR": "{config}",
        "OS_NOVA_CONFIG_FILES": "api-paste.ini;nova.conf",
    },
    copied=("nova/api-paste.ini",),
    waits=True,
)
