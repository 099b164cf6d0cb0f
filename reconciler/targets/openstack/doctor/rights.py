"""The policy rules behind every request that Magi sends: what a role needs that is to do all of it, and no more.

docs/rights.md shows this table, and a test holds it to the requests. Names and least roles are those of the services'
own defaults, as of Nova 34, Neutron 29, Glance 33 and Cinder 29. Data only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a login in the project needs at least, where the operator has changed no policy."""

    READER = "reader"
    MEMBER = "member"
    MANAGER = "manager"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Right:
    """One request. ``action``: the name in the body, where one route does several things.

    ``rules`` are those that it always needs, ``further`` those for some attributes, ``above`` those for attributes
    that by default more than ``role`` is needed for, where a document asks for them. ``behind``: what another service
    is asked on the way, with the same login. ``purpose``: why Magi sends it, where that is not plain.
    """

    service: str
    method: str
    route: str
    rules: tuple[str, ...]
    role: Role = Role.MEMBER
    action: str = ""
    further: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    purpose: str = ""


_NOVA = "os_compute_api:"
_PREFLIGHT = "what would fail, reported before it does; refused: left out"
_DOCTOR = "`magi doctor`"
_DISAGREE = "an observation in which one listing names what another one lacks; refused: the second one is believed"
_TRACES = "`magi drift`: who changed it; refused: left out"
_ADMINS = "only with `makeFlavors: true` in the Vim"


def _read(service: str, route: str, *rules: str, purpose: str = "an observation") -> Right:
    return Right(service, "GET", route, rules, Role.READER, purpose=purpose)


def _neutron(
    collection: str,
    name: str,
    further: tuple[str, ...] = (),
    above: tuple[str, ...] = (),
    created: tuple[str, ...] = (),
    updated: tuple[str, ...] = (),
) -> list[Right]:
    """What is made, changed and removed under its own path.

    ``further``, ``above``: attributes with rules of their own; ``created``: those of ``further`` that never change,
    ``updated``: those that are only changed.
    """
    path = f"/v2.0/{collection}"

    def rules(verb: str, attributes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f"{verb}_{name}:{attribute}" for attribute in attributes)

    fixed = tuple(one for one in above if one.startswith("provider:"))
    changed = tuple(one for one in above if one not in fixed)
    return [
        Right(
            "network",
            "POST",
            path,
            (f"create_{name}",),
            further=rules("create", further + created),
            above=rules("create", above),
        ),
        Right(
            "network",
            "PUT",
            f"{path}/{{id}}",
            (f"update_{name}",),
            further=rules("update", further + updated),
            above=rules("update", changed),
        ),
        Right("network", "DELETE", f"{path}/{{id}}", (f"delete_{name}",)),
    ]


def _qos(rule_type: str) -> list[Right]:
    path, name = f"/v2.0/qos/policies/{{part}}/{rule_type}_rules", f"policy_{rule_type}_rule"
    return [
        Right("network", "POST", path, (f"create_{name}",), Role.MANAGER),
        Right("network", "PUT", f"{path}/{{id}}", (f"update_{name}",), Role.MANAGER),
        Right("network", "DELETE", f"{path}/{{id}}", (f"delete_{name}",), Role.MANAGER),
    ]


def _action(name: str, rule: str, purpose: str = "", behind: tuple[str, ...] = ()) -> Right:
    return Right(
        "compute", "POST", "/servers/{id}/action", (_NOVA + rule,), action=name, purpose=purpose, behind=behind
    )


_PORT = (
    "fixed_ips", "fixed_ips:subnet_id", "fixed_ips:ip_address", "port_security_enabled",
    "allowed_address_pairs", "allowed_address_pairs:ip_address", "allowed_address_pairs:mac_address",
)  # fmt: skip
_GATEWAY = ("external_gateway_info", "external_gateway_info:network_id")
_GATEWAY_OF_ADMINS = ("external_gateway_info:enable_snat", "external_gateway_info:external_fixed_ips")
_PROVIDER = (
    "provider:network_type",
    "provider:physical_network",
    "provider:segmentation_id",
    "router:external",
    "shared",
)
_ATTACHING = tuple(f"volume:attachment_{what}" for what in ("create", "update", "complete"))
_BOOTING = ("image get_image", "image download_image")

