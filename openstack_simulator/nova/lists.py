"""Pages of Nova's lists."""

from urllib.parse import urlencode

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.routing import Request


def page(
    cloud: Cloud, request: Request, collection: str, records: list[Record], key: str = "id"
) -> tuple[list[Record], Record]:
    """The records after the marker, at most so many as asked for and allowed, and the link to the next page."""
    marker = request.first("marker")
    if marker is not None:
        place = next((at for at, record in enumerate(records) if record[key] == marker), None)
        if place is None:
            raise compute_error(400, f"marker [{marker}] not found")
        records = records[place + 1 :]
    limit = _limit(request.first("limit"), cloud.settings.page_limit)
    items = records[:limit]
    if len(items) < limit or not items:
        return items, {}
    query = {name: values for name, values in request.query.items() if name != "marker"}
    query["marker"] = [items[-1][key]]
    href = f"{request.base}/compute{request.path}?{urlencode(query, doseq=True)}"
    return items, {f"{collection}_links": [{"rel": "next", "href": href}]}


def _limit(asked: str | None, most: int) -> int:
    if asked is None:
        return most
    if not asked.isdigit():
        raise compute_error(400, f"Invalid input for query parameters limit. Value: {asked}. {asked!r} does not match")
    return min(int(asked) or most, most)
