"""Takes away what the campaign's owner has on a cloud, without Magi."""

from __future__ import annotations

import time

from torture.clouds import LISTINGS, OWNER, Cloud, Item, key_of

ORDER = (
    *("server", "floating-ip", "trunk", "router", "port", "subnet", "network"),
    *("security-group", "address-group", "volume", "image", "keypair", "server-group", "flavor", "qos-policy"),
)
PATIENCE = 180.0


def clear(cloud: Cloud) -> None:
    """Deletes what has the owner's mark or is furnished as foreign, until nothing is left of it.

    Raises OSError with the last refusal when that takes longer than it may.
    """
    until = time.monotonic() + PATIENCE
    refusal = ""
    while left := [(kind, item) for kind in ORDER for item in _left(cloud, kind)]:
        for kind, item in left:
            try:
                _delete(cloud, kind, item)
            except OSError as error:
                refusal = str(error)
        if time.monotonic() > until:
            raise OSError(f"{len(left)} resources could not be removed: {refusal}")
        time.sleep(0.5)


def _left(cloud: Cloud, kind: str) -> list[Item]:
    return [
        item
        for item in cloud.holds().own(kind)
        if key_of(kind, item)
        or item.get("name") in {"theirs", "copy"}
        or str(item.get("description") or "").startswith(f"magi:{OWNER} ")
    ]


def _delete(cloud: Cloud, kind: str, item: Item) -> None:
    service, path, _ = LISTINGS[kind]
    path = path.removesuffix("/detail")
    if kind == "router":
        # First: Neutron takes no interface away through which a route goes.
        cloud.ask("PUT", service, f"{path}/{item['id']}", {"router": {"routes": []}})
        for port in cloud.holds().items["port"]:
            if port["device_id"] == item["id"] and port["device_owner"].startswith("network:router_interface"):
                body = {"port_id": port["id"]}
                cloud.ask("PUT", service, f"{path}/{item['id']}/remove_router_interface", body)
    if kind == "server" and item.get("locked"):
        cloud.ask("POST", service, f"{path}/{item['id']}/action", {"unlock": None})
    cloud.ask("DELETE", service, f"{path}/{item['name'] if kind == 'keypair' else item['id']}")
