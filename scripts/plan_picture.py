"""Draws docs/images/plan.svg: what `magi plan` shows after someone was at the demo's service manually.

python scripts/plan_picture.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import openstack
from rich.console import Console
from rich.text import Text

from openstack_simulator import Simulator
from reconciler.cli.output import print_plans
from reconciler.documents import Library
from reconciler.loop.converge import converge
from reconciler.loop.one_pass import one_pass
from reconciler.model import Catalog, Driver
from reconciler.source import open_source
from reconciler.targets.openstack.driver import connect
from reconciler.targets.openstack.session.clouds import Clouds
from reconciler.targets.registry import TARGET_TYPES

ROOT = Path(__file__).parents[1]


def main() -> None:
    out = Console(record=True, width=112)
    with tempfile.TemporaryDirectory() as folder, Simulator(["paris", "lyon"]) as simulator:
        clouds_file = simulator.write_clouds_file(Path(folder) / "clouds.yaml")
        clouds = Clouds(clouds_file)
        source = open_source(str(ROOT / "desired-state-examples" / "vcpe"), cache_dir=Path(folder))
        catalog = Library(TARGET_TYPES).catalog(source.fetch())
        drivers = {name: connect(target, clouds, "magi", lambda _: None) for name, target in catalog.targets.items()}
        converge(catalog, drivers, commit="")
        _change_out_of_band(clouds_file)
        _draw(out, catalog, drivers)
        for driver in drivers.values():
            driver.close()
    out.save_svg(str(ROOT / "docs" / "images" / "plan.svg"), title="magi plan")


def _change_out_of_band(clouds_file: Path) -> None:
    """A server is gone, a security group is renamed and opened to everyone."""
    config = openstack.config.OpenStackConfig(config_files=[str(clouds_file)])
    with openstack.connection.Connection(config=config.get_one(cloud="paris")) as cloud:
        group = cloud.network.find_security_group("vcpe-paris/fw/mgmt", ignore_missing=False)
        cloud.network.update_security_group(group, name="temporary")
        cloud.network.create_security_group_rule(
            security_group_id=group.id, direction="ingress", protocol="tcp", port_range_min=1, port_range_max=65535
        )
        server = cloud.compute.find_server("vcpe-paris/fw/fw-1", ignore_missing=False)
        cloud.compute.delete_server(server)
        cloud.compute.wait_for_delete(server, interval=0.1)


def _draw(out: Console, catalog: Catalog, drivers: dict[str, Driver]) -> None:
    out.print(Text("$ magi plan https://git.example/network-services.git", style="bold cyan"))
    plans = [one_pass(name, catalog, driver, dry_run=True).plan for name, driver in drivers.items()]
    print_plans(out, [plan for plan in plans if plan is not None])


if __name__ == "__main__":
    main()
