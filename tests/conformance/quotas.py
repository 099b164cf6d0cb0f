"""What only the admin of a cloud may do for a test: inspect things manually, and set quotas for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from reconciler.targets.openstack.session.connection import Connection
from tests.conformance.bench import Bench


def admin_of(bench: Bench) -> Connection:
    """A connection of the admin of the same cloud, in another project; to be closed."""
    target = replace(bench.target, entry=f"{bench.target.entry}-admin")
    return Connection(target, bench.clouds, lambda _: None)


@contextmanager
def limited(bench: Bench, service: str, name: str, more: int = 0) -> Iterator[None]:
    """As the admin of the cloud, limits the project of the bench to what it has and so many more, for a while."""
    project = bench.out_of_band.project_id()
    admin = admin_of(bench)

    def used() -> int:
        path = f"/v2.0/quotas/{project}/details.json" if service == "network" else f"/os-quota-sets/{project}/detail"
        (details,) = admin.request("GET", service, path).json().values()
        return int(details[name]["used" if service == "network" else "in_use"])

    def put(value: int) -> None:
        path, body = (
            (f"/v2.0/quotas/{project}", {"quota": {name: value}})
            if service == "network"
            else (f"/os-quota-sets/{project}", {"quota_set": {name: value}})
        )
        answer = admin.request("PUT", service, path, body=body)
        assert answer.status_code == 200, answer.text

    try:
        put(used() + more)
        yield
    finally:
        put(-1)
        admin.close()