NETWORK: tuple[Right, ...] = (
    _read("network", "/v2.0/networks", "get_network"),
    _read("network", "/v2.0/subnets", "get_subnet"),
    _read("network", "/v2.0/ports", "get_port"),
    _read("network", "/v2.0/routers", "get_router"),
    # A project's group named default is made by the first observation of its groups, under a rule of its own.
    _read("network", "/v2.0/security-groups", "get_security_group", "create_default_security_group"),
    _read("network", "/v2.0/floatingips", "get_floatingip"),
    _read("network", "/v2.0/qos/policies", "get_policy", purpose="an observation, where a service has QoS"),
    _read(
        "network",
        "/v2.0/address-groups",
        "get_address_group",
        purpose="an observation, where a service has or names one",
    ),
    *_neutron("networks", "network", ("port_security_enabled",), _PROVIDER),
    *_neutron("subnets", "subnet"),
    *_neutron(
        "ports", "port", _PORT, created=("mac_address", "binding:vnic_type"), updated=("device_id", "device_owner")
    ),
    *_neutron("routers", "router", _GATEWAY, _GATEWAY_OF_ADMINS),
    Right("network", "PUT", "/v2.0/routers/{id}/add_router_interface", ("add_router_interface",)),
    Right("network", "PUT", "/v2.0/routers/{id}/remove_router_interface", ("remove_router_interface",)),
    *_neutron("address-groups", "address_group"),
    Right("network", "PUT", "/v2.0/address-groups/{id}/add_addresses", ("get_address_group", "add_addresses")),
    Right("network", "PUT", "/v2.0/address-groups/{id}/remove_addresses", ("get_address_group", "remove_addresses")),
    *_neutron("security-groups", "security_group"),
    Right("network", "POST", "/v2.0/security-group-rules", ("create_security_group_rule",)),
    Right("network", "DELETE", "/v2.0/security-group-rules/{id}", ("delete_security_group_rule",)),
    Right("network", "POST", "/v2.0/trunks", ("create_trunk",)),
    Right("network", "DELETE", "/v2.0/trunks/{id}", ("delete_trunk",)),
    Right("network", "PUT", "/v2.0/trunks/{id}/add_subports", ("get_trunk", "add_subports")),
    Right("network", "PUT", "/v2.0/trunks/{id}/remove_subports", ("get_trunk", "remove_subports")),
    Right(
        "network",
        "POST",
        "/v2.0/floatingips",
        ("create_floatingip",),
        above=("create_floatingip:floating_ip_address",),
    ),
    Right("network", "PUT", "/v2.0/floatingips/{id}", ("update_floatingip",)),
    Right("network", "DELETE", "/v2.0/floatingips/{id}", ("delete_floatingip",)),
    Right("network", "POST", "/v2.0/qos/policies", ("create_policy",), Role.MANAGER),
    Right("network", "PUT", "/v2.0/qos/policies/{id}", ("update_policy",), Role.MANAGER),
    Right("network", "DELETE", "/v2.0/qos/policies/{id}", ("delete_policy",), Role.MANAGER),
    *_qos("bandwidth_limit"),
    *_qos("minimum_bandwidth"),
    *_qos("dscp_marking"),
)

