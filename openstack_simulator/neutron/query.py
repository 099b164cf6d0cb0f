"""Lists: filters, tags, sorting, pages and fields, as every collection of Neutron knows them."""

from collections.abc import Container, Iterable
from typing import Any, Protocol
from urllib.parse import urlencode

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import ApiError, Record, network_error
from openstack_simulator.routing import Request
from openstack_simulator.tables import Table

_CONTROL = frozenset({"fields", "limit", "marker", "page_reverse", "sort_key", "sort_dir"})
_TAGS = ("tags", "tags-any", "not-tags", "not-tags-any")


class Paged(Protocol):
    """What a page needs to know of its collection."""

    @property
    def collection(self) -> str: ...

    def not_found(self, identifier: str) -> ApiError: ...


def candidates(table: Table, query: dict[str, list[str]]) -> Iterable[Record]:
    """The records to compare: by id or by the narrowest index that a filter names."""
    if "id" in query:
        return [record for key in dict.fromkeys(query["id"]) if (record := table.get(key))]
    for name in ("device_id", "network_id", "security_group_id", "router_id", "port_id"):
        if name in query and name in table.indexed and all(query[name]):
            return [record for key in dict.fromkeys(query[name]) for record in table.find(name, key)]
    return table


def filters(query: dict[str, list[str]], gone: Container[str] = ()) -> dict[str, list[str]]:
    """The part of a query that says which records are requested. `gone`: aliases of extensions that are not there."""
    passed_over = {"project_id"} if "project-id" in gone else set()
    return {name: values for name, values in query.items() if name not in _CONTROL | passed_over}


def matches(record: Record, requested: dict[str, list[str]]) -> bool:
    """Whether a record passes every filter; values of one filter are alternatives."""
    return all(
        _passes_tags(record.get("tags", []), name, values) if name in _TAGS else _passes(record, name, values)
        for name, values in requested.items()
    )


def _passes(record: Record, name: str, values: list[str]) -> bool:
    if name == "fixed_ips":
        return any(_has_address(record, value) for value in values)
    if name not in record and name != "tenant_id":
        return True  # Neutron passes over filters that are no attributes
    stored = record.get("project_id" if name == "tenant_id" else name)
    if isinstance(stored, bool):
        return any((value.lower() in ("true", "1")) is stored for value in values)
    if isinstance(stored, list):
        return any(value in stored for value in values)
    return ("" if stored is None else str(stored)) in values


def _has_address(port: Record, requested: str) -> bool:
    """`requested` is ip_address=, subnet_id= or ip_address_substr= and a value."""
    name, _, value = requested.partition("=")
    if name == "ip_address_substr":
        return any(value in ip["ip_address"] for ip in port["fixed_ips"])
    return any(ip.get(name) == value for ip in port["fixed_ips"])


def _passes_tags(tags: list[str], name: str, values: list[str]) -> bool:
    requested = {tag for value in values for tag in value.split(",")}
    found = requested & set(tags)
    match name:
        case "tags":
            return found == requested
        case "tags-any":
            return bool(found)
        case "not-tags":
            return found != requested
    return not found


_SORT_KEYS = frozenset(
    [
        *("id", "name", "status", "admin_state_up", "project_id", "tenant_id", "mtu"),
        *("device_id", "device_owner", "mac_address", "network_id"),
        *("cidr", "ip_version", "enable_dhcp", "gateway_ip", "floating_ip_address"),
    ]
)
"""What lists can be sorted by. Neutron knows more attributes than it sorts by: none of the times, for one."""


def ordered(records: list[Record], request: Request, known: Iterable[str]) -> list[Record]:
    """Sorted by the keys asked for, then by id; 400 for a key that is no attribute, or none to sort by."""
    keys = request.query.get("sort_key", [])
    if unknown := sorted(set(keys) - (_SORT_KEYS & set(known))):
        raise network_error(400, "HTTPBadRequest", f"{unknown} is invalid attribute for sort_keys")
    directions = request.query.get("sort_dir", [])
    if directions and len(keys) != len(directions):
        raise network_error(400, "HTTPBadRequest", "The number of sort_keys and sort_dirs must be same")
    result = sorted(records, key=lambda record: record["id"])
    for place, key in reversed(list(enumerate(keys))):
        descending = directions[place].lower() == "desc" if directions else False
        result.sort(key=lambda record: _sortable(record.get(key)), reverse=descending)
    return result


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if isinstance(value, (int, str)) else str(value))


def page(cloud: Cloud, resource: Paged, records: list[Record], request: Request) -> tuple[list[Record], list[Record]]:
    """One page of the sorted records and its links; all of them where pages are not known."""
    if "pagination" in cloud.settings.disabled_extensions:
        return records, []
    limit = _limit(cloud, request.first("limit"))
    reverse = (request.first("page_reverse") or "").lower() == "true"
    marker = request.first("marker")
    if marker:
        place = next((at for at, record in enumerate(records) if record["id"] == marker), None)
        if place is None:
            raise resource.not_found(marker)
        records = records[:place] if reverse else records[place + 1 :]
    items = records[max(0, len(records) - limit) :] if reverse else records[:limit]
    links = []
    full = len(items) >= limit
    if full or reverse:
        links.append(_link("next", resource.collection, request, items[-1:], reverse=False))
    if full or not reverse:
        links.append(_link("previous", resource.collection, request, items[:1], reverse=True))
    return items, links


def _limit(cloud: Cloud, asked: str | None) -> int:
    most = cloud.settings.page_limit
    if asked is None:
        return most
    if not asked.isdigit():
        message = f"Bad limit request: Limit must be an integer 0 or greater and not '{asked}'."
        raise network_error(400, "BadRequest", message)
    return min(int(asked) or most, most)


def _link(relation: str, collection: str, request: Request, items: list[Record], *, reverse: bool) -> Record:
    query = {name: values for name, values in request.query.items() if name not in ("marker", "page_reverse")}
    if items:
        query["marker"] = [items[0]["id"]]
    if reverse:
        query["page_reverse"] = ["True"]
    href = f"{request.base}/network/v2.0/{collection}?{urlencode(query, doseq=True)}"
    return {"rel": relation, "href": href}
