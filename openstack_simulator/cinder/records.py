"""A volume as it is kept, and what its type says."""

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error

ZONE = "nova"
DEFAULT_TYPE = "__DEFAULT__"


def new_type(cloud: Cloud, name: str, **extra_specs: str) -> Record:
    return {
        "id": cloud.new_id(),
        "name": name,
        "description": None,
        "is_public": True,
        "os-volume-type-access:is_public": True,
        "extra_specs": extra_specs,
        "qos_specs_id": None,
    }


def type_named(cloud: Cloud, reference: object) -> Record | None:
    """By id or name."""
    return next((one for one in cloud.volumes.types if reference in (one["id"], one["name"])), None)


def is_multiattach(cloud: Cloud, volume: Record) -> bool:
    found = type_named(cloud, volume["volume_type"])
    return found is not None and found["extra_specs"].get("multiattach") == "<is> True"


def new_volume(cloud: Cloud, project_id: str, user_id: str, size: int, **values: object) -> Record:
    """A volume that is being created. ``size`` in GiB."""
    now = cloud.timestamp().rstrip("Z") + ".000000"
    return {
        "id": cloud.new_id(),
        "name": None,
        "description": None,
        "status": "creating",
        "size": size,
        "volume_type": DEFAULT_TYPE,
        "availability_zone": ZONE,
        "bootable": "false",
        "encrypted": False,
        "metadata": {},
        "attachments": [],
        "snapshot_id": None,
        "source_volid": None,
        "consistencygroup_id": None,
        "replication_status": None,
        "user_id": user_id,
        "created_at": now,
        "updated_at": now,
        "project_id": project_id,
        **values,
    }


def used(cloud: Cloud, project_id: str) -> dict[str, int]:
    volumes = cloud.volumes.volumes.find("project_id", project_id)
    return {"volumes": len(volumes), "gigabytes": sum(one["size"] for one in volumes)}


def demand(cloud: Cloud, project_id: str, *, volumes: int, gigabytes: int) -> None:
    """413 when the project may not have this much more."""
    limits, have = quotas(cloud, project_id), used(cloud, project_id)
    if 0 <= limits["gigabytes"] < have["gigabytes"] + gigabytes:
        raise compute_error(
            413,
            f"VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested "
            f"{gigabytes}G, quota is {limits['gigabytes']}G and {have['gigabytes']}G has been consumed.",
        )
    if 0 <= limits["volumes"] < have["volumes"] + volumes:
        most = limits["volumes"]
        message = f"VolumeLimitExceeded: Maximum number of volumes allowed ({most}) exceeded for quota 'volumes'."
        raise compute_error(413, message)


def quotas(cloud: Cloud, project_id: str) -> dict[str, int]:
    unlimited = {"volumes": -1, "gigabytes": -1}
    return {**unlimited, **cloud.settings.volume_quotas, **cloud.volumes.quotas.get(project_id, {})}