COMPUTE: tuple[Right, ...] = (
    _read("compute", "/servers/detail", f"{_NOVA}servers:detail", f"{_NOVA}servers:show:flavor-extra-specs"),
    _read("compute", "/flavors/detail", f"{_NOVA}os-flavor-extra-specs:index"),
    _read("compute", "/os-keypairs", f"{_NOVA}os-keypairs:index"),
    _read("compute", "/os-server-groups", f"{_NOVA}os-server-groups:index"),
    Right(
        "compute",
        "POST",
        "/servers",
        (f"{_NOVA}servers:create", f"{_NOVA}servers:create:attach_network"),
        further=(f"{_NOVA}servers:create:attach_volume",),
        behind=(
            *_BOOTING,
            "network get_network",
            "network get_port",
            "block-storage volume:get",
            *(f"block-storage {rule}" for rule in _ATTACHING),
        ),
    ),
    Right("compute", "PUT", "/servers/{id}", (f"{_NOVA}servers:update",), purpose="its name"),
    Right(
        "compute",
        "DELETE",
        "/servers/{id}",
        (f"{_NOVA}servers:delete",),
        behind=("block-storage volume:get", "block-storage volume:attachment_delete"),
    ),
    Right("compute", "PUT", "/servers/{id}/metadata", (f"{_NOVA}server-metadata:update_all",)),
    Right("compute", "POST", "/servers/{id}/metadata", (f"{_NOVA}server-metadata:create",), purpose="`magi adopt`"),
    Right("compute", "PUT", "/servers/{id}/tags/{part}", (f"{_NOVA}os-server-tags:update",), purpose="`magi adopt`"),
    Right(
        "compute", "DELETE", "/servers/{id}/tags/{part}", (f"{_NOVA}os-server-tags:delete",), purpose="`magi disown`"
    ),
    Right(
        "compute",
        "POST",
        "/servers/{id}/os-interface",
        (f"{_NOVA}os-attach-interfaces:create", f"{_NOVA}os-attach-interfaces:show"),
        behind=("network get_port",),
    ),
    Right("compute", "DELETE", "/servers/{id}/os-interface/{part}", (f"{_NOVA}os-attach-interfaces:delete",)),
    Right(
        "compute",
        "POST",
        "/servers/{id}/os-volume_attachments",
        (f"{_NOVA}os-volumes-attachments:create",),
        behind=("block-storage volume:get", *(f"block-storage {rule}" for rule in _ATTACHING)),
    ),
    Right(
        "compute",
        "DELETE",
        "/servers/{id}/os-volume_attachments/{part}",
        (f"{_NOVA}os-volumes-attachments:delete",),
        behind=(
            "block-storage volume:get",
            "block-storage volume:attachment_delete",
            *(f"block-storage volume_extension:volume_actions:{step}_detaching" for step in ("begin", "roll")),
        ),
    ),
    _action("rebuild", "servers:rebuild", "a changed image or user data, healing", _BOOTING),
    _action("resize", "servers:resize", "a changed flavor"),
    _action("confirmResize", "servers:confirm_resize", "a changed flavor"),
    _action("reboot", "servers:reboot", "healing"),
    _action("os-stop", "servers:stop", "`operate: stopped`"),
    _action("os-start", "servers:start", "a server that stopped"),
    _action("unpause", "os-pause-server:unpause", "a server that someone paused"),
    _action("resume", "os-suspend-server:resume", "a server that someone suspended"),
    _action("unshelve", "os-shelve:unshelve", "a server that someone shelved"),
    _action("unrescue", "os-unrescue", "a server that someone put into rescue"),
    Right("compute", "POST", "/os-keypairs", (f"{_NOVA}os-keypairs:create",), purpose="of the user of the login"),
    Right(
        "compute", "DELETE", "/os-keypairs/{id}", (f"{_NOVA}os-keypairs:delete",), purpose="of the user of the login"
    ),
    Right("compute", "POST", "/os-server-groups", (f"{_NOVA}os-server-groups:create",)),
    Right("compute", "DELETE", "/os-server-groups/{id}", (f"{_NOVA}os-server-groups:delete",)),
    Right("compute", "POST", "/flavors", (f"{_NOVA}os-flavor-manage:create",), Role.ADMIN, purpose=_ADMINS),
    Right("compute", "DELETE", "/flavors/{id}", (f"{_NOVA}os-flavor-manage:delete",), Role.ADMIN, purpose=_ADMINS),
    Right(
        "compute",
        "POST",
        "/flavors/{id}/os-extra_specs",
        (f"{_NOVA}os-flavor-extra-specs:create",),
        Role.ADMIN,
        purpose=_ADMINS,
    ),
    Right(
        "compute",
        "DELETE",
        "/flavors/{id}/os-extra_specs/{part}",
        (f"{_NOVA}os-flavor-extra-specs:delete",),
        Role.ADMIN,
        purpose=_ADMINS,
    ),
)

