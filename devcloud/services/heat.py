"""Heat (optional): engine and API in one process."""

from collections.abc import Mapping
from pathlib import Path

from devcloud.places import HOSTS, LOOPBACK, PASSWORD, REGION, Cloud

from .ini import Sections, merged
from .service import INSIDE, THREADS, Service, common, database, login, token_check

DOMAIN = "heat"
DOMAIN_ADMIN = "heat_domain_admin"
OWNER_ROLE = "heat_stack_owner"
ROLES = (OWNER_ROLE, "heat_stack_user")
NOBODY_LISTENS = f"http://{LOOPBACK}:1"


def config(cloud: Cloud) -> Mapping[str, Sections]:
    here = cloud.etc / "heat"
    return {
        "heat.conf": merged(
            common(cloud),
            {
                "DEFAULT": {
                    "host": HOSTS[0],
                    "rpc_response_timeout": 300,
                    "region_name_for_services": REGION,
                    "stack_user_domain_name": DOMAIN,
                    "stack_domain_admin": DOMAIN_ADMIN,
                    "stack_domain_admin_password": PASSWORD,
                    # Must have 32 characters; what it hides is as public as the password.
                    "auth_encryption_key": "devcloud".ljust(32, "."),
                    "num_engine_workers": 1,
                    "max_resources_per_stack": -1,
                    "max_stacks_per_tenant": 1_000,
                    "environment_dir": here / "environment.d",
                    "template_dir": here / "templates",
                    "heat_metadata_server_url": NOBODY_LISTENS,
                    "heat_waitcondition_server_url": f"{NOBODY_LISTENS}/v1/waitcondition",
                },
                "paste_deploy": {"api_paste_config": here / "api-paste.ini"},
                "database": database(cloud, "heat", pool=20),
                "clients_keystone": {"auth_uri": cloud.auth_url},
                "trustee": login(cloud),
                "keystone_authtoken": token_check(cloud, "orchestration"),
            },
        )
    }


def program(cloud: Cloud) -> list[str | Path]:
    file = cloud.etc / "heat/heat.conf"
    return [INSIDE / "heat_all.py", str(cloud.port("heat")), str(THREADS), str(cloud.go_file), file]


SERVICE = Service(
    name="heat",
    type="orchestration",
    path="/v1/%(project_id)s",
    config=config,
    program=program,
    databases={"heat": "heat"},
    migrations={"heat": ("heat-manage", "--config-file", "{config}/heat.conf", "db_sync")},
    environment={"OS_HEAT_CONFIG_DIR": "{config}", "OS_HEAT_CONFIG_FILES": "heat.conf"},
    copied=("heat",),
    waits=True,
)
