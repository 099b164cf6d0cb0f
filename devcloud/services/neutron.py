"""Neutron with ML2/OVN: networks, ports, routers, security groups, trunks, QoS and service function chains."""

from collections.abc import Mapping

from devcloud.places import HOSTS, Cloud

from .ini import Sections, merged
from .service import INSIDE, Service, common, database, login_here, policy, served, token_check

# Networks of the type flat, and the VLANs, are on these.
PHYSICAL_NETWORKS = ("public", "physnet1", "physnet2")
VLANS = "100:399"
EXTENSIONS = (
    "ovn-router",
    "trunk",
    "qos",
    "network_ip_availability",
    "port_forwarding",
    "flow_classifier",
    "sfc",
)


def config(cloud: Cloud) -> Mapping[str, Sections]:
    here = cloud.etc / "neutron"
    return {
        "neutron.conf": merged(
            common(cloud),
            policy(cloud, "neutron"),
            {
                "DEFAULT": {
                    "host": HOSTS[0],
                    "state_path": cloud.data / "neutron",
                    "api_paste_config": here / "api-paste.ini",
                    "core_plugin": "ml2",
                    "service_plugins": ",".join(EXTENSIONS),
                    "auth_strategy": "keystone",
                    "notify_nova_on_port_status_changes": True,
                    "notify_nova_on_port_data_changes": True,
                    "rpc_workers": 0,
                },
                "database": database(cloud, "neutron", pool=15),
                "quotas": {
                    "default_quota": -1,
                    "quota_network": 10_000,
                    "quota_subnet": 10_000,
                    "quota_port": 50_000,
                    "quota_router": 1_000,
                    "quota_floatingip": 10_000,
                    "quota_security_group": 10_000,
                    "quota_security_group_rule": 100_000,
                },
                "keystone_authtoken": token_check(cloud, "network", service_tokens=True),
                "nova": login_here(cloud),
                "placement": login_here(cloud),
                "sfc": {"drivers": "dummy"},
                "flowclassifier": {"drivers": "dummy"},
                "ml2": {
                    "type_drivers": "local,flat,vlan,geneve,vxlan",
                    "tenant_network_types": "geneve",
                    "mechanism_drivers": "ovn",
                    "extension_drivers": "port_security,qos,dns",
                    "overlay_ip_version": 4,
                },
                "ml2_type_flat": {"flat_networks": "*"},
                "ml2_type_vlan": {"network_vlan_ranges": ",".join(f"{name}:{VLANS}" for name in PHYSICAL_NETWORKS[1:])},
                "ml2_type_geneve": {"vni_ranges": "1:65536", "max_header_size": 38},
                "ml2_type_vxlan": {"vni_ranges": "70000:79999"},
                "securitygroup": {"enable_security_group": True},
                "ovn": {
                    "ovn_nb_connection": cloud.ovn_remote,
                    "ovn_sb_connection": cloud.ovn_remote,
                    "ovn_l3_scheduler": "leastloaded",
                    # No one answers for the metadata service here.
                    "ovn_metadata_enabled": False,
                },
            },
        )
    }


SERVICE = Service(
    name="neutron",
    type="network",
    config=config,
    program=served("neutron.wsgi.api:application", "neutron"),
    databases={"neutron": "neutron"},
    migrations={"neutron": ("python", str(INSIDE / "neutron_schema.py"), "{config}/neutron.conf", "{database}")},
    environment={"OS_NEUTRON_CONFIG_DIR": "{config}", "OS_NEUTRON_CONFIG_FILES": "neutron.conf"},
    copied=("neutron/api-paste.ini",),
)