IMAGE: tuple[Right, ...] = (
    _read("image", "/v2/images", "get_images", "get_image"),
    Right("image", "POST", "/v2/images", ("add_image",), purpose="software images"),
    Right("image", "PATCH", "/v2/images/{id}", ("get_image", "modify_image"), purpose="software images"),
    Right("image", "PUT", "/v2/images/{id}/file", ("get_image", "upload_image"), purpose="software images"),
    Right("image", "DELETE", "/v2/images/{id}", ("get_image", "delete_image"), purpose="software images"),
)

VOLUME: tuple[Right, ...] = (
    _read(
        "block-storage", "/volumes/detail", "volume:get_all", "volume_extension:volume_image_metadata:show",
        purpose="an observation, where a service has volumes",
    ),
    _read(
        "block-storage", "/types", "volume_extension:type_get_all",
        purpose="an observation, where a volume names a type",
    ),
    Right(
        "block-storage", "POST", "/volumes", ("volume:create",),
        further=("volume:create_from_image", "volume:multiattach"), behind=_BOOTING,
    ),
    Right("block-storage", "PUT", "/volumes/{id}", ("volume:get", "volume:update"), purpose="its name, its marks"),
    Right("block-storage", "DELETE", "/volumes/{id}", ("volume:get", "volume:delete")),
    Right(
        "block-storage", "POST", "/volumes/{id}/action", ("volume:get", "volume:extend"), action="os-extend",
        further=("volume:extend_attached_volume",),
    ),
    Right(
        "block-storage", "POST", "/volumes/{id}/action", ("volume:get", "volume:retype"), action="os-retype",
        further=("volume:multiattach",),
    ),
    Right(
        "block-storage", "PUT", "/volumes/{id}/metadata", ("volume:get", "volume:update_volume_metadata"),
        purpose="one that is to be kept; `magi disown`",
    ),
    Right(
        "block-storage", "POST", "/volumes/{id}/metadata", ("volume:get", "volume:create_volume_metadata"),
        purpose="`magi adopt`",
    ),
)  # fmt: skip

FURTHER: tuple[Right, ...] = (
    _read("network", "/v2.0/networks/{id}", "get_network", purpose=_DISAGREE),
    _read("network", "/v2.0/subnets/{id}", "get_subnet", purpose=_DISAGREE),
    _read("network", "/v2.0/ports/{id}", "get_port", purpose=_DISAGREE),
    _read("network", "/v2.0/routers/{id}", "get_router", purpose=_DISAGREE),
    _read("compute", "/servers/{id}", f"{_NOVA}servers:show", purpose=_DISAGREE),
    _read("network", "/v2.0/extensions", purpose=f"{_PREFLIGHT}; {_DOCTOR}"),
    Right(
        "network", "GET", "/v2.0/network-ip-availabilities", ("get_network_ip_availability",), Role.ADMIN,
        purpose=_PREFLIGHT,
    ),
    _read("network", "/v2.0/quotas/{project}", purpose=_PREFLIGHT),
    _read("network", "/v2.0/quotas/{project}/details.json", purpose=_PREFLIGHT),
    _read("compute", "/limits", f"{_NOVA}limits", purpose=_PREFLIGHT),
    _read("block-storage", "/limits", "limits_extension:used_limits", purpose=_PREFLIGHT),
    _read("compute", "/os-availability-zone", f"{_NOVA}os-availability-zone:list", purpose=_PREFLIGHT),
    _read("block-storage", "/os-availability-zone", purpose=_PREFLIGHT),
    _read(
        "compute", "/servers/{id}/os-instance-actions", f"{_NOVA}os-instance-actions:list",
        purpose=f"{_PREFLIGHT}; {_TRACES}",
    ),
    _read("block-storage", "/volumes/{id}", "volume:get", purpose=_TRACES),
)  # fmt: skip
"""What Magi does without where it is refused."""

RIGHTS: tuple[Right, ...] = (*NETWORK, *COMPUTE, *IMAGE, *VOLUME)
